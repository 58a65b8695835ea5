"""Fetch a backbone's pretrained weights from timm's hub into a file.

This is a rule of its own, which runs where there is internet. Training reads the file and needs none.

    python workflow_scripts/train/fetch_weights.py --backbone tf_efficientnet_b3.ns_jft_in1k \\
        --weights results/weights/tf_efficientnet_b3.ns_jft_in1k.safetensors
"""

import argparse

from abacad.model.backbone import fetch_backbone
from abacad.model.detector import save_weights


def main() -> None:
    """Read the command line and fetch."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--backbone", required=True, help="name of a timm model that has pretrained weights")
    add("--weights", required=True, help="safetensors to write, in timm's format")
    arguments = parser.parse_args()

    try:
        backbone = fetch_backbone(arguments.backbone)
    except (ValueError, ConnectionError) as error:
        parser.error(str(error))
    save_weights(arguments.weights, backbone)


if __name__ == "__main__":
    main()

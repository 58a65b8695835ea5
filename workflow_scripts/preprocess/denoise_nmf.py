"""Subtract the low-rank background from the raw panels of one shard by NMF: the store "nmf".

Values are in standard deviations of the background. A cadence is (panel=6, time, frequency).

    python workflow_scripts/preprocess/denoise_nmf.py --manifest results/manifests/train.parquet \\
        --collection train --shard 0-of-16 --basis off --rank 10 --iterations 30 --workers 8 \\
        --output results/stores/nmf/train/0-of-16.arrow
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from abacad.preprocess.in_parts import InParts
from abacad.preprocess.nmf_parts import BASES, SEEDINGS
from abacad.preprocess.shards import PanelFunction, raw_parser, write_raw_shard

BASIS = """panels to which the basis spectra are fitted: off, the three OFF panels, which hold no needle;
    panel, each panel by itself; cadence, all six (default: %(default)s)"""
SEEDING = """start of the factorisation, the same in each run: nndsvd, from singular vectors; random, from
    one fixed draw, which is a third faster in all (default: %(default)s)"""
BACKENDS = ("nimfa", "numpy", "torch")
BACKEND = """what computes the factors: nimfa, in float64; numpy, the same updates in float32, in a fifth of
    the time; torch, those too, of many cadences at a time, on the GPU if there is one and else on one core
    beside the workers (default: %(default)s)"""


def main() -> None:
    """Read the command line and write the shard."""
    parser = raw_parser(__doc__)
    add = parser.add_argument
    add("--basis", choices=BASES, default="off", help=BASIS)
    add("--rank", type=int, default=10, help="basis spectra (default: %(default)s)")
    add("--iterations", type=int, default=30, help="updates (default: %(default)s)")
    add("--seeding", choices=SEEDINGS, default="nndsvd", help=SEEDING)
    add("--backend", choices=BACKENDS, default="nimfa", help=BACKEND)
    arguments = parser.parse_args()
    names = ("basis", "rank", "iterations", "seeding", "clip")
    options = {name: getattr(arguments, name) for name in names}
    write_raw_shard(arguments, "nmf", denoising(arguments.backend, options))


def denoising(backend: str, options: Mapping[str, Any]) -> PanelFunction | InParts:
    """What denoises. Only the backend's own modules are imported: no environment has the packages of all, and
    workers, which import this script, do not load PyTorch."""
    if backend == "torch":
        from abacad.devices.device import prepare_device
        from abacad.preprocess.nmf_torch import denoise_in_parts

        return denoise_in_parts(**options, device=prepare_device(threads=1))

    from abacad.preprocess.nmf import denoise

    if backend == "nimfa":
        from abacad.preprocess.nmf_nimfa import factorize
    else:
        from abacad.preprocess.nmf_numpy import factorize
    return partial(denoise, **options, factorize=factorize)


if __name__ == "__main__":
    main()

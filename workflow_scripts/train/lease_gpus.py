"""Run a command on GPUs that no other job started in this way is using. All rules on GPUs do this.

Waits until that many of the visible GPUs are free, names them in CUDA_VISIBLE_DEVICES and becomes the
command. With --gpus 0 the command runs on the CPU; there is no other way to ask for that. The locks are
in /tmp/abacad-gpus-<user id>, or in the folder that ABACAD_GPU_LOCKS names. Exits with 69 if the GPUs
are not free in time, and with 2 if there are too few or none.

    python workflow_scripts/train/lease_gpus.py --gpus 1 python workflow_scripts/train/train_fold.py --help
"""

import argparse
import os
import shlex
import sys

from abacad.devices.lease import lease


def main() -> None:
    """Read the command line, take the GPUs, become the command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--gpus", type=int, required=True, help="how many; 0 is the CPU")
    wait_help = "longest wait until they are free, in minutes (default: %(default)s)"
    add("--wait", type=float, default=24 * 60, metavar="MINUTES", help=wait_help)
    add("command", nargs=argparse.REMAINDER, help="the command with its arguments")
    arguments = parser.parse_args()
    if not arguments.command:
        parser.error("no command is given")

    try:
        devices = lease(arguments.gpus, 60 * arguments.wait, shlex.join(arguments.command)[:200])
    except (ValueError, PermissionError) as error:
        parser.error(str(error))
    except TimeoutError as error:
        print(f"lease_gpus.py: error: {error}", file=sys.stderr)
        sys.exit(os.EX_UNAVAILABLE)
    os.environ["CUDA_VISIBLE_DEVICES"] = ",".join(devices)
    os.environ["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"  # an index is the same device in all jobs
    os.execvp(arguments.command[0], arguments.command)


if __name__ == "__main__":
    main()

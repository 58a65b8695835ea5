"""Snakemake that asks SLURM about its jobs every half second; only for tests.

Normally, the pause between two checks grows by 10 s each time that no job has ended, up to 180 s, and
no option changes that.
"""

import asyncio
import sys

from snakemake.cli import main
from snakemake_interface_executor_plugins.executors.remote import RemoteExecutor


async def sleep_shortly(self: RemoteExecutor) -> None:
    await asyncio.sleep(0.5)


RemoteExecutor.sleep = sleep_shortly

if __name__ == "__main__":
    sys.argv[0] = "snakemake"
    main()

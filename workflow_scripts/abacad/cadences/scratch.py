"""Store files in, copies on a disk of this node out, for jobs that read their rows in random order.

The folder is data.scratch of the config, which rules/train.smk puts into the environment. As an option of
jobs it would run finished trainings again when it changes. Jobs on a node share the copies.
"""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from abacad.tables.files import whole_file

SCRATCH = "ABACAD_SCRATCH"
FREE = 2**30  # bytes that stay free for others


def on_scratch(paths: Sequence[str | Path]) -> list[Path]:
    """The copies of the files, which are made if they are not there; or the files themselves.

    A copy has the name of its file's path, size and time, so a file that changes is copied again. Files stay
    where they are if no folder is named, or if it has no room for them; the latter is told.
    OSError: the folder cannot be made or written to.
    """
    files = [Path(path) for path in paths]
    if not (folder := os.environ.get(SCRATCH)):
        return files
    scratch = Path(os.path.expandvars(folder))
    scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(scratch / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another job may be copying the same files
        copies = {path: scratch / _name(path) for path in files}
        lacking = [path for path, copy in copies.items() if not copy.exists()]
        size = sum(path.stat().st_size for path in lacking)
        free = shutil.disk_usage(scratch).free
        if size > free - FREE:
            print(
                f"data.scratch: {scratch} has {free / 1e9:.1f} GB free, and the stores take "
                f"{size / 1e9:.1f} GB; they are read where they are",
                flush=True,
            )
            return files
        for path in lacking:
            with whole_file(copies[path]) as temporary:
                shutil.copyfile(path, temporary)
    return [*copies.values()]


def _name(path: Path) -> str:
    """The name of a file's copy."""
    state = path.stat()
    described = repr((str(path.resolve()), state.st_size, state.st_mtime_ns))
    return f"{hashlib.sha256(described.encode()).hexdigest()[:32]}{path.suffix}"

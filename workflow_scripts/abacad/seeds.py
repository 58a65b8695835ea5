"""One seed for each use of chance, from what names it: experiment seed, stage, fold, epoch."""

import hashlib


def seed_of(*names: int | str | None) -> int:
    """A seed, 0 <= seed < 2**63, that depends on all of `names` and on nothing else.

    So an epoch's chance does not depend on how one got there: resumed or not, it is the same.
    """
    return int.from_bytes(hashlib.sha256(repr(names).encode()).digest()[:8], "big") >> 1

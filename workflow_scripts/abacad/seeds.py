"""One seed for each use of random numbers, made from its names: experiment seed, stage, fold, epoch."""

import hashlib


def seed_of(*names: int | str | None) -> int:
    """A seed, 0 <= seed < 2**63, that depends on all of `names` and on nothing else.

    So the random numbers of an epoch are the same whether the training was interrupted before or not.
    """
    return int.from_bytes(hashlib.sha256(repr(names).encode()).digest()[:8], "big") >> 1

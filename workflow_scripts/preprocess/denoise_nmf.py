"""Subtract the low-rank background from the raw panels of one shard by NMF: the store "nmf".

Values are in standard deviations of the background. A cadence is (panel=6, time, frequency).

    python workflow_scripts/preprocess/denoise_nmf.py --manifest results/manifests/train.parquet \\
        --collection train --shard 0-of-16 --basis off --rank 10 --iterations 30 --workers 8 \\
        --output results/stores/nmf/train/0-of-16.arrow
"""

from functools import partial

from abacad.preprocess.nmf import BASES, SEEDINGS, Factorize, denoise
from abacad.preprocess.shards import raw_parser, write_raw_shard

BASIS = """panels to which the basis spectra are fitted: off, the three OFF panels, which hold no needle;
    panel, each panel by itself; cadence, all six (default: %(default)s)"""
SEEDING = """start of the factorisation, the same in each run: nndsvd, from singular vectors; random, from
    one fixed draw, which is a third faster in all (default: %(default)s)"""
BACKENDS = ("nimfa", "numpy")
BACKEND = """what computes the factors: nimfa, in float64; numpy, the same updates in float32, in a fifth of
    the time (default: %(default)s)"""


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
    function = partial(denoise, factorize=factorization(arguments.backend), **options)
    write_raw_shard(arguments, "nmf", function)


def factorization(backend: str) -> Factorize:
    """What computes the factors. Only one of them is imported: the other environment has no nimfa."""
    if backend == "nimfa":
        from abacad.preprocess.nmf_nimfa import factorize
    else:
        from abacad.preprocess.nmf_numpy import factorize
    return factorize


if __name__ == "__main__":
    main()

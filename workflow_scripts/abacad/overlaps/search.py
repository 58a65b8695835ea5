"""Raw cadences in, the pairs that were cut from the same background out, and groups of them.

Snippets of one stretch of background share columns. Each panel was z-scored after the cut, so a shared
column differs by a shift and a factor, and by the rounding of float16. If we take the difference of two
neighbouring columns, subtract its mean and divide by its norm, we get the same unit vector in every
snippet. We use differences because all columns of an observation look alike when a receiver drops
packets, its gain drifts, or a burst fills the band. What the columns of a panel share in time cancels
in a difference.

Whole vectors are not compared. Instead, each difference is projected on a few fixed directions; the
result is its sketch. A difference is a landmark if its first projection is the largest nearby. This
depends only on the background, not on the cut. Its other projections, rounded, are its key. Two
cadences with landmarks of equal key are candidates, with the shift between the two. The sketches of all
differences that they would share then decide. Cadences without a common landmark are never compared,
and of the others only a few for each cadence, those with the most landmarks in common. So on any data
the work grows with the number of cadences, not of their pairs.

Source: content-defined selection as in de-duplication (Manber 1994, Finding similar files in a
large file system) and landmarks as in audio fingerprinting (Wang 2003, An industrial-strength audio
search algorithm); projections: Johnson and Lindenstrauss 1984.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from abacad.cadences.cadence import read_cadence, shape_of_file
from abacad.devices.parallel import ordered_map
from abacad.devices.progress import progress, tell

KEY_PROJECTIONS = 10
PROJECTIONS = 1 + KEY_PROJECTIONS  # the first one selects landmarks
NEARBY = 4  # bins on either side; a landmark's first projection is the largest among them
STEP = 0.02  # rounding step of a key; rounding of float16 moves a projection by about 0.00003

SMALLEST_NORM = 1e-3  # of a column minus its mean, in a panel of spread 1; below, it is constant

LEAST_COSINE = (
    0.999  # of shared differences, their median; 0.99999 where they are the same background
)
LEAST_COLUMNS = 8  # the fewest that a pair must share
CROWD = 100  # a landmark is compared with at most so many of its key: work stays linear
MOST_CANDIDATES = 100  # compared for each cadence, on average

FILES_PER_TASK = 16  # for a worker
PAIRS_PER_TASK = 64

# A candidate is packed into 63 bits: two cadences and a shift, of less than `MOST_BINS`.
CADENCE_BITS, SHIFT_BITS = 26, 11
MOST_BINS = 2 ** (SHIFT_BITS - 1)  # of frequency


@lru_cache
def directions(time_bins: int) -> np.ndarray:
    """Fixed unit vectors on which columns are projected, (projection, time). Each sums to 0, so the
    mean of a column does not matter."""
    vectors = np.random.default_rng(0).standard_normal((PROJECTIONS, time_bins))
    vectors -= vectors.mean(axis=1, keepdims=True)
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


KEY_FACTORS = np.random.default_rng(1).integers(1, 2**63, KEY_PROJECTIONS + 1, np.uint64) | 1


def sketch(panels: np.ndarray) -> np.ndarray:
    """Projections of the difference of every column and the next, minus its mean and divided by its norm.

    `panels`: (panel=6, time, frequency). Returns (panel, projection, difference), float32, of which there is
    one less than frequencies. Constant differences are 0 and match nothing.
    """
    panels = panels.astype(np.float32)
    differences = panels[..., 1:] - panels[..., :-1]
    differences -= differences.mean(axis=1, keepdims=True)
    norms = np.sqrt(np.einsum("ptf,ptf->pf", differences, differences))[:, np.newaxis]
    projections = directions(panels.shape[1]) @ differences
    varies = norms > SMALLEST_NORM  # (panel, 1, difference)
    return np.divide(projections, norms, out=np.zeros_like(projections), where=varies)


def landmarks(sketches: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Columns that stand out from their neighbours, and their keys: (landmark,) int16 and uint64.

    `sketches`: (panel, projection, frequency). Columns too close to an edge cannot be judged and are
    not landmarks.
    """
    first = np.abs(sketches[:, 0])  # (panel, frequency)
    nearby = np.lib.stride_tricks.sliding_window_view(first, 2 * NEARBY + 1, axis=1)
    inner = first[:, NEARBY:-NEARBY]
    panel, column = np.nonzero((inner == nearby.max(axis=2)) & (inner > 0))
    column += NEARBY
    steps = np.floor(sketches[panel, 1:, column] / STEP).astype(np.int64).astype(np.uint64)
    parts = np.column_stack([steps, panel.astype(np.uint64)])  # (landmark, part)
    keys = (parts * KEY_FACTORS).sum(axis=1, dtype=np.uint64)
    keys ^= keys >> np.uint64(31)
    return column.astype(np.int16), keys * KEY_FACTORS[0]


@dataclass(frozen=True)
class Pairs:
    """Pairs of cadences by their numbers, `first` < `second`, sorted.

    first, second   (pair,), int64
    shift           (pair,), int64, in bins: column c of first is column c + shift of second
    shared_columns  (pair,), int64
    cosine          (pair,), float32, median over shared columns and panels
    least_cosine    (pair,), float32, of the column that differs most, which shows a needle in either
    """

    first: np.ndarray
    second: np.ndarray
    shift: np.ndarray
    shared_columns: np.ndarray
    cosine: np.ndarray
    least_cosine: np.ndarray


def find_pairs(paths: Sequence[str | Path], scratch: str | Path, workers: int) -> Pairs:
    """All overlapping pairs of raw cadence files. The numbers in a pair are places in `paths`.

    The sketches, 34 kB for each cadence of the competition, are kept in a file in the folder `scratch`, not
    in memory.
    """
    tasks = [
        paths[start : start + FILES_PER_TASK] for start in range(0, len(paths), FILES_PER_TASK)
    ]
    found = []
    start = 0
    with TemporaryDirectory(dir=scratch) as folder:
        panels, time_bins, bins = shape_of_file(paths[0])
        shape = (len(paths), panels, PROJECTIONS, bins - 1)
        sketches = np.memmap(Path(folder, "sketches"), np.float16, "w+", shape=shape)
        blocks = ordered_map(_sketch_files, tasks, workers)
        for sketched, cadences, columns, keys in progress(
            blocks,
            "Sketching for overlaps",
            len(paths),
            "cadences",
            size=lambda block: len(block[0]),
        ):
            sketches[start : start + len(sketched)] = sketched
            found.append((cadences + start, columns, keys))
            start += len(sketched)
        sketches.flush()
        cadences, columns, keys = map(np.concatenate, zip(*found, strict=True))
        packed = candidates(cadences, columns, keys, MOST_CANDIDATES * len(paths))
        return verify(sketches.filename, shape, time_bins, packed, workers)


def _sketch_files(
    paths: Sequence[str | Path],
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Sketches of some files, (cadence, panel, projection, difference) float16, and their landmarks:
    cadence (place in `paths`), column and key, (landmark,) each."""
    sketches = [sketch(read_cadence(path)) for path in paths]
    found = [landmarks(each) for each in sketches]
    cadences = np.repeat(np.arange(len(paths)), [len(columns) for columns, _ in found])
    columns, keys = map(np.concatenate, zip(*found, strict=True))
    return np.stack(sketches).astype(np.float16), cadences, columns, keys


def candidates(
    cadences: np.ndarray, columns: np.ndarray, keys: np.ndarray, most: int
) -> np.ndarray:
    """Packed (first, second, shift) of landmarks with equal keys, each once; see `unpack`.

    cadences, columns, keys  (landmark,): the landmark's cadence (non-negative, ascending), column and key
    most                     if there are more candidates, those with the most landmarks in common are taken

    If many landmarks have the same key, each is compared only with the next few. Then not every pair is
    found, but all of them are connected. What is left out is printed.
    """
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    cadences, columns = cadences[order].astype(np.int64), columns[order].astype(np.int64)
    found, votes = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for distance in range(1, CROWD):
        at = np.flatnonzero(keys[distance:] == keys[:-distance])
        if not len(at):
            break
        first, second = cadences[at], cadences[at + distance]
        shift = columns[at + distance] - columns[at]
        packed = ((first << CADENCE_BITS | second) << SHIFT_BITS) + shift + MOST_BINS
        each, count = np.unique(packed[first != second], return_counts=True)
        found.append(each)
        votes.append(count)
    if crowded := np.count_nonzero(keys[CROWD:] == keys[:-CROWD]):
        tell(f"{crowded:,} landmarks have more than {CROWD} others like them: not all are compared")
    packed, place = np.unique(np.concatenate(found), return_inverse=True)
    if len(packed) <= most:
        return packed
    tell(
        f"{len(packed) - most:,} of {len(packed):,} candidates are not compared: they have the fewest "
        "landmarks in common, and real overlaps have many"
    )
    votes = np.bincount(place, np.concatenate(votes))
    return np.sort(packed[np.argsort(-votes, kind="stable")[:most]])


def unpack(packed: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The first cadence, the second cadence and the shift of packed candidates, (candidate,) each."""
    shift = (packed & (2**SHIFT_BITS - 1)) - MOST_BINS
    second = packed >> SHIFT_BITS & (2**CADENCE_BITS - 1)
    return packed >> SHIFT_BITS + CADENCE_BITS, second, shift


def verify(
    sketches: str | Path,
    shape: tuple[int, ...],
    time_bins: int,
    packed: np.ndarray,
    workers: int,
) -> Pairs:
    """Those of the packed candidates whose shared columns are the same background.

    `sketches`: a file of float16 of this shape, (cadence, panel, projection, difference), of panels of so
    many time bins. A needle in either does not change the median over differences and panels. If a pair has
    several shifts, the one with the highest cosine is taken.
    """
    first, second, shift = unpack(packed)
    order = np.argsort(shift, kind="stable")
    ends = np.flatnonzero(np.diff(shift[order])) + 1
    tasks = [
        (first[rows], second[rows], int(shift[rows[0]]))
        for equal in np.split(order, ends)  # the candidates with one shift
        for rows in np.array_split(equal, -(-len(equal) // PAIRS_PER_TASK) or 1)
        if len(rows)
    ]
    cosines = np.empty((len(packed), 2), np.float32)
    done = ordered_map(partial(_cosines, sketches, shape, time_bins), tasks, workers)
    done = progress(done, "Comparing for overlaps", len(packed), "candidates", size=len)
    cosines[order] = np.concatenate([np.empty((0, 2), np.float32), *done])
    cosine, least_cosine = cosines.T
    shared = shape[-1] + 1 - np.abs(shift)
    good = np.flatnonzero((cosine >= LEAST_COSINE) & (shared >= LEAST_COLUMNS))
    best_last = good[np.lexsort((cosine[good], second[good], first[good]))]
    pair = packed[best_last] >> SHIFT_BITS
    best = best_last[np.r_[pair[1:] != pair[:-1], np.ones(min(1, len(pair)), bool)]]
    values = (first, second, shift, shared, cosine, least_cosine)
    return Pairs(*(value[best] for value in values))


def _cosines(
    path: str | Path,
    shape: tuple[int, ...],
    time_bins: int,
    pairs: tuple[np.ndarray, np.ndarray, int],
) -> np.ndarray:
    """Median and minimum cosine of what pairs of cadences share at one shift, (pair, 2), from their sketches.

    The squared distance of two unit vectors is 2 - 2 cosine. The squared distance of their projections
    is smaller by the ratio of the numbers of directions and dimensions.
    """
    sketches = np.memmap(path, np.float16, "r", shape=shape)
    first, second, shift = pairs
    shared = shared_columns(shift, shape[-1])
    here = sketches[first, ..., shared].astype(np.float32)  # (pair, panel, projection, difference)
    there = sketches[second, ..., shared.start + shift : shared.stop + shift].astype(np.float32)
    known = here.any(axis=2) & there.any(axis=2)  # constant differences say nothing
    here -= there
    distance = np.einsum("npkf,npkf->npf", here, here) * ((time_bins - 1) / PROJECTIONS)
    distance = np.where(known, distance, np.nan).reshape(len(first), -1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # for pairs that share no known column
        median, most = np.nanmedian(distance, axis=1), np.nanmax(distance, axis=1)
    return np.nan_to_num(1 - np.stack([median, most], axis=1) / 2, nan=-1.0)


def shared_columns(shift: int, count: int) -> slice:
    """Which of so many columns of a cadence its partner has too, at column + shift."""
    return slice(max(0, -shift), min(count, count - shift))


def overlap_groups(count: int, pairs: Pairs) -> np.ndarray:
    """Number of the group of each of `count` cadences, (cadence,). A group is connected by pairs,
    directly or through others."""
    edges = coo_matrix(
        (np.ones(len(pairs.first), bool), (pairs.first, pairs.second)), (count, count)
    )
    return connected_components(edges, directed=False)[1]

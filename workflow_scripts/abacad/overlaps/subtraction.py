"""A cadence and the partners that overlap with it in, what is left without the shared background out.

In a shared column, a partner has exactly the same background, and nothing of this cadence's needle.
What is left after subtraction is this cadence's needle, and the rounding of float16. The OFF panels
hold no needle. If no more than rounding is left there, the partner really is one.

**A signal that was in the sky when the band was recorded is in every snippet that was cut from it, and is
subtracted as background.** Only needles that were added to the cadence after it was cut are left.

Source: the competition's first place (cadences whose partner's background is subtracted).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa

from abacad.cadences.arrangement import AS_IT_IS, Arrangement
from abacad.cadences.cadence import read_cadence
from abacad.cadences.compact import arcsinh
from abacad.cadences.layout import MADE_COLLECTIONS
from abacad.overlaps.rescale import rescale, rounding_of
from abacad.overlaps.search import shared_columns
from abacad.preprocess.flatten import flat
from abacad.preprocess.noise import noise_of_columns
from abacad.preprocess.normalize import filled, live_zscore
from abacad.tables.files import read_table
from abacad.tables.places import places_of

UNCOVERED = ("flattened", "zero")

ENOUGH = 2  # partners from which a column is known: two rarely have a needle in the same bin
LINEAR = 20  # values up to this change by at most 12 %; higher ones grow like their logarithm


def subtract_background(
    panels: np.ndarray,
    partners: Iterable[tuple[Callable[[], np.ndarray], int]],
    uncovered: str,
    most_partners: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Subtract the partners' background from a cadence, column by column.

    panels         (panel=6, time, frequency), float16 as read
    partners       functions that read cadences of the same shape, and their shifts: column c of `panels`
                   is column c + shift of the partner. The first ones are preferred. A partner whose
                   columns are known from two others is not read
    uncovered      content of columns that are known from no partner: flattened, as in the store of that
                   name; or zero
    most_partners  largest number of partners that are read

    A partner's column is used only if it holds the same background in all six panels (see
    `rescale.same_background`), so that all panels of a column are treated alike. If two partners have a
    column, the lower value counts, because needles only add. With one partner, the partner's own needle
    is left with a negative sign.

    Returns the residual, float32, with the shape of `panels`, and from how many partners each column is
    known, (frequency,), uint8. The unit of a residual x is the noise of its column, whether the column
    is known or not. The value returned is 20 arcsinh(x / 20), so bright values keep their order: x = 20
    sinh(returned / 20). BadCadence: a panel is constant or not finite. ValueError: `uncovered` is not
    one of `UNCOVERED`.
    """
    if uncovered not in UNCOVERED:
        raise ValueError(f"uncovered {uncovered!r}, must be one of {', '.join(UNCOVERED)}")
    zscored = live_zscore(panels)
    panels = panels.astype(np.float32)
    noise = noise_of_columns(panels)  # (panel, frequency)
    background = np.full(panels.shape, np.inf, np.float32)
    covering = np.zeros(panels.shape[-1], np.uint8)
    for read, shift in partners:
        here = shared_columns(shift, len(covering))
        if (covering[here] >= ENOUGH).all():
            continue
        if most_partners == 0:
            break
        most_partners -= 1
        there = slice(here.start + shift, here.stop + shift)
        partner = read()[..., there].astype(np.float32)
        rescaled, same = rescale(partner, panels[..., here], noise[:, here])
        used = same & (covering[here] < ENOUGH)
        lowest = background[..., here]
        np.minimum(lowest, np.where(used, rescaled, np.inf), out=lowest)
        covering[here] += used
    residual = np.zeros_like(zscored)
    covered = covering > 0
    if uncovered == "flattened" and not covered.all():
        residual = filled(flat(zscored))
    noise = np.hypot(noise, rounding_of(panels))[:, np.newaxis]
    residual = np.where(covered, (panels - background) / noise, residual)
    return compressed(residual), covering


def compressed(values: np.ndarray) -> np.ndarray:
    """20 arcsinh(value / 20), float32, within 1e-5."""
    return LINEAR * arcsinh(values / LINEAR)


def coverage(shifts: Sequence[int], count: int) -> np.ndarray:
    """How many of the partners with these shifts share each of so many columns, (frequency,)."""
    covering = np.zeros(count, int)
    for shift in shifts:
        covering[shared_columns(shift, count)] += 1
    return covering


@dataclass(frozen=True)
class Source:
    """A cadence and what to subtract from it, given by paths. `arrangement` tells how the cadence was
    made from its background, which its partners share. `partners` has a path and a shift each,
    preferred ones first."""

    path: str
    arrangement: Arrangement
    partners: tuple[tuple[str, int], ...]


def subtract_from_file(
    source: Source, uncovered: str, most_partners: int
) -> tuple[np.ndarray, np.ndarray]:
    """Like `subtract_background`, but from files."""
    partners = (
        (partial(_read_arranged, path, source.arrangement), shift)
        for path, shift in source.partners
    )
    return subtract_background(read_cadence(source.path), partners, uncovered, most_partners)


def _read_arranged(path: str, arrangement: Arrangement) -> np.ndarray:
    return arrangement.of(read_cadence(path))


def known_cadences(manifests: Mapping[str, str | Path]) -> pa.Table:
    """The good cadences of some collections, by their manifests: collection, id, path, sorted by the first
    two."""
    tables = []
    for collection in sorted(manifests):
        table = read_table(manifests[collection], ["id", "path", "ok"])
        table = table.filter(table["ok"]).select(["id", "path"]).sort_by("id")
        name = pa.repeat(pa.scalar(collection), len(table))
        tables.append(table.add_column(0, "collection", name))
    return pa.concat_tables(tables)


def backgrounds_of(
    collection: str, manifest: pa.Table, cadences: pa.Table
) -> tuple[np.ndarray, list[Arrangement]]:
    """For each row of a collection's manifest: the cadence whose background it has, (cadence,), and how it
    was made from that.

    Injected cadences have the background of another cadence; all others have their own. It is told as a
    row of `cadences` (columns collection, id). ValueError: it is not there.
    """
    if collection not in MADE_COLLECTIONS:
        return places_of(collection, manifest["id"], cadences), [AS_IT_IS] * len(manifest)
    own = (manifest["background_collection"], manifest["background_id"])
    names = ("background_panels", "background_rolls")
    how = zip(*(manifest[name].to_pylist() for name in names), strict=True)
    arrangements = [Arrangement((*panels,), (*rolls,)) for panels, rolls in how]
    return places_of(*own, cadences), arrangements


def partners_of(cadences: np.ndarray, pairs: pa.Table) -> list[list[tuple[int, int]]]:
    """The partners of each of `cadences`, (cadence,): a list of (partner, shift).

    `pairs` is a table of `abacad.tables.pairs`: first, second, shift. Cadences are told by the same
    numbers. Partners that share the most columns come first, and equal ones in the order of their numbers.
    """
    first, second = pairs["first"].to_numpy(), pairs["second"].to_numpy()
    shift = pairs["shift"].to_numpy()
    here, there = np.concatenate([first, second]), np.concatenate([second, first])
    shift = np.concatenate([shift, -shift])
    order = np.lexsort((there, np.abs(shift), here))
    starts, ends = (np.searchsorted(here[order], cadences, side) for side in ("left", "right"))
    return [
        [*zip(there[rows].tolist(), shift[rows].tolist(), strict=True)]
        for rows in (order[start:end] for start, end in zip(starts, ends, strict=True))
    ]

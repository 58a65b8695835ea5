"""A cadence and the partners that overlap with it in, what is left without their background out.

Where a partner shares a column, its column holds the same background, and no needle of this
cadence. Each panel was shifted and scaled as a whole after the cut, so two numbers a panel bring
the partner's to this one's scale. What is left is this cadence's needle, and what float16 rounded.

Source: the competition's first place (cadences whose partner's background is subtracted).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from abacad.cadences.cadence import read_cadence
from abacad.cadences.layout import FREQUENCY_BINS, INJECTED, PANELS
from abacad.overlaps.search import shared_columns
from abacad.preprocess.normalize import whiten, zscore
from abacad.tables.groups import CadenceKey

UNCOVERED = ("normalized", "zero")


def subtract_background(
    panels: np.ndarray,
    partners: Sequence[tuple[np.ndarray, int]],
    uncovered: str,
    clip: tuple[float, float],
) -> np.ndarray:
    """Subtract the partners' background from a cadence, column by column.

    panels     (panel=6, time, frequency), float16 as read
    partners   cadences of the same shape, as read, and their shifts: column c of `panels` is
               column c + shift of the partner
    uncovered  what stands in columns that no partner shares: normalized, as the store of that
               name; zero
    clip       lowest and highest value, in standard deviations of a panel

    Several partners' values are combined by their lower median: needles only add, so that of two
    values the lower is the background, and of three a needle in one or another is never taken.
    With one partner, its own needle is left with a negative sign.

    Returns the residual, float32, of the shape of `panels`. BadCadence: a panel is constant or not
    finite. ValueError: `uncovered` is none of `UNCOVERED`.
    """
    panels = zscore(panels)
    time_bins = panels.shape[1]
    backgrounds = np.full((len(partners), PANELS, time_bins, FREQUENCY_BINS), np.inf, np.float32)
    for background, (partner, shift) in zip(backgrounds, partners, strict=True):
        here = shared_columns(shift)
        there = slice(here.start + shift, here.stop + shift)
        background[..., here] = rescale(partner[..., there], like=panels[..., here])
    residual = np.zeros_like(panels)
    if uncovered == "normalized":
        residual = whiten(panels)
    elif uncovered != "zero":
        raise ValueError(f"uncovered {uncovered!r}, must be one of {', '.join(UNCOVERED)}")
    backgrounds.sort(axis=0)  # where a partner does not reach, infinity comes last
    covering = coverage([shift for _, shift in partners])
    for count in set(covering.tolist()) - {0}:
        columns = covering == count
        background = backgrounds[(count - 1) // 2][..., columns]
        residual[..., columns] = panels[..., columns] - background
    return residual.clip(*clip)


def coverage(shifts: Sequence[int]) -> np.ndarray:
    """How many of the partners with these shifts share each column, (frequency,)."""
    covering = np.zeros(FREQUENCY_BINS, int)
    for shift in shifts:
        covering[shared_columns(shift)] += 1
    return covering


@dataclass(frozen=True)
class Source:
    """A cadence and what to subtract from it, by paths; `panels`: which of each partner's panels
    stands in each panel of the cadence; partners: path and shift."""

    path: str
    panels: tuple[int, ...]
    partners: tuple[tuple[str, int], ...]


def subtract_from_file(source: Source, uncovered: str, clip: tuple[float, float]) -> np.ndarray:
    """As `subtract_background`, from files."""
    partners = [(read_cadence(path)[[*source.panels]], shift) for path, shift in source.partners]
    return subtract_background(read_cadence(source.path), partners, uncovered, clip)


def backgrounds_of(collection: str, manifest: pa.Table) -> list[tuple[CadenceKey, tuple[int, ...]]]:
    """Of each row of a collection's manifest, whose background it has, and which of those panels.

    Injected cadences have that of another cadence; all others have their own.
    """
    if collection != INJECTED:
        return [
            ((collection, cadence_id), (*range(PANELS),))
            for cadence_id in manifest["id"].to_pylist()
        ]
    names = ("background_collection", "background_id", "background_panels")
    return [
        ((of, cadence_id), (*panels,))
        for of, cadence_id, panels in zip(
            *(manifest[name].to_pylist() for name in names), strict=True
        )
    ]


def partners_of(
    cadences: Sequence[CadenceKey], pairs: pa.Table, most: int | None = None
) -> list[list[tuple[CadenceKey, int]]]:
    """Of each of `cadences`, (collection, id), the partners: ((collection, id), shift) each.

    `pairs` is the table of find_overlaps.py. At most `most` partners, those that share the most
    columns, in this order; equal ones in the order of their collections and ids.
    """
    partners: dict[CadenceKey, list[tuple[CadenceKey, int]]] = {cadence: [] for cadence in cadences}
    names = ("collection_a", "id_a", "collection_b", "id_b", "shift")
    for of_a, a, of_b, b, shift in zip(*(pairs[name].to_pylist() for name in names), strict=True):
        if (of_a, a) in partners:
            partners[of_a, a].append(((of_b, b), shift))
        if (of_b, b) in partners:
            partners[of_b, b].append(((of_a, a), -shift))
    for some in partners.values():
        some.sort(key=lambda one: (abs(one[1]), one[0]))
    return [partners[cadence][:most] for cadence in cadences]


def rescale(partner: np.ndarray, like: np.ndarray) -> np.ndarray:
    """Bring each panel of `partner` to the shift and scale of `like`, the same columns of another.

    Both (panel, time, column). The scale is the median over columns of the ratio of their norms,
    the shift that of the difference of their means: columns with a needle in either do not count.
    """
    partner = partner.astype(np.float32)
    mean, partner_mean = like.mean(axis=1), partner.mean(axis=1)  # (panel, column)
    norm, partner_norm = like.std(axis=1), partner.std(axis=1)
    ratio = np.divide(norm, partner_norm, out=np.full_like(norm, np.nan), where=partner_norm > 0)
    scale = np.nanmedian(ratio, axis=1, keepdims=True)  # (panel, 1)
    shift = np.median(mean - scale * partner_mean, axis=1, keepdims=True)
    return scale[:, np.newaxis] * partner + shift[:, np.newaxis]

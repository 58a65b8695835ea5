"""Planes of cadences in, a few numbers a cadence out, higher where a needle is likely; no label is asked for.

Each is the highest value of all paths, or of all columns, of what ON panels show there less `VETO` times
what any OFF panel shows at the same place or near it: RFI drifts, jitters, and is in each panel of another
strength. What is near noise in OFF panels takes nothing away.

Source: the de-Doppler search, and the ON-OFF filter of turboSETI's events (Enriquez et al. 2017, ApJ 849,
104); for winding lines the Viterbi algorithm, as in searches for continuous gravitational waves (Suvorova et
al. 2016, Phys. Rev. D 93, 123009).
"""

from collections.abc import Iterable, Sequence

import torch

from abacad.cadences.layout import OFF_PANELS, ON_PANELS
from abacad.images.drift import Drifts
from abacad.search.names import IN_NOISE
from abacad.search.planes import (
    THIRDS,
    Planes,
    along_paths,
    at_the_middle,
    every_second,
    side_by_side,
)
from abacad.search.smoothing import highest_within
from abacad.search.veto import BY_CHANCE, VETO

PULSED = 3.8  # and of all pairs of pieces along their paths
DOTTED = 4.4  # and of all short pieces
NEAR = (2, 4)  # drift rates and bins, on either side: OFF panels are searched there
BESIDE = 4.0  # and of all paths that are in some columns amid a panel
WINDING = 4.4  # and of the best winding paths through them, of a third of a panel
NEAR_WINDING = 8  # bins on either side, and as many as a boxcar has: RFI jitters and is wide
STEP, STEP_OFF = 2, 1  # bins that a line moves at most from a piece to the next; RFI winds less
BRIGHTEST = (-2.0, 12.0)  # of a piece: one alone is no line, and one dark piece does not end it


def statistics(planes: Iterable[Planes], drifts: Drifts) -> dict[str, torch.Tensor]:
    """The `STATISTICS` of a batch, (batch,) each; in the planes' noise, but of the highest of many values.

    least           of the three ON panels, along a straight path
    second          the second-least of them: a needle in two panels is enough
    pulses          the least ON panel, in two pieces at the same height of each panel
    short           the least ON panel, in the two pieces where each panel is brightest along the path
    dots            the least ON panel, in one short piece at the same height of each panel
    winding         of paths that may wind, the best of each ON panel, wherever: the least of these
    winding_in_two  the second-least of these
    evidence        all but dots together: the sum of asinh(what each has above noise)
    """
    highest: dict[str, torch.Tensor] = {}
    for plane in planes:
        for name, values in (
            _straight(plane, drifts) | _winding(plane, drifts) | _dots(plane, drifts)
        ).items():
            best = values.reshape(len(values), -1).amax(1)
            highest[name] = torch.maximum(highest[name], best) if name in highest else best
    evidence = [torch.asinh(highest[name] - in_noise) for name, in_noise in IN_NOISE.items()]
    return highest | {"evidence": torch.stack(evidence).sum(0)}


def _straight(plane: Planes, drifts: Drifts) -> dict[str, torch.Tensor]:
    """Along straight paths, (batch, drift, frequency)."""
    veto = VETO * (off_nearby(plane.sums, NEAR) - BY_CHANCE).clamp(min=0)
    on = plane.sums[:, list(ON_PANELS)]
    least, second = in_order(on.unbind(1))[:2]
    paths = along_paths(plane.pieces, drifts)
    pairs = (paths[:, :, 1:] + paths[:, :, :-1]) / 2**0.5
    brightest = pairs.amax(2)
    pulsed = VETO * (off_nearby(brightest, (NEAR[0] // 2, NEAR[1])) - PULSED).clamp(min=0)
    of_pairs = torch.maximum(veto[:, every_second(drifts)], pulsed)
    at_one_height = in_order(pairs[:, list(ON_PANELS)].unbind(1))[0].amax(1)
    anywhere = in_order(brightest[:, list(ON_PANELS)].unbind(1))[0]
    return {
        "least": least - veto,
        "second": second - veto,
        "pulses": at_one_height - of_pairs,
        "short": anywhere - of_pairs,
    }


def off_nearby(sums: torch.Tensor, near: tuple[int, int]) -> torch.Tensor:
    """The most that an OFF panel has near each path, (batch, drift, frequency).

    sums  (batch, panel=6, drift, frequency)
    near  how many drift rates and bins on either side
    """
    off = sums[:, list(OFF_PANELS)].amax(1)
    return highest_within(highest_within(off, near[1], -1), near[0], -2)


def _winding(plane: Planes, drifts: Drifts) -> dict[str, torch.Tensor]:
    """Of the best winding path of each ON panel, (batch,): the least, and the second-least.

    Columns in which an OFF panel shows a line, straight or winding, are dark in ON panels.
    """
    off = list(OFF_PANELS)
    straight = at_the_middle(plane.sums, drifts)[:, off].amax(1) - BESIDE
    thirds = plane.pieces[:, off].clamp(*BRIGHTEST).unflatten(2, (THIRDS, -1)).flatten(1, 2)
    winding = best_through(thirds, STEP_OFF).amax(1) - WINDING
    shown = torch.maximum(straight, winding)
    shown = highest_within(shown, NEAR_WINDING + plane.width, -1).clamp(min=0)
    on = plane.pieces[:, list(ON_PANELS)] - VETO * shown[:, None, None]
    best = best_through(on.clamp(*BRIGHTEST), STEP).amax(-1)
    least, second = in_order(best.unbind(1))[:2]
    return {"winding": least, "winding_in_two": second}


def _dots(plane: Planes, drifts: Drifts) -> dict[str, torch.Tensor]:
    """What the ON panels have at one height and at places that drift from panel to panel, (batch, drift).

    Columns in which an OFF panel shows a line or a dot, at any height, are dark in ON panels.
    """
    straight = at_the_middle(plane.sums, drifts) - BESIDE
    shown = torch.maximum(straight, plane.short_pieces.amax(2) - DOTTED)
    shown = VETO * highest_within(shown, NEAR[1], -1).clamp(min=0)
    best = []
    moved = (side_by_side(values, drifts) for values in (plane.short_pieces, shown))
    for pieces, veto in zip(*moved, strict=True):
        least = in_order([pieces[panel] for panel in ON_PANELS])[0].amax(1)
        most = torch.stack([veto[panel] for panel in OFF_PANELS]).amax(0)
        best.append((least - most).amax(-1))
    return {"dots": torch.stack(best, 1)}


def best_through(pieces: torch.Tensor, step: int) -> torch.Tensor:
    """Of each panel and column, the best path that goes through it: its sum over the root of its pieces.

    pieces  (batch, panel, piece, frequency); a path moves by `step` bins at most from a piece to the next
    Returns (batch, panel, frequency).
    """
    count = pieces.shape[2]
    forth, back = [pieces[:, :, 0]], [pieces[:, :, -1]]
    for piece in range(1, count):
        forth.append(pieces[:, :, piece] + highest_within(forth[-1], step, -1))
        back.append(pieces[:, :, -1 - piece] + highest_within(back[-1], step, -1))
    through = torch.stack(forth, 2) + torch.stack(back[::-1], 2) - pieces
    return through.amax(2) / count**0.5


def in_order(three: Sequence[torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The least, the second and the most of three, place by place."""
    one, two, third = three
    low, high = torch.minimum(one, two), torch.maximum(one, two)
    second = torch.maximum(low, torch.minimum(high, third))
    return torch.minimum(low, third), second, torch.maximum(high, third)

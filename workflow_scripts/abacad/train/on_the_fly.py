"""Backgrounds in, the rows of one epoch out, which become training cadences on the device; most get a
needle there.

A background is an unchanged negative training cadence, or the OFF panels of any cadence that the fold
may learn from, rearranged as a cadence. Some of each sort get no needle, so that only the needle
reveals the label.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from abacad.cadences.layout import PanelShape
from abacad.images.injection import arrange, check_channels, check_sides, inject
from abacad.images.panel_batch import PanelBatch
from abacad.images.selection import Rows
from abacad.needles.traces import draw_needles
from abacad.settings import OnTheFly, Run


@dataclass(frozen=True)
class MadeRows:
    """Rows of backgrounds. Some will be rearranged from OFF panels alone, and some will get a needle.

    kinds             of the needles
    settings, shape   as for `made_rows`
    rows              the backgrounds
    arranged, needle  which of them, (row,) bool
    """

    kinds: tuple[str, ...]
    settings: Mapping[str, Any]
    shape: PanelShape
    rows: Rows
    arranged: np.ndarray
    needle: np.ndarray

    def make(self, batch: PanelBatch, at: np.ndarray, numbers: np.ndarray) -> None:
        """Turn the backgrounds `at` these places of a batch into the rows with these numbers, in place."""
        arrange(batch, at[self.arranged[numbers]])
        chosen = at[self.needle[numbers]]
        drawn_from = [batch.generators[row] for row in chosen]
        needles = draw_needles(self.kinds, self.settings, self.shape, drawn_from)
        inject(batch, chosen, needles, self.settings["highest"])


def check_injection(run: Run) -> None:
    """ValueError: no needle can be added to the store of a channel, or a background lacks panels. The
    message names the channel."""
    if run.selection.injected_on_the_fly:
        check_channels(run.composition.channels)
        if run.inject["off_panels"]:
            check_sides(run.composition.channels)


def made_rows(
    options: OnTheFly,
    settings: Mapping[str, Any],
    shape: PanelShape,
    training: Rows,
    backgrounds: Rows,
    random: np.random.Generator,
) -> MadeRows:
    """The rows of one epoch, with random backgrounds.

    settings     of the config's inject: blank, off_panels, snr, drift_rate, needles, partial; and highest,
                 the value to which the stores are clipped
    shape        of panels
    training     rows; those of train without a needle are backgrounds as they are
    backgrounds  rows whose OFF panels may be a background
    ValueError: negatives are asked for, but there are none.
    """
    negatives = training[(training.collections == "train") & (training.labels == 0)]
    arranged = random.random(options.count) < settings["off_panels"]
    if not len(negatives) and not arranged.all():
        raise ValueError(
            "injected_on_the_fly: there is no negative training cadence to inject into; "
            "inject.off_panels: 1 takes only OFF panels"
        )
    places = np.arange(len(negatives) + len(backgrounds))
    chosen = np.where(
        arranged,
        random.choice(places[len(negatives) :], options.count),
        random.choice(places[: len(negatives)] if len(negatives) else places, options.count),
    )
    rows = (negatives + backgrounds)[chosen]
    needle = random.random(options.count) >= settings["blank"]
    return MadeRows(options.kinds, settings, shape, rows, arranged, needle)

"""What each panel shows at one place in, what is left of it for a needle out: OFF panels take away."""

from collections.abc import Sequence

import numpy as np

from abacad.cadences.layout import OFF_PANELS, ON_PANELS

VETO = (
    4.0  # times what they show: a carrier is up to six times as strong in one panel as in another
)
BY_CHANCE = 3.0  # deviations, below which they show nothing: the highest of some cells of noise


def contrast(panel_snr: Sequence[float]) -> float:
    """How much a line is like a needle, by its SNR in each panel, (panel=6,), in deviations.

    It is the SNR of the middle one of the ON panels, less what the search takes away for what the brightest
    OFF panel shows. A carrier, which is in all panels, or a burst in one of them may be the brightest line
    of a cadence; this sets both behind a needle, even one that is in two ON panels alone.
    """
    snr = np.asarray(panel_snr)
    shown = max(snr[[*OFF_PANELS]].max() - BY_CHANCE, 0)
    return float(np.median(snr[[*ON_PANELS]]) - VETO * shown)

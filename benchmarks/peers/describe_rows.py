"""Cadences in, what energy detection and a forest see of each out: a table with a column for each feature.

The panels are prepared first, without the time bins that are blank:

spline     as Aetherscan does it without knowledge of the receiver's filter: a cubic spline with 16 knots in a
           coarse channel is fitted to the panel's mean over time, and subtracted
levelled   as the store `levelled` of this workflow, but not clipped

Energy detection is D'Agostino and Pearson's k2 of the values of a panel in windows along frequency: how far
their skewness and kurtosis are from those of Gaussian noise. As in Aetherscan, half of a window overlaps with
the next one, and a window has about 4,096 values; here these are 16 columns. Scores of a cadence:

k2_most    the largest k2 of the ON panels, which is what Aetherscan compares with a threshold
k2_mean    the largest of: the mean k2 of the ON panels in a window, less the largest of the OFF panels
k2_least   the same with the least k2 of the ON panels

The features of a forest are these scores; for each panel, in the order of the panels, the statistics of
`abacad.score.domain_shift.summarize_panels` (moments, quantiles, spreads of columns and rows, correlations of
neighbours) and the largest k2 of a window; and the `CONTRASTS` of the ON and OFF panels.

Sources: D'Agostino and Pearson 1973 (Biometrika 60, 613); docs/PREPROCESSING.md of
https://github.com/zachtheyek/Aetherscan, "Energy detection".

    make benchmark-peers
    PYTHONPATH=workflow_scripts python benchmarks/peers/describe_rows.py --rows manifests/train.parquet \\
        --panels spline --features features.parquet
"""

import argparse
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import pyarrow as pa
from scipy.interpolate import make_lsq_spline
from scipy.stats import normaltest

from abacad.cadences.cadence import BadCadence, blank_bins, read_cadence
from abacad.cadences.layout import OFF_PANELS, ON_PANELS, PANELS
from abacad.cadences.manifest import good_rows
from abacad.devices.parallel import ordered_map
from abacad.preprocess.level import levelled
from abacad.preprocess.normalize import live_zscore
from abacad.score.domain_shift import summarize_panels
from abacad.tables.files import write_table

WINDOW, STEP = 16, 8  # columns
CUBIC = 3
KNOT_EVERY = 64  # columns: 16 knots in a coarse channel, which has 1,024 of them
ENERGY = ("k2_most", "k2_mean", "k2_least")
CONTRASTS = (
    "columns_least",  # largest of: the least ON panel less the largest OFF panel, of the columns' means
    "columns_second",  # the same of the second-least ON panel
    "columns_mean",  # the same of the mean of the ON panels
    "columns_spread",  # deviation of the mean of the ON panels less that of the OFF panels
    "columns_correlation",  # of the mean of the ON panels and that of the OFF panels
    "rows_most",  # largest of the rows' means: of the ON panels less that of the OFF panels
    "rows_spread",  # deviation of the rows' means: of the ON panels less that of the OFF panels
)

Panels = Sequence[np.ndarray]  # (time, frequency=256) each; time bins that are blank are left out


def spline_flattened(panels: np.ndarray) -> Panels:
    """Subtract a smooth fit of the mean over time from each of (panel=6, time, frequency)."""
    live = ~blank_bins(panels)
    return [
        each - smooth(each.mean(axis=0, dtype=np.float64)).astype(np.float32)
        for each in (
            panel[bins].astype(np.float32) for panel, bins in zip(panels, live, strict=True)
        )
    ]


def smooth(spectrum: np.ndarray) -> np.ndarray:
    """The cubic spline with a knot every `KNOT_EVERY` bins that is closest to a spectrum, (frequency,)."""
    last = len(spectrum) - 1
    inner = np.arange(KNOT_EVERY, last, KNOT_EVERY)
    knots = np.concatenate([[0] * (CUBIC + 1), inner, [last] * (CUBIC + 1)])
    bins = np.arange(len(spectrum))
    return make_lsq_spline(bins, spectrum, knots, k=CUBIC)(bins)


def as_levelled(panels: np.ndarray) -> Panels:
    """Level (panel=6, time, frequency) as in the store, without the clipping."""
    return [panel[~np.isnan(panel).any(axis=1)] for panel in levelled(live_zscore(panels))]


PREPARED: dict[str, Callable[[np.ndarray], Panels]] = {
    "spline": spline_flattened,
    "levelled": as_levelled,
}


def windowed_k2(panel: np.ndarray) -> np.ndarray:
    """D'Agostino and Pearson's k2 of (time, frequency) in each window along frequency, (window,)."""
    windows = np.lib.stride_tricks.sliding_window_view(panel, WINDOW, axis=1)[:, ::STEP]
    values = np.moveaxis(windows, 1, 0).reshape(windows.shape[1], -1)
    return normaltest(values, axis=1).statistic


def energy(k2: np.ndarray) -> np.ndarray:
    """The scores `ENERGY` of a cadence by its (panel=6, window)."""
    on, off = k2[[*ON_PANELS]], k2[[*OFF_PANELS]].max(axis=0)
    return np.array([on.max(), (on.mean(axis=0) - off).max(), (on.min(axis=0) - off).max()])


def contrasts(panels: Panels) -> np.ndarray:
    """The `CONTRASTS` of a cadence, (contrast,)."""
    columns = np.stack([panel.mean(axis=0) for panel in panels])  # (panel, frequency)
    on, off = np.sort(columns[[*ON_PANELS]], axis=0), columns[[*OFF_PANELS]]
    means = on.mean(axis=0), off.mean(axis=0)
    spreads = [each.std() for each in means]
    together = ((means[0] - means[0].mean()) * (means[1] - means[1].mean())).mean()
    rows = [panel.mean(axis=1) for panel in panels]
    brightest = np.array([each.max() for each in rows])
    spread = np.array([each.std() for each in rows])
    above = [(each - off.max(axis=0)).max() for each in (on[0], on[1], means[0])]
    return np.array(
        [
            *above,
            spreads[0] - spreads[1],
            together / (spreads[0] * spreads[1]) if min(spreads) > 0 else 0,
            *(
                each[[*ON_PANELS]].mean() - each[[*OFF_PANELS]].mean()
                for each in (brightest, spread)
            ),
        ]
    )


def describe(panels: Panels) -> np.ndarray:
    """The features of a cadence, (feature,), float32, in the order of `feature_names`."""
    k2 = np.stack([windowed_k2(panel) for panel in panels])  # (panel, window)
    of_panels = [
        [*summarize_panels(panel[np.newaxis])[0], most]
        for panel, most in zip(panels, k2.max(axis=1), strict=True)
    ]
    return np.concatenate([energy(k2), contrasts(panels), *of_panels]).astype(np.float32)


def feature_names(count: int) -> list[str]:
    """Names of `count` features as `describe` orders them; those of panel p end in _p."""
    whole = [*ENERGY, *CONTRASTS]
    each = (count - len(whole)) // PANELS
    names = [*(f"statistic{number}" for number in range(each - 1)), "k2"]
    return [*whole, *(f"{name}_{panel}" for panel in range(PANELS) for name in names)]


def describe_file(prepare: str, path: str) -> np.ndarray:
    """The features of a raw cadence file, (feature,). BadCadence names the file."""
    try:
        return describe(PREPARED[prepare](read_cadence(path)))
    except BadCadence as error:
        raise BadCadence(f"{path}: {error}") from None


def main() -> None:
    """Read the command line, describe, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--rows", required=True, help="Parquet, a manifest: id, path, ok")
    add("--panels", choices=PREPARED, required=True, help="how the panels are prepared")
    add("--features", required=True, help="table to write, Parquet: id, and the features")
    add("--workers", type=int, default=1, help="worker processes (default: %(default)s)")
    arguments = parser.parse_args()

    ids, paths = good_rows(arguments.rows)
    described = ordered_map(partial(describe_file, arguments.panels), paths, arguments.workers)
    features = np.stack([*described], axis=1)  # (feature, row)
    names = feature_names(len(features))
    write_table(arguments.features, pa.table({"id": ids} | dict(zip(names, features, strict=True))))


if __name__ == "__main__":
    main()

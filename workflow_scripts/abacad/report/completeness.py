"""From what models say of injected cadences and of test to scores of the injected: for completeness.

Completeness is the share of needles that is found in the noise of the test side, where 1 % of its blank
cadences are taken for needles. A model's scores are the ranks that injected cadences would have among all
test cadences by the same model: so folds, and members of the ensemble, go by one scale, as where the
ensemble ranks the test side. It is told twice: by the models of the one fold that holds the background out,
as strict as any score out of fold; and by the mean over all folds, as the submission is made, where the
others know the background as they know that of any test cadence.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from abacad.cadences.layout import COMPLETENESS
from abacad.ensemble.names import shown
from abacad.report.recovery import ALL, HELD_OUT, NEEDLE_COLUMNS, Scored
from abacad.tables.files import read_table
from abacad.tables.ids import some
from abacad.tables.predictions import ranks_among, read_predictions

ENSEMBLE = shown("rank_mean")


def injected_needles(manifest: pa.Table) -> pa.Table:
    """The manifest of completeness as a table of needles, with `NEEDLE_COLUMNS`."""
    collection = pa.array([COMPLETENESS] * len(manifest), pa.string())
    return manifest.append_column("collection", collection).select(NEEDLE_COLUMNS)


def scored_completeness(
    ids: Sequence[str],
    tested: Mapping[str, Sequence[str | Path]],
    predicted: Mapping[str, Sequence[str | Path]],
    members: Sequence[str],
) -> list[Scored]:
    """What each model, and the ensemble of `members` by the mean of their ranks, says of the cadences `ids`.

    tested     prediction files by model, a file a fold: the test rows
    predicted  files of predict_completeness.py by model, in the order of the same folds
    Those by the fold that holds a cadence out come first. ValueError: a cadence is not predicted by every
    fold, or held out by another number of folds than one.
    """
    ranks = {model: _ranks(ids, tested[model], predicted[model]) for model in predicted}
    scored = []
    for place, folds in enumerate((HELD_OUT, ALL)):
        scores = {model: both[place] for model, both in ranks.items()}
        scores[ENSEMBLE] = np.mean([scores[member] for member in members], axis=0)
        alike = np.zeros(len(ids))
        scored += [
            Scored(model, None, COMPLETENESS, folds, ids, own, alike)
            for model, own in scores.items()
        ]
    return scored


def _ranks(
    ids: Sequence[str], tested: Sequence[str | Path], predicted: Sequence[str | Path]
) -> tuple[np.ndarray, np.ndarray]:
    """The rank of each cadence among test, (row,): by the fold that holds it out, and the mean over folds."""
    ranks, held_out = [], []
    for of_test, path in zip(tested, predicted, strict=True):
        _, test = read_predictions(of_test, "test")
        injected, predictions = read_predictions(path, COMPLETENESS)
        prediction_of = dict(zip(injected.to_pylist(), predictions, strict=True))
        if odd := sorted({*ids} ^ prediction_of.keys()):
            raise ValueError(f"{path}: {some(odd)} are in only one of the manifest and the file")
        ranks.append(ranks_among(test, np.array([prediction_of[one] for one in ids])))
        table = read_table(path, ["id", "held_out"])
        held_out_of = dict(zip(table["id"].to_pylist(), table["held_out"].to_pylist(), strict=True))
        held_out.append([held_out_of[one] for one in ids])
    times = np.sum(held_out, axis=0)
    if odd := [one for one, number in zip(ids, times, strict=True) if number != 1]:
        raise ValueError(f"{some(odd)} are held out by another number of folds than one")
    return np.sum(ranks, axis=0, where=np.array(held_out)), np.mean(ranks, axis=0)

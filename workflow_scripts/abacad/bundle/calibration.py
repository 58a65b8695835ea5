"""What each model says of new cadences in, the ensemble's score and what it means out.

Ranks among new cadences would depend on which others there are. So each model's probabilities are compared
with those of its own out-of-fold rows, which it never saw either and whose labels are known.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from abacad.bundle.contents import CALIBRATION, CURVES, Bundle
from abacad.bundle.folder import BadBundle
from abacad.tables.curves import Curves, read_curves, write_curves
from abacad.tables.files import read_table, write_table
from abacad.tables.means import Mean, mean_of, mean_over_folds, share_as_high
from abacad.tables.predictions import read_out_of_fold


@dataclass(frozen=True)
class Calibration:
    """The out-of-fold rows of an ensemble, and how its members are averaged.

    target, fold   of the training rows, (row,)
    probabilities  of each member, out of fold, (row,)
    method, power  as of `abacad.tables.means.mean_of`
    weights        of the weighted mean, by member in the same order
    curves         of the stacked one, by fold; other methods need none
    """

    target: np.ndarray
    fold: np.ndarray
    probabilities: Mapping[str, np.ndarray]
    method: str
    power: float
    weights: Mapping[str, float]
    curves: Sequence[Curves] = ()

    @property
    def folds(self) -> int:
        """How many models each member has."""
        return int(self.fold.max()) + 1

    def scores(self, said: Mapping[str, np.ndarray]) -> np.ndarray:
        """The ensemble's score of new cadences, (row,), from 0 to 1, the mean over folds.

        said  by member, the probabilities of each fold's model, (fold, row)
        ValueError: other members, or another number of folds, than the ensemble has.
        """
        return mean_over_folds(self.fold, self._reference, self._every(said), self._mean)

    def false_positive_rates(self, said: Mapping[str, np.ndarray]) -> np.ndarray:
        """The share of out-of-fold rows without a needle that score as high, (row,); see `scores`."""
        return self._share_as_high(said, 0)

    def completeness(self, said: Mapping[str, np.ndarray]) -> np.ndarray:
        """The share of out-of-fold rows with a needle that score as high, (row,); see `scores`."""
        return self._share_as_high(said, 1)

    def out_of_fold(self) -> np.ndarray:
        """The ensemble's score of its own training rows, (row,), each by the models that never saw it."""
        scores, reference = np.empty(len(self.fold)), self._reference
        for fold in range(self.folds):
            rows = self.fold == fold
            own = reference[:, rows]
            scores[rows] = self._mean(fold, own, own)
        return scores

    def _share_as_high(self, said: Mapping[str, np.ndarray], target: int) -> np.ndarray:
        counted, every = self.target == target, self._every(said)
        return share_as_high(counted, self.fold, self._reference, every, self._mean)

    @property
    def _mean(self) -> Mean:
        return mean_of(self.method, self.power, self.weights, self.curves)

    @property
    def _reference(self) -> np.ndarray:
        """(member, training row)"""
        return np.stack([*self.probabilities.values()])

    def _every(self, said: Mapping[str, np.ndarray]) -> np.ndarray:
        """(member, fold, row)"""
        if said.keys() != self.probabilities.keys():
            raise ValueError(
                f"predictions of {', '.join(said)}; the ensemble has {', '.join(self.probabilities)}"
            )
        for name, values in said.items():
            if len(values) != self.folds:
                raise ValueError(f"{name}: predictions of {len(values)} folds, not {self.folds}")
        return np.stack([said[name] for name in self.probabilities])


def calibrated(
    folds: pa.Table,
    predictions: Mapping[str, Sequence[str | Path]],
    method: str,
    power: float,
    weights: Mapping[str, float],
    curves: Sequence[Curves],
) -> Calibration:
    """From the prediction files of each member, in the order of the folds.

    `folds` has the columns id, target, fold. ValueError: see `read_out_of_fold`.
    """
    probabilities = {name: read_out_of_fold(folds, paths) for name, paths in predictions.items()}
    target, fold = folds["target"].to_numpy(), folds["fold"].to_numpy()
    return Calibration(target, fold, probabilities, method, power, weights, curves)


def write_calibration(folder: str | Path, calibration: Calibration) -> None:
    """Parquet: target, fold, and a column for each member; and its curves, if it has some."""
    columns = {"target": calibration.target, "fold": calibration.fold}
    write_table(Path(folder) / CALIBRATION, pa.table(columns | {**calibration.probabilities}))
    if calibration.curves:
        names = [*calibration.probabilities]
        write_curves(Path(folder) / CURVES, names, calibration.curves)


def read_calibration(folder: str | Path, bundle: Bundle) -> Calibration:
    """The calibration of a bundle. BadBundle: it is not as a bundle is written."""
    path = Path(folder) / CALIBRATION
    try:
        method, power = bundle.ensemble["method"], bundle.ensemble["power"]
        weights = {
            member.name: bundle.ensemble["weights"][member.name] for member in bundle.members
        }
        table = read_table(path, ["target", "fold", *weights])
        stacked = method == "stacked"
        curves = read_curves(Path(folder) / CURVES, [*weights]) if stacked else ()
    except (OSError, KeyError, ValueError) as error:
        raise BadBundle(f"{path}: not as a bundle is written: {error}") from error
    target, fold = table["target"].to_numpy(), table["fold"].to_numpy()
    probabilities = {name: table[name].to_numpy() for name in weights}
    return Calibration(target, fold, probabilities, method, power, weights, curves)

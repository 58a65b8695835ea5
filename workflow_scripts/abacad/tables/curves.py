"""Curves of log-odds over the ranks of an ensemble's members in, the score of rows of such ranks out."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from abacad.tables.files import read_table, write_table

CURVES = pa.schema(
    {"fold": pa.int16(), "member": pa.string(), "rank": pa.float64(), "log_odds": pa.float64()}
)
# Part of a score that is the mean rank: it tells apart what is beyond the last steps of all curves.
STRICTLY = 1e-3


@dataclass(frozen=True)
class Curves:
    """How much each member's rank says for a needle; what members say is added up.

    rank      where the curves are known, (point,), rising from 0 to 1; between two points they are straight
    log_odds  of each member there, (member, point)
    """

    rank: np.ndarray
    log_odds: np.ndarray

    def scores(self, ranks: np.ndarray) -> np.ndarray:
        """The probability of a needle by the ranks of members, (member, row): (row,), 0 to 1.

        Where the curves rise or are level, it rises strictly with each rank.
        """
        told = sum(
            np.interp(member, self.rank, curve)
            for member, curve in zip(ranks, self.log_odds, strict=True)
        )
        return (1 - STRICTLY) * np.exp(-np.logaddexp(0, -told)) + STRICTLY * ranks.mean(axis=0)


def write_curves(path: str | Path, members: Sequence[str], of_folds: Sequence[Curves]) -> None:
    """Write a row a point, with the columns of `CURVES`; `of_folds` in the order of the folds."""
    parts = []
    for fold, curves in enumerate(of_folds):
        for member, log_odds in zip(members, curves.log_odds, strict=True):
            points = len(curves.rank)
            columns = {"fold": [fold] * points, "member": [member] * points}
            columns |= {"rank": curves.rank, "log_odds": log_odds}
            parts.append(pa.table(columns, CURVES))
    write_table(path, pa.concat_tables(parts) if parts else CURVES.empty_table())


def read_curves(path: str | Path, members: Sequence[str]) -> list[Curves]:
    """The curves of each fold, in the order of the folds and of `members`.

    KeyError: a column is missing. ValueError: a member is, or its curve is not of the same ranks as the
    others'. All of these name the file.
    """
    table = read_table(path, CURVES.names)
    of_folds = []
    for fold in sorted(pc.unique(table["fold"]).to_pylist()):
        own = table.filter(pc.equal(table["fold"], fold))
        curves = [own.filter(pc.equal(own["member"], member)) for member in members]
        rank = curves[0]["rank"].to_numpy()
        for member, curve in zip(members, curves, strict=True):
            if not len(curve) or not np.array_equal(curve["rank"].to_numpy(), rank):
                raise ValueError(f"{path}: no curve of {member} in fold {fold}, or of other ranks")
        of_folds.append(Curves(rank, np.stack([curve["log_odds"].to_numpy() for curve in curves])))
    return of_folds

"""Regression trees as tables of nodes in, the mean of what they say of some values out.

They are kept as a table, and not as an object of the library that grew them. Such an object can only be read
by executing it, and nothing in a bundle may be executed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from abacad.tables.files import read_table, write_table

NODES = pa.schema(
    {
        "fold": pa.int16(),
        "tree": pa.int32(),
        "feature": pa.int16(),
        "threshold": pa.float64(),
        "below": pa.int32(),
        "above": pa.int32(),
        "mean": pa.float64(),
    }
)
AT_ONCE = 1 << 14  # rows, so that all of a tree and what is asked for stay in the caches


@dataclass(frozen=True)
class Trees:
    """Some trees, whose nodes are numbered from 0, those of one tree after those of another.

    tree       of each node, (node,), from 0; a tree begins at the first of its nodes
    feature    which is asked for at a node, (node,)
    threshold  a value up to this one goes on `below`, a higher one `above`, (node,)
    below, above  nodes, (node,); those of a leaf are the leaf
    mean       what a leaf says, (node,)
    """

    tree: np.ndarray
    feature: np.ndarray
    threshold: np.ndarray
    below: np.ndarray
    above: np.ndarray
    mean: np.ndarray

    def means(self, values: np.ndarray) -> np.ndarray:
        """The mean over all trees of what they say of each row of `values`, (feature, row): (row,) float64.

        Values are taken with the precision of float32, as by the library that grew the trees.
        """
        values = values.astype(np.float32)
        roots = np.unique(self.tree, return_index=True)[1]
        further = np.stack([self.below, self.above], axis=1).reshape(-1)
        said = np.zeros(values.shape[1])
        for start in range(0, len(said), AT_ONCE):
            block = values[:, start : start + AT_ONCE]
            rows = np.arange(block.shape[1])
            asked = self.feature.astype(np.int64) * len(rows)  # where its values begin
            block = block.reshape(-1)
            for root in roots:
                nodes, before = np.full(len(rows), root), None
                while not np.array_equal(nodes, before):
                    before = nodes
                    high = block[asked[nodes] + rows] > self.threshold[nodes]
                    nodes = further[2 * nodes + high]
                said[start : start + AT_ONCE] += self.mean[nodes]
        return said / len(roots)


def write_trees(path: str | Path, of_folds: Sequence[Trees]) -> None:
    """Write a row a node, with the columns of `NODES`; `of_folds` in the order of the folds."""
    names = [name for name in NODES.names if name != "fold"]
    parts = []
    for fold, trees in enumerate(of_folds):
        columns = {"fold": np.full(len(trees.tree), fold)}
        columns |= {name: getattr(trees, name) for name in names}
        parts.append(pa.table(columns).cast(NODES))
    write_table(path, pa.concat_tables(parts) if parts else NODES.empty_table())


def read_trees(path: str | Path) -> list[Trees]:
    """The trees of each fold, in their order.

    KeyError: a column is missing. ValueError: a node leads back, or out of its trees. Both name the file.
    """
    table = read_table(path, NODES.names)
    fold = table["fold"].to_numpy()
    columns = {name: table[name].to_numpy() for name in NODES.names if name != "fold"}
    of_folds = [
        Trees(**{name: values[fold == number] for name, values in columns.items()})
        for number in np.unique(fold)
    ]
    for trees in of_folds:
        node = np.arange(len(trees.tree))
        for further in (trees.below, trees.above):
            if (further < node).any() or (further >= len(node)).any():
                raise ValueError(f"{path}: a node leads back, or out of its trees")
    return of_folds

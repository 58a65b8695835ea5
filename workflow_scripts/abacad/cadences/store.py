"""Stores: memory-mapped Arrow IPC files of panels, one file for each shard.

A store file has the columns `id` (string) and `panels` (fixed-shape tensor, float16,
(panel=6, time, frequency)), uncompressed, so that a reader gets a NumPy view without a copy.
The store "residual" has a third column, `covering` (fixed-shape tensor, uint8, (frequency,)): from
how many other cadences the background of each column was known. A file's metadata says which store,
collection and shard it is. Every store of a collection has the same rows in the same order: the
manifest's good rows, cut into equal shards.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from abacad.cadences.layout import PANELS
from abacad.tables.files import whole_file

ROWS_PER_BLOCK = 16  # 13 MB: what a writer holds in memory at once


@dataclass(frozen=True)
class Shard:
    """Which part of which store a file holds: shard `index` of `count` of one collection."""

    store: str
    collection: str
    index: int
    count: int

    def __post_init__(self) -> None:
        if not 0 <= self.index < self.count:
            raise ValueError(
                f"shard {self.index} of {self.count}: must be one of 0 to {self.count - 1}"
            )

    def rows(self, total: int) -> range:
        """The rows of this shard among the `total` rows of the collection. Shards differ by at most one
        row."""
        return range(total * self.index // self.count, total * (self.index + 1) // self.count)


def write_store(
    path: str | Path,
    shard: Shard,
    ids: Iterable[str],
    cadences: Iterable[np.ndarray],
    covering: np.ndarray | None = None,
) -> None:
    """Write one shard, a few cadences at a time.

    `cadences` yields one (panel=6, time, frequency) array for each of `ids`, in their order; values are
    rounded to float16. `covering`: (row, frequency), uint8, or None.
    ValueError: there are more or fewer cadences than ids, or a cadence has not six panels, another shape
    than the first one, or a value that is not finite in float16; the message names its id.
    """
    cadences = iter(cadences)
    first = next(cadences, None)
    shape = (PANELS, 0, 0) if first is None else first.shape
    columns = [("id", pa.string()), ("panels", pa.fixed_shape_tensor(pa.float16(), shape))]
    if covering is not None:
        columns.append(("covering", pa.fixed_shape_tensor(pa.uint8(), shape[-1:])))
    schema = pa.schema(columns, metadata={key: str(value) for key, value in asdict(shard).items()})
    with (
        whole_file(path) as temporary,
        pa.OSFile(str(temporary), "wb") as file,
        pa.ipc.new_file(file, schema) as writer,
    ):
        block: list[np.ndarray] = []
        block_ids: list[str] = []
        written = 0

        def flush() -> None:
            nonlocal written
            rows = slice(written, written + len(block))
            values = [
                pa.array(block_ids, pa.string()),
                pa.FixedShapeTensorArray.from_numpy_ndarray(np.stack(block)),
            ]
            if covering is not None:
                values.append(pa.FixedShapeTensorArray.from_numpy_ndarray(covering[rows]))
            writer.write_batch(pa.record_batch(values, schema=schema))
            written += len(block)
            block.clear()
            block_ids.clear()

        cadences = cadences if first is None else chain([first], cadences)
        for cadence_id, cadence in zip(ids, cadences, strict=True):
            with np.errstate(over="ignore"):
                cadence = np.ascontiguousarray(cadence, dtype=np.float16)
            if cadence.shape != shape or shape[0] != PANELS:
                raise ValueError(
                    f"{path}: cadence {cadence_id}: shape {cadence.shape}, must be {(PANELS, *shape[1:])}"
                )
            if not np.isfinite(cadence).all():
                raise ValueError(f"{path}: cadence {cadence_id}: a value is not finite in float16")
            block.append(cadence)
            block_ids.append(cadence_id)
            if len(block) == ROWS_PER_BLOCK:
                flush()
        if block:
            flush()


def shard_position(text: str) -> tuple[int, int]:
    """Index and count of a shard from the name of its file, such as 0-of-16. ValueError: it has not
    this form."""
    match = re.fullmatch(r"(\d+)-of-(\d+)", text)
    if not match:
        raise ValueError(f"shard {text!r}: must be INDEX-of-COUNT, as 0-of-16")
    return int(match[1]), int(match[2])


class Store:
    """The rows of one store of one collection, read in place from its shard files.

    `ids` holds the ids of the rows in order, and `len()` is their number. `shape` is that of a cadence, or
    None if there are no rows. ValueError: the files are not the complete set of shards of one store of one
    collection, or their cadences differ in shape.
    """

    def __init__(self, paths: Sequence[str | Path]):
        self._paths = [str(path) for path in paths]
        if not self._paths:
            raise ValueError("a store needs the paths of its shards, got none")
        shards = {path: read_shard(path) for path in self._paths}
        ordered = sorted(self._paths, key=lambda path: shards[path].index)
        first = shards[ordered[0]]
        expected = [
            Shard(first.store, first.collection, i, first.count) for i in range(first.count)
        ]
        if [shards[path] for path in ordered] != expected:
            raise ValueError(
                f"not the {first.count} shards of one store of one collection: {', '.join(ordered)}"
            )
        self.name, self.collection = first.store, first.collection
        self.ids: list[str] = []
        self._blocks: list[np.ndarray] = []  # each (row, panel=6, time, frequency), a view
        self._covering: list[np.ndarray | None] = []  # each (row, frequency)
        for path in ordered:
            for block in _read_blocks(pa.memory_map(path)):
                self.ids += block.ids
                self._blocks.append(block.panels)
                self._covering.append(block.covering)
        self._block_ends = np.cumsum([len(block) for block in self._blocks])
        shapes = {block.shape[1:] for block in self._blocks}
        if len(shapes) > 1:
            raise ValueError(
                f"{', '.join(ordered)}: cadences of different shapes: {sorted(shapes)}"
            )
        self.shape: tuple[int, ...] | None = shapes.pop() if shapes else None

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, row: int) -> np.ndarray:
        """One cadence, (panel=6, time, frequency), float16: a read-only view, not a copy."""
        block, place = self._locate(row)
        return self._blocks[block][place]

    def covering(self, row: int) -> np.ndarray:
        """How many other cadences each column's background was known from, (frequency,), uint8.

        ValueError: this store does not have this information.
        """
        block, place = self._locate(row)
        if (covering := self._covering[block]) is None:
            raise ValueError(f"the store {self.name} does not tell which columns are covered")
        return covering[place]

    def _locate(self, row: int) -> tuple[int, int]:
        """Number of the block that holds a row, and the place of the row in it, counted from the end."""
        if not 0 <= row < len(self):
            raise IndexError(f"row {row} of a store of {len(self)}")
        block = int(np.searchsorted(self._block_ends, row, side="right"))
        return block, row - self._block_ends[block]

    def __getstate__(self) -> list[str]:
        return self._paths  # a worker process maps the files again

    def __setstate__(self, paths: list[str]) -> None:
        self.__init__(paths)


def read_shard(path: str | Path) -> Shard:
    """What the metadata of a store file says. ValueError: it is not a store file, or not whole."""
    try:
        with pa.memory_map(str(path)) as file:
            metadata = pa.ipc.open_file(file).schema.metadata or {}
    except pa.ArrowInvalid as error:
        raise ValueError(f"{path}: not a store file: {error}") from None
    try:
        return Shard(
            metadata[b"store"].decode(),
            metadata[b"collection"].decode(),
            int(metadata[b"index"]),
            int(metadata[b"count"]),
        )
    except KeyError as error:
        raise ValueError(f"{path}: not a store file: its schema lacks {error}") from None


def read_shard_file(path: str | Path) -> tuple[Shard, list[str], Iterator[np.ndarray]]:
    """One shard by itself: what it is, its ids, and its cadences in order, read-only.

    The cadences are read, not mapped. A map that is read to its end counts as memory of the process,
    which should not grow with the shard.
    """
    shard = read_shard(path)
    with pa.memory_map(str(path)) as file:
        ids = [cadence_id for block in _read_blocks(file) for cadence_id in block.ids]
    return (
        shard,
        ids,
        (cadence for block in _read_blocks(pa.OSFile(str(path))) for cadence in block.panels),
    )


class _Block(NamedTuple):
    ids: list[str]
    panels: np.ndarray  # (row, panel=6, time, frequency)
    covering: np.ndarray | None  # (row, frequency)


def _read_blocks(file: pa.NativeFile) -> Iterator[_Block]:
    """The blocks of a store file; if the file is mapped, views of it."""
    reader = pa.ipc.open_file(file)
    for index in range(reader.num_record_batches):
        batch = reader.get_batch(index)
        covering = None
        if "covering" in batch.schema.names:
            covering = batch.column("covering").to_numpy_ndarray()
        yield _Block(
            batch.column("id").to_pylist(), batch.column("panels").to_numpy_ndarray(), covering
        )


def open_stores(paths: Iterable[str | Path]) -> dict[tuple[str, str], Store]:
    """Open shard files of any stores and collections: {(store, collection): Store}."""
    groups: dict[tuple[str, str], list[str | Path]] = {}
    for path in paths:
        shard = read_shard(path)
        groups.setdefault((shard.store, shard.collection), []).append(path)
    return {key: Store(group) for key, group in groups.items()}

"""Stores: memory-mapped Arrow IPC files of panels, one file for each shard.

A store file has the columns `id` (string) and `panels` (fixed-shape tensor, (panel=6 or 3, time, frequency)),
uncompressed, so that a reader gets a NumPy view without a copy. Panels are float16, or int8 with the column
`largest` (fixed-shape tensor, float32, (panel,)), see `abacad.cadences.compact`. They are all six, or the
three ON or OFF panels alone. The store "residual" has another column, `covering` (fixed-shape tensor, uint8,
(frequency,)): from how many other cadences the background of each column was known. A file's metadata says
which store, collection and shard it is, which panels it holds and of what type. Every store of a collection
has the same rows in the same order: the manifest's good rows, cut into equal shards.
"""

import mmap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from abacad.cadences.compact import Compact, decode
from abacad.cadences.layout import PANELS, PANELS_OF_SIDE
from abacad.cadences.shard import AMONG_ALL, Shard, Stored
from abacad.tables.files import whole_file

ROWS_PER_BLOCK = 16  # 13 MB in float16: what a writer holds in memory at once
EXPONENT = np.uint16(0x7C00)  # bits of float16, all set if it is not finite; np.isfinite is slower


def write_store(
    path: str | Path,
    shard: Shard,
    ids: Iterable[str],
    cadences: Iterable[Stored],
    covering: np.ndarray | None = None,
) -> None:
    """Write one shard, a few cadences at a time.

    `cadences` yields what the shard keeps of a cadence, for each of `ids`, in their order; see `Shard.kept`.
    Of float16, (panel, time, frequency) arrays of any float type are rounded here. `covering`: (row,
    frequency), uint8, or None. ValueError: there are more or fewer cadences than ids, or a cadence has other
    panels than the shard holds, another shape than the first one, or a value that is not finite in float16;
    the message names its id.
    """
    compact = shard.stored_as == "int8"
    count = len(PANELS_OF_SIDE[shard.panels])
    cadences = iter(cadences)
    first = next(cadences, None)
    shape = (count, 0, 0)
    if first is not None:
        shape = (first.codes if compact else first).shape
    kind = pa.int8() if compact else pa.float16()
    columns = [("id", pa.string()), ("panels", pa.fixed_shape_tensor(kind, shape))]
    if compact:
        columns.append(("largest", pa.fixed_shape_tensor(pa.float32(), shape[:1])))
    if covering is not None:
        columns.append(("covering", pa.fixed_shape_tensor(pa.uint8(), shape[-1:])))
    schema = pa.schema(columns, metadata={key: str(value) for key, value in asdict(shard).items()})
    with (
        whole_file(path) as temporary,
        pa.OSFile(str(temporary), "wb") as file,
        pa.ipc.new_file(file, schema) as writer,
    ):
        block = np.empty((ROWS_PER_BLOCK, *shape), np.int8 if compact else np.float16)
        block_largest = np.empty((ROWS_PER_BLOCK, count), np.float32)
        block_ids: list[str] = []
        written = 0

        def flush() -> None:
            nonlocal written
            filled = len(block_ids)
            tensors = [block[:filled]]
            if compact:
                tensors.append(block_largest[:filled])
            if covering is not None:
                tensors.append(covering[written : written + filled])
            values = [pa.array(block_ids, pa.string())]
            values += map(pa.FixedShapeTensorArray.from_numpy_ndarray, tensors)
            writer.write_batch(pa.record_batch(values, schema=schema))
            written += filled
            block_ids.clear()

        cadences = cadences if first is None else chain([first], cadences)
        for cadence_id, cadence in zip(ids, cadences, strict=True):
            panels = cadence.codes if compact else cadence
            if panels.shape != shape or shape[0] != count:
                raise ValueError(
                    f"{path}: cadence {cadence_id}: shape {panels.shape}, must be {(count, *shape[1:])}"
                )
            row = len(block_ids)
            with np.errstate(over="ignore"):
                block[row] = panels
            if compact:
                block_largest[row] = cadence.largest
            elif (block[row].view(np.uint16) & EXPONENT == EXPONENT).any():
                raise ValueError(f"{path}: cadence {cadence_id}: a value is not finite in float16")
            block_ids.append(cadence_id)
            if len(block_ids) == ROWS_PER_BLOCK:
                flush()
        if block_ids:
            flush()


class Store:
    """The rows of one store of one collection, read in place from its shard files.

    name, collection   of the store
    panels, stored_as  as in `Shard`
    ids                of the rows, in order; `len()` is their number
    shape              of a cadence in it, (panel=6 or 3, time, frequency); None if there are no rows
    ValueError: the files are not the complete set of shards of one store of one collection, alike in panels
    and type, or their cadences differ in shape.
    """

    def __init__(self, paths: Sequence[str | Path]):
        self._paths = [str(path) for path in paths]
        if not self._paths:
            raise ValueError("a store needs the paths of its shards, got none")
        shards = {path: read_shard(path) for path in self._paths}
        ordered = sorted(self._paths, key=lambda path: shards[path].index)
        self._shard = shards[ordered[0]]
        expected = [replace(self._shard, index=i) for i in range(self._shard.count)]
        if [shards[path] for path in ordered] != expected:
            raise ValueError(
                f"not the {self._shard.count} shards of one store of one collection: {', '.join(ordered)}"
            )
        self.name, self.collection = self._shard.store, self._shard.collection
        self.panels, self.stored_as = self._shard.panels, self._shard.stored_as
        self.ids: list[str] = []
        self._blocks: list[_Block] = []  # views
        self._maps: list[tuple[mmap.mmap, int]] = []  # of the file of each block, and its address
        for path in ordered:
            with open(path, "rb") as file:
                mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            address = np.frombuffer(mapped, np.uint8).ctypes.data
            for block in _read_blocks(pa.BufferReader(mapped)):
                self.ids += block.ids
                self._blocks.append(block)
                self._maps.append((mapped, address))
        self._block_ends = np.cumsum([len(block.ids) for block in self._blocks])
        shapes = {block.panels.shape[1:] for block in self._blocks}
        if len(shapes) > 1:
            raise ValueError(
                f"{', '.join(ordered)}: cadences of different shapes: {sorted(shapes)}"
            )
        self.shape: tuple[int, ...] | None = shapes.pop() if shapes else None

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, row: int) -> np.ndarray:
        """The panels that it holds of one cadence, (panel=6 or 3, time, frequency), float16: if they are
        stored so, a read-only view, not a copy.
        """
        return _decoded(self.stored(row, self.panels))

    def stored(self, row: int, side: str) -> Stored:
        """The panels of one side (all, on, off) of a cadence as they are stored: read-only views.

        ValueError: as in `Shard.places`.
        """
        places = self._shard.places(side)
        block, place = self._locate(row)
        return _of_row(self._blocks[block], place, places)

    def will_need(self, row: int) -> None:
        """Tell the system that this cadence is read soon, so that it is read from the disk as a whole.

        Without this, the system guesses at each page what follows. Rows that are read in random order then
        take 3 to 7 times as long (4 GB of files that are not in memory, a local disk).
        """
        block, place = self._locate(row)
        panels, (mapped, address) = self._blocks[block].panels[place], self._maps[block]
        start = panels.ctypes.data - address
        before = start % mmap.PAGESIZE
        mapped.madvise(mmap.MADV_WILLNEED, start - before, panels.nbytes + before)

    def whole(self, row: int) -> np.ndarray:
        """One cadence, (panel=6, time, frequency), float16. Panels that it does not hold are NaN."""
        panels = self[row]
        if self.panels == "all":
            return panels
        whole = np.full((PANELS, *panels.shape[1:]), np.nan, np.float16)
        whole[AMONG_ALL[self.panels]] = panels
        return whole

    def check_side(self, side: str) -> None:
        """ValueError: it does not hold the panels of this side (all, on, off)."""
        self._shard.places(side)

    def covering(self, row: int) -> np.ndarray:
        """How many other cadences each column's background was known from, (frequency,), uint8.

        ValueError: this store does not have this information.
        """
        block, place = self._locate(row)
        if (covering := self._blocks[block].covering) is None:
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
            metadata[b"panels"].decode(),
            metadata[b"stored_as"].decode(),
        )
    except KeyError as error:
        raise ValueError(f"{path}: not a store file: its schema lacks {error}") from None


def read_shard_file(path: str | Path) -> tuple[Shard, list[str], Iterator[np.ndarray]]:
    """One shard by itself: what it is, its ids, and the panels that it holds of each cadence, in float16.

    The cadences are read, not mapped. A map that is read to its end counts as memory of the process,
    which should not grow with the shard.
    """
    shard = read_shard(path)
    with pa.memory_map(str(path)) as file:
        ids = [cadence_id for block in _read_blocks(file) for cadence_id in block.ids]
    cadences = (
        _decoded(_of_row(block, place))
        for block in _read_blocks(pa.OSFile(str(path)))
        for place in range(len(block.ids))
    )
    return shard, ids, cadences


class _Block(NamedTuple):
    """Some rows of a store file. What the file does not have is None.

    panels    (row, panel=6 or 3, time, frequency)
    largest   (row, panel)
    covering  (row, frequency)
    """

    ids: list[str]
    panels: np.ndarray
    largest: np.ndarray | None
    covering: np.ndarray | None


def _of_row(block: _Block, place: int, panels: slice = slice(None)) -> Stored:
    """Some panels of one row."""
    values = block.panels[place][panels]
    return values if block.largest is None else Compact(values, block.largest[place][panels])


def _decoded(panels: Stored) -> np.ndarray:
    return decode(panels) if isinstance(panels, Compact) else panels


def _read_blocks(file: pa.NativeFile) -> Iterator[_Block]:
    """The blocks of a store file; if the file is mapped, views of it."""
    reader = pa.ipc.open_file(file)
    for index in range(reader.num_record_batches):
        batch = reader.get_batch(index)
        panels, largest, covering = (
            batch.column(name).to_numpy_ndarray() if name in batch.schema.names else None
            for name in ("panels", "largest", "covering")
        )
        yield _Block(batch.column("id").to_pylist(), panels, largest, covering)


def open_stores(paths: Iterable[str | Path]) -> dict[tuple[str, str], Store]:
    """Open shard files of any stores and collections: {(store, collection): Store}."""
    groups: dict[tuple[str, str], list[str | Path]] = {}
    for path in paths:
        shard = read_shard(path)
        groups.setdefault((shard.store, shard.collection), []).append(path)
    return {key: Store(group) for key, group in groups.items()}

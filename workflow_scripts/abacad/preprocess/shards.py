"""A function of panels in, one shard of a store out: the common part of the preprocessing rules.

Cadences are read, computed and written a few at a time, so memory does not grow with their number.
"""

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from abacad.cadences.cadence import read_cadence
from abacad.cadences.layout import PANELS_OF_SIDE, STORED_COLLECTIONS
from abacad.cadences.manifest import good_rows
from abacad.cadences.shard import STORED_AS, Shard, Stored, shard_position
from abacad.cadences.store import read_shard_file, write_store
from abacad.devices.parallel import ordered_map
from abacad.devices.progress import progress
from abacad.preprocess.in_parts import InParts

PanelFunction = Callable[[np.ndarray], np.ndarray]  # (panel=6, time, frequency) both


class FailedCadences(ValueError):
    """Cadences of a shard failed: the ids of all of them, and why."""


def shard_parser(description: str) -> argparse.ArgumentParser:
    """A command line with the options of every script that writes a shard from raw cadences."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--collection", choices=STORED_COLLECTIONS, required=True)
    shard_help = "part of the collection's good rows, as 0-of-16"
    add("--shard", type=shard_position, required=True, metavar="INDEX-of-COUNT", help=shard_help)
    add("--output", type=Path, required=True, help="store file to write, Arrow IPC")
    add_kept(parser)
    add("--workers", type=int, default=1, help="worker processes (default: %(default)s)")
    return parser


def add_kept(parser: argparse.ArgumentParser) -> None:
    """Add the options that say what a store keeps of a cadence: --panels and --stored-as."""
    panels_help = (
        "all six panels of a cadence, or the three ON or OFF panels (default: %(default)s)"
    )
    parser.add_argument("--panels", choices=[*PANELS_OF_SIDE], default="all", help=panels_help)
    stored_help = "type of the values: a byte each, or twice as much (default: %(default)s)"
    parser.add_argument("--stored-as", choices=STORED_AS, default="int8", help=stored_help)


def shard_of(arguments: argparse.Namespace, store: str) -> Shard:
    """The shard of `store` that the arguments of `shard_parser` name."""
    kept = (arguments.panels, arguments.stored_as)
    return Shard(store, arguments.collection, *arguments.shard, *kept)


def raw_parser(description: str) -> argparse.ArgumentParser:
    """The same with the options for the raw cadences of one manifest, for `write_raw_shard`."""
    parser = shard_parser(description)
    add = parser.add_argument
    add("--manifest", type=Path, required=True, help="of the collection, Parquet")
    clip_help = "lowest and highest value of the store (default: -5 20)"
    add(
        "--clip", type=float, nargs=2, default=(-5.0, 20.0), metavar=("LOW", "HIGH"), help=clip_help
    )
    return parser


def write_raw_shard(
    arguments: argparse.Namespace, store: str, function: PanelFunction | InParts
) -> None:
    """Write the shard of `store` that the arguments of `raw_parser` name. If cadences fail, exit and
    list them."""
    shard = shard_of(arguments, store)
    try:
        preprocess_raw(arguments.manifest, shard, function, arguments.output, arguments.workers)
    except FailedCadences as error:
        sys.exit(f"{Path(sys.argv[0]).stem}: {error}")


def preprocess_raw(
    manifest: str | Path,
    shard: Shard,
    function: PanelFunction | InParts,
    output: str | Path,
    workers: int,
) -> None:
    """Write `shard` of the function's results, from the raw files of the manifest's good rows.

    FailedCadences: the function raised ValueError for a cadence, or its file has become bad.
    """
    ids, paths = good_rows(manifest)
    rows = shard.rows(len(ids))
    ids, paths = ids[rows.start : rows.stop], paths[rows.start : rows.stop]
    if isinstance(function, InParts):
        _write(output, shard, ids, _in_parts(function, shard, paths, workers))
    else:
        preprocess(output, shard, ids, partial(_of_file, function), paths, workers)


def preprocess_store(
    source: str | Path,
    store: str,
    function: PanelFunction,
    output: str | Path,
    workers: int,
    panels: str,
    stored_as: str,
) -> None:
    """Write the function's results as a shard of `store`, from the same shard of another store.

    panels, stored_as  what is kept, as in `Shard`
    ValueError: the other store does not hold these panels. FailedCadences: on some cadence the function
    raised ValueError.
    """
    shard, ids, cadences = read_shard_file(source)
    shard.places(panels)
    shard = replace(shard, store=store, panels=panels, stored_as=stored_as)
    preprocess(output, shard, ids, function, cadences, workers)


def preprocess(
    output: str | Path,
    shard: Shard,
    ids: Sequence[str],
    function: Callable[[Any], Any],
    sources: Iterable[Any],
    workers: int,
    covering: np.ndarray | None = None,
) -> None:
    """Write what `shard` keeps of the function's results on `sources`, one for each of `ids`.

    `covering`: as in `write_store`, but filled here; the function then returns panels and their row of it.

    FailedCadences: the function raised ValueError for a source, or a result cannot be stored in int8.
    """
    results = ordered_map(partial(_attempt, partial(_kept, function, shard)), sources, workers)
    _write(output, shard, ids, results, covering)


def _in_parts(function: InParts, shard: Shard, paths: Iterable[str], workers: int) -> Iterator[Any]:
    """What the shard keeps of the function's results on these files, or the ValueError of each, in order."""
    begun = ordered_map(partial(_attempt, partial(_of_file, function.before)), paths, workers)
    finish = partial(_kept, partial(_finished, function.after), shard)
    return ordered_map(partial(_attempt, finish), _between(function, begun), workers)


def _between(function: InParts, begun: Iterator[Any]) -> Iterator[Any]:
    """Its results, a few cadences at a time. A failure of `before` stays in its place."""
    while some := [*islice(begun, function.at_once)]:
        good = [result for result in some if not isinstance(result, ValueError)]
        half_done = iter(function.between(good) if good else ())
        for result in some:
            yield result if isinstance(result, ValueError) else next(half_done)


def _finished(after: Callable[[Any], np.ndarray], result: Any) -> np.ndarray:
    if isinstance(result, ValueError):
        raise result
    return after(result)


def _write(
    output: str | Path,
    shard: Shard,
    ids: Sequence[str],
    results: Iterable[Any],
    covering: np.ndarray | None = None,
) -> None:
    """Write a shard of these results, or raise FailedCadences with the failures among them."""
    title = f"Writing {shard.store} {shard.collection} {shard.index}-of-{shard.count}"
    results = progress(results, title, len(ids), "cadences")
    write_store(output, shard, ids, _successes(ids, results, covering), covering)


def _of_file(function: Callable[[np.ndarray], Any], path: str) -> Any:
    return function(read_cadence(path))


def _kept(function: Callable[[Any], Any], shard: Shard, source: Any) -> Any:
    """What the shard keeps of the function's result, which is less to pass between processes."""
    result = function(source)
    if isinstance(result, tuple):
        panels, covering = result
        return shard.kept(panels), covering
    return shard.kept(result)


def _attempt(function: Callable[[Any], Any], source: Any) -> Any:
    """The function's result, or the ValueError that it raised."""
    try:
        return function(source)
    except ValueError as error:
        return error


def _successes(
    ids: Sequence[str], results: Iterable[Any], covering: np.ndarray | None
) -> Iterator[Stored]:
    """What is kept. After the first failure, the others are only tried, so that all failures are known."""
    failures = []
    for row, (cadence_id, result) in enumerate(zip(ids, results, strict=True)):
        if isinstance(result, ValueError):
            failures.append(f"  {cadence_id}: {result}")
        elif not failures:
            if covering is not None:
                result, covering[row] = result
            yield result
    if failures:
        listed = "\n".join(failures)
        raise FailedCadences(f"{len(failures)} of {len(ids)} cadences failed:\n{listed}")

"""What turboSETI finds in simulated cadences: its hits, its events, and a score of each cadence.

turboSETI 2.3.2 sums each panel along straight paths (FindDoppler) and lists hits: paths whose sum stands
out of the panel's column sums by `snr` of their deviations, the brightest of a neighbourhood alone. Its
event filter (find_event_pipeline) then compares the six lists. Level 1 keeps all hits of ON panels; level 2
those that no OFF panel has a hit near; level 3 those that can be followed from the first ON panel through
the other two. It runs as it is, with the settings and on the files with which it finds the most. Figures
are of 40 lines and 40 blank cadences a sky, made with another seed, at 2.5 % false positives.

A panel as it is, 273 spectra of 256 channels, is of no use to it: there is no hit, however bright a line is.
It pads the spectra with zeros to 512, and on a CPU its sums (_core_numba.flt) leave out as many channels of
the band as there are spectra, at the upper end for rising paths, at the lower end for falling ones. So

- a panel is averaged over 8 spectra, to 34 of 8.6 s, which it pads to 64. Lines keep their SNR: those of 25
  in one panel are found with 28.6 to 25.8, by drift; without the average, with 28.8 to 25.3, in 0.42 s
  a panel instead of 0.06 s. Averaged over 17, slow lines lose a fifth: the smallest drift that is searched is
  then a bin a panel, not half of one. It never searches a drift of 0.
- 96 channels of noise are put at either end of the band. They are columns of the panel itself, those with
  the middle nine tenths of sums, in another order in time: the deviation that SNRs count in stays that of
  the panel. Hits that begin in them are taken out of its lists.

`max_drift` is 157 Hz/s, that of the fastest needle. With 30, it loses fast lines, and looks for a hit's like
in too narrow a range of OFF panels: 15 % of the blank cadences hold an event of level 2 at SNR 10, instead
of none. `n_coarse_chan` is 1, and `blank_dc` is off, for the middle of a snippet is no DC spike. `flagging`
is off: bursts are gone where panels are levelled. `min_drift` is left as it is, below the first drift.

It is given each panel in three ways, see `INPUTS`: raw, as a telescope's file has it; levelled; flattened.
It counts in deviations of column sums, and in raw panels these are of the ripple, so it finds hardly any
line there. Flattening takes carriers out of OFF panels, and those hits are what the event filter goes by.

Its own threshold is an SNR of 10. For recall at 1 % false positives it searches with `LEAST_SNR`, and the
filter's `SNR_cut`, which is for ON panels alone, is raised: the score of a cadence is the highest cut that
leaves an event, 0 where none does. With 8 as with 10, level 2 finds half of the lines in the default sky;
with less, hits of noise in OFF panels speak against them.

    make benchmark-turbo-seti
    PYTHONPATH=workflow_scripts python benchmarks/turbo_seti/search_cadences.py \\
        --folder cadences --truth truth.parquet --scores scores.parquet --hits hits.parquet

Source: Enriquez et al. 2017, ApJ 849, 104; github.com/UCBerkeleySETI/turbo_seti, also issue 296 on what a
large `max_drift` hides.
"""

import argparse
import io
import logging
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from time import process_time
from typing import Any

import h5py
import numpy as np
import pyarrow as pa

from abacad.cadences.cadence import read_cadence
from abacad.cadences.layout import COMPETITION, ON_PANELS, PANELS
from abacad.preprocess.flatten import flatten
from abacad.preprocess.level import level as level_panels
from abacad.preprocess.normalize import zscore
from abacad.seeds import seed_of
from abacad.tables.files import read_table, write_table

with warnings.catch_warnings():  # blimpy, below turbo_seti, still asks for pkg_resources
    warnings.simplefilter("ignore")
    from turbo_seti.find_doppler.find_doppler import FindDoppler
    from turbo_seti.find_event.find_event import read_dat
    from turbo_seti.find_event.find_event_pipeline import find_event_pipeline

OWN_SNR = 10.0  # turboSETI's, in the surveys it was made for
LEAST_SNR = 8.0  # of hits from which scores are made
MAX_DRIFT = 157.0  # Hz/s
LEVELS = (1, 2, 3)

AVERAGED = 8  # spectra
NOISE_COLUMNS = 96  # at either end; 64, as there are spectra, and 32 for the fastest path
MIDDLE = (5, 95)  # percentiles of column sums between which they are

FIRST_FREQUENCY = 6000.0  # MHz, of the first channel of a file
FIRST_DAY = 59000.0  # MJD, of the first panel
SOURCES = ("A", "B", "A", "C", "A", "D")

NEAR = 4  # bins from a needle's middle, where a hit is at the needle

UNBOUNDED = (-np.inf, np.inf)


# What the panels are turned into first; all (panel=6, time, frequency), float32.
INPUTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "raw": zscore,
    "levelled": lambda panels: level_panels(panels, UNBOUNDED),
    "flattened": lambda panels: flatten(panels, UNBOUNDED),
}

HITS = pa.schema(
    [
        ("id", pa.string()),
        ("input", pa.string()),
        ("panel", pa.int8()),
        ("frequency", pa.float32()),
        ("drift_rate", pa.float32()),
        ("snr", pa.float32()),
    ]
)
SCORES = pa.schema(
    [
        ("id", pa.string()),
        ("search", pa.string()),
        ("score", pa.float32()),
        ("found", pa.bool_()),
        ("at_needle", pa.bool_()),
        ("seconds", pa.float32()),
        ("seconds_in_all", pa.float32()),
    ]
)
# The columns of hits as arrays: (hit, 4).
PANEL, FREQUENCY, DRIFT, SNR = range(4)


def averaged(panel: np.ndarray) -> np.ndarray:
    """Means of `AVERAGED` spectra each, (time, frequency); those that are too few in the end are left out."""
    count = len(panel) // AVERAGED
    return panel[: count * AVERAGED].reshape(count, AVERAGED, -1).mean(axis=1)


def with_noise_columns(panel: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A panel, (time, frequency), between `NOISE_COLUMNS` on either side, made of its own columns."""
    sums = panel.sum(axis=0)
    low, high = np.percentile(sums, MIDDLE)
    middle = np.flatnonzero((sums >= low) & (sums <= high))
    chosen = rng.choice(middle, 2 * NOISE_COLUMNS)
    noise = rng.permuted(panel[:, chosen], axis=0)
    return np.concatenate([noise[:, :NOISE_COLUMNS], panel, noise[:, NOISE_COLUMNS:]], axis=1)


def write_panel(path: Path, panel: np.ndarray, number: int) -> None:
    """Write panel `number` of a cadence, (time, frequency), as blimpy's HDF5; each begins as one ends."""
    header = {
        "source_name": SOURCES[number],
        "tstart": FIRST_DAY + number * COMPETITION.seconds / 86400,  # MJD
        "tsamp": COMPETITION.time_bin * AVERAGED,
        "fch1": FIRST_FREQUENCY,
        "foff": COMPETITION.frequency_bin / 1e6,  # MHz
        "nchans": panel.shape[1],
        **{"nifs": 1, "nbits": 32, "data_type": 1, "nbeams": 1, "ibeam": 1},
        **{"telescope_id": 6, "machine_id": 0, "rawdatafile": path.name},
        **{"src_raj": 0.0, "src_dej": 0.0, "az_start": 0.0, "za_start": 0.0},
    }
    path.unlink(missing_ok=True)  # libhdf5 writes over no file that is still open
    with h5py.File(path, "w") as file:
        file.attrs.update({"CLASS": "FILTERBANK", "VERSION": "1.0"})
        data = file.create_dataset("data", data=panel[:, np.newaxis].astype("<f4"))
        data.attrs.update(header)


def listed(dat: str, snr: float) -> str:
    """The text of a .dat file with those hits alone that a search of the panel at this `snr` would list.

    A hit hides others because it is brighter than they, so the brightest are the same at any `snr`. Hits
    that begin in columns of noise are left out.
    """
    lines = []
    for line in dat.splitlines(keepends=True):
        if not line.startswith("#"):
            fields = line.split()
            in_panel = 0 <= int(fields[5]) - NOISE_COLUMNS < COMPETITION.frequency_bins
            if not in_panel or float(fields[2]) <= snr:
                continue
        lines.append(line)
    return "".join(lines)


def bins(frequency: np.ndarray) -> np.ndarray:
    """Bins of the panel, from frequencies of its file in MHz."""
    return (frequency - FIRST_FREQUENCY) * 1e6 / COMPETITION.frequency_bin - NOISE_COLUMNS


def best_cut(hits: np.ndarray, level: int) -> float:
    """The highest `SNR_cut` of find_events that leaves an event, 0 where none does; `hits`: (hit, 4).

    As find_events does it, of which the tests know that it says the same: no OFF panel has a hit within the
    fastest drift of a panel; a follower is within the drift of two panels of where it should be.
    """
    bins_per_rate = (
        COMPETITION.seconds / COMPETITION.frequency_bin
    )  # that a drift of 1 Hz/s crosses in a panel
    of_on = np.isin(hits[:, PANEL], ON_PANELS)
    on, off = hits[of_on], hits[~of_on]
    if level > 1:
        distance = np.abs(on[:, np.newaxis, FREQUENCY] - off[np.newaxis, :, FREQUENCY])
        on = on[(distance >= MAX_DRIFT * bins_per_rate).all(axis=1)]
    if level < 3:
        return float(on[:, SNR].max(initial=0))
    best = 0.0
    first, *others = ON_PANELS
    for hit in on[on[:, PANEL] == first]:
        drift = hit[DRIFT] * bins_per_rate
        weakest = hit[SNR]
        for panel in others:
            expected = hit[FREQUENCY] + drift * (panel - first)
            near = np.abs(on[:, FREQUENCY] - expected) < 2 * abs(drift)
            followers = on[near & (on[:, PANEL] == panel)]
            weakest = min(weakest, followers[:, SNR].max(initial=0))
        best = max(best, weakest)
    return float(best)


def at_needle(hits: np.ndarray, needle: dict[str, Any]) -> bool:
    """Whether the path of one of `hits`, (hit, 4), is near the middle of the needle in its panel.

    `needle`: a row of the truth, of which needle_time and needle_frequency are bins of each panel.
    """
    if needle["kind"] is None:
        return False
    middles = (needle["needle_time"], needle["needle_frequency"])
    time, frequency = (np.array(middle, float)[hits[:, PANEL].astype(int)] for middle in middles)
    there = (
        hits[:, FREQUENCY]
        + hits[:, DRIFT] * time * COMPETITION.time_bin / COMPETITION.frequency_bin
    )
    return bool(
        (np.abs(there - frequency) < NEAR).any()
    )  # NaN, where the panel is dark, is not near


def search_panel(path: Path) -> np.ndarray:
    """The hits of one file, (hit, 4), from `LEAST_SNR` on; its .dat is left beside it."""
    FindDoppler(
        str(path),
        max_drift=MAX_DRIFT,
        snr=LEAST_SNR,
        out_dir=str(path.parent),
        n_coarse_chan=1,
        blank_dc=False,
        log_level_int=logging.ERROR,
    ).search()
    dat = path.with_suffix(".dat")
    dat.write_text(listed(dat.read_text(), LEAST_SNR))
    return hits_of(read_dat(str(dat)))


def hits_of(table: Any) -> np.ndarray:
    """The rows of a table of turboSETI's, hits or events, as (hit, 4)."""
    if table is None or not len(table):
        return np.empty((0, 4))
    panel = np.rint((table["MJD"].astype(float) - FIRST_DAY) * 86400 / COMPETITION.seconds)
    columns = (panel, bins(table["Freq"]), table["DriftRate"], table["SNR"])
    return np.stack([np.asarray(column, float) for column in columns], axis=1)


def search_cadence(
    panels: np.ndarray, prepare: Callable, folder: Path, rng: np.random.Generator
) -> tuple[np.ndarray, dict[int, np.ndarray], float, float]:
    """Hits from `LEAST_SNR` on; events at `OWN_SNR` by level; seconds of the search, and with what precedes.

    `panels`: as read. Hits and events are (hit, 4). Seconds are of one core, the event filter is counted
    once. `folder` is for files of turboSETI's.
    """
    begun = process_time()
    prepared = prepare(panels)
    paths = [folder / f"panel{number}.h5" for number in range(PANELS)]
    for number, path in enumerate(paths):
        write_panel(path, with_noise_columns(averaged(prepared[number]), rng), number)
    written = process_time()
    hits = np.concatenate([search_panel(path) for path in paths])
    dats = [path.with_suffix(".dat") for path in paths]
    for dat in dats:
        dat.write_text(listed(dat.read_text(), OWN_SNR))
    dat_list = folder / "dats.lst"
    dat_list.write_text("".join(f"{dat}\n" for dat in dats))
    events = {}
    for level in reversed(LEVELS):  # the last one first, whose time counts
        table = find_event_pipeline(str(dat_list), filter_threshold=level, saving=False)
        events[level] = hits_of(table)
        if level == LEVELS[-1]:
            ended = process_time()
    return hits, events, ended - written, ended - begun


def searched(
    needle: dict[str, Any], folder: Path, scratch: Path
) -> Iterator[tuple[np.ndarray, str, list[dict]]]:
    """Hits, input and rows of `SCORES` of a cadence, for each of the `INPUTS`."""
    panels = read_cadence(folder / f"{needle['id']}.npy")
    for name, prepare in INPUTS.items():
        rng = np.random.default_rng(seed_of(needle["id"], name))
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            hits, events, seconds, in_all = search_cadence(panels, prepare, scratch, rng)
        rows = [
            {
                "id": needle["id"],
                "search": f"turboSETI, {name}, level {level}",
                "score": best_cut(hits, level),
                "found": len(events[level]) > 0,
                "at_needle": at_needle(events[level], needle),
                "seconds": seconds,
                "seconds_in_all": in_all,
            }
            for level in LEVELS
        ]
        yield hits, name, rows


def main() -> None:
    """Read the command line, search, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--folder", type=Path, required=True, help="of .npy files, (6, 273, 256) float16")
    add("--truth", required=True, help="Parquet, of make_cadences.py")
    add("--hits", required=True, help="table to write, Parquet: frequency in bins of the panel")
    add("--scores", required=True, help="table to write, Parquet: a row a cadence and search")
    arguments = parser.parse_args()

    logging.disable(logging.ERROR)
    hit_rows, score_rows = [], []
    with tempfile.TemporaryDirectory() as scratch:
        for needle in read_table(arguments.truth).to_pylist():
            for hits, name, rows in searched(needle, arguments.folder, Path(scratch)):
                score_rows += rows
                hit_rows += [
                    {"id": needle["id"], "input": name, "panel": int(hit[PANEL])}
                    | {"frequency": hit[FREQUENCY], "drift_rate": hit[DRIFT], "snr": hit[SNR]}
                    for hit in hits
                ]
    write_table(arguments.hits, pa.Table.from_pylist(hit_rows, HITS))
    write_table(arguments.scores, pa.Table.from_pylist(score_rows, SCORES))


if __name__ == "__main__":
    main()

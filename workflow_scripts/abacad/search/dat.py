"""Hits in, a table of the columns of turboSETI's .dat files out, for tools that read these.

A .dat file is of one observation, in coarse channels. Here it is of one shard: each cadence is a coarse
channel, by its number in the shard, from 0. Frequencies are in MHz from the lower edge of the
cadence's snippet, for its place in the band is not known; as there, where the path is when the
observation begins. Nothing is known of SEFD, time and place: they are 0.

Source: turboSETI (Enriquez et al. 2017, ApJ 849, 104), whose `find_event.read_dat` reads nine lines and
then a hit a line.
"""

import math
from collections.abc import Sequence
from pathlib import Path

from abacad.cadences.layout import PANELS, PanelShape
from abacad.search.hits import Hit, path_of
from abacad.search.settings import Search
from abacad.tables.files import whole_file

COLUMNS = (
    *("Top_Hit_#", "Drift_Rate", "SNR", "Uncorrected_Frequency", "Corrected_Frequency", "Index"),
    *("freq_start", "freq_end", "SEFD", "SEFD_freq", "Coarse_Channel_Number"),
    "Full_number_of_hits",
)


def write_dat(
    path: str | Path, name: str, hits: Sequence[tuple[list[Hit], int]], search: Search
) -> None:
    """Write the hits of the cadences of a shard, in their order, each with how many peaks it had.

    name  what the source is called
    """
    shape = search.shape
    rule = f"# {'-' * 26}"
    with whole_file(path) as temporary, open(temporary, "w") as file:
        lines = [f"{rule} o {'-' * 26}", f"# File ID: {name}", f"{rule} o {'-' * 26}"]
        lines += [f"# Source:{name}", f"# MJD: {0:18.12f}\tRA: 0h0m0s\tDEC: 0d0m0s"]
        step = f"# DELTAT: {shape.time_bin:10.6f}\tDELTAF(Hz): {shape.frequency_bin:10.6f}"
        length = (
            f"max_drift_rate: {search.largest:10.6f}\tobs_length: {PANELS * shape.seconds:10.6f}"
        )
        lines += [f"{step}\t{length}", rule]
        names = "".join(f"{column} \t" for column in COLUMNS)
        lines += [f"# {names}", rule]
        number = 0
        for channel, (found, count) in enumerate(hits):
            for hit in found:
                number += 1
                lines.append(_line(number, channel, hit, count, shape))
        file.write("\n".join(lines) + "\n")


def _line(number: int, channel: int, hit: Hit, count: int, shape: PanelShape) -> str:
    start = float(path_of(hit, shape)[0, 0])  # bins
    low, middle, high = (
        (start + side * hit.width / 2) * shape.frequency_bin / 1e6 for side in (-1, 0, 1)
    )
    cells = [f"{number:06d}", f"{hit.drift_rate:10.6f}", f"{hit.snr:10.6f}"]
    cells += [f"{middle:14.6f}"] * 2 + [f"{math.floor(start)}"]
    cells += [f"{low:14.6f}", f"{high:14.6f}", "0.0", f"{0:14.6f}", f"{channel}", f"{count}"]
    return "".join(f"{cell}\t" for cell in cells)

"""The table of hits has the lines that turboSETI's readers expect, and says what the hits are."""

import numpy as np
import pytest

from abacad.cadences.layout import COMPETITION
from abacad.search.dat import COLUMNS, write_dat
from abacad.search.hits import Hit
from abacad.search.settings import Search


@pytest.fixture
def lines(tmp_path) -> list[str]:
    hits = [
        Hit(100.5 * COMPETITION.frequency_bin, COMPETITION.unit_drift, 42.25, np.zeros(6), 1),
        Hit(50 * COMPETITION.frequency_bin, -30.5, 9.5, np.zeros(6), 4),
        Hit(7 * COMPETITION.frequency_bin, 0.0, 8.5, np.zeros(6), 2),
    ]
    write_dat(
        tmp_path / "hits.dat", "train_0-of-2", [(hits[:2], 12), ([], 0), (hits[2:], 1)], Search()
    )
    return (tmp_path / "hits.dat").read_text().splitlines()


def test_hits_stand_below_nine_lines_with_what_readers_look_for(lines):
    """By `find_event.read_dat` of turboSETI 2.3: places in the header are told by tabs and colons."""
    assert all(line.startswith("# ") for line in lines[:9])
    values = [[part.split(":")[-1].strip() for part in line.split("\t")] for line in lines[:9]]
    assert values[1] == ["train_0-of-2"] and values[3] == ["train_0-of-2"]
    assert [float(value) for value in values[5]] == pytest.approx(
        [1.073742, 2861.022949, 157, 1758.789], rel=1e-5
    )
    assert [name.strip() for name in lines[7].removeprefix("# ").split("\t")] == [*COLUMNS, ""]
    assert len(lines) == 9 + 3


def test_a_hit_is_where_its_path_is_when_the_observation_begins(lines):
    rows = [dict(zip(COLUMNS, line.split(), strict=True)) for line in lines[9:]]
    assert [row["Top_Hit_#"] for row in rows] == ["000001", "000002", "000003"]
    assert [row["Coarse_Channel_Number"] for row in rows] == ["0", "0", "2"]
    assert [row["Full_number_of_hits"] for row in rows] == ["12", "12", "1"]
    assert float(rows[0]["Drift_Rate"]) == pytest.approx(COMPETITION.unit_drift, abs=1e-5)
    assert float(rows[0]["SNR"]) == 42.25
    start = 100.5 - 3  # a bin a panel, three panels before the middle
    mega = COMPETITION.frequency_bin / 1e6
    assert float(rows[0]["Uncorrected_Frequency"]) == pytest.approx(start * mega, abs=1e-5)
    assert rows[0]["Index"] == "97"
    assert float(rows[2]["freq_end"]) - float(rows[2]["freq_start"]) == pytest.approx(
        2 * mega, abs=2e-6
    )

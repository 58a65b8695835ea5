"""Searches are compared on the same cadences, each by its own scale."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from compare_scores import at_one_percent, at_own_threshold, read_scores

from abacad.cadences.layout import COMPETITION

TRUTH = [
    *[
        {"id": f"b{n}", "sky": "noise", "kind": None, "snr": None, "drift_rate": None}
        for n in (1, 2)
    ],
    {"id": "slow", "sky": "noise", "kind": "straight", "snr": 20.0, "drift_rate": 0.0},
    {
        "id": "fast",
        "sky": "noise",
        "kind": "straight",
        "snr": 30.0,
        "drift_rate": -5 * COMPETITION.unit_drift,
    },
    {"id": "dot", "sky": "noise", "kind": "dot", "snr": 25.0, "drift_rate": 0.0},
]
IDS = [row["id"] for row in TRUTH]
SCORES = [0.0, 8.0, 8.0, 9.0, 0.0]  # level with the best blank one is not found
FOUND = [False, True, True, True, False]


def write(path, ids=IDS, **changes):
    columns = {"id": ids, "search": ["one"] * len(ids), "score": SCORES[: len(ids)]} | changes
    columns = {name: values for name, values in columns.items() if values is not None}
    pq.write_table(pa.table(columns), path)
    return str(path)


def test_recall_is_above_the_best_blank_cadence_by_drift_and_by_kind(tmp_path):
    searches = read_scores(write(tmp_path / "scores.parquet"), IDS)
    ((sky, search, straight, _, *others),) = at_one_percent(TRUTH, searches)
    assert (sky, search, straight) == ("noise", "one", "0.50")
    slow, a_bin, fast, *faster, dot = others  # 0 to 1, 1 to 4, 4 to 8 bins a panel, more; the dot
    assert (slow, a_bin, fast, faster, dot) == ("0.00", "", "1.00", ["", ""], "0.00")


def test_the_own_threshold_is_told_of_searches_that_have_one(tmp_path):
    path = write(
        tmp_path / "with.parquet", found=FOUND, at_needle=[False, False, False, True, False]
    )
    assert [*at_own_threshold(TRUTH, read_scores(path, IDS))] == [
        ["noise", "one", "0.50", "1.00", "0.50", "0.00"]
    ]
    path = write(tmp_path / "without.parquet")
    assert not [*at_own_threshold(TRUTH, read_scores(path, IDS))]


def test_a_table_that_does_not_score_each_cadence_once_is_refused(tmp_path):
    path = tmp_path / "scores.parquet"
    with pytest.raises(ValueError, match="one has no score of .*dot"):
        read_scores(write(path, IDS[:-1]), IDS)
    with pytest.raises(ValueError, match="one scores b1 twice"):
        read_scores(write(path, ["b1", *IDS[:-1]]), IDS)
    with pytest.raises(KeyError, match="no column 'score'"):
        read_scores(write(path, score=None), IDS)

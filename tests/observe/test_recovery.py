"""What is found of needles in an observation: whose snippets pass, and how many of them would pass anyway."""

import numpy as np
import pyarrow as pa
import pytest

from abacad.bundle.calibration import Calibration
from abacad.cadences.layout import COMPETITION
from abacad.observe.recovery import OBSERVED_COLUMNS, judged_needles, observed_rows, rows_table
from abacad.report.recovery import bounds, tsv_rows

TRIALS = 1000
NEEDLES = pa.table(
    {
        "id": [f"{number:06d}" for number in range(4)],
        "snippet": ["d", "a", "c", "b"],
        "kind": ["straight", "straight", "dot", "dot"],
        "snr": pa.array([4, 20, 5, 30], pa.float32()),
        "drift_rate": pa.array(
            [0.5 * COMPETITION.unit_drift, 0, -20 * COMPETITION.unit_drift, 0], pa.float32()
        ),
    }
)
WITHOUT = {"a": 0.1, "b": 0.995, "c": 0.2, "d": 0.3, "e": 0.999}  # what the model says of snippets
WITH = {"000003": 1.0, "000002": 0.2, "000001": 0.999, "000000": 0.4}  # in another order


def calibration() -> Calibration:
    """Of one member of two folds, whose 1000 rows without a needle have probabilities evenly from 0 to 1."""
    probabilities = np.linspace(0, 0.999, 1000)
    return Calibration(
        target=np.repeat([0, 1], [1000, 2]),
        fold=np.arange(1002) % 2,
        probabilities={"wise": np.append(probabilities, [1, 1])},
        method="arithmetic_mean",
        power=4.0,
        weights={"wise": 1.0},
    )


def predictions(said: dict[str, float]) -> pa.Table:
    values = [*said.values()]
    return pa.table({"id": [*said], "wise.fold0": values, "wise.fold1": values})


def judged(rate: float = 0.01, null: dict[str, float] | None = None) -> list[dict]:
    of_null = None if null is None else predictions(null)
    tables = NEEDLES, predictions(WITH), predictions(WITHOUT)
    return judged_needles(*tables, of_null, calibration(), rate).to_pylist()


def test_a_needle_is_found_if_its_snippet_passes_and_its_own_snippet_tells_whether_it_did_before():
    rows = judged()
    assert [row["found"] for row in rows] == [False, True, False, True]
    assert [row["already"] for row in rows] == [False, False, False, True]
    rates = [1 - WITH[row["id"]] for row in rows]
    assert [row["false_positive_rate"] for row in rows] == pytest.approx(rates, abs=0.003)
    assert [row["found"] for row in judged(rate=0.7)] == [True, True, False, True]


def test_off_panels_tell_the_rate_where_they_calibrate():
    sky = dict.fromkeys("uvwxyz", 0.9995)
    rows = judged(null=sky)
    assert [row["false_positive_rate"] for row in rows] == [1, 1, 1, 0]
    assert [row["found"] for row in rows] == [False, False, False, True]
    assert [row["already"] for row in rows] == [False] * 4


@pytest.mark.parametrize("missing", ["with", "without"])
def test_a_snippet_without_predictions_is_named(missing):
    said = {"with": WITH, "without": WITHOUT}
    gone = {"with": "000001", "without": "a"}[missing]
    said[missing] = {one: value for one, value in said[missing].items() if one != gone}
    tables = predictions(said["with"]), predictions(said["without"])
    with pytest.raises(ValueError, match=rf"no predictions of 1 rows \({gone}\)"):
        judged_needles(NEEDLES, *tables, None, calibration(), 0.01)


def test_recall_and_what_passes_without_a_needle_are_told_by_kind_snr_and_drift():
    table = pa.Table.from_pylist(judged())
    rows = observed_rows(table, 1000, 0.05, COMPETITION.unit_drift, TRIALS)
    told = {
        (row["kind"], row["snr_low"], row["drift_low"]): (
            *(row["needles"], row["recall"], row["already"]),
        )
        for row in rows
    }
    middle = 12.5  # between the two faint and the two bright ones
    assert told[None, None, None] == (4, 0.5, 0.25)
    assert told[None, 4, None] == (2, 0, 0) and told[None, middle, None] == (2, 1, 0.5)
    assert told["dot", None, None] == (2, 0.5, 0.5) and told["straight", None, 0] == (2, 0.5, 0)
    assert told["dot", 4, 16] == (1, 0, 0)
    of_all = rows[0]
    assert (of_all["rows"], of_all["negatives"]) == ("observed", 1000)
    assert of_all["recall_low"] == pytest.approx(0.15, abs=0.005)
    assert of_all["recall_high"] == pytest.approx(0.85, abs=0.005)
    at_rate = bounds(NEEDLES["snr"].to_numpy().astype(float), TRIALS, 0.05)
    assert of_all["bound"] == pytest.approx(at_rate["bound"].mean())
    assert of_all["search_bound"] == pytest.approx(at_rate["search_bound"].mean())


def test_the_bounds_are_those_of_the_rate_of_false_positives():
    none = np.array([0.0])
    for rate in (0.001, 0.01, 0.2):
        assert bounds(none, TRIALS, rate)["bound"] == pytest.approx(rate)
        assert bounds(none, TRIALS, rate)["search_bound"] == pytest.approx(rate)


def test_both_forms_of_the_table_have_all_columns():
    rows = observed_rows(pa.Table.from_pylist(judged()), 1000, 0.01, COMPETITION.unit_drift, TRIALS)
    table = rows_table(rows)
    assert (*table.column_names,) == OBSERVED_COLUMNS and len(table) == len(rows)
    assert table["kind"][0].as_py() is None and table["recall"][0].as_py() == 0.5
    (first, *_) = tsv_rows(rows)
    assert {*first} == {*OBSERVED_COLUMNS} and first["already"] == "0.250"

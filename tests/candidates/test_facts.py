"""What is told of a candidate: its hits, the most like a needle first, its partners, its file."""

import pyarrow as pa

from abacad.candidates.facts import (
    MOST_HITS,
    candidate_rows,
    members_of,
    table_columns,
    table_rows,
)

CHOSEN = pa.table(
    {
        "collection": ["test", "test"],
        "id": ["a", "b"],
        "rank": [1, 7],
        "reason": ["top", "near_miss"],
        "score": [0.9, 0.5],
        "spread": [0.1, 0.2],
        "false_positive_rate": [0.0, 0.02],
        "b3.rank": [1, 8],
        "b3.score": [0.8, 0.4],
        "b3.false_positive_rate": [0.0, 0.03],
    }
)
CARRIER = [30.0, 29.0, 31.0, 30.0, 30.0, 29.0]
NEEDLE = [9.0, 0.5, 8.0, -0.5, 7.0, 1.0]


def hit(cadence_id: str, snr: float, panel_snr: list[float]) -> dict:
    told = {"collection": "test", "id": cadence_id, "frequency": 3e5, "drift_rate": 9.8}
    return told | {"snr": snr, "panel_snr": panel_snr, "width": 1}


def pair(a: str, b: str, shared: int) -> dict:
    (collection_a, id_a), (collection_b, id_b) = a.split("/"), b.split("/")
    told = {"collection_a": collection_a, "id_a": id_a}
    return told | {"collection_b": collection_b, "id_b": id_b, "shared_columns": shared}


def rows(hits: list[dict], pairs: list[dict] | None = None) -> list[dict]:
    schema = pa.schema(
        [("collection", pa.string()), ("id", pa.string()), ("frequency", pa.float64())]
        + [("drift_rate", pa.float64()), ("snr", pa.float64())]
        + [("panel_snr", pa.list_(pa.float64(), 6)), ("width", pa.int16())]
    )
    table = pa.Table.from_pylist(hits, schema)
    known = pa.Table.from_pylist(pairs) if pairs else None
    return candidate_rows(CHOSEN, table, known, {"a": "raw/a.npy", "b": "raw/b.npy"})


def test_a_needle_comes_before_a_brighter_carrier():
    first, second = rows([hit("a", 52, CARRIER), hit("a", 14, NEEDLE)])[0]["hits"]
    assert first["panel_snr"] == NEEDLE and second["panel_snr"] == CARRIER


def test_a_needle_in_two_panels_comes_before_a_burst_in_one():
    burst, needle = [90.0, 0, 2, 0, 1, 0], [8.0, 0, 0, 0, 7, 1]
    first, _ = rows([hit("a", 53, burst), hit("a", 9, needle)])[0]["hits"]
    assert first["panel_snr"] == needle


def test_only_the_first_few_hits_are_told():
    many = [hit("a", snr, [snr, 0, snr, 0, snr, 0]) for snr in range(10, 10 + 2 * MOST_HITS)]
    told = rows(many)[0]["hits"]
    assert [one["snr"] for one in told] == [*range(9 + 2 * MOST_HITS, 9 + MOST_HITS, -1)]


def test_members_are_told_apart_from_the_ensemble():
    assert members_of(CHOSEN) == ["b3"]
    first, second = rows([])
    assert first["members"] == [{"name": "b3", "score": 0.8, "rank": 1, "false_positive_rate": 0.0}]
    assert (second["rank"], second["reason"], second["path"]) == (7, "near_miss", "raw/b.npy")
    assert first["hits"] == [] and first["partners"] == []


def test_partners_come_from_either_side_of_a_pair_the_most_shared_first():
    pairs = [
        pair("train/x", "test/a", 40),
        pair("test/a", "test/b", 200),
        pair("train/a", "test/y", 250),  # another cadence: an id alone tells none
    ]
    first, second = rows([], pairs)
    assert first["partners"] == [
        {"collection": "test", "id": "b", "shared_columns": 200},
        {"collection": "train", "id": "x", "shared_columns": 40},
    ]
    assert [one["id"] for one in second["partners"]] == ["a"]


def test_the_table_has_a_value_for_every_column_and_no_other():
    flat = table_rows(rows([hit("a", 14, NEEDLE)], [pair("train/x", "test/a", 40)]))
    assert {*flat[0]} == {*table_columns(["b3"])}
    assert flat[0]["snr_1A"] == 9 and flat[0]["snr_6D"] == 1 and flat[0]["drift_rate"] == 9.8
    assert flat[0]["b3.score"] == 0.8 and flat[0]["partners"] == "train/x"
    assert {*flat[1]} < {*flat[0]} and "snr" not in flat[1]  # no hit: empty in the TSV

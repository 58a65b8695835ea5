"""The examples are the extremes of the ensemble out of fold, and none is there twice."""

import pyarrow as pa

from abacad.explain.examples import choose_examples

OUT_OF_FOLD = pa.table(
    {
        "id": ["a", "b", "c", "d", "e", "f", "g", "h"],
        "target": [1, 1, 1, 1, 0, 0, 0, 0],
        "rank_mean": [1.0, 0.9, 0.2, 0.3, 0.8, 0.1, 0.7, 0.5],
        "b3": [1.0, 0.9, 0.2, 0.3, 0.8, 0.1, 0.7, 0.9],
        "b5": [1.0, 0.9, 0.2, 0.3, 0.8, 0.3, 0.7, 0.1],
    }
)


def test_each_reason_has_its_two_extremes_and_none_is_twice():
    chosen = choose_examples(OUT_OF_FOLD, ["b3", "b5"])
    assert chosen["id"].to_pylist() == ["a", "b", "c", "d", "e", "g", "h", "f"]
    assert chosen["rank"].to_pylist() == [1, 2] * 4
    assert chosen["reason"].to_pylist()[::2] == [
        *("most certain", "missed", "false alarm", "most disagreed on")
    ]
    assert set(chosen["collection"].to_pylist()) == {"train"}


def test_a_single_member_has_nothing_to_disagree_on():
    reasons = choose_examples(OUT_OF_FOLD, ["b3"])["reason"].to_pylist()
    assert "most disagreed on" not in reasons and len(reasons) == 6


def test_with_fewer_needles_than_wanted_there_are_fewer():
    chosen = choose_examples(OUT_OF_FOLD.slice(3), ["b3"])  # one needle
    assert chosen["id"].to_pylist() == ["d", "e", "g"]

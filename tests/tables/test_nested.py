"""Nested values are found by their dotted keys."""

from abacad.tables.nested import dotted


def test_a_nested_value_has_its_whole_key_and_what_is_empty_stays():
    assert dotted({"a": {"b": {"c": 1}}, "d": {}}) == {"a.b.c": 1, "d": {}}

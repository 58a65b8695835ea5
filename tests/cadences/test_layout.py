"""Promises about the competition's layout."""

from abacad.cadences.layout import COLLECTIONS, OFF_PANELS, ON_PANELS


def test_cadences_are_spread_over_folders_by_the_first_character_of_their_id():
    assert COLLECTIONS["train"].cadence_path("0f3a") == "train/0/0f3a.npy"
    assert COLLECTIONS["test_old"].cadence_path("c1") == "old_leaky_data/test_old/c/c1.npy"


def test_only_the_competition_s_test_side_is_without_labels():
    assert [name for name, it in COLLECTIONS.items() if not it.labelled] == ["test"]


def test_on_and_off_panels_alternate():
    assert (ON_PANELS, OFF_PANELS) == ((0, 2, 4), (1, 3, 5))

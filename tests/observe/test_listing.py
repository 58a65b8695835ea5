"""A catalogue is read whole or refused with every mistake in it."""

from pathlib import Path

import pytest

from abacad.observe.listing import BadObservation, is_ready, list_observations


@pytest.fixture
def catalogue(tmp_path) -> Path:
    """A folder with the files of two cadences, and of none beside them."""
    for path in ("two/b.h5", "two/a.fil", "one/a.h5", "one/notes.txt"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).touch()
    return tmp_path


def table(folder: Path, *lines: str) -> Path:
    path = folder / "observations.tsv"
    path.write_text("\n".join(line.replace(" ", "\t") for line in lines) + "\n")
    return path


def test_a_table_and_a_folder_name_the_same_observations(catalogue):
    lines = ("cadence file", "two two/a.fil", "two two/b.h5", "one one/a.h5")
    by_table = list_observations(table(catalogue, *lines))
    assert [*by_table] == ["one", "two"]
    assert by_table == list_observations(catalogue)
    assert by_table["one"] == {str(catalogue / "one/a.h5"): None}


def test_a_table_may_tell_sides_and_have_other_columns_in_any_order(catalogue):
    lines = ("side note file cadence", "on x one/a.h5 one", "off x two/b.h5 one")
    assert [*list_observations(table(catalogue, *lines))["one"].values()] == ["on", "off"]


def test_files_are_relative_to_the_table_and_not_to_where_one_is(catalogue, monkeypatch):
    path = table(catalogue, "cadence file", "one one/a.h5")
    monkeypatch.chdir(catalogue.parent)
    assert list_observations(path.relative_to(catalogue.parent))


def test_every_mistake_is_told_at_once(catalogue):
    for name in ("one/a.npy", "one/a.fits"):
        (catalogue / name).touch()
    path = table(
        catalogue,
        *("cadence file side", "one one/a.h5 left", "one one/a.h5", "two gone.h5", "two one/a.npy"),
        *("../up two/a.fil", "three", "three one/a.fits", "four one/a.npy on"),
    )
    with pytest.raises(BadObservation) as refused:
        list_observations(path)
    told = str(refused.value)
    for mistake in (
        "side of one/a.h5 is 'left'; allowed: on, off",
        "one/a.h5 is twice in cadence one",
        "gone.h5: there is no such file",
        "one/a.fits: ends with '.fits'; allowed: .h5, .hdf5, .fil, .npy",
        "cadence two has .npy and other files; allowed: all or none",
        "one/a.npy: has a side; allowed: none",
        "a cadence is called '../up'; allowed: letters, digits",
        "line 7 needs the columns cadence and file",
    ):
        assert mistake in told
    assert len(told.splitlines()) == 8


def test_cadences_that_are_cut_already_are_listed_too(catalogue):
    for name in ("night/1.npy", "night/2.npy"):
        (catalogue / name).parent.mkdir(exist_ok=True)
        (catalogue / name).touch()
    listed = list_observations(catalogue)
    assert [Path(path).name for path in listed["night"]] == ["1.npy", "2.npy"]
    assert is_ready(listed["night"]) and not is_ready(listed["two"])


def test_what_names_no_observation_is_refused(tmp_path):
    with pytest.raises(BadObservation, match="no observations; allowed: files <cadence>/"):
        list_observations(tmp_path)
    with pytest.raises(BadObservation, match="gone.tsv: there is no such table or folder"):
        list_observations(tmp_path / "gone.tsv")
    with pytest.raises(BadObservation, match="no observations"):
        list_observations(table(tmp_path, "cadence file"))
    (tmp_path / "picture.tsv").write_bytes(b"\x89PNG\xff\x00")
    with pytest.raises(BadObservation, match="picture.tsv: cannot be read as TSV"):
        list_observations(tmp_path / "picture.tsv")

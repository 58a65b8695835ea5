"""Promises of adversarial validation: a shift is seen, none is made up, and no background is recognised."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from abacad.cadences.cadence import BadCadence
from abacad.cadences.layout import COMPETITION
from abacad.cadences.shard import Shard
from abacad.cadences.store import Store, write_store
from abacad.score.domain_shift import (
    SIDES,
    TooFewGroups,
    draw_rows,
    features,
    features_of_file,
    score_domain_shift,
    store_of,
)
from abacad.tables.files import read_table, write_table
from score import validate_adversarially

CADENCES = 30  # of each side: enough for the model to split once


def noise(seed: int, level: float = 1.0) -> np.ndarray:
    values = np.random.default_rng(seed).standard_normal(COMPETITION.of_cadence, np.float32)
    return (level * values).astype(np.float16)


# A shift is seen, none is made up


def test_a_test_side_that_is_noisier_is_known_and_one_that_is_not_is_not():
    is_test = np.arange(2 * CADENCES) % 2
    louder = np.array([features(noise(row, 1 + 0.2 * side)) for row, side in enumerate(is_test)])
    each = np.arange(len(is_test))
    scores = score_domain_shift(louder, is_test, each, resamples=50, seed=0)
    assert scores["auc"] > 0.95
    assert (scores["rows"], scores["positives"], len(scores["folds"])) == (60, 30, 5)
    alike = np.array([features(noise(row)) for row in each])
    assert score_domain_shift(alike, is_test, each, resamples=50, seed=0)["auc"] < 0.75


def test_without_a_shift_the_auc_is_about_a_half():
    rng = np.random.default_rng(0)
    rows, is_test = rng.standard_normal((3000, 5)), np.arange(3000) % 2
    scores = score_domain_shift(rows, is_test, np.arange(3000), resamples=100, seed=0)
    assert scores["auc"] == pytest.approx(0.5, abs=0.05)
    assert scores["auc_low"] < scores["auc"] < scores["auc_high"]


def test_the_same_seed_gives_the_same_scores():
    rng = np.random.default_rng(0)
    rows, is_test = rng.standard_normal((200, 5)), np.arange(200) % 2
    first, again, other = (
        score_domain_shift(rows, is_test, np.arange(200), 20, seed) for seed in (0, 0, 1)
    )
    assert first == again != other


# No background is known again


def test_a_background_that_is_known_again_tells_nothing():
    # Each group has a fingerprint, and all its rows are on one side, which is random.
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(200), 5)
    fingerprints, is_test = rng.standard_normal((200, 5))[groups], rng.integers(0, 2, 200)[groups]
    plain = score_domain_shift(fingerprints, is_test, np.arange(1000), resamples=10, seed=0)
    grouped = score_domain_shift(fingerprints, is_test, groups, resamples=10, seed=0)
    assert plain["auc"] > 0.9
    assert grouped["auc"] == pytest.approx(0.5, abs=0.12)


@pytest.mark.parametrize(
    ("groups", "fault"),
    [
        (np.arange(20) // 2 % 4, "10 cadences of train, of 4 overlap groups: 5 folds need 5"),
        (np.r_[np.zeros(10, int), np.arange(10)], "10 cadences of train, of 1 overlap groups"),
        ([2, 0, 0, 0, 0, 4, 3, 4, 1, 4, 5, 2, 3, 6, 5, 6, 2, 4, 6, 4], "of one side alone"),
    ],
)
def test_too_few_groups_are_refused(groups, fault):
    is_test = np.repeat([0, 1], 10)
    with pytest.raises(TooFewGroups, match=fault):
        score_domain_shift(np.zeros((20, 1)), is_test, np.array(groups), resamples=1, seed=0)


def test_a_side_without_cadences_is_refused():
    with pytest.raises(TooFewGroups, match="0 cadences of test"):
        score_domain_shift(np.zeros((9, 1)), np.zeros(9), np.arange(9), resamples=1, seed=0)


# What the model sees


def bright_pixel() -> np.ndarray:
    panels = np.zeros(COMPETITION.of_cadence, np.float16)
    panels[0, 100, 100] = np.finfo(np.float16).max
    return panels


AWKWARD = {
    "zeros": np.zeros(COMPETITION.of_cadence, np.float16),
    "constant": np.full(COMPETITION.of_cadence, 1000.5, np.float16),
    "constant columns": np.broadcast_to(noise(0)[:, :1], COMPETITION.of_cadence),
    "a panel of zeros": np.concatenate(
        [noise(0)[:5], np.zeros((1, *COMPETITION.of_cadence[1:]), "f2")]
    ),
    "one bright pixel": bright_pixel(),
}


@pytest.mark.parametrize("panels", AWKWARD.values(), ids=AWKWARD)
def test_features_are_finite(panels):
    assert np.isfinite(features(panels)).all()


def test_features_of_zeros_are_zeros():
    assert not features(AWKWARD["zeros"]).any()


def test_a_constant_panel_has_no_spread_whatever_its_value():
    assert set(features(AWKWARD["constant"]).tolist()) == {1000.5, 0.0}


def test_the_order_of_on_panels_or_of_off_panels_does_not_matter_but_which_are_on_does():
    panels = np.stack([noise(seed, level=1 + seed)[0] for seed in range(6)])
    found = features(panels)
    assert features(panels[[4, 5, 0, 1, 2, 3]]) == pytest.approx(found, rel=1e-5, abs=1e-6)
    assert features(panels[[1, 0, 3, 2, 5, 4]]) != pytest.approx(found, rel=1e-2)


def test_of_one_side_alone_its_statistics_are_those_among_all_panels():
    panels = np.stack([noise(seed, level=1 + seed)[0] for seed in range(6)])
    both = np.concatenate([features(panels[::2]), features(panels[1::2])])
    np.testing.assert_array_equal(features(panels), both)


@pytest.mark.parametrize("axis", [1, 2], ids=["time", "frequency"])
def test_order_in_time_and_in_frequency_is_seen(axis):
    panels = noise(0)
    smooth = panels + np.roll(panels, 1, axis)
    shuffled = np.random.default_rng(0).permutation(smooth, axis=axis)
    assert np.abs(features(smooth) - features(shuffled)).max() > 0.3


def test_a_bad_file_is_named(tmp_path):
    with pytest.raises(BadCadence, match=r"a\.npy: missing file"):
        features_of_file(tmp_path / "a.npy")


def test_rows_are_drawn_once_each_in_order_and_by_the_seed_alone():
    rows = draw_rows(1000, 100, seed=0)
    assert len(rows) == 100 and (np.diff(rows) > 0).all()
    assert (rows == draw_rows(1000, 100, seed=0)).all()
    assert (rows != draw_rows(1000, 100, seed=1)).any()
    assert draw_rows(3, 100, seed=0).tolist() == [0, 1, 2]


def test_a_store_that_is_missing_or_of_other_rows_is_refused(tmp_path):
    write_store(tmp_path / "0-of-1", Shard("nmf", "test", 0, 1), ["a"], [noise(0)])
    stores = {("nmf", "test"): Store([tmp_path / "0-of-1"])}
    assert store_of(stores, "nmf", "test", ["a"]).ids == ["a"]
    with pytest.raises(ValueError, match="no shards of the store nmf of train"):
        store_of(stores, "nmf", "train", ["a"])
    with pytest.raises(ValueError, match="store nmf of test has other rows than its manifest"):
        store_of(stores, "nmf", "test", ["a", "b"])


# The command line


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    """Raw files, manifests and a store of the same panels, noisier in test; groups of two."""
    root = tmp_path_factory.mktemp("data")
    names = []
    for number, side in enumerate(SIDES):
        ids = [f"{side}{row:02d}" for row in range(CADENCES)]
        cadences = [noise(CADENCES * number + row, 1 + number) for row in range(CADENCES)]
        paths = [str(root / f"{name}.npy") for name in ids]
        for path, panels in zip(paths, cadences, strict=True):
            np.save(path, panels)
        manifest = pa.table({"id": ids, "path": paths, "ok": [True] * CADENCES})
        write_table(root / "manifests" / f"{side}.parquet", manifest)
        shard = Shard("normalized", side, 0, 1)
        write_store(root / f"{side}.arrow", shard, ids, cadences)
        names += [(side, name) for name in ids]
    collections, ids = zip(*names, strict=True)
    groups = {"collection": collections, "id": ids, "group": [*range(CADENCES)] * 2}
    write_table(root / "groups.parquet", pa.table(groups))
    return root


RAW = "--store raw --manifests manifests/train.parquet manifests/test.parquet"
NORMALIZED = RAW.replace("raw", "normalized") + " --stores test.arrow train.arrow"


@pytest.fixture
def validate(data, tmp_path, monkeypatch):
    """Run the command line among the data, and read the scores."""

    def run(options: str) -> dict:
        scores = tmp_path / "scores.json"
        words = f"validate_adversarially {options} --bootstrap 20 --seed 0 --scores {scores}"
        monkeypatch.chdir(data)
        monkeypatch.setattr("sys.argv", words.split())
        validate_adversarially.main()
        return json.loads(scores.read_text())

    return run


def test_the_command_line_scores_a_store(validate):
    scores = validate(f"{NORMALIZED} --groups groups.parquet --workers 2")
    assert (scores["store"], scores["rows"], scores["positives"]) == ("normalized", 60, 30)
    assert 0.95 < scores["auc"] <= scores["auc_high"] and scores["auc_low"] <= scores["auc"]


def test_where_all_cadences_are_of_one_background_there_is_no_auc_and_the_reason_is_told(
    validate, data, tmp_path
):
    groups = read_table(data / "groups.parquet")
    one = groups.set_column(2, "group", pa.array([0] * len(groups)))
    write_table(tmp_path / "one.parquet", one)
    scores = validate(f"{NORMALIZED} --groups {tmp_path / 'one.parquet'}")
    assert scores["auc"] is None and "30 cadences of train, of 1 overlap groups" in scores["why"]


def test_the_same_panels_drawn_from_raw_files_and_from_a_store_have_the_same_scores(validate):
    raw, normalized = (validate(f"{source} --most 28 --groups") for source in (RAW, NORMALIZED))
    assert (raw["store"], raw["rows"], raw["positives"]) == ("raw", 56, 28)
    assert raw | {"store": "normalized"} == normalized


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        (f"{RAW} --stores test.arrow", "--stores: none of raw"),
        (
            "--store raw --manifests manifests/train.parquet",
            "--manifests: must be of train and test",
        ),
        ("--store wavelets --manifests manifests/train.parquet", "invalid choice: 'wavelets'"),
    ],
)
def test_a_command_that_makes_no_sense_is_refused_with_the_reason(validate, capsys, options, fault):
    with pytest.raises(SystemExit):
        validate(options)
    assert fault in capsys.readouterr().err

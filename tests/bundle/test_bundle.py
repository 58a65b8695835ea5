"""Promises of a bundle: it is whole, it can be moved, it is checked, and its scores mean something."""

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from abacad.bundle.calibration import Calibration, read_calibration
from abacad.bundle.card import model_card
from abacad.bundle.contents import Bundle, Member, read_bundle, weights_path
from abacad.bundle.folder import BadBundle
from abacad.bundle.packing import write_bundle
from abacad.ensemble.names import METHODS
from abacad.tables.curves import Curves, write_curves
from abacad.tables.files import read_json

FOLDS, ROWS = 2, 400
TARGET = (np.arange(ROWS) % 4 == 0).astype(np.int8)
RISING = Curves(np.array([0, 1]), np.array([[-3, 3], [0, 0], [-1, 1]]))  # of each member
NAMES = ("wise", "blind", "drift_search")


def probabilities(knowing: float) -> np.ndarray:
    """Of a member that knows the labels more or less, (row,)."""
    noise = np.random.default_rng(int(knowing)).normal(size=ROWS)
    return 1 / (1 + np.exp(-(knowing * TARGET + noise)))


def calibration(method: str = "rank_mean") -> Calibration:
    return Calibration(
        target=TARGET,
        fold=(np.arange(ROWS) // 4 % FOLDS).astype(np.int16),
        probabilities=dict(zip(NAMES, map(probabilities, (6, 0, 3)), strict=True)),
        method=method,
        power=4.0,
        weights=dict(zip(NAMES, (0.75, 0, 0.25), strict=True)),
        curves=[RISING] * FOLDS if method == "stacked" else (),
    )


def bundle(method: str = "rank_mean", root: str = "/data", channels: tuple = ("nmf.on",)) -> Bundle:
    settings = {"backbone": "tiny", "view": "both", "image_size": [68, 128], "channels": channels}
    models = [
        Member(name, settings, [weights_path(name, fold) for fold in range(FOLDS)])
        for name in NAMES[:2]
    ]
    search = Member(
        NAMES[2], {"search": {"store": "levelled"}}, (), [{"statistic": "least"}] * FOLDS
    )
    return Bundle(
        name="sky",
        members=[*models, search],
        cadences={
            "pointings": "ABACAD",
            "time_bins": 273,
            "frequency_bins": 256,
            "time_bin": 1.07,
            "frequency_bin": 2861.0,
        },
        preprocess={"clip": [-5, 20]},
        search={"store": "levelled"},
        ensemble={"method": method, "power": 4.0, "weights": calibration().weights},
        data={"root": root, "simulated": False, "rows": ROWS, "needles": int(TARGET.sum())},
        versions={"torch": "2.13.0"},
    )


@pytest.fixture
def packed(tmp_path) -> Path:
    """A bundle of two models in two folds and a search."""
    weights = {name: [tmp_path / f"{name}{fold}" for fold in range(FOLDS)] for name in NAMES[:2]}
    for number, path in enumerate(path for paths in weights.values() for path in paths):
        path.write_bytes(bytes([number]) * 100)
    folder = tmp_path / "results/bundle"
    write_bundle(folder, bundle(), weights, calibration(), "# A card\n")
    return folder


def said(*values: float) -> dict[str, np.ndarray]:
    """Each member and each of its folds says the same of new cadences."""
    return {name: np.array([values] * FOLDS) for name in NAMES}


def test_it_can_be_moved_and_is_read_by_its_path_alone(packed, tmp_path):
    moved = tmp_path / "elsewhere"
    shutil.move(packed, moved)
    found = read_bundle(moved)
    of_scores = read_calibration(moved, found)
    assert [member.name for member in found.members] == [*NAMES]
    assert found.preprocess == {"clip": [-5, 20]} and found.versions == {"torch": "2.13.0"}
    assert (moved / found.members[1].weights[1]).read_bytes() == bytes([3]) * 100
    assert found.members[2].choices[0] == {"statistic": "least"}
    np.testing.assert_array_equal(of_scores.out_of_fold(), calibration().out_of_fold())


def test_a_stacked_ensemble_has_its_curves_with_it(tmp_path):
    folder = tmp_path / "bundle"
    write_bundle(folder, bundle("stacked"), {}, calibration("stacked"), "# A card\n")
    read = read_calibration(folder, bundle("stacked"))
    np.testing.assert_array_equal(read.out_of_fold(), calibration("stacked").out_of_fold())
    write_curves(folder / "curves.parquet", ("wise", "blind", "other"), [RISING, RISING])
    with pytest.raises(BadBundle, match=r"curves\.parquet: no curve of drift_search"):
        read_calibration(folder, bundle("stacked"))


def test_it_holds_nothing_that_can_be_executed_and_its_checksums_are_those_of_sha256sum(packed):
    files = [path for path in packed.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} == {".safetensors", ".json", ".parquet", ".md", ""}
    assert [path.name for path in files if not path.suffix] == ["SHA256SUMS"]
    for line in (packed / "SHA256SUMS").read_text().splitlines():
        digest, path = line.split("  ")
        assert hashlib.sha256((packed / path).read_bytes()).hexdigest() == digest


def test_a_new_one_takes_the_place_of_the_old_one_as_a_whole_or_not_at_all(packed, tmp_path):
    before = sorted(packed.rglob("*"))
    with pytest.raises(FileNotFoundError):
        write_bundle(packed, bundle(), {"wise": [tmp_path / "gone"]}, calibration(), "")
    assert sorted(packed.rglob("*")) == before and [*packed.parent.iterdir()] == [packed]
    (packed / "old").touch()
    write_bundle(packed, bundle(), {}, calibration(), "")
    assert sorted(path.name for path in packed.iterdir()) == [
        "MODEL_CARD.md",
        "SHA256SUMS",
        "bundle.json",
        "calibration.parquet",
    ]


def described(packed: Path, change) -> None:
    """Change bundle.json, with its checksum."""
    content = read_json(packed / "bundle.json")
    change(content)
    text = json.dumps(content)
    sums = (packed / "SHA256SUMS").read_text()
    old = hashlib.sha256((packed / "bundle.json").read_bytes()).hexdigest()
    (packed / "bundle.json").write_text(text)
    new = hashlib.sha256(text.encode()).hexdigest()
    (packed / "SHA256SUMS").write_text(sums.replace(old, new))


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda folder: shutil.rmtree(folder), "SHA256SUMS: cannot be read: this is no bundle"),
        (
            lambda folder: (folder / "SHA256SUMS").write_text("x"),
            "'x', must be a digest and a path",
        ),
        (lambda folder: (folder / "SHA256SUMS").write_text(""), "is not in SHA256SUMS"),
        (
            lambda folder: (folder / "calibration.parquet").unlink(),
            "calibration.parquet: is missing",
        ),
        (lambda folder: (folder / "run.pkl").touch(), "run.pkl: is not in SHA256SUMS"),
        (
            lambda folder: (folder / weights_path("wise", 0)).write_bytes(b"others"),
            "fold0.safetensors: not the file that was packed",
        ),
        (lambda folder: described(folder, lambda it: it.update(format=2)), "format 2, must be 1"),
        (lambda folder: described(folder, lambda it: it.pop("name")), "not as a bundle is written"),
        (
            lambda folder: described(folder, lambda it: it["ensemble"]["weights"].pop("wise")),
            "not as a bundle is written: 'wise'",
        ),
        (
            lambda folder: described(
                folder, lambda it: it["members"][0].update(weights=["../../weights"])
            ),
            "weights '../../weights' are not in the bundle",
        ),
    ],
)
def test_what_is_not_as_it_was_packed_is_refused_by_name(packed, damage, told):
    damage(packed)
    with pytest.raises(BadBundle, match=told):
        read_calibration(packed, read_bundle(packed))


def test_weights_that_link_to_another_place_are_refused(packed, tmp_path):
    path = packed / weights_path("wise", 0)
    shutil.copy(path, tmp_path / "same")
    path.unlink()
    path.symlink_to(tmp_path / "same")
    with pytest.raises(BadBundle, match="not the file that was packed"):
        read_bundle(packed)


@pytest.mark.parametrize("method", METHODS)
def test_a_cadence_has_the_same_score_and_rate_whatever_is_scored_beside_it(method):
    scale = calibration(method)
    together, alone = said(0.2, 0.9, 0.999), said(0.9)
    for of in (scale.scores, scale.false_positive_rates, scale.completeness):
        assert of(together)[1] == of(alone)[0]


@pytest.mark.parametrize("method", METHODS)
def test_a_higher_score_is_rarer_among_negatives_and_finds_fewer_needles(method):
    scale, values = calibration(method), said(*np.linspace(0, 1, 50))
    assert (np.diff(scale.scores(values)) >= 0).all()
    assert (np.diff(scale.false_positive_rates(values)) <= 0).all()
    assert (np.diff(scale.completeness(values)) <= 0).all()
    assert scale.false_positive_rates(said(1.0))[0] == 0
    assert scale.completeness(said(0.0))[0] == 1


def test_of_new_negatives_as_many_pass_as_the_rate_says():
    scale = calibration()
    new = {
        name: 1 / (1 + np.exp(-np.random.default_rng(1).normal(size=(FOLDS, 2000))))
        for name in NAMES
    }
    rates = scale.false_positive_rates(new)
    for rate in (0.05, 0.2, 0.5):
        assert (rates <= rate).mean() == pytest.approx(rate, abs=0.06)


def test_out_of_fold_rows_have_the_scores_that_new_cadences_of_equal_values_have():
    scale = calibration()
    row = 3
    fold = int(scale.fold[row])
    own = {name: np.zeros((FOLDS, 1)) for name in NAMES}
    for name in NAMES:
        own[name][fold] = scale.probabilities[name][row]
        own[name][1 - fold] = -1  # below every row: 0 in the mean of ranks
    assert scale.scores(own)[0] == pytest.approx(scale.out_of_fold()[row] / FOLDS)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            lambda it: it.pop("blind"),
            "predictions of wise, drift_search; the ensemble has wise, blind",
        ),
        (lambda it: it.update(wise=np.zeros((3, 1))), "wise: predictions of 3 folds, not 2"),
    ],
)
def test_predictions_of_another_ensemble_are_refused(change, told):
    values = said(0.5)
    change(values)
    with pytest.raises(ValueError, match=told):
        calibration().scores(values)


SCORES = dict.fromkeys(("auc", "auc_low", "auc_high", "recall", "recall_low", "recall_high"), 0.5)
OF_ALL = {"means": {"rank_mean": SCORES}, "members": dict.fromkeys(NAMES, SCORES)}


def test_the_card_tells_data_recipe_scores_limits_and_licence():
    card = model_card(bundle(), calibration(), OF_ALL, "CC-BY-4.0")
    for text in (
        "# Model card: sky",
        "400 cadences, 100 of them with a needle, from `/data`",
        "| drift_search | de-Doppler search, not trained | levelled | 0 |",
        "| wise | tiny, both views, 68 x 128 | nmf.on | 2 |",
        "| ensemble | 0.500 (0.500 to 0.500) | 0.500 (0.500 to 0.500) |",
        "| 1 % | ",
        "1 in 300",
        "## Licence\n\nCC-BY-4.0\n",
    ):
        assert text in card
    assert "| 0.3 % |" not in card  # of 300 negatives, that is none
    assert "residual" not in card


def test_the_card_warns_of_residuals_and_of_simulated_sky():
    simulated = bundle(channels=("residual.on", "residual.mask"))
    simulated.data["simulated"] = True
    card = model_card(simulated, calibration(), OF_ALL, None)
    assert "Some members see `residual`" in card and "It has seen no real sky" in card
    assert "Nobody has said under which licence" in card

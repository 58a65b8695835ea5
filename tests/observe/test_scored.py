"""Promises of scored snippets: each has its own lines, and its rate is what its calibration says."""

import numpy as np
import pyarrow as pa
import pytest

from abacad.bundle.calibration import Calibration
from abacad.observe.scored import distances, scored_snippets, scores_and_rates, share_as_high

FOLDS, NEGATIVES, CHANNEL = 2, 200, 0.002861
IDS = [f"{128 * number:09d}" for number in range(20)]


def calibration() -> Calibration:
    """Of one member, whose probabilities of rows without a needle are 0 to 0.5, and of others 1."""
    target = np.repeat([0, 1], NEGATIVES)
    return Calibration(
        target=target,
        fold=np.arange(2 * NEGATIVES) % FOLDS,
        probabilities={"wise": np.where(target, 1.0, np.arange(2 * NEGATIVES) / 2 / NEGATIVES)},
        method="arithmetic_mean",
        power=4.0,
        weights={"wise": 1.0},
    )


def snippets() -> pa.Table:
    rows = {"id": [*IDS, "bad"], "lowest": [1400 + n * 0.366 for n in range(len(IDS) + 1)]}
    return pa.table(rows)


def predictions(values: np.ndarray) -> pa.Table:
    return pa.table({"id": IDS} | {f"wise.fold{fold}": values for fold in range(FOLDS)})


def statistics() -> pa.Table:
    values = np.random.default_rng(0).normal(size=len(IDS))
    values[3] = 50
    return pa.table({"collection": ["observed"] * len(IDS), "id": IDS, "least": values})


def hits(*found: tuple[str, float]) -> pa.Table:
    rows = [
        {"id": one, "frequency": frequency, "drift_rate": 1.0, "width": 2, "panel_snr": [9, 0] * 3}
        for one, frequency in found
    ]
    names = ("id", "frequency", "drift_rate", "width", "panel_snr")
    return pa.Table.from_pylist(rows) if rows else pa.table({name: [] for name in names})


def scored(values, null=None, found=()):
    null = predictions(null) if null is not None else None
    return scored_snippets(
        snippets(), predictions(values), hits(*found), statistics(), null, calibration(), CHANNEL
    )


def test_a_snippet_has_its_score_and_the_rate_of_the_training_rows():
    values = np.linspace(0, 1, len(IDS))
    for one, value in zip(scored(values), values, strict=True):
        assert one.score == pytest.approx(value) and one.members == {"wise": pytest.approx(value)}
        assert one.false_positive_rate == pytest.approx(max(1 - 2 * value, 0), abs=2 / NEGATIVES)


def test_off_panels_first_tell_the_rate_of_this_very_sky():
    noisy = np.full(len(IDS), 0.9)
    found = scored(np.linspace(0, 1, len(IDS)), null=noisy)
    assert [one.false_positive_rate for one in found] == [
        1.0 if one.score <= 0.9 else 0.0 for one in found
    ]


@pytest.mark.parametrize("null", [None, np.linspace(0, 0.9, len(IDS))])
def test_scores_and_rates_of_some_snippets_are_those_that_they_have_among_all(null):
    values = np.linspace(0, 1, len(IDS))
    of_null = None if null is None else predictions(null)
    some = slice(5, 12)
    scores, rates = scores_and_rates(predictions(values).slice(5, 7), of_null, calibration())
    every = scored(values, null)[some]
    assert scores.tolist() == [one.score for one in every]
    assert rates.tolist() == [one.false_positive_rate for one in every]


def test_a_line_is_at_its_place_in_the_band():
    found = scored(np.zeros(len(IDS)), found=[(IDS[2], 100_000.0)])
    (line,) = found[2].lines
    assert line.frequency == pytest.approx(found[2].lowest - CHANNEL / 2 + 0.1)
    assert not any(one.lines for one in found if one.id != IDS[2])


def test_what_is_unlike_all_others_lies_far_from_them():
    apart = distances(statistics())
    assert apart.argmax() == 3 and apart[3] > 3 * np.sort(apart)[-2]
    assert len(distances(statistics().slice(0, 0))) == 0


def test_tables_of_other_snippets_are_refused():
    strange = pa.table({"id": ["x"], "wise.fold0": [0.1], "wise.fold1": [0.1]})
    with pytest.raises(ValueError, match="predictions for x, which was not cut"):
        scored_snippets(snippets(), strange, hits(), statistics(), None, calibration(), CHANNEL)
    some = predictions(np.zeros(len(IDS))).slice(1)
    with pytest.raises(ValueError, match="not of the same snippets"):
        scored_snippets(snippets(), some, hits(), statistics(), None, calibration(), CHANNEL)


def test_a_share_is_of_what_is_as_high():
    null = np.array([0.1, 0.2, 0.2, 0.3])
    np.testing.assert_allclose(share_as_high(np.array([0, 0.2, 0.25, 1]), null), [1, 0.75, 0.25, 0])
    with pytest.raises(ValueError, match="calibrate on training rows"):
        share_as_high(null, np.array([]))

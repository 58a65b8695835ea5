"""Rows made on the fly: backgrounds that hold no needle, needles in most of them, and labels that say so."""

import numpy as np
import pytest
import torch

from abacad.cadences.layout import COMPETITION
from abacad.images.panel_batch import PanelBatch, generators
from abacad.images.selection import Rows
from abacad.settings import OnTheFly
from abacad.train.on_the_fly import MadeRows, check_injection, made_rows

CHANNELS = ("flattened.on", "flattened.off")
LINES = {
    "blank": 0.25,
    "off_panels": 0.5,
    "snr": 200,
    "drift_rate": 0,
    "partial": {"fewer_panels": 0, "shorter": 0},
    "needles": {"straight": {"width": 1}},
    "highest": 20.0,
}


def made(count: int, training: Rows, seed: int, **changed) -> MadeRows:
    options = OnTheFly(count, ("straight",))
    random = np.random.default_rng(seed)
    return made_rows(options, LINES | changed, COMPETITION, training, BACKGROUNDS, random)


def rows(collection: str, labels: list[float]) -> Rows:
    count = len(labels)
    return Rows(np.full(count, collection), np.arange(count), np.array(labels, np.float32))


TRAINING = rows("train", [0, 1, 0, 0.4]) + rows("train_old", [1, 0])
BACKGROUNDS = rows("train", [0, 1, 0, 1]) + rows("test", [np.nan] * 3)


def test_backgrounds_as_they_are_hold_no_needle_and_off_panels_are_of_any():
    many = made(4000, TRAINING, 0)
    assert len(many.rows) == 4000
    assert 0.45 < many.arranged.mean() < 0.55
    for arranged in (True, False):
        assert 0.7 < many.needle[many.arranged == arranged].mean() < 0.8
    as_they_are = many.rows[~many.arranged]
    assert {*as_they_are.collections} == {"train"} and {*as_they_are.places} == {0, 2}
    assert {*many.rows[many.arranged].collections} == {"train", "test"}
    assert {*many.rows[many.arranged].places} == {0, 1, 2, 3}


def test_without_a_negative_only_off_panels_can_be_backgrounds():
    positives = rows("train", [1, 1])
    with pytest.raises(ValueError, match=r"no negative training cadence .*off_panels: 1"):
        made(20, positives, 0)
    assert made(20, positives, 0, off_panels=1).arranged.all()


def test_rows_that_are_made_get_their_needles_and_their_labels_and_others_stay():
    few = made(12, TRAINING, 3)
    generator = torch.Generator().manual_seed(0)
    panels = torch.randn(
        16, 2, 3, COMPETITION.time_bins, COMPETITION.frequency_bins, generator=generator
    ).half()
    panels[:, 0] += 50  # the ON panels of backgrounds, which arranged rows do not show
    panels[:, 0] -= 50 * torch.from_numpy(np.pad(~few.arranged, (4, 0)))[:, None, None, None]
    labels = torch.full((16,), 0.3)
    at, numbers = np.arange(4, 16), np.arange(12)
    before = panels.clone()
    batch = PanelBatch(panels, labels, CHANNELS, generators(1, range(16)))
    few.make(batch, at, numbers)
    assert torch.equal(batch.panels[:4], before[:4])
    assert torch.equal(batch.panels[:, 1], before[:, 1])
    assert batch.labels[:4].tolist() == pytest.approx([0.3] * 4)
    assert batch.labels[4:][few.needle].tolist() == [1] * few.needle.sum()
    assert batch.labels[4:][few.arranged & ~few.needle].tolist() == pytest.approx(
        [0] * (few.arranged & ~few.needle).sum()
    )
    brightest = batch.panels[4:, 0].float().mean(2).amax((1, 2))  # of the columns
    assert (brightest[few.needle] > 2).all()
    assert (brightest[~few.needle] < 1).all()


@pytest.mark.parametrize(
    ("channels", "changed", "fault"),
    [
        (["flattened.on", "flattened.off"], {}, None),
        (["flattened.all"], {}, None),
        (["flattened.on"], {"off_panels": 0}, None),
        (["flattened.on"], {}, "channel flattened.on: .*needs? flattened.off"),
        (["nmf.on", "nmf.off"], {}, "channel nmf.on: .*allowed: flattened, off_normalized"),
    ],
)
def test_channels_that_needles_cannot_be_added_to_are_refused(make_run, channels, changed, fault):
    on_the_fly = {"count": 20, "kinds": ["straight"]}
    run = make_run(channels=channels, injected_on_the_fly=on_the_fly, inject=LINES | changed)
    if fault is None:
        return check_injection(run)
    with pytest.raises(ValueError, match=fault):
        check_injection(run)
    check_injection(make_run(channels=channels))

"""A state is continued only by the training that left it."""

import pytest
import torch

from abacad.train.checkpoint import State

FINGERPRINT = {
    "settings": {"epochs": 3, "mixup": {"alpha": 1.0, "label": "or"}, "seed": 1},
    "data": "d",
    "code": "c",
}


def test_what_was_saved_last_is_loaded(tmp_path):
    State(tmp_path / "state", FINGERPRINT).save({"epoch": 0, "weights": torch.zeros(3)})
    State(tmp_path / "state", FINGERPRINT).save({"epoch": 1, "weights": torch.ones(3)})
    loaded = State(tmp_path / "state", FINGERPRINT).load()
    assert loaded["epoch"] == 1
    assert torch.equal(loaded["weights"], torch.ones(3))


def test_nothing_saved_is_nothing_loaded(tmp_path):
    assert State(tmp_path / "state", FINGERPRINT).load() is None


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (
            {"settings": {"epochs": 5, "mixup": {"alpha": 0.4, "label": "or"}, "gpus": 2}},
            "other settings: epochs 3, now 5, gpus None, now 2, mixup.alpha 1.0, now 0.4, seed 1, now None",
        ),
        ({"data": "other"}, "other data"),
        ({"code": "other"}, "other code"),
        ({"data": "other", "code": "other"}, "other data; other code"),
    ],
)
def test_another_trainings_state_is_set_aside_and_what_differs_is_said(
    tmp_path, capsys, other, said
):
    State(tmp_path / "state", FINGERPRINT).save({"epoch": 3})
    saved = (tmp_path / "state/last.pt").read_bytes()
    now = State(tmp_path / "state", FINGERPRINT | other)
    assert now.load() is None
    assert said in capsys.readouterr().out
    assert (tmp_path / "state/set_aside.pt").read_bytes() == saved
    now.save({"epoch": 0})
    assert now.load() == {"epoch": 0}


def test_a_kill_while_saving_leaves_the_epoch_before(tmp_path):
    state = State(tmp_path / "state", FINGERPRINT)
    state.save({"epoch": 3})
    (tmp_path / "state" / ".last.pt.123.tmp").write_bytes(b"half")
    assert state.load() == {"epoch": 3}
    state.remove()
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize("length", [0, 1, 100, 500])
def test_a_damaged_state_is_set_aside(tmp_path, capsys, length):
    state = State(tmp_path / "state", FINGERPRINT)
    state.save({"weights": torch.ones(300)})
    path = tmp_path / "state" / "last.pt"
    path.write_bytes(path.read_bytes()[:length])
    assert state.load() is None
    assert "cannot be read" in capsys.readouterr().out

"""State is gone on with by the training that left it, and by no other."""

import pytest
import torch

from abacad.state import State

FINGERPRINT = {"settings": "s", "data": "d", "code": "c"}


def test_what_was_saved_last_is_loaded(tmp_path):
    State(tmp_path / "state", FINGERPRINT).save({"epoch": 0, "weights": torch.zeros(3)})
    State(tmp_path / "state", FINGERPRINT).save({"epoch": 1, "weights": torch.ones(3)})
    loaded = State(tmp_path / "state", FINGERPRINT).load()
    assert loaded["epoch"] == 1
    assert torch.equal(loaded["weights"], torch.ones(3))


def test_nothing_saved_is_nothing_loaded(tmp_path):
    assert State(tmp_path / "state", FINGERPRINT).load() is None


@pytest.mark.parametrize("part", FINGERPRINT)
def test_another_trainings_state_is_removed_and_what_differed_is_said(tmp_path, capsys, part):
    State(tmp_path / "state", FINGERPRINT).save({"epoch": 3})
    assert State(tmp_path / "state", FINGERPRINT | {part: "other"}).load() is None
    assert f"its {part} differed" in capsys.readouterr().out
    assert not (tmp_path / "state").exists()


def test_a_kill_while_saving_leaves_the_epoch_before(tmp_path):
    state = State(tmp_path / "state", FINGERPRINT)
    state.save({"epoch": 3})
    (tmp_path / "state" / ".last.pt.123.tmp").write_bytes(b"half")
    assert state.load() == {"epoch": 3}
    state.remove()
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize("length", [0, 1, 100, 500])
def test_a_damaged_state_is_removed(tmp_path, capsys, length):
    state = State(tmp_path / "state", FINGERPRINT)
    state.save({"weights": torch.ones(300)})
    path = tmp_path / "state" / "last.pt"
    path.write_bytes(path.read_bytes()[:length])
    assert state.load() is None
    assert "cannot be read" in capsys.readouterr().out

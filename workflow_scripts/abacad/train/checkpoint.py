"""The state of an unfinished training, so that the same command picks up where it left off.

It is one file in a folder beside the outputs, which is replaced as a whole at the end of every epoch
and removed at the end of the training. It carries a fingerprint of settings, data and code. State that
another training left behind is set aside and never used.
"""

import hashlib
import io
import pickle
import shutil
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from abacad.tables.files import whole_file
from abacad.tables.nested import dotted


class State:
    """The state in `folder` of the training that `fingerprint` describes.

    `fingerprint` holds the settings and hashes of data and code: {"settings": {...}, "data": ...,
    "code": ...}. `seconds` is how long loading and saving have taken so far.
    """

    def __init__(self, folder: str | Path, fingerprint: Mapping[str, Any]):
        self._folder = Path(folder)
        self._path = self._folder / "last.pt"
        self._fingerprint = dict(fingerprint)
        self.seconds = 0.0

    def load(self) -> dict[str, Any] | None:
        """What was saved last, on the CPU. None if there is nothing, or only the state of another training.

        The latter is set aside, as set_aside.pt, until this training has ended.
        """
        if not self._path.exists():
            return None
        started = time.perf_counter()
        try:
            saved = torch.load(self._path, map_location="cpu", weights_only=True)
            before = saved["fingerprint"]
        except (RuntimeError, EOFError, KeyError, pickle.UnpicklingError) as error:
            return self._set_aside(f"it cannot be read ({error})")
        if differing := _differences(before, self._fingerprint):
            return self._set_aside(f"other {'; other '.join(differing)}")
        self.seconds += time.perf_counter() - started
        return saved["content"]

    def save(self, content: dict[str, Any]) -> None:
        """Replace what is saved by `state`: tensors, numbers, texts, lists and dictionaries."""
        started = time.perf_counter()
        buffer = io.BytesIO()  # PyTorch's own errors do not say that the disk is full
        torch.save({"fingerprint": self._fingerprint, "content": content}, buffer)
        with whole_file(self._path) as temporary:
            temporary.write_bytes(buffer.getbuffer())
        self.seconds += time.perf_counter() - started

    def remove(self) -> None:
        """Remove the folder, with anything that a kill left half-written in it."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _set_aside(self, why: str) -> None:
        aside = self._folder / "set_aside.pt"
        print(f"state of an earlier training is set aside as {aside}: {why}", flush=True)
        with suppress(FileNotFoundError):  # another process of this training did it
            self._path.replace(aside)


def _differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What differs between two fingerprints. Settings are listed with their values: "settings: epochs
    3, now 5"."""
    differing = []
    for part in now:
        old, new = before.get(part), now[part]
        if old == new:
            continue
        if isinstance(new, Mapping):
            old, new = dotted(old), dotted(new)
            keys = [key for key in sorted({*old, *new}) if old.get(key) != new.get(key)]
            changes = (f"{key} {old.get(key)}, now {new.get(key)}" for key in keys)
            part = f"{part}: {', '.join(changes)}"
        differing.append(part)
    return differing


def code_digest() -> str:
    """A hash of the abacad modules that are in use, and of the versions of PyTorch and timm."""
    digest = hashlib.sha256(f"{version('torch')} {version('timm')}".encode())
    for name, module in sorted(sys.modules.items()):
        if name.startswith("abacad."):
            digest.update(Path(module.__file__).read_bytes())
    return digest.hexdigest()

"""Layers compute in what the setting amp says, on a GPU; on the CPU always in float32."""

import pytest
import torch

from abacad.devices.device import precision


@pytest.mark.parametrize("amp", [True, False, "bfloat16", "float16"])
def test_a_cpu_computes_in_float32(amp):
    assert precision(torch.device("cpu"), amp) == torch.float32


@pytest.mark.parametrize(
    ("amp", "has_bfloat16", "expected"),
    [
        (False, True, torch.float32),
        (True, True, torch.bfloat16),
        (True, False, torch.float16),
        ("float16", True, torch.float16),
        ("bfloat16", False, torch.bfloat16),
    ],
)
def test_a_gpu_computes_in_what_amp_names(monkeypatch, amp, has_bfloat16, expected):
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: has_bfloat16)
    assert precision(torch.device("cuda"), amp) == expected

"""A job computes on the GPUs that it was given or not at all, and in the precision that amp says."""

import pytest
import torch

from abacad.devices.device import UnusableGpu, precision, prepare_device


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


@pytest.fixture
def gpus(monkeypatch):
    """A function that sets the GPUs that the job was given and that PyTorch finds, with a compute
    capability each."""
    threads, cpu_only = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    monkeypatch.delenv("ABACAD_GPUS_MAY_BE_MISSING", raising=False)

    def gpus(given: str, *capabilities: tuple[int, int], reason: str | None = None) -> None:
        def init() -> None:
            if reason:
                raise RuntimeError(reason)

        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", given)
        monkeypatch.setattr(torch.cuda, "is_available", lambda: bool(capabilities))
        monkeypatch.setattr(
            torch.cuda, "device_count", lambda: len(capabilities) or len(given) // 4
        )
        monkeypatch.setattr(torch.cuda, "get_device_capability", lambda index: capabilities[index])
        monkeypatch.setattr(torch.cuda, "get_device_name", lambda index: f"card {index}")
        monkeypatch.setattr(torch.cuda, "current_device", lambda: 0)
        monkeypatch.setattr(torch.cuda, "get_arch_list", lambda: ["sm_90", "sm_75", "compute_120"])
        monkeypatch.setattr(torch.cuda, "init", init)
        monkeypatch.setattr(torch.version, "cuda", "13.0")

    yield gpus
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(cpu_only)


@pytest.mark.parametrize("given", ["", "-1"])
def test_a_job_that_was_given_no_gpu_computes_on_the_cpu(gpus, given):
    gpus(given, reason="Found no NVIDIA driver on your system.")
    assert prepare_device(1) == torch.device("cpu")


def test_a_job_computes_on_the_gpus_that_it_was_given(gpus):
    gpus("GPU-a,GPU-b", (7, 5), (9, 0))
    assert prepare_device(1) == torch.device("cuda", 0)


def test_a_gpu_that_pytorch_cannot_use_is_an_error_with_pytorch_s_reason_and_what_to_do(gpus):
    gpus("GPU-a", reason="The NVIDIA driver on your system is too old (found version 11040).")
    with pytest.raises(UnusableGpu) as error:
        prepare_device(1)
    for part in (
        "CUDA_VISIBLE_DEVICES is 'GPU-a', but PyTorch sees 0 of 1 GPUs: The NVIDIA driver on your "
        "system is too old (found version 11040). PyTorch ",
        "was built for CUDA 13.0: it needs a driver for that or a newer version, and a GPU of compute "
        "capability 7.5 or higher",
        "To compute on the CPU: snakemake --resources gpu=0",
    ):
        assert part in str(error.value)


def test_fewer_gpus_than_the_job_was_given_are_an_error(gpus):
    gpus("GPU-a,GPU-b", (9, 0))
    with pytest.raises(UnusableGpu, match="PyTorch sees 1 of 2 GPUs"):
        prepare_device(1)


@pytest.mark.parametrize("capability", [(7, 0), (6, 1)])
def test_a_gpu_older_than_pytorch_was_built_for_is_an_error_that_names_it(gpus, capability):
    gpus("GPU-a,GPU-b", (9, 0), capability)
    number = ".".join(map(str, capability))
    with pytest.raises(UnusableGpu, match=f"card 1 is too old: its compute capability is {number}"):
        prepare_device(1)


def test_where_gpus_may_be_missing_the_job_says_so_and_computes_on_the_cpu(
    gpus, monkeypatch, capsys
):
    gpus("0", reason="Found no NVIDIA driver on your system.")
    monkeypatch.setenv("ABACAD_GPUS_MAY_BE_MISSING", "1")
    assert prepare_device(1) == torch.device("cpu")
    assert "the job runs on the CPU: CUDA_VISIBLE_DEVICES is '0'" in capsys.readouterr().out

import os
import time
from functools import partial
from pathlib import Path

import pytest
import torch

from mer.core.errors import InputError
from mer.core.memory import training_processes
from mer.core.processors import processors
from mer.core.spread import spread
from mer.training.device import (
    choose_device,
    device_here,
    gpu_of,
    has_fast_bfloat16,
    mixed_precision,
    one_thread,
    worker_count,
)

CPU = torch.device("cpu")


def without_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)


@pytest.mark.parametrize("name", ["gpu", "", "CPU", "mps", "cudaa", "cuda:", "cuda:x"])
def test_unknown_devices_are_refused(name):
    with pytest.raises(InputError, match="Expected auto, cpu, cuda"):
        choose_device(name)


@pytest.mark.parametrize("name", ["cuda", "cuda:1"])
def test_a_gpu_that_is_absent_is_refused_and_not_replaced(monkeypatch, name):
    without_gpu(monkeypatch)
    with pytest.raises(InputError, match="sees no GPU"):
        choose_device(name)
    assert choose_device("auto") == choose_device("cpu") == CPU


def test_a_gpu_beyond_the_last_is_refused(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert choose_device("cuda:1") == torch.device("cuda", 1)
    with pytest.raises(InputError, match="there are 2"):
        choose_device("cuda:2")


def test_auto_takes_a_gpu_that_is_there(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert choose_device("auto").type == "cuda"
    assert choose_device("cpu") == CPU


def product_type(precision):
    with mixed_precision(CPU, precision):
        return (torch.ones(2, 2) @ torch.ones(2, 2)).dtype


def test_precisions_do_what_their_names_say(monkeypatch):
    assert product_type("float32") == torch.float32
    assert product_type("mixed") == torch.bfloat16
    for fast, expected in [(True, torch.bfloat16), (False, torch.float32)]:
        monkeypatch.setattr("mer.training.device.has_fast_bfloat16", lambda device, fast=fast: fast)
        assert product_type("auto") == expected


def test_fast_bfloat16_is_a_yes_or_no():
    assert has_fast_bfloat16(CPU) in (True, False)


@pytest.mark.parametrize("name", ["bfloat16", "half", ""])
def test_unknown_precisions_are_refused(name):
    with pytest.raises(InputError, match="Expected auto, mixed or float32"):
        mixed_precision(CPU, name)


def test_worker_count():
    assert worker_count(CPU, 3) == worker_count(torch.device("cuda"), 3) == 3
    assert worker_count(torch.device("cuda")) == 1
    assert worker_count(CPU) == training_processes(processors()) >= 1
    for wrong in (0, -1):
        with pytest.raises(InputError, match="at least 1"):
            worker_count(CPU, wrong)


def test_one_thread_inside_and_as_before_after_an_error():
    torch.set_num_threads(2)
    with pytest.raises(KeyError), one_thread("cpu"):
        assert torch.get_num_threads() == 1
        raise KeyError
    assert torch.get_num_threads() == 2


def seen_device(begun: Path) -> tuple[str, int | None]:
    """What a worker that is told ``cuda`` computes on, on a machine that seems to have three GPUs."""
    given: list[torch.device] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.cuda, "device_count", lambda: 3)
        patch.setattr(torch.cuda, "set_device", given.append)
        device = device_here("cuda")
        assert given == [device], "what names no GPU must go there too"
        assert device_here("cuda:1") == torch.device("cuda:1") and device_here("cpu") == CPU
    (begun / str(os.getpid())).touch()
    end = time.monotonic() + 120
    while len(list(begun.iterdir())) < 3 and time.monotonic() < end:
        time.sleep(0.05)  # so that the others begin too
    return device.type, device.index


def test_every_gpu_gets_a_worker_of_its_own(monkeypatch, tmp_path):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 3)
    cuda = torch.device("cuda")
    assert worker_count(cuda) == 3 and worker_count(torch.device("cuda:2")) == 1 and worker_count(cuda, 5) == 5
    assert [gpu_of(place, 3) for place in range(5)] == [0, 1, 2, 0, 1]
    devices = list(spread([partial(seen_device, tmp_path)] * 9, worker_count(cuda)))
    assert {kind for kind, _ in devices} == {"cuda"} and {index for _, index in devices} == {0, 1, 2}


def test_one_gpu_is_called_as_before(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    assert device_here("cuda") == torch.device("cuda")

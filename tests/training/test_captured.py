"""Captured steps: which calls are captured and replayed. Where there is no GPU a stand-in replays them in Python."""

from contextlib import contextmanager

import pytest
import torch

from mer.training.captured import BEFORE, CapturedStep, capturable, captured, rate

CPU, GPU = torch.device("cpu"), torch.device("cuda", 1)


class Graph:
    """Stands in for a CUDA graph: what was called while it was captured is called again by a replay."""

    recording = None

    def __init__(self):
        self.again = None

    def replay(self):
        self.again()


class Stream:
    def __init__(self, device):
        assert device == GPU

    def wait_stream(self, other):
        pass


@pytest.fixture
def stand_in(monkeypatch):
    @contextmanager
    def graph(one, stream):
        assert current == [GPU] and isinstance(stream, Stream)
        Graph.recording = one
        yield
        Graph.recording = None

    current = []

    @contextmanager
    def device(one):
        current.append(one)
        yield
        current.pop()

    @contextmanager
    def stream(one):
        yield

    for name, value in {
        "CUDAGraph": Graph,
        "graph": graph,
        "stream": stream,
        "Stream": Stream,
        "current_stream": Stream,
        "set_stream": lambda one: None,
        "device": device,
    }.items():
        monkeypatch.setattr(torch.cuda, name, value)


class Step:
    """Adds what it is given to a sum; while it is captured it computes nothing, as a GPU does."""

    def __init__(self):
        self.total, self.calls = 0.0, 0
        self.losses = torch.zeros(1, 1)

    def __call__(self, given, masks):
        self.calls += 1
        if Graph.recording is not None:
            Graph.recording.again = lambda: self.compute(given, masks)
            return self.losses
        return self.compute(given, masks)

    def compute(self, given, masks):
        self.total += float(given[0].sum() * masks["m"].sum())
        self.losses.fill_(self.total)
        return self.losses


def test_every_call_is_a_step_that_counts_and_sees_its_own_batch(stand_in):
    step = Step()
    run = CapturedStep(step, GPU)
    expected = 0.0
    for k in range(1, 9):
        expected += k * 2
        losses = run((torch.tensor([float(k)]), None), {"m": torch.tensor([True, True])})
        assert losses.item() == expected == step.total
    assert step.calls == BEFORE + 1  # the first ones as they are, one that was captured; the rest were replayed


def test_masks_of_a_replayed_step_are_those_of_its_own_call(stand_in):
    step = Step()
    run = CapturedStep(step, GPU)
    for _ in range(BEFORE + 1):
        run((torch.ones(1),), {"m": torch.tensor([True, True])})
    before = step.total
    run((torch.ones(1),), {"m": torch.tensor([False, True])})
    assert step.total - before == 1


def test_a_step_that_cannot_be_captured_goes_on_as_it_is(stand_in, monkeypatch):
    @contextmanager
    def refused(one, stream):
        raise RuntimeError("operation not permitted when stream is capturing")
        yield

    monkeypatch.setattr(torch.cuda, "graph", refused)
    step = Step()
    run = CapturedStep(step, GPU)
    with pytest.warns(UserWarning, match="not captured"):
        for _ in range(BEFORE + 3):
            run((torch.ones(1),), {"m": torch.tensor([True])})
    assert step.total == BEFORE + 3


def test_a_cpu_runs_steps_as_they_are():
    step = Step()
    assert captured(step, CPU) is step
    assert rate(0.1, CPU) == 0.1
    assert capturable(CPU) == {}


def test_a_gpu_has_captured_steps_and_optimisers_that_allow_them():
    assert capturable(torch.device("cuda")) == {"capturable": True}
    assert isinstance(captured(Step(), torch.device("cuda")), CapturedStep)


def test_memory_that_is_too_small_for_a_capture_is_told_so_that_fewer_folds_are_tried(stand_in, monkeypatch):
    @contextmanager
    def full(one, stream):
        raise torch.cuda.OutOfMemoryError("full")
        yield

    monkeypatch.setattr(torch.cuda, "graph", full)
    run = CapturedStep(Step(), GPU)
    with pytest.raises(torch.cuda.OutOfMemoryError):
        for _ in range(BEFORE + 1):
            run((torch.ones(1),), {"m": torch.tensor([True])})

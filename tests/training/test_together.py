"""How many folds are stacked, and what is done when they are too many."""

import pytest
import torch
from torch import nn

from mer.models.dropout import Dropout
from mer.training.configs import fold_config
from mer.training.folds_together import step_size
from mer.training.random_streams import Streams
from mer.training.stacked import StackedModels, clip_each, norm_of_each
from mer.training.together import ENOUGH, halved, how_many, multiply_adds

CPU, GPU = torch.device("cpu"), torch.device("cuda")


def test_small_steps_are_stacked_until_a_gpu_has_enough():
    assert how_many(GPU, 68, 1, lambda: ENOUGH / 4) == 4
    assert how_many(GPU, 68, 1, lambda: 1e6) == 68
    assert how_many(GPU, 68, 4, lambda: 1e6) == 17  # each of four GPUs has its share
    assert how_many(GPU, 68, 1, lambda: 100 * ENOUGH) == 1
    assert how_many(GPU, 0, 1, lambda: 1e6) == 1
    assert how_many(CPU, 68, 1, lambda: 1 / 0) == 1  # on a CPU nothing is asked


def test_multiply_adds_of_a_step_are_three_times_those_of_its_forward_pass():
    layer = nn.Linear(10, 7)
    assert multiply_adds(layer, (torch.zeros(5, 10),)) == 3 * 5 * 10 * 7
    assert step_size(fold_config("paper"), 180) > 50 * step_size(fold_config("small"), 128) > 0


def test_folds_that_do_not_fit_into_memory_are_halved():
    tried = []

    def train(folds):
        tried.append(len(folds))
        if len(folds) > 2:
            raise torch.cuda.OutOfMemoryError("full")
        return [fold.upper() for fold in folds]

    with pytest.warns(UserWarning, match="too small for 5 folds at once: trying 2"):
        assert list(halved(train, list("abcde"), GPU)) == list("ABCDE")
    assert tried == [5, 2, 3, 1, 2]


def test_a_single_fold_that_does_not_fit_is_an_error():
    def train(folds):
        raise torch.cuda.OutOfMemoryError("full")

    with pytest.raises(torch.cuda.OutOfMemoryError):
        list(halved(train, ["a"], GPU))


def test_each_model_is_clipped_by_its_own_norm():
    torch.manual_seed(0)
    gradients = torch.randn(3, 4, 2) * torch.tensor([0.01, 1.0, 100.0])[:, None, None]
    stacked = torch.zeros(3, 4, 2, requires_grad=True)
    stacked.grad = gradients.clone()
    clip_each([stacked], 0.5)
    for k in range(3):
        alone = torch.zeros(4, 2, requires_grad=True)
        alone.grad = gradients[k].clone()
        torch.nn.utils.clip_grad_norm_([alone], 0.5)
        assert torch.allclose(stacked.grad[k], alone.grad, atol=1e-7)
    assert norm_of_each([gradients[:, 0], None, gradients[:, 1:]]) == pytest.approx(
        [float(one.norm()) for one in gradients]
    )


class Task(nn.Module):
    """A layer with dropout after it, seen through its transpose."""

    def __init__(self):
        super().__init__()
        self.layer, self.dropout = nn.Linear(3, 3), Dropout(0.5)

    def forward(self, x):
        return self.dropout(self.layer(x).T).square().mean()[None]


def test_dropout_masks_are_those_that_each_model_would_draw_alone():
    batches, streams, alone, tasks = torch.randn(2, 8, 3), Streams(CPU), [], []
    for k in range(2):
        torch.manual_seed(k)
        tasks.append(Task())
        streams.begin(k)
        alone.append(tasks[-1](batches[k]).item())
    stacked = StackedModels(tasks)
    found = stacked.losses((batches,), stacked.masks((batches,), streams))
    assert found[:, 0].tolist() == pytest.approx(alone, abs=1e-6)
    later = stacked.losses((batches,), stacked.masks((batches,), streams))
    assert not torch.allclose(found, later)  # the next step has other masks


def test_torchs_own_random_numbers_are_the_folds_inside_and_untouched_outside():
    streams = Streams(CPU)
    for seed in (1, 2):
        torch.manual_seed(seed)
        streams.begin(seed)
    torch.manual_seed(5)
    drawn = [torch.rand(2) for _ in streams.each()] + [torch.rand(2) for _ in streams.each()]
    after = torch.rand(1)
    torch.manual_seed(5)
    assert torch.equal(after, torch.rand(1))
    for k, seed in enumerate((1, 2)):
        torch.manual_seed(seed)
        assert torch.equal(torch.cat([drawn[k], drawn[k + 2]]), torch.rand(4))

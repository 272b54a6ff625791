"""Which samples make a batch: all in turn, or classes evenly."""

from itertools import islice

import pytest
import torch

from mer.training.batches import batches

LABELS = torch.tensor([0] * 90 + [1] * 9 + [3])  # class 2 has no sample


def drawn(labels, batch, equal_classes, count, seed=0):
    return list(islice(batches(labels, batch, equal_classes, torch.Generator().manual_seed(seed)), count))


def test_classes_are_drawn_about_equally_often_however_rare():
    """6000 draws of three classes: 2000 each, deviation 37; a class without a sample is never drawn."""
    labels = LABELS[torch.cat(drawn(LABELS, 60, True, 100))]
    counts = torch.bincount(labels, minlength=4).tolist()
    assert counts == pytest.approx([2000, 2000, 0, 2000], abs=150)
    assert len(set(torch.cat(drawn(LABELS, 60, True, 100)).tolist())) == 100, "every sample of a class takes its turn"


def test_one_class_alone_is_drawn_evenly():
    found = torch.cat(drawn(torch.full((4,), 2), 4, True, 500))
    assert torch.bincount(found, minlength=4).tolist() == pytest.approx([500] * 4, abs=100)


def test_else_every_sample_comes_once_a_round():
    """Ten samples in batches of three: three batches without repeats, then a new order."""
    found = drawn(torch.zeros(10, dtype=torch.long), 3, False, 6)
    for a_round in (found[:3], found[3:]):
        assert len(set(torch.cat(a_round).tolist())) == 9
    assert torch.cat(found[:3]).tolist() != torch.cat(found[3:]).tolist()


@pytest.mark.parametrize("equal_classes", [True, False])
def test_batches_depend_on_the_seed_only(equal_classes):
    first, again, other = (torch.cat(drawn(LABELS, 10, equal_classes, 3, seed)).tolist() for seed in (1, 1, 2))
    assert first == again != other

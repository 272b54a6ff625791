import torch
from torch.utils._python_dispatch import TorchDispatchMode

from mer.face.regions import canonical_boxes
from mer.face.regions import mirror_boxes as mirror_boxes_numpy
from mer.training.augment import (
    AugmentConfig,
    augment_motion,
    draw_augment,
    draw_mix,
    flip_some,
    mirror_boxes,
    mix_samples,
)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def augmented(images, boxes, motion, config, numbers):
    return augment_motion(images, boxes, motion, config, draw_augment(images.shape, boxes.shape, config, numbers))


def test_mirrored_boxes_agree_with_the_regions():
    boxes = canonical_boxes() + torch.rand(9, 4).numpy() * 0.05
    assert torch.allclose(mirror_boxes(torch.from_numpy(boxes)), torch.from_numpy(mirror_boxes_numpy(boxes)), atol=1e-6)
    twice = mirror_boxes(mirror_boxes(torch.from_numpy(boxes)))
    assert torch.allclose(twice, torch.from_numpy(boxes), atol=1e-6)


def test_flip_mirrors_and_negates_only_where_asked():
    images, boxes = torch.rand(2, 3, 4, 4), torch.rand(2, 9, 4)
    flipped, places = flip_some(images, boxes, (1,), torch.tensor([True, False]))
    assert torch.equal(flipped[0, 0], images[0, 0].flip(-1))
    assert torch.equal(flipped[0, 1], -images[0, 1].flip(-1))
    assert torch.equal(flipped[1], images[1])
    assert torch.equal(places[1], boxes[1])
    assert torch.equal(places[0], mirror_boxes(boxes[0]))


def test_nothing_asked_changes_nothing():
    images, boxes = torch.rand(5, 2, 8, 8), torch.rand(5, 9, 4)
    same, places = augmented(images, boxes, (0, 1), AugmentConfig(flip=False), generator())
    assert torch.equal(same, images)
    assert torch.equal(places, boxes)


def test_drift_adds_an_affine_field_to_the_motion_and_to_nothing_else():
    images, boxes = torch.zeros(6, 4, 16, 16), torch.rand(6, 9, 4)
    moved, _ = augmented(images, boxes, (2, 3), AugmentConfig(flip=False, drift=0.3), generator())
    assert torch.equal(moved[:, :2], images[:, :2])
    field = moved[:, 2:]
    assert field.abs().max() > 0.1
    assert field.diff(n=2, dim=-1).abs().max() < 1e-5
    assert field.diff(n=2, dim=-2).abs().max() < 1e-5
    assert images.abs().max() == 0  # the input itself is left alone


def test_augmentation_depends_on_its_generator_only():
    images, boxes = torch.rand(5, 2, 8, 8), torch.rand(5, 9, 4)
    config = AugmentConfig(flip=True, drift=0.2, box_jitter=0.01, scale=1.3, noise=0.1)
    first = augmented(images, boxes, (0, 1), config, generator(3))
    again = augmented(images, boxes, (0, 1), config, generator(3))
    other = augmented(images, boxes, (0, 1), config, generator(4))
    assert torch.equal(first[0], again[0])
    assert not torch.equal(first[0], other[0])


def test_mixed_targets_are_those_of_the_mixed_images():
    torch.manual_seed(0)
    targets = torch.eye(3)[torch.tensor([0, 1, 2, 0])]
    images = targets[:, :, None, None].expand(-1, -1, 2, 2)
    mixed, soft = mix_samples(images, targets, *draw_mix(4, 0.4))
    assert torch.allclose(mixed[:, :, 0, 0], soft)
    assert torch.allclose(soft.sum(1), torch.ones(4))
    share, other = draw_mix(1000, 0.4)
    assert 0 <= share.min() < 0.1 and 0.9 < share.max() <= 1 and sorted(other.tolist()) == list(range(1000))


def test_all_pairs_of_a_sequence_are_augmented_alike_and_a_dynamic_image_only_mirrored():
    """Three equal pairs stay equal, each with its x component negated where it is mirrored."""
    torch.manual_seed(0)
    pair, boxes = torch.randn(8, 2, 8, 8), torch.rand(8, 9, 4)
    config = AugmentConfig(flip=True, drift=0.2, scale=1.5)
    made, _ = augmented(pair.repeat(1, 3, 1, 1), boxes, tuple(range(6)), config, generator())
    single, _ = augmented(pair, boxes, (0, 1), config, generator())
    for k in range(3):
        assert torch.allclose(made[:, 2 * k : 2 * k + 2], single, atol=1e-6)
    image, _ = augmented(pair[:, :1], boxes, (0,), config, generator())
    for before, after in zip(pair[:, :1], image, strict=True):
        assert torch.equal(after, before) or torch.equal(after, before.flip(-1))


def test_places_along_a_dimension_are_made_once_not_in_every_step():
    """Indexed by a list, a GPU waits for a copy of it in every step."""

    class Places(TorchDispatchMode):
        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            if func.overloadpacket in (torch.ops.aten.index, torch.ops.aten.index_put_):
                found.extend(place for place in args[1] if place is not None)
            elif func.overloadpacket is torch.ops.aten.index_fill_:
                found.append(args[2])
            return func(*args, **(kwargs or {}))

    images, boxes = torch.rand(5, 4, 8, 8), torch.rand(5, 9, 4)
    steps = []
    for seed in range(2):
        found = []
        with Places():
            augmented(images, boxes, (1, 2), AugmentConfig(noise=0.1), generator(seed))
        steps.append(found)
    assert len(steps[0]) == 4
    assert all(first is second for first, second in zip(*steps, strict=True))

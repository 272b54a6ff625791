import pytest
import torch

from mer.core.errors import InputError
from mer.models.crops import crop_regions
from mer.models.patches import PatchConfig, PatchEmbedding


def test_the_whole_image_as_a_box_is_the_image():
    images = torch.randn(2, 3, 9, 9)
    boxes = torch.tensor([0.0, 0, 1, 1]).expand(2, 1, 4)
    assert torch.allclose(crop_regions(images, boxes, 9)[:, 0], images, atol=1e-5)


def test_a_box_on_pixel_centres_is_the_slice():
    images = torch.randn(1, 2, 11, 11)
    boxes = torch.tensor([[[0.2, 0.3, 0.6, 0.7], [0.0, 0.0, 0.4, 0.4]]])
    crops = crop_regions(images, boxes, 5)
    assert crops.shape == (1, 2, 2, 5, 5)
    assert torch.allclose(crops[:, 0], images[:, :, 3:8, 2:7], atol=1e-5)
    assert torch.allclose(crops[:, 1], images[:, :, 0:5, 0:5], atol=1e-5)


def test_a_linear_ramp_is_resized_without_changing_its_values():
    """A crop of a displacement keeps its units: the ramp runs between the values at the box's borders."""
    ramp = torch.linspace(0, 1, 101).expand(1, 1, 101, 101)
    crop = crop_regions(ramp, torch.tensor([[[0.25, 0.1, 0.75, 0.2]]]), 18)
    assert torch.allclose(crop[0, 0, 0, 0], torch.linspace(0.25, 0.75, 18), atol=1e-4)


def test_places_stay_exact_where_images_are_of_low_precision():
    """In bfloat16 a place near the right border would be rounded by a third of a per cent of the width."""
    ramp = torch.linspace(0, 1, 33).expand(1, 1, 33, 33)
    box = torch.tensor([[[0.87, 0.1, 0.93, 0.2]]])
    low = crop_regions(ramp.bfloat16(), box, 3)
    assert low.dtype == torch.float32
    assert torch.allclose(low, crop_regions(ramp.bfloat16().float(), box, 3), atol=1e-6)


def test_patches_are_row_by_row_squares():
    embedding = PatchEmbedding(PatchConfig(image=4, patch=2), kinds=1, channels=1, width=4)
    with torch.no_grad():
        embedding.embed.weight.copy_(torch.eye(4)[None])
        embedding.embed.bias.zero_()
        embedding.position.zero_()
    tokens = embedding(torch.arange(16.0).view(1, 1, 1, 4, 4))
    assert tokens[0, 0].tolist() == [[0, 1, 4, 5], [2, 3, 6, 7], [8, 9, 12, 13], [10, 11, 14, 15]]


def test_paper_sizes_give_25_tokens():
    assert PatchConfig().tokens == 25


def test_a_patch_that_does_not_fit_is_refused():
    with pytest.raises(InputError, match="patch is 7, expected a divisor of image, which is 90"):
        PatchConfig(image=90, patch=7)

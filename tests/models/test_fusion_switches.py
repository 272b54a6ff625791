"""The switches of the Transformer Fusion: order, regions, parts, time."""

from dataclasses import replace

import pytest
import torch

from mer.face.regions import canonical_boxes, grid_boxes
from mer.models.configs import small
from mer.models.fusion import TransformerFusion
from mer.models.fusion_layer import FusionAfterLayer, MeanLayer

SMALL = small().fusion


def model(times=1, **switches):
    torch.manual_seed(0)
    return TransformerFusion(replace(SMALL, **switches), 2, 3, times=times).eval()


def batch(n=2, times=1):
    torch.manual_seed(1)
    return torch.randn(n, 2 * times, 64, 64), torch.from_numpy(canonical_boxes()).expand(n, -1, -1)


def test_fusion_after_attention_is_ordinary_attention_then_one_linear_map():
    """The same weights in PyTorch's own attention give the same n vectors, which the map then takes side by side."""
    torch.manual_seed(0)
    layer, tokens = FusionAfterLayer(1, 5, 8, 2), torch.randn(3, 1, 5, 8)
    theirs = torch.nn.MultiheadAttention(8, 2, batch_first=True)
    with torch.no_grad():
        theirs.in_proj_weight.copy_(layer.query_key_value.weight[0].T)
        theirs.in_proj_bias.copy_(layer.query_key_value.bias[0, 0])
        theirs.out_proj.weight.copy_(torch.eye(8))
        theirs.out_proj.bias.zero_()
    mixed, attention = theirs(tokens[:, 0], tokens[:, 0], tokens[:, 0], average_attn_weights=False)
    fused, weights = layer(tokens)
    expected = mixed.reshape(3, 40) @ layer.fuse.weight[0] + layer.fuse.bias[0]
    assert torch.allclose(fused[:, 0], expected, atol=1e-5)
    assert torch.allclose(weights[:, 0], attention.mean(2), atol=1e-6)


def test_each_group_has_its_own_map_after_attention():
    torch.manual_seed(0)
    layer, tokens = FusionAfterLayer(2, 3, 4, 1), torch.randn(1, 1, 3, 4).expand(1, 2, 3, 4)
    fused, _ = layer(tokens)
    assert not torch.allclose(fused[0, 0], fused[0, 1])


def test_a_part_that_is_left_out_is_a_mean():
    tokens = torch.tensor([[[[1.0, 2.0], [3.0, 6.0]]]])
    fused, weights = MeanLayer(1, 2, 2, 2)(tokens)
    assert fused.tolist() == [[[2.0, 4.0]]]
    assert weights.tolist() == [[[[0.5, 0.5], [0.5, 0.5]]]]


@pytest.mark.parametrize(("switch", "name"), [("local_fusion", "weights_local"), ("global_fusion", "weights_global")])
def test_without_a_fusion_its_weights_are_uniform_and_its_attention_is_gone(switch, name):
    images, boxes = batch()
    whole, without = model(depth=1), model(depth=1, **{switch: False})
    weights = getattr(without(images, boxes), name)
    assert torch.allclose(weights, torch.full_like(weights, 1 / weights.shape[-1]))
    assert not torch.allclose(getattr(whole(images, boxes), name), weights)
    count = [sum(p.numel() for p in one.parameters()) for one in (whole, without)]
    assert count[1] < count[0]


def test_without_the_full_face_only_the_regions_count():
    """A change in a corner that no box covers changes nothing."""
    images, boxes = batch()
    changed = images.clone()
    changed[..., 60:, :4] += 5
    boxes = boxes * 0.5 + 0.1  # well inside
    with_face, without = model(), model(full_face=False)
    out = without(images, boxes)
    assert out.weights_full is None and out.embedding.shape == (2, SMALL.width)
    assert torch.allclose(out.logits, without(changed, boxes).logits, atol=1e-6)
    assert not torch.allclose(with_face(images, boxes).logits, with_face(changed, boxes).logits, atol=1e-4)


def test_the_grid_takes_the_place_of_the_boxes():
    images, boxes = batch()
    grid = model(regions="grid")
    assert torch.equal(grid(images, boxes).logits, grid(images, boxes * 0.5).logits)
    whole = model()
    thirds = torch.from_numpy(grid_boxes()).expand(2, -1, -1)
    assert torch.allclose(grid(images, boxes).logits, whole(images, thirds).logits, atol=1e-6)


def test_a_sequence_is_its_pairs_fused_over_time():
    """One pair repeated: time weighs the copies alike but for position, and the pairs weigh as one pair does."""
    images, boxes = batch(n=2)
    single, several = model(), model(times=3)
    several.load_state_dict(single.state_dict(), strict=False)
    torch.nn.init.zeros_(several.time_position)
    out, alone = several(images.repeat(1, 3, 1, 1), boxes), single(images, boxes)
    assert out.logits.shape == (2, 3) and out.weights_time.shape == (2, SMALL.heads, 3)
    assert torch.allclose(out.weights_time.sum(-1), torch.ones(2, SMALL.heads), atol=1e-6)
    assert torch.allclose(out.weights_time, torch.full_like(out.weights_time, 1 / 3), atol=1e-6)
    for name in ("weights_local", "weights_global", "weights_full"):
        assert torch.allclose(getattr(out, name), getattr(alone, name), atol=1e-5)
    assert alone.weights_time is None


def test_the_order_of_the_pairs_counts_and_clips_of_a_batch_do_not_mix():
    images, boxes = batch(n=2, times=3)
    several = model(times=3)
    out = several(images, boxes)
    turned = images.view(2, 3, 2, 64, 64).flip(1).reshape_as(images)
    assert not torch.allclose(several(turned, boxes).logits, out.logits, atol=1e-6)
    assert torch.allclose(several(images[1:], boxes[1:]).logits, out.logits[1:], atol=1e-5)

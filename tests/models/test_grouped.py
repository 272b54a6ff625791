import torch
from torch import nn

from mer.models.attention import AttentionBlock
from mer.models.grouped import GroupedLayerNorm, GroupedLinear, split_heads


def test_each_group_is_its_own_linear_map():
    torch.manual_seed(0)
    grouped = GroupedLinear(3, 5, 7)
    x = torch.randn(2, 3, 4, 5)
    y = grouped(x)
    assert y.shape == (2, 3, 4, 7)
    for g in range(3):
        assert torch.allclose(y[:, g], x[:, g] @ grouped.weight[g] + grouped.bias[g], atol=1e-6)


def test_one_group_serves_all_groups_of_the_input():
    grouped = GroupedLinear(1, 5, 7)
    x = torch.randn(2, 3, 4, 5)
    assert torch.allclose(grouped(x), x @ grouped.weight[0] + grouped.bias[0], atol=1e-6)


def test_layer_norm_starts_as_the_plain_one():
    x = torch.randn(2, 3, 4, 6)
    assert torch.allclose(GroupedLayerNorm(3, 6)(x), nn.LayerNorm(6)(x), atol=1e-6)


def test_split_heads_keeps_each_heads_channels_together():
    x = torch.arange(24.0).view(1, 1, 2, 12)
    heads = split_heads(x, 3)
    assert heads.shape == (1, 1, 3, 2, 4)
    assert heads[0, 0, 1, 0].tolist() == [4, 5, 6, 7]


def test_attention_block_equals_torchs_encoder_layer():
    torch.manual_seed(0)
    ours = AttentionBlock(1, 32, 4, 2.0, 0.0).eval()
    theirs = nn.TransformerEncoderLayer(32, 4, 64, 0.0, "gelu", batch_first=True, norm_first=True).eval()
    with torch.no_grad():
        theirs.self_attn.in_proj_weight.copy_(ours.query_key_value.weight[0].T)
        theirs.self_attn.in_proj_bias.copy_(ours.query_key_value.bias[0, 0])
        theirs.self_attn.out_proj.weight.copy_(ours.project.weight[0].T)
        theirs.self_attn.out_proj.bias.copy_(ours.project.bias[0, 0])
        for mine, layer in ((ours.feed_forward.inner, theirs.linear1), (ours.feed_forward.outer, theirs.linear2)):
            layer.weight.copy_(mine.weight[0].T)
            layer.bias.copy_(mine.bias[0, 0])
    x = torch.randn(3, 10, 32)
    assert torch.allclose(ours(x.unsqueeze(1)).squeeze(1), theirs(x), atol=1e-5)

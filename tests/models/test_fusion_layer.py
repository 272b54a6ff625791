import pytest
import torch

from mer.models.fusion_layer import FusionLayer


@pytest.fixture
def layer():
    torch.manual_seed(0)
    return FusionLayer(groups=1, tokens=25, width=64, heads=8).eval()


def identity_norm(layer):
    layer.norm = torch.nn.BatchNorm1d(layer.norm.num_features, eps=0.0).eval()
    return layer


def test_one_vector_and_weights_that_sum_to_one(layer):
    fused, weights = layer(torch.randn(3, 1, 25, 64))
    assert fused.shape == (3, 1, 64)
    assert weights.shape == (3, 1, 8, 25)
    assert torch.allclose(weights.sum(-1), torch.ones(3, 1, 8), atol=1e-6)
    assert (weights > 0).all()


def test_equal_query_weights_give_pooling_by_the_mean_query(layer):
    """With Lin = 1/n and identity normalisation, equations 5 to 7 are attention of the mean query."""
    identity_norm(layer)
    x = torch.randn(2, 1, 25, 64)
    weight, bias = layer.query_key_value.weight[0], layer.query_key_value.bias[0, 0]
    query, key, value = (x[:, 0] @ weight + bias).split(64, dim=-1)
    expected = []
    for k in range(8):
        part = slice(8 * k, 8 * k + 8)
        logits = torch.einsum("bc,bnc->bn", query[..., part].mean(1), key[..., part])
        expected.append(torch.einsum("bn,bnc->bc", logits.softmax(-1), value[..., part]))
    assert torch.allclose(layer(x)[0][:, 0], torch.cat(expected, dim=-1), atol=1e-5)


def test_permuting_tokens_and_query_weights_permutes_the_weights(layer):
    identity_norm(layer)
    with torch.no_grad():
        layer.fuse_queries.copy_(torch.randn(1, 25))
    x, order = torch.randn(2, 1, 25, 64), torch.randperm(25)
    fused, weights = layer(x)
    with torch.no_grad():
        layer.fuse_queries.copy_(layer.fuse_queries[:, order])
    fused_again, weights_again = layer(x[:, :, order])
    assert torch.allclose(fused, fused_again, atol=1e-5)
    assert torch.allclose(weights[..., order], weights_again, atol=1e-5)


def test_batch_normalisation_sets_the_spread_of_the_logits_in_training(layer):
    """Ten thousand times larger inputs leave the weights as they are: BN stands before the softmax."""
    layer.train()
    x = torch.randn(16, 1, 25, 64)
    with torch.no_grad():
        layer.query_key_value.bias.zero_()
    assert torch.allclose(layer(x)[1], layer(100 * x)[1], atol=1e-3)


def test_groups_with_equal_weights_equal_one_shared_layer():
    torch.manual_seed(0)
    shared, grouped = FusionLayer(1, 9, 32, 4).eval(), FusionLayer(3, 9, 32, 4).eval()
    with torch.no_grad():
        grouped.query_key_value.weight.copy_(shared.query_key_value.weight.expand(3, -1, -1))
        grouped.query_key_value.bias.copy_(shared.query_key_value.bias.expand(3, -1, -1))
        grouped.fuse_queries.copy_(shared.fuse_queries.expand(3, -1))
    x = torch.randn(5, 3, 9, 32)
    for one, other in zip(shared(x), grouped(x), strict=True):
        assert torch.allclose(one, other, atol=1e-5)


def test_width_that_heads_do_not_divide_is_refused():
    with pytest.raises(ValueError, match="width 30 is not a multiple of heads 8"):
        FusionLayer(1, 9, 30, 8)

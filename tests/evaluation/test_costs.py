"""Operations counted by hand: n tokens of width C, G groups, without the cheap element-wise work."""

import pytest
import torch

from mer.core.configs import with_changes
from mer.core.errors import InputError
from mer.evaluation.costs import model_costs, multiply_adds, parameters
from mer.models.attention import AttentionBlock
from mer.models.configs import model_config
from mer.models.fusion_layer import FusionAfterLayer, FusionLayer

GROUPS, TOKENS, WIDTH, HEADS = 3, 10, 16, 4


def count(layer):
    return multiply_adds(lambda: layer(torch.randn(1, GROUPS, TOKENS, WIDTH)))


def test_fusion_before_attention_is_cheaper_and_both_are_what_the_equations_say():
    """Query, key and value cost 3 n C C; then n C thrice before, against 2 n n C and a map of n C C after."""
    torch.manual_seed(0)
    before, after = (kind(GROUPS, TOKENS, WIDTH, HEADS).eval() for kind in (FusionLayer, FusionAfterLayer))
    shared = 3 * TOKENS * WIDTH**2
    assert count(before) == GROUPS * (shared + 3 * TOKENS * WIDTH)
    assert count(after) == GROUPS * (shared + 2 * TOKENS**2 * WIDTH + TOKENS * WIDTH**2)
    linear = WIDTH * 3 * WIDTH + 3 * WIDTH
    assert parameters(before) == GROUPS * (linear + TOKENS) + 2 * GROUPS * TOKENS  # and batch normalisation's two
    assert parameters(after) == GROUPS * (linear + TOKENS * WIDTH * WIDTH + WIDTH)


def test_attention_is_counted_whatever_kernel_computes_it():
    block = AttentionBlock(1, WIDTH, HEADS, 2.0, 0.0).eval()
    linear = (3 + 1 + 2 * 2) * TOKENS * WIDTH**2
    assert multiply_adds(lambda: block(torch.randn(1, 1, TOKENS, WIDTH))) == linear + 2 * TOKENS**2 * WIDTH


def test_the_parts_add_up_to_the_model():
    config = model_config("small")
    table = model_costs(config, 64).set_index("part")
    parts = ["displacement", "regions and tokens", "all fusions"]
    head = 2 * 48 * 3
    assert table.loc["whole model", "multiply_adds"] == table.loc[parts, "multiply_adds"].sum() + head
    rest = 2 * 2 * 48 + head + 3 + 9 * 48  # normalisation, classifier, positions of the regions
    assert table.loc["whole model", "parameters"] == table.loc[parts, "parameters"].sum() + rest
    fusions = ["local fusions", "global fusion", "full-face fusion"]
    assert table.loc["all fusions", "multiply_adds"] == table.loc[fusions, "multiply_adds"].sum()


def test_a_model_without_dgm_is_refused():
    with pytest.raises(InputError, match="'flow'"):
        model_costs(with_changes(model_config("small"), {"motion.source": "flow"}), 64)

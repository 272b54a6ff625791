from dataclasses import replace

import pytest
import torch

from mer.core.errors import InputError
from mer.face.regions import canonical_boxes
from mer.models.configs import model_config, paper, size_note, small
from mer.models.frl_dgt import FRLDGT


def batch(n=3, size=128):
    torch.manual_seed(0)
    onset, apex = torch.rand(2, n, 1, size, size)
    return onset, apex, torch.from_numpy(canonical_boxes()).expand(n, -1, -1)


def test_paper_configuration_has_the_papers_sizes():
    config = paper()
    assert (config.fusion.width, config.fusion.heads) == (256, 8)
    assert (config.fusion.region.image, config.fusion.region.patch, config.fusion.region.tokens) == (90, 18, 25)
    assert (config.dgm.alpha, config.gradient_scale) == (0.2, 1e-6)
    assert config.fusion.image == 0 and config.appearance and config.dgm.batch_norm


@pytest.mark.parametrize(("config", "size"), [(small(), 128), (paper(), 180)])
def test_outputs_have_their_shapes_and_weights_sum_to_one(config, size):
    model = FRLDGT(config).eval()
    out = model(*batch(2, size))
    width, heads = config.fusion.width, config.fusion.heads
    assert out.logits.shape == (2, 3)
    assert out.embedding.shape == (2, 2 * width)
    assert out.weights_local.shape == (2, 9, heads, config.fusion.region.tokens)
    assert out.weights_global.shape == (2, heads, 9)
    assert out.weights_full.shape == (2, heads, config.fusion.face.tokens)
    for weights in (out.weights_local, out.weights_global, out.weights_full):
        assert torch.allclose(weights.sum(-1), torch.ones(weights.shape[:-1]), atol=1e-5)
    assert torch.equal(out.displacement, config.dgm.alpha * out.raw)


def test_classification_gradient_in_the_dgm_is_scaled():
    """The same loss with scale 1 and 1e-6: the DGM's gradients differ by 1e-6, the fusion's not at all."""
    gradients = {}
    for scale in (1.0, 1e-6):
        torch.manual_seed(1)
        config = replace(small(), gradient_scale=scale, dgm=replace(small().dgm, zero_start=False))
        model = FRLDGT(config).eval()
        model(*batch()).logits.square().sum().backward()
        gradients[scale] = (model.dgm.last.weight.grad.double(), model.fusion.head[-1].weight.grad)
    assert gradients[1.0][0].abs().max() > 0
    assert torch.allclose(gradients[1e-6][0], 1e-6 * gradients[1.0][0], rtol=1e-3, atol=0)
    assert torch.equal(gradients[1e-6][1], gradients[1.0][1])


def test_without_appearance_the_classifier_sees_the_displacement_only():
    """An untrained network generates no motion, so two pairs of different faces look the same to the classifier."""
    onset, apex, boxes = batch(2)
    still = model_config("small", reading="contrast")
    model = FRLDGT(replace(still, appearance=False)).eval()
    logits = model(onset, apex, boxes).logits
    assert torch.allclose(logits[0], logits[1], atol=1e-6)
    assert not torch.allclose(*FRLDGT(replace(still, appearance=True)).eval()(onset, apex, boxes).logits, atol=1e-6)


def test_a_sample_does_not_depend_on_the_rest_of_its_batch_at_test():
    onset, apex, boxes = batch(4)
    model = FRLDGT(small()).eval()
    together = model(onset, apex, boxes).logits
    assert torch.allclose(together[1:2], model(onset[1:2], apex[1:2], boxes[1:2]).logits, atol=1e-5)


def test_an_unknown_configuration_names_the_nearest():
    with pytest.raises(InputError, match="Did you mean 'paper'"):
        model_config("papper")


def test_the_paper_configuration_on_faces_of_another_size_is_something_to_beware_of():
    note = size_note("paper", 128)
    assert (
        "Configuration 'paper'" in note and "180 x 180 pixels; these are 128 x 128" in note and "use size 180" in note
    )
    assert size_note("paper", 180) == size_note("small", 128) == ""
    assert "these are 224 x 224" in size_note("paper", 224)


def test_a_sequence_is_read_as_its_onset_with_every_other_frame():
    model = FRLDGT(replace(small(), sequence=3))
    first, second = model.as_pairs(
        torch.tensor([0.0, 3.0]).view(2, 1, 1, 1), torch.tensor([[1.0, 2], [4, 5]])[..., None, None, None]
    )
    assert first.shape == second.shape == (4, 1, 1, 1)
    assert first.flatten().tolist() == [0, 0, 3, 3] and second.flatten().tolist() == [1, 2, 4, 5]

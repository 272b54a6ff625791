"""The parts of the Transformer Fusion on motion maps: a stem, patches with maps of their own, a direct linear path."""

import pytest
import torch

from mer.core.errors import InputError
from mer.face.regions import canonical_boxes
from mer.models.fusion import FusionConfig, TransformerFusion
from mer.models.map_fusion import MapFusion, MapParts, OwnPatchEmbedding, map_model
from mer.models.patches import PatchConfig, PatchEmbedding, cut_patches

CONFIG = FusionConfig(
    region=PatchConfig(image=12, patch=6),
    face=PatchConfig(image=28, patch=7),
    width=16,
    heads=2,
    depth=0,
    dropout=0.5,
)
SHAPE = (3, 28, 28)
ALL_PARTS = (MapParts(stem=4), MapParts(own_patches=True), MapParts(direct=True), MapParts(4, True, True))


def model(parts, seed=0):
    torch.manual_seed(seed)
    return map_model(CONFIG, parts, SHAPE, 3)


def plain(seed=0):
    torch.manual_seed(seed)
    return TransformerFusion(CONFIG, 3, 3)


def batch(n=4):
    images = torch.randn((n, *SHAPE), generator=torch.Generator().manual_seed(1))
    return images, torch.from_numpy(canonical_boxes()).expand(n, -1, -1)


def test_without_parts_it_is_the_transformer_fusion():
    own, other = model(MapParts()), plain()
    assert type(own) is TransformerFusion
    values, others = own.state_dict(), other.state_dict()
    assert list(values) == list(others)
    assert all(torch.equal(values[name], others[name]) for name in values)
    assert {"embed_region.embed.weight", "embed_region.position", "embed_face.embed.bias"} <= set(values)
    assert values["embed_region.embed.weight"].shape == (9, 3 * 6 * 6, 16)
    assert values["embed_face.embed.weight"].shape == (1, 3 * 7 * 7, 16)
    for training in (False, True):
        torch.manual_seed(5)  # of the dropout
        first = own.train(training)(*batch()).logits
        torch.manual_seed(5)
        assert torch.equal(first, other.train(training)(*batch()).logits)


@pytest.mark.parametrize("parts", ALL_PARTS, ids=str)
def test_with_parts_it_tells_what_the_transformer_fusion_tells(parts):
    own = model(parts).eval()
    assert isinstance(own, MapFusion) and own.classes == 3
    out, expected = own(*batch()), plain().eval()(*batch())
    for name in ("logits", "embedding", "weights_local", "weights_global", "weights_full"):
        assert getattr(out, name).shape == getattr(expected, name).shape, name
    assert torch.allclose(out.weights_full.sum(-1), torch.ones(()), atol=1e-5)
    out.logits.square().sum().backward()
    without = [name for name, value in own.named_parameters() if value.grad is None or not value.grad.any()]
    assert [name for name in without if name.startswith(("stem", "direct", "fusion.embed"))] == []


def test_every_patch_of_every_kind_has_a_map_of_its_own():
    """Two kinds of images of 2 x 2 in patches of one pixel: eight maps y = w x + b, and a position for each."""
    embed = OwnPatchEmbedding(PatchConfig(image=2, patch=1), kinds=2, channels=1, width=1)
    with torch.no_grad():
        embed.embed.weight.copy_(torch.tensor([1.0, 2, 3, 4, 5, 6, 7, 8]).view(8, 1, 1))
        embed.embed.bias.copy_(torch.tensor([10.0, 20, 30, 40, 50, 60, 70, 80]).view(8, 1, 1))
        embed.position.copy_(torch.tensor([100.0, 200, 300, 400, 500, 600, 700, 800]).view(2, 4, 1))
    images = torch.tensor([[[1.0, 1], [1, 1]], [[1, 2], [3, 4]]]).view(1, 2, 1, 2, 2)
    tokens = embed(torch.cat([images, 0 * images]))
    assert tokens.shape == (2, 2, 4, 1)
    assert tokens[0, :, :, 0].tolist() == [[111, 222, 333, 444], [555, 672, 791, 912]]
    assert tokens[1, :, :, 0].tolist() == [[110, 220, 330, 440], [550, 660, 770, 880]]


def test_a_map_of_a_patch_sees_all_channels_and_gives_all_values_of_the_token():
    torch.manual_seed(0)
    config = PatchConfig(image=6, patch=3)
    embed, images = OwnPatchEmbedding(config, kinds=2, channels=2, width=5), torch.randn(3, 2, 2, 6, 6)
    tokens, patches = embed(images), cut_patches(images, 3)
    for kind, patch in ((0, 0), (0, 3), (1, 0), (1, 2)):
        weight, bias = embed.embed.weight[4 * kind + patch], embed.embed.bias[4 * kind + patch, 0]
        expected = patches[:, kind, patch] @ weight + bias + embed.position[kind, patch]
        assert torch.allclose(tokens[:, kind, patch], expected, atol=1e-6)


def test_only_own_patches_tell_one_place_from_another():
    """Without positions, patches that change places give the same tokens in other places; unless each has its map."""
    torch.manual_seed(0)
    config, order = PatchConfig(image=4, patch=2), torch.tensor([2, 0, 3, 1])
    tiles = torch.randn(4, 2, 2)

    def image(tiles):
        return torch.cat([torch.cat([*tiles[:2]], 1), torch.cat([*tiles[2:]], 1)], 0).view(1, 1, 1, 4, 4)

    shared, own = (kind(config, 1, 1, 3) for kind in (PatchEmbedding, OwnPatchEmbedding))
    for embed in (shared, own):
        torch.nn.init.zeros_(embed.position)
    assert torch.allclose(shared(image(tiles[order])), shared(image(tiles))[:, :, order], atol=1e-6)
    assert not torch.allclose(own(image(tiles[order])), own(image(tiles))[:, :, order], atol=1e-2)
    with torch.no_grad():
        own.embed.weight.copy_(shared.embed.weight.expand(4, -1, -1))
        own.embed.bias.copy_(shared.embed.bias.expand(4, -1, -1))
    assert torch.allclose(own(image(tiles)), shared(image(tiles)), atol=1e-6), "of equal maps it is the shared one"


def test_the_direct_path_starts_at_zero():
    own, images = model(MapParts(direct=True)).eval(), batch()
    assert torch.equal(own(*images).logits, own.fusion(*images).logits)
    assert torch.equal(own(*images).logits, plain().eval()(*images).logits), "the fusion has its own start"


def test_the_direct_path_by_hand():
    """Maps of 3 x 1 x 2 with the values 3 and 4 are of length 5: scaled to 8 they are 4.8 and 6.4."""
    own = map_model(CONFIG, MapParts(direct=True), (3, 1, 2), 2)
    assert own.direct.linear.weight.shape == (2, 6)
    with torch.no_grad():
        own.direct.linear.weight.copy_(torch.tensor([[1.0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 10]]))
        own.direct.linear.bias.copy_(torch.tensor([0.5, 0.0]))
    maps = torch.tensor([3.0, 0, 0, 0, 0, 4]).view(1, 3, 1, 2)
    told = own.eval().direct(torch.cat([maps, 0 * maps]))
    assert torch.allclose(told, torch.tensor([[5.3, 64.0], [0.5, 0.0]])), "a map of zeros has no direction"


def test_the_direct_path_sees_no_scale_and_gradients_reach_it():
    own, (images, boxes) = model(MapParts(direct=True)), batch()
    torch.nn.init.normal_(own.direct.linear.weight)
    own.eval()
    added = [own(k * images, boxes).logits - own.fusion(k * images, boxes).logits for k in (1, 0.01, 50)]
    assert added[0].abs().min() > 0.01
    assert all(torch.allclose(one, added[0], atol=1e-3) for one in added)
    assert not torch.allclose(own.direct(images), own.direct(-images), atol=1)
    start = model(MapParts(direct=True))
    start(images, boxes).logits[:, 0].sum().backward()
    gradient = start.direct.linear.weight.grad
    assert gradient[0].any() and not gradient[1:].any()
    assert start.fusion.embed_face.embed.weight.grad.any()


def test_the_direct_path_drops_values_in_training_alone():
    own, (images, _) = model(MapParts(direct=True)), batch()
    torch.nn.init.normal_(own.direct.linear.weight)
    assert not torch.equal(own.train().direct(images), own.direct(images))
    assert torch.equal(own.eval().direct(images), own.direct(images))


def face_tokens(own, images, boxes):
    found = []
    fusion = own.fusion if isinstance(own, MapFusion) else own
    with torch.no_grad(), fusion.embed_face.register_forward_hook(lambda *given: found.append(given[-1])):
        own.eval()(images, boxes)
    return found[0]


@pytest.mark.parametrize(("parts", "reach"), [(MapParts(stem=4), 2), (MapParts(), 0)], ids=["stem", "none"])
def test_with_a_stem_a_patch_sees_its_neighbours(parts, reach):
    """Face patches are 7 x 7: the first ends at column 6; two 3 x 3 convolutions look two pixels further."""
    own, (images, boxes) = model(parts), batch(1)
    before = face_tokens(own, images, boxes)
    for column in (6, 7, 8, 9):
        changed = images.clone()
        changed[0, 1, 3, column] += 1
        after = face_tokens(own, changed, boxes)
        assert (not torch.equal(after[0, 0, 0], before[0, 0, 0])) == (column <= 6 + reach), column


def test_the_stem_keeps_the_size_and_gives_its_channels():
    own = model(MapParts(stem=4))
    assert own.stem(batch()[0]).shape == (4, 4, 28, 28)
    assert own.fusion.embed_region.embed.weight.shape == (9, 4 * 6 * 6, 16)
    assert own.fusion.embed_face.embed.weight.shape == (1, 4 * 7 * 7, 16)


def test_a_stem_of_fewer_than_no_channels_is_refused():
    with pytest.raises(InputError, match="stem of MapParts is -1"):
        MapParts(stem=-1)

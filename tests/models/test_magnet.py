import pytest
import torch
from torch import Tensor

from mer.core.errors import InputError
from mer.models.magnet import POSTECH, ZHENGPENG7, MagNet, MagNetConfig
from mer.motion.magnify import MagnifyConfig, magnify

VERSIONS = {"authors": MagNetConfig(), "postech": POSTECH, "zhengpeng7": ZHENGPENG7}


def network(config: MagNetConfig | None = None) -> MagNet:
    torch.manual_seed(0)
    return MagNet(config).eval()


def pair(channels: int = 3, height: int = 16, width: int = 24, batch: int = 2) -> tuple[Tensor, Tensor]:
    onset, apex = torch.rand(2, batch, channels, height, width, generator=torch.Generator().manual_seed(1))
    return onset, apex


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        # encoder 7*7*3*16 + 9*16*32 + 6*9*32^2 + 2 branches of 5*9*32^2; manipulator 49*32^2 + 3*9*32^2;
        # decoder 9*32^2 + 18*9*64^2 + 9*64*32 + 49*32*3
        (MagNetConfig(), (2352 + 4608 + 55296 + 2 * 46080) + (50176 + 27648) + (9216 + 663552 + 18432 + 4704)),
        # g of 3 x 3 and no convolution of the texture: 3.5 MB in float32, as the public file
        (ZHENGPENG7, 928144 - 40 * 32**2 - 9 * 32**2),
        # a bias for each output and 9*64^2 more
        (POSTECH, 928144 + 36864 + (16 + 32 * 7) + 2 * 160 + 128 + (32 + 18 * 64 + 64 + 32 + 3)),
    ],
)
def test_number_of_weights_by_hand(config: MagNetConfig, expected: int) -> None:
    assert sum(parameter.numel() for parameter in MagNet(config).parameters()) == expected


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", [(16, 24), (17, 22), (8, 9), (31, 12)])
def test_any_size_comes_back(version: str, channels: int, size: tuple[int, int]) -> None:
    onset, apex = pair(channels, *size)
    with torch.no_grad():
        made = network(VERSIONS[version])(onset, apex, torch.tensor([1.0, 3.0]))
    assert made.shape == apex.shape
    assert made.isfinite().all()


def test_encodings_have_a_quarter_and_half_of_the_size() -> None:
    texture, shape = network().encoder(torch.rand(2, 3, 16, 24))
    assert texture.shape == (2, 32, 4, 6)
    assert shape.shape == (2, 32, 8, 12)


def test_the_network_sees_minus_one_to_one(monkeypatch: pytest.MonkeyPatch) -> None:
    net = network()
    seen: list[Tensor] = []

    def encode(image: Tensor) -> tuple[Tensor, Tensor]:
        seen.append(image)
        return torch.zeros(1, 32, 2, 2), torch.zeros(1, 32, 4, 4)

    monkeypatch.setattr(net.encoder, "forward", encode)
    monkeypatch.setattr(net.decoder, "forward", lambda texture, shape: torch.full((1, 3, 8, 8), 0.5))
    onset, apex = torch.zeros(1, 1, 8, 8), torch.full((1, 1, 8, 8), 0.75)
    made = net(onset, apex, torch.ones(1))
    assert [image.unique().tolist() for image in seen] == [[-1], [0.5]]
    assert made.unique().tolist() == [0.75]


def test_odd_sizes_are_extended_not_stretched() -> None:
    """A frame of 16 x 22 is seen as one of 16 x 24 whose last columns are mirrored."""
    onset, apex = pair(width=22)
    longer = [torch.nn.functional.pad(image, (0, 2, 0, 0), mode="reflect") for image in (onset, apex)]
    with torch.no_grad():
        made = network()(onset, apex, torch.ones(2))
        torch.testing.assert_close(made, network()(*longer, torch.ones(2))[..., :22], atol=1e-5, rtol=0)


def test_grey_is_the_mean_of_three_equal_channels() -> None:
    onset, apex = pair(channels=1)
    with torch.no_grad():
        grey = network()(onset, apex, torch.ones(2))
        colour = network()(onset.expand(-1, 3, -1, -1), apex.expand(-1, 3, -1, -1), torch.ones(2))
    torch.testing.assert_close(grey, colour.mean(dim=1, keepdim=True))


@pytest.mark.parametrize("version", VERSIONS)
def test_equal_frames_and_the_factor(version: str) -> None:
    """Without biases g(0) and h(0) are 0, so that the factor changes nothing; with biases it does."""
    _, apex = pair()
    net = network(VERSIONS[version])
    with torch.no_grad():
        one, five = (net(apex, apex, torch.full((2,), m)) for m in (1.0, 5.0))
    assert torch.equal(one, five) == (version != "postech")


def test_a_total_factor_of_one_adds_nothing_in_the_authors_version() -> None:
    """f = m - 1 = 0: what comes out is the apex frame taken apart and put together, whatever the onset frame is."""
    onset, apex = pair()
    with torch.no_grad():
        one = network()(onset, apex, torch.ones(2))
        assert torch.equal(one, network()(apex, apex, torch.ones(2)))
        assert not torch.allclose(one, network()(onset, apex, torch.full((2,), 2.0)), atol=1e-6)
        other = network(ZHENGPENG7)
        assert not torch.equal(other(onset, apex, torch.ones(2)), other(apex, apex, torch.ones(2)))


def test_the_factor_multiplies_the_change_of_shape() -> None:
    """With h the identity and a residual block of zeros: shape + f relu(g(difference))."""
    manipulator = network().manipulator
    torch.nn.init.dirac_(manipulator.h.weight)
    torch.nn.init.zeros_(manipulator.block.conv2.weight)
    onset, apex = torch.randn(2, 1, 32, 8, 8, generator=torch.Generator().manual_seed(2))
    change = torch.relu(manipulator.g(apex - onset))
    assert change.max() > 0.1
    torch.testing.assert_close(manipulator(onset, apex, torch.tensor(3.0)), apex + 3 * change)


def test_magnify_with_a_network() -> None:
    onset, apex = pair(channels=1)
    config = MagnifyConfig("magnet", weights="user.safetensors")
    with torch.no_grad():
        made = magnify(onset, apex, torch.tensor([1.0, 2.0]), config, network=network())
        alone = magnify(onset[1:], apex[1:], 2.0, config, network=network())
    assert made.shape == apex.shape
    assert made.min() >= 0
    assert made.max() <= 1
    torch.testing.assert_close(made[1:], alone, atol=1e-5, rtol=0)


def test_wrong_input_is_refused() -> None:
    with pytest.raises(InputError, match="7 x 24 pixels are too small"):
        network()(*pair(height=7), torch.ones(2))
    with pytest.raises(InputError, match="difference_kernel is 4"):
        MagNetConfig(difference_kernel=4)

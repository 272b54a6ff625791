import os
import pickle
import re
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from mer.core.errors import InputError, MissingPath
from mer.models.magnet import POSTECH, ZHENGPENG7, MagNet, MagNetConfig
from mer.training.magnet_weights import load_magnet

State = dict[str, Tensor]


def state(config: MagNetConfig | None = None) -> State:
    torch.manual_seed(0)
    return MagNet(config).state_dict()


def as_zhengpeng7(ours: State) -> State:
    """Names as in the public code, written the other way round, layer by layer."""
    table = {
        "encoder.conv1": "encoder.cba_1.conv2d",
        "encoder.conv2": "encoder.cba_2.conv2d",
        "encoder.texture_conv": "encoder.texture_cba.conv2d",
        "encoder.shape_conv": "encoder.motion_cba.conv2d",
        "manipulator.g": "manipulator.g.conv2d",
        "manipulator.h": "manipulator.h_conv.conv2d",
        "decoder.conv1": "decoder.cba_1.conv2d",
        "decoder.conv2": "decoder.cba_2.conv2d",
    }
    rows = [("encoder.blocks", "encoder.resblks", 3), ("encoder.texture_blocks", "encoder.texture_resblks", 2)]
    rows += [("encoder.shape_blocks", "encoder.motion_resblks", 2), ("decoder.blocks", "decoder.resblks", 9)]
    for c in (1, 2):
        table[f"manipulator.block.conv{c}"] = f"manipulator.h_resblk.cba_{c}.conv2d"
        for own, theirs, count in rows:
            table |= {f"{own}.{i}.conv{c}": f"{theirs}.{i}.cba_{c}.conv2d" for i in range(count)}
    return {f"{table[name.rpartition('.')[0]]}.weight": value for name, value in ours.items()}


def as_postech(ours: State) -> State:
    table = {
        "encoder.conv1": "encoder.res_encoder.conv1",
        "encoder.conv2": "encoder.res_encoder.conv2",
        "encoder.texture_conv": "encoder.conv_tex",
        "encoder.shape_conv": "encoder.conv_sha",
        "manipulator.g": "res_manipulator.conv1",
        "manipulator.h": "res_manipulator.conv2",
        "decoder.texture_conv": "decoder.conv_tex_aft_upsample",
        "decoder.upsample_conv": "decoder.res_decoder.conv_up_sample",
        "decoder.conv1": "decoder.res_decoder.conv1",
        "decoder.conv2": "decoder.res_decoder.conv2",
    }
    rows = [
        ("encoder.blocks", "encoder.res_encoder.residual", 3),
        ("decoder.blocks", "decoder.res_decoder.residual", 9),
    ]
    rows += [
        ("encoder.texture_blocks", "encoder.texture_resblk", 2),
        ("encoder.shape_blocks", "encoder.shape_resblk", 2),
    ]
    for c in (1, 2):
        table[f"manipulator.block.conv{c}"] = f"res_manipulator.residual.0.conv{c}"
        for own, theirs, count in rows:
            table |= {f"{own}.{i}.conv{c}": f"{theirs}.{i}.conv{c}" for i in range(count)}
    made = {}
    for name, value in ours.items():
        layer, _, kind = name.rpartition(".")
        made[f"{table[layer]}.{kind}"] = value
    return made


def assert_same(network: MagNet, expected: State) -> None:
    assert not network.training
    assert not any(parameter.requires_grad for parameter in network.parameters())
    for name, value in network.state_dict().items():
        assert torch.equal(value, expected[name]), name


def test_own_names(tmp_path: Path) -> None:
    save_file(state(), tmp_path / "w.safetensors")
    assert_same(load_magnet(tmp_path / "w.safetensors"), state())
    torch.save(state(POSTECH), tmp_path / "w.pth")
    assert_same(load_magnet(tmp_path / "w.pth", POSTECH), state(POSTECH))


@pytest.mark.parametrize(
    ("config", "theirs"), [(ZHENGPENG7, as_zhengpeng7), (POSTECH, as_postech)], ids=["zhengpeng7", "postech"]
)
def test_names_of_the_public_versions(tmp_path: Path, config: MagNetConfig, theirs: Any) -> None:
    renamed = theirs(state(config))
    torch.save(renamed, tmp_path / "bare.pth")
    network = load_magnet(tmp_path / "bare.pth")
    assert network.config == config
    assert_same(network, state(config))
    save_file(renamed, tmp_path / "w.safetensors")
    assert_same(load_magnet(tmp_path / "w.safetensors"), state(config))


@pytest.mark.parametrize("wrapper", ["state_dict", "model_state_dict", "model"])
def test_wrappers_and_parallel_training(tmp_path: Path, wrapper: str) -> None:
    """As training scripts write it: the optimiser and the epoch beside the weights, ``module.`` before each name."""
    weights = {f"module.{name}": value for name, value in as_postech(state(POSTECH)).items()}
    optimiser = torch.optim.Adam(MagNet(POSTECH).parameters()).state_dict()
    torch.save({"epoch": 50, wrapper: weights, "optimizer_state_dict": optimiser}, tmp_path / "epoch50.tar")
    assert_same(load_magnet(tmp_path / "epoch50.tar"), state(POSTECH))


class Evil:
    """Runs a command when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f"touch '{self.mark}'",)


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
@pytest.mark.parametrize("how", ["torch", "pickle", "old"])
def test_a_checkpoint_with_code_is_refused_and_not_run(tmp_path: Path, how: str) -> None:
    path, mark = tmp_path / "w.pth", tmp_path / "was-run"
    content = {"state_dict": state(), "more": Evil(mark)}
    if how == "pickle":
        path.write_bytes(pickle.dumps(content))
    else:
        torch.save(content, path, _use_new_zipfile_serialization=how == "torch")
    with pytest.raises(InputError, match="refused") as refused:
        load_magnet(path)
    assert "weights_only" not in str(refused.value), "torch's advice to run the file is not passed on"
    assert not mark.exists()
    pickle.loads(pickle.dumps(Evil(mark)))  # the trap does work
    assert mark.exists()


def test_a_whole_pickled_model_is_refused(tmp_path: Path) -> None:
    torch.save(MagNet(), tmp_path / "model.pt")
    with pytest.raises(InputError, match="refused"):
        load_magnet(tmp_path / "model.pt")


def test_what_does_not_fit_is_named_on_both_sides(tmp_path: Path) -> None:
    weights = state()
    weights["manipulator.g.weight"] = torch.zeros(32, 32, 3, 3)
    weights["decoder.extra.weight"] = weights.pop("decoder.conv2.weight")
    save_file(weights, tmp_path / "w.safetensors")
    with pytest.raises(InputError) as caught:
        load_magnet(tmp_path / "w.safetensors")
    for part in (
        "manipulator.g.weight is (32, 32, 3, 3) in the file and (32, 32, 7, 7) in the model",
        "decoder.conv2.weight is missing",
        "decoder.extra.weight is unknown",
    ):
        assert re.search(re.escape(part), str(caught.value))


def test_other_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingPath, match="do not exist"):
        load_magnet(tmp_path / "none.pth")
    (tmp_path / "text.pth").write_text("hello")
    with pytest.raises(InputError, match=r"text\.pth cannot be read"):
        load_magnet(tmp_path / "text.pth")
    (tmp_path / "text.safetensors").write_text("hello")
    with pytest.raises(InputError, match="no safetensors file"):
        load_magnet(tmp_path / "text.safetensors")
    torch.save([torch.zeros(1)], tmp_path / "list.pth")
    with pytest.raises(InputError, match="holds a list"):
        load_magnet(tmp_path / "list.pth")
    torch.save({"conv.weight": torch.zeros(1)}, tmp_path / "other.pth")
    with pytest.raises(InputError, match=r"found conv\.weight; expected one of encoder\.conv1\.weight"):
        load_magnet(tmp_path / "other.pth")
    torch.save(state() | {"epoch": 3}, tmp_path / "mixed.pth")
    with pytest.raises(InputError, match=r"epoch .* is no finite tensor"):
        load_magnet(tmp_path / "mixed.pth")
    torch.save(state() | {"encoder.conv1.weight": torch.full((16, 3, 7, 7), torch.nan)}, tmp_path / "nan.pth")
    with pytest.raises(InputError, match=r"encoder\.conv1\.weight .* is no finite"):
        load_magnet(tmp_path / "nan.pth")

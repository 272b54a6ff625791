import pickle

import pytest
import torch
from torch import nn

from mer.core.errors import InputError, MissingPath
from mer.training.checkpoints import fill, load_weights, save_weights


def test_weights_come_back_bit_for_bit(tmp_path):
    module = nn.Linear(3, 2)
    save_weights(tmp_path / "w.safetensors", module.state_dict(), {"held_out": ["casme2/01"]})
    state, about = load_weights(tmp_path / "w.safetensors")
    other = nn.Linear(3, 2)
    fill(other, state, "w")
    assert about == {"held_out": ["casme2/01"]}
    assert torch.equal(other.weight, module.weight)
    assert torch.equal(other.bias, module.bias)


class Harmful:
    def __reduce__(self):
        return (open, ("executed", "w"))


@pytest.mark.parametrize("content", [b"", b"\x00" * 7, pickle.dumps(Harmful())])
def test_a_pickle_or_a_damaged_file_is_refused_and_not_executed(tmp_path, monkeypatch, content):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "w.safetensors").write_bytes(content)
    with pytest.raises(InputError, match="not a weights file"):
        load_weights(tmp_path / "w.safetensors")
    assert not (tmp_path / "executed").exists()


def test_a_truncated_file_is_refused(tmp_path):
    path = tmp_path / "w.safetensors"
    save_weights(path, nn.Linear(3, 2).state_dict(), {})
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(InputError, match="not a weights file"):
        load_weights(path)


def test_a_missing_file_says_so(tmp_path):
    with pytest.raises(MissingPath, match="do not exist"):
        load_weights(tmp_path / "none.safetensors")


def test_weights_of_another_shape_name_both_sides():
    with pytest.raises(InputError, match=r"weight is \(2, 3\) in the file and \(4, 3\) in the model"):
        fill(nn.Linear(3, 4), nn.Linear(3, 2).state_dict(), "w.safetensors")

import json
import pickle
from dataclasses import dataclass, field

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save
from torch import nn

from mer.core.errors import InputError, MissingPath
from mer.core.sealed import Damaged, OtherFormat
from mer.training import checkpoints
from mer.training.checkpoints import fill, load_weights, read_about, save_weights, stored_config


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


@pytest.fixture
def whole(tmp_path):
    """A file of weights of every kind: two shapes, a whole number, a number alone, half precision, nothing at all."""
    state = {"a": torch.arange(6.0).reshape(2, 3), "b": torch.tensor(7), "c": torch.ones(3, dtype=torch.bfloat16)}
    save_weights(tmp_path / "w.safetensors", state | {"d": torch.zeros(0, 4)}, {"held_out": ["d/1"], "steps": 3})
    return tmp_path / "w.safetensors"


def test_every_byte_that_is_changed_changes_nothing_or_is_refused(whole):
    state, about = load_weights(whole)
    assert torch.equal(state["b"], torch.tensor(7)) and state["c"].dtype == torch.bfloat16
    content, refused, refused_about = whole.read_bytes(), 0, 0
    for place in range(len(content)):
        whole.write_bytes(content[:place] + bytes([content[place] ^ 3]) + content[place + 1 :])
        try:
            found, said = load_weights(whole)
        except InputError as error:
            assert (str(whole) in str(error) and "Make it again" in str(error)) or "newer version" in str(error)
            refused += 1
        else:
            assert said == about and found.keys() == state.keys()
            assert all(torch.equal(found[name], state[name]) for name in state)
        try:
            assert read_about(whole) == about
        except InputError:
            refused_about += 1
    assert refused > 0.9 * len(content) and refused > refused_about > refused - 64, "all but the tensors' own bytes"


def test_a_held_out_person_cannot_be_changed_unseen(whole):
    whole.write_bytes(whole.read_bytes().replace(b"d/1", b"d/2"))
    for read in (load_weights, read_about):
        with pytest.raises(Damaged, match=r"w\.safetensors is damaged: what it says of itself.*Make it again"):
            read(whole)


@pytest.mark.parametrize("kept", [0, 1, 8, 100, 0.5, -1])
def test_a_truncated_file_is_refused(whole, kept):
    content = whole.read_bytes()
    whole.write_bytes(content[: int(kept * len(content)) if isinstance(kept, float) else kept])
    for read in (load_weights, read_about):
        with pytest.raises(InputError, match="not a weights file"):
            read(whole)


def test_tensors_under_anothers_words_are_refused(whole):
    with safe_open(whole, framework="pt") as stored:
        metadata = stored.metadata()
    whole.write_bytes(save({"a": torch.zeros(2, 3)}, metadata=metadata))
    assert read_about(whole)["steps"] == 3
    with pytest.raises(Damaged, match="its tensors are not those that were written"):
        load_weights(whole)


def _written(path, said, seals=True):
    """A file whose metadata say this, with the right seal."""
    said = said | {"seal": checkpoints._seal(said)} if seals else said
    path.write_bytes(save({"a": torch.zeros(1)}, metadata={"mer": json.dumps(said)}))
    return path


def test_weights_of_an_older_or_newer_version_are_refused_with_what_to_do(tmp_path):
    (tmp_path / "record.json").write_text(json.dumps({"study": "demo", "run": "train", "notebook": "04_train_loso"}))
    old = tmp_path / "old.safetensors"
    old.write_bytes(save({"a": torch.zeros(1)}, metadata={"about": json.dumps({"held_out": ["d/1"]})}))
    with pytest.raises(OtherFormat, match=r"older version .*Make it again: mer study demo --only train"):
        load_weights(old)
    said = {"format": checkpoints.FORMAT + 1, "about": {}, "more": "unknown"}
    with pytest.raises(OtherFormat, match=r"newer version of this suite .*Update it"):
        read_about(_written(tmp_path / "new.safetensors", said))
    foreign = tmp_path / "foreign.safetensors"
    foreign.write_bytes(save({"a": torch.zeros(1)}))
    with pytest.raises(InputError, match="not a weights file of this suite"):
        load_weights(foreign)


@pytest.mark.parametrize("said", [{"format": 1, "about": [], "sha256": ""}, {"format": 1}, [], "text", None, 3])
def test_words_of_another_shape_are_refused(tmp_path, said):
    path = _written(tmp_path / "w.safetensors", said, isinstance(said, dict))
    with pytest.raises(InputError, match=r"w\.safetensors is damaged"):
        read_about(path)


def test_the_same_weights_are_the_same_bytes(tmp_path):
    state, about = {str(k): torch.full((3,), float(k)) for k in range(9)}, {"held_out": ["d/1"], "a": 1, "b": None}
    for k in range(8):
        save_weights(tmp_path / str(k), state, about)
    assert len({(tmp_path / str(k)).read_bytes() for k in range(8)}) == 1


@dataclass(frozen=True)
class Inner:
    width: int = 3


@dataclass(frozen=True)
class Outer:
    inner: Inner = field(default_factory=Inner)
    depth: int = 2


def test_a_setting_that_was_not_written_down_is_not_read_as_its_default():
    whole = {"model": {"inner": {"width": 5}, "depth": 2}}
    assert stored_config(Outer, whole, "model", "w.safetensors") == Outer(Inner(5))
    for said, words in [
        (
            {"inner": {"width": 5}},
            "w.safetensors was trained by another version .*Outer was written down without its de",
        ),
        ({"inner": {}, "depth": 2}, "Inner was written down without its width"),
        ({"inner": {"width": 5}, "depth": 2, "more": 1}, "has no field"),
        (None, "does not say its configuration 'model'"),
        ([], "does not say its configuration 'model'"),
    ]:
        with pytest.raises(InputError, match=words):
            stored_config(Outer, {"model": said}, "model", "w.safetensors")


def test_a_missing_file_says_so(tmp_path):
    with pytest.raises(MissingPath, match="do not exist"):
        load_weights(tmp_path / "none.safetensors")


def test_weights_of_another_shape_name_both_sides():
    with pytest.raises(InputError, match=r"weight is \(2, 3\) in the file and \(4, 3\) in the model"):
        fill(nn.Linear(3, 4), nn.Linear(3, 2).state_dict(), "w.safetensors")

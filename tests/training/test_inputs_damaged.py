"""Inputs and stacks in the cache: made once by whoever comes first, and again where something happened to them."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch

from mer.core.errors import InputError
from mer.core.files import file_digest
from mer.face.aligned_store import open_store
from mer.models.frl_dgt import FRLDGT
from mer.training.checkpoints import save_weights
from mer.training.inputs import load_inputs, prepare_inputs
from mer.training.stacks import prepare_stacks
from tests.at_once import Processes
from tests.damage import DAMAGES, contents
from tests.killed import kill_at_steps
from tests.training.conftest import model_config

ROWS = np.arange(3)


@pytest.fixture(autouse=True)
def _cache(monkeypatch, tmp_path):
    monkeypatch.setenv("MER_CACHE", str(tmp_path / "cache"))


def flow_model():
    model = model_config()
    return replace(model, sequence=4, motion=replace(model.motion, source="flow"))


@pytest.mark.parametrize("name", ["others.npy", "motion.npy", "index.json"])
def test_damaged_inputs_are_made_again(toy_store, capsys, name):
    prepared = prepare_inputs(toy_store, ROWS, flow_model(), (0,))
    before = contents(prepared.folder)
    assert sorted(before) == ["index.json", "motion.npy", "others.npy"] == sorted({*prepared.files, "index.json"})
    for how, damage in DAMAGES.items():
        damage(prepared.folder / name)
        assert prepare_inputs(toy_store, ROWS, flow_model(), (0,)).files == prepared.files
        said = capsys.readouterr().err
        assert contents(prepared.folder) == before, how
        assert said.count("Building it again.") == 1 and name in said


@pytest.mark.parametrize("how", ["emptied", "deleted"])
def test_what_goes_while_a_run_goes_on_is_no_silent_change_of_the_model(toy_store, how):
    """A pair's frames are no sequence, and no motion is not flow."""
    for name in ("others.npy", "motion.npy"):
        prepared = prepare_inputs(toy_store, ROWS, flow_model(), (0,))
        DAMAGES[how](prepared.folder / name)
        with pytest.raises(InputError, match=rf"{name} was deleted or damaged since.*Run again"):
            load_inputs(toy_store, prepared, ROWS >= 0, (0,), torch.device("cpu"))


def test_inputs_of_other_clips_in_their_place_are_noticed(toy_store, capsys):
    one = prepare_inputs(toy_store, ROWS, flow_model(), (0,)).folder
    other = prepare_inputs(toy_store, ROWS + 1, flow_model(), (0,)).folder
    before = contents(one)
    aside = one.with_name("aside")
    for source, target in ((one, aside), (other, one), (aside, other)):
        source.rename(target)
    prepare_inputs(toy_store, ROWS, flow_model(), (0,))
    assert contents(one) == before and "Building it again." in capsys.readouterr().err


@pytest.fixture
def weights(tmp_path):
    torch.manual_seed(0)
    save_weights(tmp_path / "dgm.safetensors", FRLDGT(model_config()).dgm.state_dict(), {})
    return tmp_path / "dgm.safetensors"


@pytest.mark.parametrize("name", ["stacks.npy", "index.json"])
def test_damaged_stacks_are_made_again(toy_store, weights, capsys, name):
    model = model_config()
    prepared = prepare_inputs(toy_store, ROWS, model, (0,))
    file = prepare_stacks(toy_store, prepared, model, {weights}, "cpu", 1)[weights]
    before = contents(file.parent)
    for how, damage in DAMAGES.items():
        damage(file.parent / name)
        assert prepare_stacks(toy_store, prepared, model, {weights}, "cpu", 1) == {weights: file}
        assert contents(file.parent) == before, how
        assert name in capsys.readouterr().err


def test_stacks_of_another_dgm_in_their_place_are_noticed(toy_store, weights, tmp_path):
    torch.manual_seed(1)
    save_weights(tmp_path / "other.safetensors", FRLDGT(model_config()).dgm.state_dict(), {})
    model, both = model_config(), {weights, tmp_path / "other.safetensors"}
    prepared = prepare_inputs(toy_store, ROWS, model, (0,))
    one, other = prepare_stacks(toy_store, prepared, model, both, "cpu", 1).values()
    before = contents(one.parent)
    assert before["stacks.npy"] != other.read_bytes()
    shutil.copy(other, one)
    prepare_stacks(toy_store, prepared, model, both, "cpu", 1)
    assert contents(one.parent) == before
    shutil.rmtree(one.parent)
    shutil.copytree(other.parent, one.parent)
    prepare_stacks(toy_store, prepared, model, both, "cpu", 1)
    assert contents(one.parent) == before


def test_no_room_is_said_before_it_is_computed(toy_store, weights, monkeypatch):
    monkeypatch.setattr("mer.core.room.free_bytes", lambda folder: 1000)
    monkeypatch.setattr("mer.training.make_inputs.optical_flow", None)
    # three clips with three pairs each of 32 x 32 pixels: two components in 16 bits, and one frame
    with pytest.raises(InputError, match=r"flow-\w+ needs 47 kB in .*inputs, but only 1 kB are free"):
        prepare_inputs(toy_store, ROWS, flow_model(), (0,))
    model = model_config()
    prepared = prepare_inputs(toy_store, ROWS, model, (0,))
    with pytest.raises(InputError, match=r"What the DGM .*dgm.safetensors makes needs .* are free"):
        prepare_stacks(toy_store, prepared, model, {weights}, "cpu", 1)


MAKE = """
import os, pickle
import numpy as np
os.environ["MER_CACHE"] = str(FOLDER / "cache")
from mer.face.aligned_store import open_store
from mer.training import inputs, make_inputs, stacks
from tests.training.conftest import model_config
from tests.training.test_inputs_damaged import ROWS, flow_model

flow, made = make_inputs.optical_flow, stacks._make

def counted(*given):
    note("flow")
    return flow(*given)

def counted_stacks(*given):
    note("stacks")
    return made(*given)

make_inputs.optical_flow, stacks._make = counted, counted_stacks
store = open_store((FOLDER / "store").read_text())
meet()
print(inputs.prepare_inputs(store, ROWS, flow_model(), (0,)).folder.name)
weights = FOLDER / "dgm.safetensors"
pairs = inputs.prepare_inputs(store, ROWS, model_config(), (0,))
print(stacks.prepare_stacks(store, pairs, model_config(), {weights}, "cpu", 1)[weights].parent.name)
"""


def test_two_processes_make_them_once(toy_store, weights, tmp_path):
    (tmp_path / "store").write_text(str(toy_store.path))
    with Processes(tmp_path, MAKE) as both:
        both.start()
        first, second = both.results()
    assert first == second
    assert sorted(both.work()) == ["flow"] * 9 + ["stacks"]


def build(folder):
    """Sequences with their flow, and stacks, of the one store in the cache."""
    (path,) = (folder / "cache" / "stores").glob("[!.]*")
    store, weights = open_store(path), folder / "before" / "dgm.safetensors"
    sequences = prepare_inputs(store, ROWS, flow_model(), (0,))
    pairs = prepare_inputs(store, ROWS, model_config(), (0,))
    file = prepare_stacks(store, pairs, model_config(), {weights}, "cpu", 1)[weights]
    files = [*(sequences.folder / name for name in sequences.files), file]
    return " ".join(f"{np.load(file).shape} {file_digest(file)}" for file in files)


def test_whenever_their_maker_is_killed_the_next_one_makes_them(toy_store, weights, tmp_path):
    shutil.copytree(toy_store.path, tmp_path / "killed" / "before" / "stores" / toy_store.path.name)
    shutil.move(weights, tmp_path / "killed" / "before")
    kill_at_steps(tmp_path / "killed", "tests.training.test_inputs_damaged:build", most=4)

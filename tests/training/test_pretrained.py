"""Pretrained DGMs are taken from a finished run alone, and none of it is passed over because it is gone."""

import pytest
import torch

from mer.core.errors import MissingPath
from mer.core.files import write_json
from mer.core.finished_run import seal_run
from mer.core.sealed import Damaged
from mer.training.checkpoints import save_weights
from mer.training.pretrained import find_pretrained


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "demo" / "pretrain"
    for group, held_out in (("1", "d/1"), ("2", "d/2")):
        save_weights(folder / f"group-{group}.safetensors", {"one": torch.zeros(2)}, {"held_out": [held_out]})
    write_json(folder / "record.json", {"study": "demo", "run": "pretrain", "notebook": "03_pretrain"})
    return folder


def test_a_finished_run_gives_the_weights_that_held_a_person_out(run):
    seal_run(run, {"state": "finished"})
    assert find_pretrained(run, "d/2") == run / "group-2.safetensors"


def test_one_that_did_not_finish_is_refused_with_the_command(run):
    with pytest.raises(MissingPath, match=r"needs a finished run.*pretrain did not finish.*study demo --only pretrain"):
        find_pretrained(run, "d/2")


@pytest.mark.parametrize("wanted", ["d/1", "d/2"])
def test_weights_that_are_gone_are_named_whomever_they_held_out(run, wanted):
    seal_run(run, {"state": "finished"})
    (run / "group-2.safetensors").unlink()
    with pytest.raises(Damaged, match=r"group-2\.safetensors is missing.*study demo --only pretrain"):
        find_pretrained(run, wanted)


def test_a_folder_that_is_no_runs_is_read_as_it_is(run):
    (run / "record.json").unlink()
    assert find_pretrained(run, "d/1") == run / "group-1.safetensors"

"""Runs of one method are its seeds alone where they were set alike."""

import re

import pytest

from mer.core.errors import InputError
from mer.evaluation.evidence import gathered
from mer.evaluation.paper_runs import read_runs
from mer.runs.session import open_run
from mer.training.map_networks import network_config
from tests.made_up_methods import LOOKED, made_up_methods

SET = {"network": "fusion", "maps_folder": "/one/maps", "pretrain_run": "/a/pretrain-0", "maps.fit.steps": 160}


@pytest.fixture
def recorded(tmp_path):
    """Two seeds of a method and one run of another, each with what it was set to; None leaves no record."""
    folders = made_up_methods(tmp_path)

    def make(*configs):
        for seed, (folder, config) in enumerate(zip(folders, configs, strict=False)):
            if config is not None:
                open_run(folder, "06_motion_maps", {"seed": seed} | config, show=False)
        return read_runs(folders)

    return make


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("maps.fit.steps", 12, "maps.fit.steps is 160 in the first and 12 in the second"),
        ("pretrain_run", None, "pretrain_run is '/a/pretrain-0' in the first and None in the second"),
        ("maps_folder", "/one/others", "maps_folder is '/one/maps' in the first and '/one/others' in the second"),
    ],
)
def test_runs_that_were_set_differently_are_no_seeds(recorded, name, value, told):
    runs = recorded(SET, SET | {name: value})
    said = f"{runs[0].name} and {runs[1].name} are of one method and were set differently: {told}."
    with pytest.raises(InputError, match=re.escape(said)):
        gathered(runs)


def test_how_long_a_network_is_fitted_is_a_setting_and_its_looks_are_not(recorded):
    with pytest.raises(InputError, match=r"maps\.fit\.epochs is 500 in the first and 20 in the second"):
        gathered(recorded({"maps.fit.epochs": 500}, {"maps.fit.epochs": 20}))


def test_seeds_may_differ_in_what_sets_no_number(recorded):
    own = {
        "run_dir": "/b",
        "device": "cuda",
        "look_every": 20,
        "maps.epochs.every": 20,
        "maps.epochs.groups": 3,
        "maps_folder": "/elsewhere/maps",
        "pretrain_run": "/a/pretrain-1",
    }
    first = SET | {"run_dir": "/a", "device": "cpu", "look_every": 0, "maps.epochs.every": 0, "maps.epochs.groups": 4}
    assert len(gathered(recorded(first, SET | own))[LOOKED]) == 2


def test_a_record_that_says_nothing_is_let_through_and_other_methods_are_free(recorded):
    assert len(gathered(recorded(SET, None, SET | {"maps.fit.steps": 12}))[LOOKED]) == 2
    assert len(gathered(recorded(SET, SET | {"maps.choice.groups": 4}))[LOOKED]) == 2, "code has learnt it since"


def test_a_group_that_is_switched_off_differs_from_its_values(recorded):
    with pytest.raises(InputError, match=r"fold\.magnify\.method is None in the first and 'phase' in the second"):
        gathered(recorded({"fold.magnify": None}, {"fold.magnify.method": "phase"}))


def test_configurations_as_the_notebook_records_them(recorded):
    config = network_config("fusion")
    assert len(gathered(recorded({"maps": config}, {"maps": config}))[LOOKED]) == 2

import numpy as np
import pytest

from mer.datasets.places import Place, add_place
from mer.runs.values import unusable_values


@pytest.fixture(autouse=True)
def databases(tmp_path, monkeypatch):
    """No released database is set up."""
    monkeypatch.setenv("MER_DATABASES", str(tmp_path / "databases.yaml"))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"database": "syntetic"}, "Did you mean 'synthetic'"),
        ({"database": "synthetic:x"}, "'x' is no seed"),
        ({"database": "no/such/folder"}, "No such file or folder: no/such/folder"),
        ({"device": "gpu"}, "Unknown device 'gpu'. Expected auto, cpu, cuda"),
        ({"database": "casmee2"}, "Did you mean 'casme2'"),
        ({"database": "casme2"}, "CASME II is not set up. It is had from"),
        ({"database": "megc2019"}, "SMIC is not set up"),
        ({"labels": "casme2_5"}, "Did you mean 'casme2-5'"),
        ({"detector": "facemash"}, "Did you mean 'facemesh'"),
        ({"detector": "points"}, "needs a path. Write points:"),
        ({"detector": "points:/no/such"}, "Landmarks '/no/such' do not exist"),
        ({"detector": "tasks:/no/such.task"}, "/no/such.task"),
        ({"apex": "midle"}, "Did you mean 'middle'"),
        ({"size": 0}, "size is 0; expected 16 to 1024"),
        ({"channels": 2}, "expected 1 (grey) or 3"),
        ({"configuration": "smal"}, "Did you mean 'small'"),
        ({"configuration": "small", "overrides": {"joint.stepss": 3}}, "Did you mean 'steps'"),
    ],
)
def test_what_a_notebook_would_refuse_is_said_before(values, words):
    (problem,) = unusable_values("04_train_loso", values)
    assert words in problem
    assert problem.startswith(list(values)[-1])


def test_a_folder_without_a_clip_table(tmp_path):
    (problem,) = unusable_values("01_explore", {"database": str(tmp_path)})
    assert "holds no clips.csv" in problem


def points(folder):
    np.save(folder / "a.npy", np.zeros((68, 2), np.float32))
    return folder


def test_a_database_that_is_set_up_passes_without_being_read(tmp_path):
    (tmp_path / "empty").mkdir()
    add_place(Place("samm", tmp_path / "empty", "samm"))
    assert unusable_values("02_align", {"database": "samm"}) == []
    assert unusable_values("02_align", {"database": "samm:cropped"}) == []
    (problem,) = unusable_values("02_align", {"database": "samm:croped"})
    assert "no variant 'croped'" in problem
    (tmp_path / "empty").rmdir()
    (problem,) = unusable_values("02_align", {"database": "samm"})
    assert str(tmp_path / "empty") in problem


def test_good_values_and_references_pass(tmp_path):
    (tmp_path / "clips.csv").touch()
    good = {"device": "cpu", "configuration": "small", "overrides": {"joint.steps": 3}}
    assert unusable_values("04_train_loso", {"database": "synthetic:1"} | good) == []
    assert unusable_values("04_train_loso", {"database": str(tmp_path)}) == []
    assert unusable_values("04_train_loso", {"labels": "casme2-5", "detector": "dlib", "apex": "spotted"}) == []
    assert unusable_values("04_train_loso", {"detector": f"points:{points(tmp_path)}"}) == []
    assert unusable_values("04_train_loso", {"database": "@build/folder", "size": 128, "pretrain_run": None}) == []


def test_a_notebook_of_the_users_own_judges_its_configuration_itself():
    assert unusable_values("my_notebook", {"configuration": "mine", "overrides": {"anything": 1}}) == []


def test_a_run_of_the_wrong_kind(tmp_path):
    (problem,) = unusable_values("04_train_loso", {"pretrain_run": str(tmp_path)})
    assert "is no finished run of 03_pretrain: it holds no group-*.safetensors" in problem
    (tmp_path / "group-0.safetensors").touch()
    assert unusable_values("04_train_loso", {"pretrain_run": str(tmp_path)}) == []

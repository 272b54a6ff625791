import pytest

from mer.runs.values import unusable_values


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"database": "syntetic"}, "Did you mean 'synthetic'"),
        ({"database": "synthetic:x"}, "'x' is no seed"),
        ({"database": "no/such/folder"}, "neither a known name nor a folder"),
        ({"device": "gpu"}, "Unknown device 'gpu'. Expected auto, cpu, cuda"),
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


def test_good_values_and_references_pass(tmp_path):
    (tmp_path / "clips.csv").touch()
    good = {"device": "cpu", "configuration": "small", "overrides": {"joint.steps": 3}}
    assert unusable_values("04_train_loso", {"database": "synthetic:1"} | good) == []
    assert unusable_values("04_train_loso", {"database": str(tmp_path)}) == []
    assert unusable_values("04_train_loso", {"database": "@build/folder", "size": 128, "pretrain_run": None}) == []


def test_a_notebook_of_the_users_own_judges_its_configuration_itself():
    assert unusable_values("my_notebook", {"configuration": "mine", "overrides": {"anything": 1}}) == []


def test_a_run_of_the_wrong_kind(tmp_path):
    (problem,) = unusable_values("04_train_loso", {"pretrain_run": str(tmp_path)})
    assert "is no finished run of 03_pretrain: it holds no group-*.safetensors" in problem
    (tmp_path / "group-0.safetensors").touch()
    assert unusable_values("04_train_loso", {"pretrain_run": str(tmp_path)}) == []

"""Data given beside a training run against what the run was trained on."""

import json

import pytest

from mer.core.errors import InputError
from mer.runs.trained_on import check_trained_on
from mer.runs.values import unusable_values

TRAINED = {
    "database": "synthetic:1",
    "labels": "composite",
    "apex": "flow",
    "size": 64,
    "detector": "facemesh",
    "allow_missing": False,
}


def trained(folder, **config):
    (folder / "arrays").mkdir(parents=True)
    (folder / "arrays" / "clips.npz").touch()
    (folder / "record.json").write_text(json.dumps({"config": config}))
    return folder


@pytest.fixture
def run(tmp_path):
    return trained(tmp_path / "train", **{f"data.{name}": value for name, value in TRAINED.items()})


def test_the_same_data_passes(run):
    check_trained_on(run, **TRAINED)
    check_trained_on(run, size=64, channels=1)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("database", "synthetic", "database is 'synthetic', the run has 'synthetic:1'. Use: -p database synthetic:1"),
        ("labels", "casme2-5", "labels is 'casme2-5', the run has 'composite'"),
        ("apex", "annotated", "apex is 'annotated', the run has 'flow'"),
        ("size", 128, "size is 128, the run has 64"),
        ("detector", "dlib", "detector is 'dlib', the run has 'facemesh'"),
        ("allow_missing", True, "allow_missing is True, the run has False. Use: -p allow_missing false"),
    ],
)
def test_other_data_is_refused_with_both_sides(run, name, value, words):
    with pytest.raises(InputError) as error:
        check_trained_on(run, **TRAINED | {name: value})
    assert words in str(error.value)


def test_older_records_and_runs_without_one(tmp_path):
    old = trained(tmp_path / "old", database="synthetic", size=128)
    check_trained_on(old, **TRAINED | {"database": "synthetic:0", "size": 128})
    with pytest.raises(InputError, match="size is 64, the run has 128"):
        check_trained_on(old, **TRAINED | {"database": "synthetic"})
    check_trained_on(tmp_path, **TRAINED)


def test_a_database_that_was_copied_is_the_same(tmp_path):
    for name, clip in (("a", "x"), ("copy", "x"), ("other", "y")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "clips.csv").write_text(f"subject,clip\n1,{clip}\n")
    run = trained(tmp_path / "train", **{"data.database": str(tmp_path / "a")})
    check_trained_on(run, database=str(tmp_path / "copy"))
    check_trained_on(run, database=f"{tmp_path}/copy/../a/clips.csv")
    with pytest.raises(InputError, match="other data"):
        check_trained_on(run, database=str(tmp_path / "other"))


def test_it_is_said_before_a_notebook_runs(run):
    given = TRAINED | {"train_run": str(run)}
    for notebook in ("05_figures", "11_conditions"):
        assert unusable_values(notebook, given) == []
        (problem,) = unusable_values(notebook, given | {"database": "synthetic"})
        assert problem.startswith("train_run: ") and "the run has 'synthetic:1'" in problem
    without_apex = {name: value for name, value in given.items() if name != "apex"}
    assert unusable_values("08_key_frames", without_apex) == []
    (problem,) = unusable_values("08_key_frames", without_apex | {"size": 128})
    assert "size is 128, the run has 64" in problem
    assert unusable_values("05_figures", given | {"train_run": "@train", "size": 128}) == []
    assert unusable_values("05_figures", given | {"database": "@build/folder"}) == []


@pytest.mark.parametrize("notebook", ["05_figures", "10_runtime"])
@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("fold.model.motion.source", "flow", "has motion 'flow' in place of the DGM's"),
        ("fold.model.sequence", 10, "reads sequences of 10 frames"),
    ],
)
def test_figures_and_times_of_a_model_without_a_displacement_of_one_pair_are_refused_at_once(
    notebook, name, value, words, tmp_path
):
    run = trained(tmp_path / "train", **{name: value})
    (problem,) = unusable_values(notebook, {"train_run": str(run)})
    assert words in problem and problem.startswith("train_run: ")
    assert not unusable_values("08_key_frames", {"train_run": str(run)})
    plain = trained(tmp_path / "plain", **{"fold.model.motion.source": "dgm", "fold.model.sequence": 0})
    assert not unusable_values(notebook, {"train_run": str(plain)})

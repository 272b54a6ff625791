"""All models of a run, opened once and asked together."""

import shutil
from dataclasses import asdict

import pytest
import torch

from mer.core.configs import with_changes
from mer.core.errors import InputError, MissingPath
from mer.core.files import write_json
from mer.core.finished_run import seal_run
from mer.core.one_run import MadeAgain
from mer.manifest.labels import COMPOSITE
from mer.models.frl_dgt import FRLDGT
from mer.training import run_models
from mer.training.checkpoints import load_weights, save_weights
from mer.training.run_models import RunFacts, open_models, run_facts
from tests.training.conftest import SIZE, model_config


def write_run(folder, people=("a", "b", "c"), changes=None, size=SIZE, magnify=None):
    """Weights of untrained models, one a person."""
    return write_folds(folder, {f"toy__{who}": [f"toy/{who}"] for who in people}, changes, size, magnify)


def write_folds(folder, held_out, changes=None, size=SIZE, magnify=None):
    """Weights of untrained models; ``held_out`` says of each fold's folder whom it held out."""
    torch.manual_seed(0)
    for name, persons in held_out.items():
        model = FRLDGT(with_changes(model_config(), changes or {}))
        about = {"held_out": persons, "model": asdict(model.config), "classes": COMPOSITE.classes}
        about |= {"size": size, "magnify": magnify}
        save_weights(folder / "folds" / name / "weights.safetensors", model.state_dict(), about)
    return folder


@pytest.fixture
def frames():
    torch.manual_seed(1)
    return torch.rand(2, 1, SIZE, SIZE), torch.rand(2, 1, SIZE, SIZE)


@pytest.mark.parametrize(
    "changes", [{}, {"dgm.batch_norm": True}, {"dgm.difference": False, "dgm.start.windows": (8,)}]
)
def test_asked_together_they_say_what_each_says_alone(tmp_path, frames, changes):
    models = open_models(write_run(tmp_path, changes=changes))
    together = list(models.generated(*frames))
    assert len(together) == 3
    with torch.no_grad():
        for model, raw in together:
            torch.testing.assert_close(raw, model.generate(*frames), atol=1e-6, rtol=1e-5)
    assert len({float(raw.sum()) for _, raw in together}) == 3


def test_they_are_asked_in_groups_when_there_are_many(tmp_path, frames, monkeypatch):
    models = open_models(write_run(tmp_path))
    expected = [raw for _, raw in models.generated(*frames)]
    monkeypatch.setattr(run_models, "_TOGETHER", 2)
    for (_, raw), other in zip(models.generated(*frames), expected, strict=True):
        torch.testing.assert_close(raw, other)


def test_groups_are_as_large_as_memory_allows(tmp_path, frames, monkeypatch):
    """One model of widths 8 at half of 32 x 32 pixels needs, for two pairs, 8 layers of 2 * 8 * 16 * 16 * 4 bytes."""
    models = open_models(write_run(tmp_path))
    asked = []
    original = run_models._together
    monkeypatch.setattr(run_models, "_together", lambda some, *given: asked.append(len(some)) or original(some, *given))
    weights = sum(value.numel() * 4 for value in next(iter(models)).parameters())
    for room, groups in ((3, [3]), (2, [2, 1]), (0, [1, 1, 1])):
        asked.clear()
        monkeypatch.setattr(run_models, "_TOGETHER_BYTES", room * (weights + 8 * 2 * 8 * 16 * 16 * 4))
        assert len(list(models.generated(*frames))) == 3
        assert asked == groups


def test_models_that_are_read_late_are_of_the_run_that_was_opened(tmp_path, monkeypatch):
    monkeypatch.setattr(run_models, "KEPT_BYTES", 0)  # as those of a large run: read again at every pass

    def made():
        shutil.rmtree(tmp_path / "run", ignore_errors=True)
        seal_run(write_run(tmp_path / "run"), {"state": "finished"})

    made()
    models = open_models(tmp_path / "run")
    late = iter(models)
    next(late)
    made()
    for read in (lambda: next(late), lambda: list(models)):
        with pytest.raises(MadeAgain, match="Open it again"):
            read()
    again = open_models(tmp_path / "run")
    assert again is not models and len(list(again)) == 3


def test_they_are_read_once_until_a_file_changes(tmp_path, monkeypatch):
    read = []
    original = run_models.fold_model
    monkeypatch.setattr(run_models, "fold_model", lambda path: read.append(path.parent.name) or original(path))
    models = open_models(write_run(tmp_path))
    read.clear()
    first = list(models)
    assert list(open_models(tmp_path)) == first and len(read) == 3
    state, about = load_weights(models.paths[0])
    save_weights(models.paths[0], {name: value + 1 for name, value in state.items()}, about)
    assert next(iter(open_models(tmp_path))) is not first[0]


def test_weights_beyond_the_bound_are_read_again(tmp_path, monkeypatch):
    monkeypatch.setattr(run_models, "KEPT_BYTES", 1)
    models = open_models(write_run(tmp_path))
    assert next(iter(models)) is not next(iter(models))
    assert not models._kept


def test_a_run_that_was_put_away_keeps_no_weights_though_somebody_holds_it(tmp_path):
    runs = [open_models(write_run(tmp_path / name)) for name in "ab"]
    assert [len(list(models)) for models in runs] == [3, 3] and len(runs[0]._kept) == 3
    open_models(write_run(tmp_path / "c"))
    assert len(list(runs[0])) == 3  # read again
    assert (len(runs[0]._kept), len(runs[1]._kept)) == (0, 3)


def test_facts_follow_their_files(tmp_path):
    assert open_models(write_run(tmp_path)).facts == RunFacts()
    write_json(tmp_path / "summary.json", {"synthetic": True})
    assert open_models(tmp_path).facts.synthetic


def test_the_model_that_never_saw_a_person(tmp_path):
    models = open_models(write_run(tmp_path))
    assert len(models) == 3 and models.held_out == ("toy/a", "toy/b", "toy/c")
    one = models.that_held_out("toy/b")
    assert len(one) == 1 and one.paths == models.paths[1:2] and (models.left_out, one.left_out) == (0, 2)
    assert (models.person, one.person) == (None, "toy/b")
    alone = open_models(write_run(tmp_path / "alone", people=("a",))).that_held_out("toy/a")
    assert (alone.person, alone.left_out) == ("toy/a", 0)
    with pytest.raises(InputError, match=r"without 'toy/d': nobody of that name was held out\. Did you mean 'toy/"):
        models.that_held_out("toy/d")
    with pytest.raises(InputError, match="Did you mean 'toy/b'"):
        models.that_held_out("b")
    with pytest.raises(InputError, match=r"'toy/b' of the run is not of 'tony'.* name nobody") as said:
        models.that_held_out("tony/b")
    assert "Did you mean" not in str(said.value)  # a number says nothing of a person of another database
    assert models.some([0, 2]).held_out == ("toy/a", "toy/c")


def test_of_a_database_that_was_left_out_one_model_never_saw_any_of_its_people(tmp_path):
    models = open_models(write_folds(tmp_path, {"x": ["x/1", "x/2"], "y": ["y/1"]}))
    assert models.held_out == ("x", "y") and models.people == ("x/1", "x/2", "y/1")
    for who, database in (("x/2", "x"), ("y/1", "y")):
        one = models.that_held_out(who)
        assert (one.held_out, one.paths[0].parent.name) == ((database,), database)
        assert (len(one), one.left_out, one.person) == (1, 1, who)
    with pytest.raises(InputError, match=r"'x/1', 'y/1' of the run are not of 'z'"):
        models.that_held_out("z/1")
    with pytest.raises(InputError, match="nobody of that name was held out"):
        models.that_held_out("x")
    assert models.some([1]).persons == (("y/1",),)


def test_what_a_run_is(tmp_path):
    models = open_models(write_run(tmp_path, changes={"image_channels": 3}))
    assert (models.size, models.channels, models.classes) == (SIZE, 3, COMPOSITE.classes)
    assert models.facts == RunFacts() and models.magnify is None
    write_json(tmp_path / "record.json", {"config": {"data.database": "synthetic:1", "data.detector": "dlib"}})
    assert run_facts(tmp_path) == RunFacts("synthetic:1", True, "", "dlib")
    write_json(tmp_path / "record.json", {"config": {"database": "casme2", "epoch_rule": "last"}})
    write_json(tmp_path / "summary.json", {"synthetic": False, "epoch_rule": "best"})
    assert run_facts(tmp_path) == RunFacts("casme2", False, "best", "")


def test_runs_that_cannot_be_asked(tmp_path):
    run = write_run(tmp_path / "run")
    shutil.copytree(run / "folds" / "toy__a", run / "folds" / "x")
    write_run(tmp_path / "other", people=("d",), changes={"fusion.width": 24})
    shutil.copytree(tmp_path / "other" / "folds" / "toy__d", run / "folds" / "toy__d")
    with pytest.raises(InputError, match="mixes two runs"):
        open_models(run)
    shutil.rmtree(run)
    with pytest.raises(MissingPath, match="folder of a finished LOSO run"):
        open_models(run)

"""What is said beside a prediction of an own clip."""

from types import SimpleNamespace

import pytest

from mer.evaluation.own_clip import explain_prediction
from mer.figures.own_clip import own_clip_caption
from mer.training.predict import predict_clip, read_own_clip
from mer.training.run_models import open_models
from mer.widgets.try_own.words import explanation_html, found_html
from tests.own_clip import detector, write_clip, write_run


@pytest.mark.parametrize(
    ("database", "words"),
    [
        ("synthetic-samm", "models, trained on synthetic, SAMM style, epoch rule last;"),
        ("casme2", "models, trained on CASME II, epoch rule last;"),
        ("", "models, epoch rule last;"),
    ],
)
def test_the_database_of_the_training_has_the_name_that_other_views_give_it(database, words):
    models = SimpleNamespace(facts=SimpleNamespace(database=database, epoch_rule="last"))
    pair = SimpleNamespace(models=3, agreeing=2, predicted="surprise")
    said = found_html(SimpleNamespace(models=models, pair=pair, apex_words="given"), ["<beware>"])
    assert words in said and "2 of them put surprise first" in said and "&lt;beware&gt;" in said


def test_one_model_is_no_mean_and_has_no_votes(tmp_path):
    models = open_models(write_run(tmp_path / "run", people=("a",)))
    found = predict_clip(models, read_own_clip(models, write_clip(tmp_path / "clip"), detector=detector()), 5)
    explanation = explain_prediction(found, steps=2)
    about = own_clip_caption(found, explanation) + found_html(found, []) + explanation_html(explanation)
    assert "One model. Apex: frame 5" in about and "Scores: one model. " in about
    assert "models" not in about and "of them" not in about and "mean of" not in about

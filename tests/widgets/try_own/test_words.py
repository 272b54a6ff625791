"""What is said beside a prediction of an own clip."""

from types import SimpleNamespace

import pytest

from mer.widgets.try_own.words import found_html


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

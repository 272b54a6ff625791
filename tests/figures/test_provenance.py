import json

import pandas as pd
import pytest

from mer.core.errors import InputError
from mer.figures.provenance import provenance, said_once
from mer.figures.save import figure_bytes, save_figure
from tests.figures.test_save import WORDS, line
from tests.made_up_runs import made_up_predictions, made_up_run

CLASSES = ("negative", "positive", "surprise")
SENTENCE = (
    "FRL-DGT (configuration small, variant M9, reading accurate), synthetic database rendered in the style of "
    "CASME II, SAMM and SMIC (90 clips of 15 subjects), leave one subject out, epoch rule last, seed 0."
)


def recorded(folder, **config):
    (folder / "record.json").write_text(json.dumps({"config": config}))
    return folder


@pytest.fixture
def trained(tmp_path):
    folder = made_up_run(tmp_path / "train", made_up_predictions(CLASSES, 1.0), method="FRL-DGT")
    return recorded(folder, configuration="small", variant="M9", reading="accurate", pretrain_run=str(tmp_path / "pre"))


def test_a_trained_run_in_one_sentence(trained):
    assert provenance(trained) == SENTENCE


def test_a_run_that_shows_another_is_described_by_it(trained, tmp_path):
    other = tmp_path / "figures"
    other.mkdir()
    assert provenance(recorded(other, train_run=str(trained))) == SENTENCE


def test_seeds_of_an_ensemble_are_those_of_its_members(trained, tmp_path):
    second = made_up_run(tmp_path / "second", made_up_predictions(CLASSES, 1.0, seed=3), method="FRL-DGT")
    together = made_up_run(tmp_path / "both", made_up_predictions(CLASSES, 1.5), method="ensemble of 2 seeds")
    recorded(together, runs=[str(trained), str(second)])
    assert provenance(together).endswith("epoch rule last, seeds 0 and 3.")


def test_real_databases_have_their_names(tmp_path):
    table = made_up_predictions(CLASSES, 1.0, synthetic=False)
    folder = made_up_run(
        tmp_path / "real", table.assign(fold="three"), synthetic=False, method="M3: no self-supervision"
    )
    words = provenance(recorded(folder, variant="M3"))
    assert words.startswith(
        "M3: no self-supervision, CASME II, SAMM and SMIC (90 clips of 15 subjects), 1 fold by subject"
    )
    assert "synthetic" not in words


PROTOCOL_WORDS = {
    "loso": "leave one subject out",
    "database": "leave one database out",
    "loso-per-database": "leave one subject out, each database by itself",
}


@pytest.mark.parametrize("protocol", PROTOCOL_WORDS)
def test_the_protocol_is_that_of_the_configuration(tmp_path, protocol):
    table = made_up_predictions(CLASSES, 1.0, synthetic=False)
    table = table.assign(fold=table["database"]) if protocol == "database" else table
    folder = made_up_run(tmp_path / "real", table, synthetic=False, method="STSTNet")
    words = provenance(recorded(folder, **{"maps.protocol": protocol}))
    assert words.endswith(f"(90 clips of 15 subjects), {PROTOCOL_WORDS[protocol]}, epoch rule last, seed 0.")
    together = made_up_run(tmp_path / "both", table, method="ensemble")
    assert f", {PROTOCOL_WORDS[protocol]}, epoch" in provenance(recorded(together, runs=[str(folder)]))


def test_without_a_configuration_the_folds_tell_the_protocol(tmp_path):
    table = made_up_predictions(CLASSES, 1.0, synthetic=False)
    folder = made_up_run(tmp_path / "real", table.assign(fold=table["database"]), synthetic=False)
    assert "15 subjects), leave one database out, epoch" in provenance(folder)
    people = made_up_predictions(CLASSES, 1.0, synthetic=False, people=1)  # as many people as databases
    folder = made_up_run(tmp_path / "few", people.assign(fold=people["database"]), synthetic=False)
    assert "3 subjects), leave one database out, epoch" in provenance(folder)


def test_runs_of_two_protocols_in_one_figure_are_both_named(tmp_path):
    table = made_up_predictions(CLASSES, 1.0, synthetic=False)
    one = made_up_run(tmp_path / "one", table)
    other = made_up_run(tmp_path / "other", table.assign(fold=table["database"]))
    (tmp_path / "compared").mkdir()
    words = provenance(recorded(tmp_path / "compared", runs=[str(one), str(other)]))
    assert "leave one subject out and leave one database out" in words


def test_runs_without_predictions(tmp_path):
    assert provenance(tmp_path) == ""
    assert provenance(recorded(tmp_path, **{"data.database": "synthetic", "seed": 2})) == "Synthetic database, seed 2."


def test_it_ends_the_caption_and_stands_in_the_files(trained):
    files = save_figure(line(), "line", trained, data=pd.DataFrame(), **WORDS)
    record = json.loads(files.record.read_text())
    assert record["caption"] == f"What to see. {SENTENCE}"
    for path in (files.png, files.svg, files.pdf):
        assert b"15 subjects" in path.read_bytes(), path.suffix
    assert said_once(record["caption"], SENTENCE) == record["caption"], "once"
    assert b"15 subjects" not in figure_bytes(line(), "svg")


@pytest.mark.parametrize("name", ["record.json", "summary.json"])
@pytest.mark.parametrize("text", ["[1]", "3", "null", '"x"', '{"config": [1]}', '{"config": 3}', "{"])
def test_records_of_another_shape_are_refused(trained, name, text):
    (trained / name).write_text(text)
    if name == "summary.json" and text.startswith('{"'):
        return  # it has no config
    with pytest.raises(InputError, match=name):
        provenance(trained)

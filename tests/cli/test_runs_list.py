"""What ``mer runs`` prints: a table that fits, paths of studies and runs, and runs older than a user's corrections."""

import json

import pytest
from click.testing import CliRunner

from mer.cli.main import main
from mer.cli.runs_list import runs_text
from mer.core.errors import InputError
from mer.core.finished_run import seal_run
from mer.core.unfinished_run import RECORDS
from mer.datasets.synthetic.plan import SyntheticConfig, plan
from mer.manifest.own_corrections import OwnCorrection, own_corrections_file, save_own_corrections
from tests.runs.board_runs import made_up, scores, write
from tests.sealed_again import seal_again

LONG = "04_train_loso-pretrain_run=outputs_single_03_pretrain"
FIRST = plan(SyntheticConfig())[0]


@pytest.fixture
def outputs(tmp_path, monkeypatch):
    """Three studies, one of them of people."""
    monkeypatch.chdir(tmp_path)
    for name in ("MER_OUTPUTS", "MER_CORRECTIONS", "MER_PROJECT"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "notebooks" / "studies").mkdir(parents=True)
    for name in ("demo", "paper"):
        (tmp_path / "notebooks" / "studies" / f"{name}.yaml").touch()
    place = tmp_path / "outputs"
    config = {"data.database": "synthetic", "data.labels": "composite"}
    for run in ("pretrain", "train"):
        folder = made_up(place, "demo", run, summary=scores(0.75) if run == "train" else {"synthetic": True})
        write(folder / "record.json", json.loads((folder / "record.json").read_text()) | {"config": config})
    made_up(place, "single", LONG, summary=scores(0.5))
    made_up(place, "maps", "maps", summary=scores(0.25, synthetic=False))
    return place


def correct():
    save_own_corrections([OwnCorrection(FIRST.look, FIRST.subject, FIRST.clip, "apex", "12", "11")])


def keep(outputs, standing=()):
    for folder in outputs.glob("demo/*"):
        record = json.loads((folder / "record.json").read_text())
        write(folder / "record.json", record | {"standing_corrections": list(standing)})


def test_a_check_says_for_what_nothing_vouches_and_how_to_get_that(outputs):
    for folder in outputs.glob("*/*"):
        seal_run(folder, json.loads((folder / "result.json").read_text()))
    assert "vouches" not in runs_text(None, check=True).text
    for run in ("pretrain", "train"):  # as one of before records were sealed: the same format, without them in its list
        folder = outputs / "demo" / run
        records = [folder / name for name in RECORDS if (folder / name).is_file()]
        for record in records:
            record.rename(folder / f".{record.name}")
        seal_again(folder)
        for record in records:
            (folder / f".{record.name}").rename(record)
    listed = runs_text(None, check=True)
    assert (
        not listed.damaged
        and (
            "\nNothing vouches for the records of demo/pretrain, demo/train: they were made by an older version. "
            "Make it again: mer study demo --only pretrain --force (the others likewise)"
        )
        in listed.text
    )
    assert "vouches" not in runs_text(None).text, "only who asks for a check is told"


def test_the_table_fits_a_terminal_and_names_every_run(outputs):
    text = runs_text(None).text
    lines = text.splitlines()
    assert max(map(len, lines)) <= 116
    assert lines[0] == "All scores: epoch rule last."
    assert [line for line in lines if line and line[0] != " "][1:] == ["demo", "maps", "single"]
    assert lines[1].split() == ["run", "state", "started", "(UTC)", "min", "UF1", "UAR", "n", "faces"]
    train = next(line for line in lines if line.startswith("  train "))
    assert train.split() == [*["train", "finished", "2026-01-02", "03:04", "1.7", "0.750", "0.750", "180", "synthetic"]]
    assert lines[-2] == f"  {LONG}" and lines[-1].split()[0] == "finished", "a long name has a line of its own"
    ends = {line.index("0.") + 5 for line in (train, lines[-1])}
    assert len(ends) == 1, "numbers below one another"


def test_what_all_scores_share_stands_above_once(outputs):
    lines = runs_text("demo").text.splitlines()
    assert lines[0] == "All scores: epoch rule last, synthetic faces."
    assert "synthetic" not in "\n".join(lines[1:])
    assert runs_text("maps").text.splitlines()[0] == "All scores: epoch rule last."


@pytest.mark.parametrize(
    ("given", "runs"),
    [
        ("demo", ["pretrain", "train"]),
        ("outputs/demo", ["pretrain", "train"]),
        ("outputs/demo/", ["pretrain", "train"]),
        ("demo/train", ["train"]),
        ("outputs/demo/train", ["train"]),
        ("{outputs}/demo/train", ["train"]),
        ("outputs", ["pretrain", "train", "maps", LONG]),
    ],
)
def test_a_study_is_given_by_name_or_folder_and_a_run_by_its_folder(outputs, given, runs):
    found = json.loads(runs_text(given.format(outputs=outputs), as_json=True).text)
    assert [row["run"] for row in found] == runs


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("demmo", "Did you mean 'demo'?"),
        ("outputs/demmo", "Did you mean 'outputs/demo'?"),
        ("outputs/demo/trian", "Did you mean 'outputs/demo/train'?"),
        ("outputs/cache", "outputs/cache holds no runs of a study"),
        ("notebooks", "No study 'notebooks', nor runs of it in "),
    ],
)
def test_what_is_no_study_is_told_with_the_nearest(outputs, given, said):
    (outputs / "cache").mkdir()
    with pytest.raises(InputError) as caught:
        runs_text(given)
    assert said in str(caught.value)


def test_runs_made_before_a_correction_are_marked_with_what_to_do(outputs):
    keep(outputs)
    assert "Out of date" not in runs_text(None).text
    correct()
    text = runs_text(None).text
    assert [row["state"] for row in json.loads(runs_text(None, as_json=True).text)] == [
        *["out of date"] * 2,
        *["finished"] * 2,
    ]
    key = f"{FIRST.look}/{FIRST.subject}/{FIRST.clip}"
    last = text.splitlines()[-1]
    assert last == (
        f"Out of date: demo/pretrain, demo/train: your corrections of 1 clip changed since ({key}). Run them again."
    )
    keep(outputs, [[FIRST.look, FIRST.subject, FIRST.clip, "apex", "", "12"]])
    assert "Out of date" not in runs_text(None).text, "made with it"


def test_a_faulty_file_of_corrections_is_said_and_the_runs_are_listed(outputs):
    keep(outputs)
    own_corrections_file().write_text("a,b\n")
    result = CliRunner().invoke(main, ["runs"])
    assert result.exit_code == 0 and "train" in result.stdout
    assert "cannot be told" in result.stderr and "corrections.csv" in result.stderr


def test_a_folder_in_the_place_of_another_is_named_by_a_check(outputs):
    for run in ("pretrain", "train"):
        folder = outputs / "demo" / run
        seal_run(folder, json.loads((folder / "result.json").read_text()) | {"study": "demo", "run": "pretrain"})
    said = "demo/train holds the run demo/pretrain: its folder was copied, renamed or swapped."
    assert said in runs_text("demo", check=True).text and said not in runs_text("demo").text


def test_a_run_of_a_newer_version_is_not_to_be_made_again(outputs):
    result = outputs / "demo" / "train" / "result.json"
    result.write_text(json.dumps(json.loads(result.read_text()) | {"format": 7}))
    (line,) = [line for line in runs_text("demo").text.splitlines() if line.startswith("Cannot be read")]
    assert line.startswith(
        "Cannot be read: demo/train: result.json was made by a newer version of this suite (format 7;"
    )
    assert line.endswith("Update it.")

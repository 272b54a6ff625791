import shutil

import numpy as np
import pytest

from mer.datasets.folder import open_folder
from mer.datasets.places import Place, add_place
from mer.manifest.clips import write_clips
from mer.runs.values import unusable_values
from tests.datasets.pictures_and_videos import write_image
from tests.own_folder import made_own


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
        ({"protocol": "databas"}, "Unknown protocol 'databas'. Did you mean 'database'?"),
        ({"conditions": ["glasses", "blinkin"]}, "Did you mean 'blinking'"),
        ({"conditions": ["glasses", "glasses"]}, "stands twice"),
        ({"labels": "casme2-5", "database": "synthetic"}, "clips of 'synthetic' have 3 (negative, positive, surprise)"),
        ({"labels": "casme2-4", "database": "synthetic:1+glasses"}, "no clip is others"),
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


def test_a_database_that_is_set_up_is_opened(tmp_path):
    (tmp_path / "empty").mkdir()
    add_place(Place("samm", tmp_path / "empty", "samm"))
    (problem,) = unusable_values("02_align", {"database": "samm"})
    assert "holds no annotation sheet of SAMM" in problem
    (problem,) = unusable_values("02_align", {"database": "samm:croped"})
    assert "no variant 'croped'" in problem
    (tmp_path / "empty").rmdir()
    (problem,) = unusable_values("02_align", {"database": "samm"})
    assert str(tmp_path / "empty") in problem


EVERY_CLASS = [f"1,{name},on.png|ap.png,{name}" for name in ("negative", "positive", "surprise")]


def table(folder, *rows):
    folder.mkdir(exist_ok=True)
    for name in ("on.png", "ap.png"):
        write_image(folder / name, np.full((8, 8, 3), 90, np.uint8))
    (folder / "clips.csv").write_text("\n".join(["subject,clip,frames,label", *rows]))
    return str(folder)


def test_the_faults_of_a_database_are_told_with_all_other_problems(tmp_path):
    folder = table(tmp_path / "mine", "1,a,on.png|ap.png,positive", "1,b,none,positive", "2,c,on.png|lost.png,negative")
    values = {"database": folder, "labels": "composite", "allow_missing": False, "device": "gpu"}
    database, device = sorted(unusable_values("01_explore", values))
    assert "row 3 (mine/1/b)" in database and "lost.png" in database
    assert database.endswith("\n  In a run: -p allow_missing true")
    assert device.startswith("device")
    assert unusable_values("01_explore", {"database": folder, "allow_missing": True}) == []
    (problem,) = unusable_values("my_notebook", {"database": folder})
    assert "-p allow_missing" not in problem, "it has no such parameter"
    assert unusable_values("01_explore", values | {"labels": "compsite", "device": "cpu"}) == [
        "labels: There are no labels 'compsite' in labels.yaml. Did you mean 'composite'?"
    ]


def test_where_no_clip_is_left_allowing_faults_is_no_help(tmp_path):
    (problem,) = unusable_values(
        "01_explore", {"database": table(tmp_path / "m", "1,b,none,x"), "allow_missing": False}
    )
    assert "no clip can be used" in problem and "-p allow_missing" not in problem


def test_steps_of_a_study_open_a_database_once(tmp_path, monkeypatch):
    opened = []
    monkeypatch.setattr("mer.datasets.registry.open_folder", lambda *given: opened.append(given) or open_folder(*given))
    folder = table(tmp_path / "mine", *EVERY_CLASS)
    for notebook in ("01_explore", "02_align", "04_train_loso"):
        assert unusable_values(notebook, {"database": folder, "allow_missing": False}) == []
    assert len(opened) == 1


EVERYONE = [f"{who},{who}{row[2:]}" for who in "12" for row in EVERY_CLASS]


@pytest.mark.parametrize("notebook", ["03_pretrain", "04_train_loso", "19_baselines"])
def test_a_database_that_a_protocol_cannot_divide_is_refused_before_it_is_aligned(notebook, tmp_path):
    words = {
        "database": "one database out needs at least 2 of them, found ['mine']",
        "loso-per-database": "at least 2 of them",
    }
    one, two = table(tmp_path / "mine", *EVERY_CLASS), table(tmp_path / "yours", *EVERYONE)
    for protocol, said in words.items():
        (problem,) = unusable_values(notebook, {"database": one, "protocol": protocol})
        assert problem.startswith("database: ") and said in problem, problem
    assert unusable_values(notebook, {"database": one, "protocol": "loso"}) == []
    apart = {"database": two, "protocol": "loso-per-database"}
    assert unusable_values(notebook, apart | {"overrides": {"groups": 2} if notebook == "03_pretrain" else {}}) == []
    if notebook == "03_pretrain":
        (problem,) = unusable_values(notebook, apart)
        assert "groups is 4, expected 0 (one a person) or 2 to 2, the number of persons" in problem
    assert unusable_values("02_align", {"database": one, "protocol": "database"}) == []
    rendered = {"database": "synthetic-emotions", "labels": "casme2-5"}
    assert unusable_values(notebook, rendered | {"protocol": "loso-per-database"}) == []
    (problem,) = unusable_values(notebook, rendered | {"protocol": "database"})
    assert "one database out needs at least 2 of them, found ['synthetic-emotions']" in problem
    assert unusable_values(notebook, {"database": "synthetic:1", "protocol": "database"}) == []


def test_good_values_and_references_pass(tmp_path):
    table(tmp_path, *EVERY_CLASS)
    good = {"device": "cpu", "configuration": "small", "overrides": {"joint.steps": 3}}
    assert unusable_values("04_train_loso", {"database": "synthetic:1"} | good) == []
    assert unusable_values("04_train_loso", {"database": str(tmp_path)}) == []
    assert unusable_values("04_train_loso", {"labels": "casme2-5", "detector": "dlib", "apex": "spotted"}) == []
    assert unusable_values("04_train_loso", {"detector": f"points:{points(tmp_path)}"}) == []
    assert unusable_values("04_train_loso", {"database": "@build/folder", "size": 128, "pretrain_run": None}) == []


def test_a_notebook_of_the_users_own_judges_its_configuration_itself():
    assert unusable_values("my_notebook", {"configuration": "mine", "overrides": {"anything": 1}}) == []


def test_readings_of_the_displacement_module_are_judged_before_they_are_pretrained():
    good = {"readings": ["paper", "accurate"], "configuration": "small", "overrides": {"steps": 3}}
    assert unusable_values("09_displacement", good) == []
    (problem,) = unusable_values("09_displacement", good | {"readings": ["accurat"]})
    assert "readings: There is no reading 'accurat'" in problem and "accurate" in problem
    (problem,) = unusable_values("09_displacement", good | {"overrides": {"stepz": 3}})
    assert "stepz" in problem and "steps" in problem
    assert unusable_values("my_notebook", {"readings": ["anything"]}) == []


def test_a_run_of_the_wrong_kind(tmp_path):
    (problem,) = unusable_values("04_train_loso", {"pretrain_run": str(tmp_path)})
    assert "is no finished run of 03_pretrain: it holds no group-*.safetensors" in problem
    (tmp_path / "group-0.safetensors").touch()
    assert unusable_values("04_train_loso", {"pretrain_run": str(tmp_path)}) == []


def test_a_class_without_clips_stops_a_training_and_nothing_else(tmp_path, tiny_database):
    made_own(shutil.copytree(tiny_database.root, tmp_path / "own"))
    few = tiny_database.clips[tiny_database.clips["label"] != "surprise"].reset_index(drop=True)
    write_clips(few, tmp_path / "own" / "clips.csv")
    values = {"database": str(tmp_path / "own"), "labels": "composite"}
    assert unusable_values("02_align", values) == []
    assert unusable_values("19_baselines", values) == unusable_values("04_train_loso", values)
    (problem,) = unusable_values("04_train_loso", values)
    assert "have 2 (negative, positive): no clip is surprise" in problem
    assert unusable_values("04_train_loso", values | {"database": "synthetic-emotions", "labels": "casme2-5"}) == []


def test_a_misspelt_variant_or_reading_names_all():
    (problem,) = unusable_values("04_train_loso", {"configuration": "small", "variant": "M99"})
    assert "Valid: M0, M1, M2, M3, M4, M5, M6, M7, M8, M9, S." in problem
    (problem,) = unusable_values("03_pretrain", {"configuration": "small", "reading": "papre"})
    assert "Valid: paper, scaled, signed, " in problem and "robust." in problem
    values = {"configuration": "small", "overrides": {"magnify.method": "magnet"}}
    (problem,) = unusable_values("04_train_loso", values)
    assert "Give the group at once: {'magnify': {'method': 'magnet'}}." in problem

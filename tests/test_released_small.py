"""From the folders of three releases to scores and figures, with everything real: readers, alignment, Papermill.

The releases are imitations of a few clips each (`tests.imitations`); their folders have blanks and letters
beyond ASCII.
"""

import getpass
import json
import os
import platform
import subprocess
import sys
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from mer.core.caveats import read_caveats
from mer.datasets.layout import load_layout
from mer.evaluation.predictions import read_predictions
from mer.face.aligned_store import open_store
from tests.imitations.casme2 import write_casme2
from tests.imitations.pictures import Pictures
from tests.imitations.plans import Plan
from tests.imitations.plant import truncate
from tests.imitations.samm import file_name, write_samm
from tests.imitations.small import small_plans
from tests.imitations.smic import RAW, write_smic
from tests.known_faces import KnownFaces

PROJECT = Path(__file__).resolve().parents[1]
SIZE = 64
PRETRAIN = {"overrides": {"steps": 4, "groups": 3, "batch": 2, "minimum_gap": 2}}
TRAIN = {"overrides": {"warm_up.steps": 2, "joint.steps": 1, "joint.batch": 4, "minimum_gap": 2}}
FIGURES = {"explained": 2}
CASME2_5 = ["happiness", "disgust", "repression", "surprise", "others"]


@dataclass(frozen=True)
class World:
    """A user's folders: the releases as unpacked, and what the program writes."""

    folder: Path
    releases: dict[str, Path]
    plans: dict[str, list[Plan]]
    bad: tuple[Plan, Plan]

    def mer(self, *arguments: str) -> subprocess.CompletedProcess:
        """``mer`` in a process of its own."""
        own = {"DATABASES": "meine Datenbanken.yaml", "OUTPUTS": "Ergebnisse", "CACHE": "cache"}
        environment = os.environ | {f"MER_{key}": str(self.folder / name) for key, name in own.items()}
        command = [sys.executable, "-c", "from mer.cli.main import main; main()", *arguments]
        return subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=600)

    def study(self, name: str, *steps: dict, **everywhere: object) -> subprocess.CompletedProcess:
        """A study of these steps, with the parameters ``everywhere`` in each."""
        for step in steps:
            step["parameters"] = {**everywhere, **step.get("parameters", {})}
        path = self.folder / f"{name}.yaml"
        path.write_text(yaml.safe_dump({"name": name, "steps": list(steps)}), encoding="utf-8")
        return self.mer("study", str(path))

    def run(self, study: str, step: str) -> Path:
        """Folder of a run."""
        return self.folder / "Ergebnisse" / study / step


@pytest.fixture(scope="module")
def world(tiny_database, tmp_path_factory):
    """Small releases of CASME II, SAMM and SMIC; of SAMM one frame is cut short and one folder is gone."""
    folder = tmp_path_factory.mktemp("released") / "Zoë Müller 研究"
    releases = {
        "casme2": folder / "CASME II (été)",
        "samm": folder / "SAMM – privé",
        "smic": folder / "SMIC données brutes",
    }
    plans = {name: small_plans(tiny_database, name) for name in releases}
    row = tiny_database.clips.iloc[0]
    pictures = Pictures(folder / "pictures", tiny_database.frame(row, int(row["apex"])))
    # One clip of CASME II is "others": in five classes it has one, in three it takes no part.
    plans["casme2"][0] = replace(plans["casme2"][0], emotion="others")
    write_casme2(releases["casme2"], plans["casme2"], pictures, {"raw": "CASME2_RAW_selected"})
    write_samm(releases["samm"], plans["samm"], pictures, {"raw": "SAMM"})
    write_smic(releases["smic"], plans["smic"], pictures, ["HS"], [RAW])
    broken, gone = plans["samm"][0], plans["samm"][-1]
    samm = releases["samm"] / "SAMM"
    truncate(samm / broken.subject / broken.clip / file_name(broken, broken.onset + 1))
    (samm / gone.subject / gone.clip).rename(folder / "elsewhere")
    world = World(folder, releases, plans, (broken, gone))
    for name, place in releases.items():
        done = world.mer("data", "add", name, str(place))
        assert done.returncode == 0, done.stderr
    return world


def test_added_databases_are_remembered_in_a_file_for_people(world):
    text = (world.folder / "meine Datenbanken.yaml").read_text(encoding="utf-8")
    assert str(world.releases["casme2"]) in text  # letters, no escapes
    assert {name: about["folder"] for name, about in yaml.safe_load(text).items()} == {
        name: str(place) for name, place in world.releases.items()
    }


def test_a_whole_release_is_whole(world):
    checked = world.mer("data", "check", "casme2")
    assert checked.returncode == 0, checked.stderr
    plans = world.plans["casme2"]
    people = len({plan.subject for plan in plans})
    frames = sum(len(plan.numbers) for plan in plans)
    assert f"casme2: {len(plans)} clips of {people} people" in checked.stdout
    assert f"Every clip's frames are there ({frames} looked at, key frames decoded)." in checked.stdout
    assert "1 clips have no class in 'composite' and take no part in training (1 others)." in checked.stdout


@pytest.fixture(scope="module")
def casme2(world):
    """Alignment by `mer run`, then training with five classes."""
    return {
        "align": world.mer("run", "02_align", "-p", "database", "casme2", "-p", "size", str(SIZE), "--name", "casme2"),
        "five": world.study(
            "five",
            {"run": "train", "notebook": "04_train_loso", "parameters": dict(TRAIN)},
            database="casme2",
            size=SIZE,
            labels="casme2-5",
        ),
    }


def test_one_notebook_runs_on_a_release(world, casme2):
    assert casme2["align"].returncode == 0, casme2["align"].stderr[-3000:]
    summary = json.loads((world.run("single", "casme2") / "summary.json").read_text(encoding="utf-8"))
    plans = world.plans["casme2"]
    assert summary["clips"] + summary["left_out"] == len(plans)
    assert summary["left_out"] <= 1
    assert summary["synthetic"] is False
    assert summary["subjects"] == len({plan.subject for plan in plans})
    table = pd.read_csv(world.run("single", "casme2") / "tables" / "aligned.csv")
    assert table["database"].tolist() == ["casme2"]


def test_labels_of_five_classes_train_five_classes(world, casme2):
    assert casme2["five"].returncode == 0, casme2["five"].stderr[-3000:]
    predictions = read_predictions(world.run("five", "train") / "predictions.csv")
    assert [name for name in predictions if name.startswith("score_")] == [f"score_{name}" for name in CASME2_5]
    planned = {(plan.subject, plan.clip): plan.emotion for plan in world.plans["casme2"]}
    found = {(row.subject, row.clip): row.label for row in predictions.itertuples()}
    assert found.items() <= planned.items()
    assert len(planned) - len(found) <= 1
    assert "others" in found.values()
    scores = predictions[[f"score_{name}" for name in CASME2_5]]
    assert scores.sum(axis=1).to_numpy() == pytest.approx(1, abs=1e-3)


def samm_study(world, name, **more):
    return world.study(
        name,
        {"run": "align", "notebook": "02_align"},
        {"run": "pretrain", "notebook": "03_pretrain", "parameters": dict(PRETRAIN)},
        {"run": "train", "notebook": "04_train_loso", "parameters": TRAIN | {"pretrain_run": "@pretrain"}},
        {"run": "figures", "notebook": "05_figures", "parameters": FIGURES | {"train_run": "@train"}},
        database="samm",
        size=SIZE,
        **more,
    )


def test_faults_stop_a_study_with_every_clip_named(world):
    broken, gone = world.bad
    done = samm_study(world, "strict")
    assert done.returncode != 0
    said = done.stdout + done.stderr
    assert f"samm/{broken.subject}/{broken.clip}" in said
    assert f"samm/{gone.subject}/{gone.clip}" in said
    assert file_name(broken, broken.onset + 1) in said
    assert "allow_missing" in said
    assert not list(world.folder.glob("Ergebnisse/strict/*/result.json"))
    assert not list((world.folder / "cache").glob("stores/samm-*"))


@pytest.fixture(scope="module")
def allowed(world):
    return samm_study(world, "allowed", allow_missing=True)


def test_left_out_clips_stand_on_everything(world, allowed):
    assert allowed.returncode == 0, allowed.stderr[-3000:]
    words = f"2 of {len(world.plans['samm'])} clips left out: 2 missing or damaged."
    for step in ("align", "pretrain", "train", "figures"):
        folder = world.run("allowed", step)
        assert read_caveats(folder) == [words]
        figures = sorted((folder / "figures").glob("*.json"))
        assert figures
        for record in [*figures, *sorted((folder / "tables").glob("*.json"))]:
            assert words in json.loads(record.read_text(encoding="utf-8"))["caption"], record
    page = (world.run("allowed", "index.html")).read_text(encoding="utf-8")
    captions = page.count("<figcaption")
    assert captions and page.count(words) >= captions


def test_left_out_clips_are_named_in_the_store_and_predicted_nowhere(world, allowed):
    (path,) = (world.folder / "cache" / "stores").glob("samm-*")
    skipped = open_store(path).skipped
    bad = {("samm", plan.subject, plan.clip) for plan in world.bad}
    assert {tuple(key) for key in skipped[["database", "subject", "clip"]].itertuples(index=False)} == bad
    assert set(skipped["kind"]) == {"data"}
    left_out = pd.read_csv(world.run("allowed", "align") / "tables" / "left-out.csv", dtype=str)
    assert set(left_out["clip"]) == {plan.clip for plan in world.bad}
    predictions = read_predictions(world.run("allowed", "train") / "predictions.csv")
    assert len(predictions) == len(world.plans["samm"]) - 2
    assert not bad & {("samm", row.subject, row.clip) for row in predictions.itertuples()}


@pytest.fixture(scope="module")
def package(world, allowed):
    """`mer export` of the whole study: name to content."""
    out = world.folder / "Paket.zip"
    done = world.mer("export", "allowed", "--out", str(out))
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(out) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
    assert found["LEFT_OUT.md"].decode() in done.stdout and found["TERMS.md"].decode() in done.stdout
    return found


@pytest.mark.slow
def test_no_face_leaves_with_the_package_of_a_study(world, package):
    (path,) = (world.folder / "cache" / "stores").glob("samm-*")
    store = open_store(path)
    people = store.clips.drop_duplicates("subject").index
    known = KnownFaces(np.asarray(store.frames)[np.asarray(store.start)[people], ..., 0])
    study = world.run("allowed", "")
    shown = ["align/02_align.ipynb", "train/arrays/clips.npz", "figures/figures/regions.svg"]
    shown += ["align/figures/aligned-onsets.png", "align/figures/aligned-apices.pdf"]
    blind = [name for name in shown if not known.in_file(name, (study / name).read_bytes())]
    assert blind == [], "the search finds faces where they are"
    assert [name for name, data in package.items() if known.in_file(name, data)] == []


@pytest.mark.slow
def test_what_the_package_leaves_out_is_listed_and_numbers_are_in_it(world, package):
    study, page = world.run("allowed", ""), package["LEFT_OUT.md"].decode()
    for path in study.rglob("*"):
        name = f"allowed/{path.relative_to(study).as_posix()}"
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(study).parts):
            top = "/".join(name.split("/")[:3]) + "/"
            listed = f"- `{name}`" in page or f"- `{top}`" in page or path.name == "index.html"
            assert (name in package) != listed, name
    figures = {path: json.loads(path.read_text(encoding="utf-8")) for path in study.glob("*/figures/*.json")}
    faces = {path.stem for path, about in figures.items() if about["faces"]}
    assert {"aligned-onsets", "regions", "failures", "displacement"} <= faces
    for path, about in figures.items():
        place = path.relative_to(study).with_suffix("").as_posix()
        for suffix in ("png", "pdf", "svg", "json"):
            assert (f"allowed/{place}.{suffix}" in package) is not about["faces"], place
    tables = ("train/predictions.csv", "train/floors.csv", "train/history.csv", "pretrain/group-0.csv")
    assert all(package[f"allowed/{name}"] == (study / name).read_bytes() for name in tables)


@pytest.mark.slow
def test_the_package_says_the_terms_and_names_nobody(world, package):
    terms = load_layout("samm").terms
    assert terms in package["TERMS.md"].decode() and "Davison" in package["CITATION.md"].decode()
    words = [name for name in package if name.endswith(".json") and name.split("/")[2] in ("tables", "figures")]
    assert len(words) > 10 and not [name for name in words if terms not in package[name].decode()]
    for run in ("align", "pretrain", "train", "figures"):
        assert package[f"allowed/{run}/terms.txt"].decode() == f"{terms}\n"
    secret = ["Zoë", "Müller", "privé", "Ergebnisse", str(world.folder.parent), f"{PROJECT}/", f"{Path.home()}/"]
    secret += [f"/{getpass.getuser()}/"] + [platform.node()] * (len(platform.node()) > 5)
    forms = {
        form for word in secret for form in (word.encode(), word.encode("utf-16-be"), json.dumps(word)[1:-1].encode())
    }
    texts = {name: data for name, data in package.items() if not name.endswith(".patch")}
    assert [(name, form) for name, data in texts.items() for form in forms if form in name.encode() + data] == []


def test_a_release_without_apex_gets_its_apexes_spotted(world):
    done = world.study("spotted", {"run": "align", "notebook": "02_align"}, database="smic", size=SIZE, apex="spotted")
    assert done.returncode == 0, done.stderr[-3000:]
    (base, spotted) = sorted((world.folder / "cache" / "stores").glob("smic-*"), key=lambda path: len(path.name))
    before, after = open_store(base).clips, open_store(spotted).clips
    assert set(before["apex_source"]) == {"middle"}
    assert "spotted" in set(after["apex_source"]) <= {"spotted", "middle"}
    assert (before["apex"] != after["apex"]).any()
    assert after["apex"].between(after["onset"], after["offset"]).all()

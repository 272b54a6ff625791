"""What may be passed on of a run on faces of people, and what of one on rendered faces."""

import base64
import html
import io
import json
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path

import cv2
import nbformat
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from mer.core.errors import InputError, MissingPath
from mer.core.files import write_json
from mer.core.finished_run import Damaged, check_run, seal_run
from mer.datasets.folder import open_folder
from mer.datasets.layout import load_layout
from mer.datasets.places import Place, add_place
from mer.evaluation.data_terms import OWN_FACES
from mer.evaluation.evidence import FLOORS, RULES
from mer.evaluation.predictions import write_predictions
from mer.figures.confusion import confusion_figure
from mer.figures.latex import escape
from mer.figures.save import save_figure
from mer.runs.package import runs_of, write_package
from mer.runs.session import open_run
from mer.runs.unnamed import Unnamed
from mer.training.maps_choice import CHOICES
from tests.made_up_runs import made_up_predictions
from tests.marked_faces import holds_mark, marked_face
from tests.sealed_again import seal_again

CLASSES = ("negative", "positive", "surprise")
USER, HOST = "zaphodb", "heart-of-gold"


@dataclass(frozen=True)
class Store:
    """What a run asks of a store."""

    database_name: str
    terms: str
    synthetic: bool

    def left_out(self):
        return ""

    corrected = left_out

    def corrections(self):
        return ()


@pytest.fixture
def outputs(tmp_path, monkeypatch):
    """A user's outputs folder: his name and that of the machine are in its path, and so in records."""
    home = tmp_path / "home" / USER
    (home / "clone" / "notebooks").mkdir(parents=True)
    monkeypatch.chdir(home / "clone")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("LOGNAME", USER)
    monkeypatch.setattr("platform.node", lambda: HOST)
    for name in ("MER_OUTPUTS", "MER_CACHE"):
        monkeypatch.delenv(name, raising=False)
    return home / "clone" / "outputs"


def faces() -> np.ndarray:
    return np.stack([marked_face(seed) for seed in range(3)])


def finished(outputs, synthetic=False, name="train", database="samm"):
    """A finished run with all that a training and its figures leave, on faces with the mark."""
    folder = outputs / "study" / name
    folder.mkdir(parents=True)
    config = {"database": database, "maps_folder": str(outputs.parent / "data"), "place": f"/media/{USER}/disk"}
    terms = "Rendered." if synthetic else load_layout("samm").terms
    write_json(folder / "record.json", {"study": "study", "run": name, "job": f"1 on {HOST}"})
    write_json(folder / "parameters.json", {"parameters": {"pretrain_run": str(outputs / "study" / "pretrain")}})
    write_json(folder / "recipe.json", {"uses": {str(outputs / "study" / "pretrain"): {}}})
    run = open_run(folder, "04_train_loso", config, show=False)
    run.uses(Store(database, terms, synthetic))
    predictions = made_up_predictions(CLASSES, 1.0, synthetic=synthetic).assign(run=name)
    write_predictions(predictions, folder / "predictions.csv")
    (folder / "history.csv").write_text("step,loss\n1,2\n")
    write_predictions(predictions.assign(run="majority class"), folder / FLOORS)
    write_predictions(predictions.assign(epoch_rule="nested"), folder / RULES)
    (folder / CHOICES).write_text("candidate,chosen\nwide,True\n")
    for place in ("", "readings/paper/"):
        (folder / place).mkdir(parents=True, exist_ok=True)
        (folder / f"{place}group-0.csv").write_text("step,total\n1,2\n")
    (folder / "ridge-on-pixels").mkdir()
    write_predictions(predictions, folder / "ridge-on-pixels" / "predictions.csv")
    (folder / "choosing" / "folds" / "x").mkdir(parents=True)
    (folder / "choosing" / "folds" / "x" / "history.csv").write_text("step,loss\n1,2\n")
    numbers = {"embedding": np.ones((3, 4), np.float32), "weights_full": np.ones((3, 2, 9, 9), np.float32)}
    pixels = {"onset": faces(), "apex": faces(), "displacement": np.stack([faces()] * 2, 1).astype(np.float32)}
    np.savez_compressed(run.arrays / "clips.npz", **numbers, **pixels)
    with zipfile.ZipFile(run.arrays / "failures.zip", "w") as archive:
        archive.writestr("x.png", cv2.imencode(".png", marked_face())[1].tobytes())
    (folder / "folds" / "a__b").mkdir(parents=True)
    (folder / "folds" / "a__b" / "weights.safetensors").write_bytes(b"weights")
    (folder / "folds" / "a__b" / "history.csv").write_text("x\n")
    words = {"title": "T", "caption": "C.", "alt": "Some words"}
    sheet = Figure(figsize=(4, 2))
    for axes, face in zip(sheet.subplots(1, 2), faces(), strict=False):
        axes.imshow(face, cmap="gray", interpolation="nearest")
    files = save_figure(sheet, "contact-sheet", folder, **words, data=pd.DataFrame({"a": [1]}))
    save_figure(confusion_figure(predictions, synthetic=synthetic), "confusion", folder, **words)
    png = base64.b64encode(files.png.read_bytes()).decode()
    book = nbformat.v4.new_notebook()
    book.cells = [nbformat.v4.new_code_cell(outputs=[nbformat.v4.new_output("display_data", {"image/png": png})])]
    nbformat.write(book, folder / "04_train_loso.ipynb")
    (folder / "04_train_loso.html").write_text(f'<img src="data:image/png;base64,{png}">')
    (folder / "kernel.log").write_text("log")
    run.save_table("scores", pd.DataFrame({"where": [str(outputs / "x")], "uf1": [0.5]}), caption="Scores.")
    (folder / "tables" / "odd.html").write_text(f'<img src="data:image/png;base64,{png}">')
    run.finish({"uf1": 0.5, "synthetic": synthetic})
    seal_run(folder, {"state": "finished", "hash": "0"})
    return folder


def packed(folder, out, **options):
    package = write_package(runs_of(folder), out, **options)
    with zipfile.ZipFile(io.BytesIO(out.read_bytes())) as archive:
        assert archive.testzip() is None
        return package, {name: archive.read(name) for name in archive.namelist()}


def test_no_face_of_a_person_leaves_with_a_run(outputs, tmp_path):
    folder = finished(outputs)
    marked = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and holds_mark(path.name, path.read_bytes())
    }
    assert marked == {
        *(f"figures/contact-sheet.{suffix}" for suffix in ("png", "pdf", "svg")),
        *("arrays/clips.npz", "arrays/failures.zip", "04_train_loso.ipynb", "04_train_loso.html", "tables/odd.html"),
    }, "the search finds the faces where they are"
    package, files = packed(folder, tmp_path / "run.zip")
    assert not [name for name, data in files.items() if holds_mark(name, data)]
    assert set(files) == {
        *("CITATION.md", "LEFT_OUT.md", "SHA256SUMS", "TERMS.md"),
        *(f"study/train/{name}" for name in ("predictions.csv", "history.csv", "terms.txt", "arrays/numbers.npz")),
        *(
            f"study/train/{name}.csv"
            for name in ("floors", "epoch_rules", "choices", "group-0", "readings/paper/group-0")
        ),
        "study/train/ridge-on-pixels/predictions.csv",
        *(f"study/train/{name}.json" for name in ("record", "recipe", "parameters", "summary")),
        *(f"study/train/tables/scores.{suffix}" for suffix in ("csv", "tex", "html", "json")),
        *(f"study/train/figures/confusion.{suffix}" for suffix in ("png", "pdf", "svg", "json")),
    }
    with np.load(io.BytesIO(files["study/train/arrays/numbers.npz"])) as stored:
        assert set(stored.files) == {"embedding", "weights_full"}
    page = files["LEFT_OUT.md"].decode()
    assert page == package.left_out
    for left in [*marked, "folds/", "choosing/", "kernel.log", "result.json", "figures/contact-sheet.csv"]:
        assert f"- `study/train/{left}`" in page, left
    assert load_layout("samm").terms in files["TERMS.md"].decode() and "Davison" in files["CITATION.md"].decode()
    assert (folder / "predictions.csv").read_bytes() == files["study/train/predictions.csv"]


def test_neither_user_nor_machine_nor_their_folders_are_named(outputs, tmp_path):
    folder = finished(outputs)
    named = [path for path in folder.rglob("*.json") if USER in path.read_text()]
    assert {"record.json", "recipe.json", "parameters.json"} <= {path.name for path in named}
    files = packed(folder, tmp_path / "run.zip")[1]
    for name, data in files.items():
        for word in (USER, HOST, str(tmp_path)):
            assert word.encode() not in data and word not in name, (name, word)
    record = json.loads(files["study/train/record.json"])
    assert record["config"]["maps_folder"] == "./data" and record["config"]["place"] == "…/disk"
    assert record["job"] == "1 on HOST"
    assert json.loads(files["study/train/recipe.json"])["uses"] == {"outputs/study/pretrain": {}}
    assert files["study/train/tables/scores.csv"].decode().splitlines()[1] == "outputs/x,0.5"


@pytest.mark.parametrize(
    "path",
    ["home/{user}/a_b & c", "mnt/disk one/Zoë’s faces", "data/{user}", "mnt/faces_2/samm"],
    ids=["&", "’", "u", "_"],
)
def test_a_path_is_found_however_it_is_written(outputs, path):
    """As a known folder, and as one that nothing is known of; escaped as in tables and records, and in a PDF."""
    place = "/" + path.format(user=USER)
    unnamed = Unnamed({Path(place): "samm"})
    for written in (place, html.escape(place), json.dumps(place)[1:-1], escape(place)):
        assert unnamed.text(f"<td>{written}/x.png</td>") == "<td>samm/x.png</td>", written
    assert unnamed.in_bytes(b"\0" + f"/Title ({place}/x)".encode("utf-16-be"))
    of_others = Unnamed().value({"in": [place, {place: 1}], "n": 2, "t": f"see {path}"})
    last = place.rsplit("/", 1)[1].replace(USER, "USER")
    assert of_others["in"][0] in (f"…/{last}", f"…/{place.rsplit('/', 1)[1]}") and of_others["n"] == 2
    assert list(of_others["in"][1]) == [of_others["in"][0]]


def test_what_only_looks_like_a_path_stays(outputs):
    kept = (
        "https://doi.org/10.1/x <td>a</td> UF1/UAR 1 / 2 and/or -//W3C//DTD SVG 1.1//EN ./data/x outputs/a/b 3/4/5 /x"
    )
    assert Unnamed().text(kept) == kept
    assert Unnamed().text("a,/mnt/faces/x.png\n") == "a,…/x.png\n"


def test_the_folder_of_an_added_database_is_called_as_the_database(outputs, tmp_path, monkeypatch):
    monkeypatch.setenv("MER_DATABASES", str(tmp_path / "databases.yaml"))
    (folder := tmp_path / "my disk" / "SAMM (2)").mkdir(parents=True)
    add_place(Place("samm", folder, "samm"))
    assert Unnamed().text(f"frames in {tmp_path}/my disk/SAMM (2)/006, sheet") == "frames in samm/006, sheet"


def test_a_patch_that_names_a_folder_is_left_out_and_another_is_passed_on(outputs, tmp_path):
    folder = finished(outputs)
    (folder / "changes.patch").write_text("-a\n+b\n")
    assert packed(folder, tmp_path / "1.zip")[1]["study/train/changes.patch"] == b"-a\n+b\n"
    (folder / "changes.patch").write_text(f"+{outputs}/x\n")
    package, files = packed(folder, tmp_path / "2.zip")
    assert "study/train/changes.patch" not in files
    assert "- `study/train/changes.patch`: names a folder, the user or the machine" in package.left_out


def test_of_rendered_faces_all_figures_are_passed_on(outputs, tmp_path):
    package, files = packed(finished(outputs, synthetic=True, database="synthetic"), tmp_path / "run.zip")
    assert holds_mark("x.png", files["study/train/figures/contact-sheet.png"])
    assert "All faces are rendered" in package.terms and "study/train/figures/contact-sheet.csv" in files
    assert not [name for name in files if name.endswith((".ipynb", "clips.npz"))]


def test_the_same_run_is_the_same_bytes(outputs, tmp_path):
    folder = finished(outputs)
    write_package(runs_of(folder), tmp_path / "1.zip")
    write_package(runs_of("study"), tmp_path / "2.zip")
    assert (tmp_path / "1.zip").read_bytes() == (tmp_path / "2.zip").read_bytes()


def test_a_figure_of_which_nothing_is_known_counts_as_a_face(outputs, tmp_path):
    folder = finished(outputs)
    record = folder / "figures" / "confusion.json"
    for about in ({"faces": None}, {"faces": "no"}, {"faces": 0}):
        record.write_text(json.dumps(json.loads(record.read_text()) | about))
        seal_again(folder)
        assert not [name for name in packed(folder, tmp_path / "x.zip")[1] if "/figures/" in name]
    record.write_text("{")
    (folder / "figures" / "loose.png").write_bytes((folder / "figures" / "contact-sheet.png").read_bytes())
    seal_again(folder)
    assert not [name for name in packed(folder, tmp_path / "x.zip")[1] if "/figures/" in name]


def test_terms_that_are_not_known_have_to_be_given(outputs, tmp_path):
    folder = finished(outputs, database="mine")
    record = json.loads((folder / "record.json").read_text())
    (folder / "record.json").write_text(json.dumps(record | {"clips_of": {"mine": {"terms": "", "synthetic": False}}}))
    seal_again(folder)
    with pytest.raises(InputError, match=r"terms of use of database mine are not known.*--terms TEXT"):
        write_package(runs_of(folder), tmp_path / "x.zip")
    assert not (tmp_path / "x.zip").exists()
    package, files = packed(folder, tmp_path / "x.zip", terms="They agreed.")
    assert "They agreed." in package.terms and "The database mine: ask its owner" in files["CITATION.md"].decode()


def test_a_run_on_a_clip_of_ones_own_is_packed_only_with_terms_and_is_not_called_rendered(outputs, tmp_path):
    folder = finished(outputs, synthetic=True, database="synthetic")
    own = {"clip": f"/media/{USER}/anna.mp4", "apex_image": None, "train_run": str(folder)}
    tried = outputs / "study" / "tried"
    tried.mkdir()
    write_json(tried / "record.json", {"config": own})
    seal_run(tried, {"state": "finished", "hash": "0"})
    with pytest.raises(InputError, match=r"a clip of one's own are not known.*--terms TEXT"):
        write_package(runs_of(tried), tmp_path / "x.zip")
    package, files = packed(tried, tmp_path / "x.zip", terms="Anna agreed.")
    assert (
        OWN_FACES in package.terms and "Anna agreed." in package.terms and "All faces are rendered" not in package.terms
    )
    assert json.loads(files["study/tried/record.json"])["config"]["clip"] == "…/anna.mp4"


def test_what_a_folder_of_ones_own_says_of_unknown_terms_counts_as_unknown(outputs, tmp_path):
    (own := tmp_path / "own").mkdir()
    cv2.imwrite(str(own / "1.png"), marked_face())
    cv2.imwrite(str(own / "2.png"), marked_face())
    (own / "clips.csv").write_text("onset_image,apex_image\n1.png,2.png\n")
    terms = open_folder(own).terms
    folder = finished(outputs, database="own")
    record = json.loads((folder / "record.json").read_text())
    write_json(folder / "record.json", record | {"clips_of": {"own": {"terms": terms, "synthetic": False}}})
    seal_run(folder, {"state": "finished", "hash": "0"})
    with pytest.raises(InputError, match="terms of use of database own are not known"):
        write_package(runs_of(folder), tmp_path / "x.zip")


def test_a_result_vouches_for_the_terms_beside_it(outputs, tmp_path):
    """`result.json` alone is no result: its seal names record and terms, and without them the run is refused."""
    for name in ("record.json", "terms.txt"):
        folder = finished(outputs, name=name.split(".")[0])
        assert name in json.loads((folder / "result.json").read_text())["files"]
        (folder / name).write_text((folder / name).read_text().replace("must not be", "may be"))
        with pytest.raises(Damaged, match=name):
            check_run(folder)


def test_weights_go_only_when_asked_for_with_the_terms(outputs, tmp_path):
    package, files = packed(finished(outputs), tmp_path / "x.zip", weights=True)
    assert files["study/train/folds/a__b/weights.safetensors"] == b"weights"
    assert "Weights trained on faces of people may hold traces of them" in package.terms


def test_a_study_is_packed_whole_and_says_which_runs_are_not_finished(outputs, tmp_path):
    finished(outputs)
    finished(outputs, synthetic=True, name="rendered", database="synthetic")
    (outputs / "study" / "stopped").mkdir()
    package, files = packed("study", tmp_path / "x.zip")
    assert {name.split("/")[1] for name in files if "/" in name} == {"train", "rendered"}
    assert "- `study/stopped/`: the run is not finished (interrupted)" in package.left_out
    assert "study/rendered/figures/contact-sheet.png" in files, "of each run by itself"
    assert "study/train/figures/contact-sheet.png" not in files


def test_a_damaged_run_is_not_passed_on(outputs, tmp_path):
    folder = finished(outputs)
    (folder / "predictions.csv").write_text("x")
    with pytest.raises(Damaged, match=r"predictions\.csv"):
        write_package(runs_of(folder), tmp_path / "x.zip")


def test_what_holds_no_finished_run_is_refused(outputs):
    with pytest.raises(InputError, match="is no folder of a run or study"):
        runs_of("nothing")
    (outputs / "study" / "stopped").mkdir(parents=True)
    with pytest.raises(InputError, match="holds no finished run"):
        runs_of("study")
    folder = shutil.copytree(finished(outputs), outputs / "study" / "other")  # that one this process has open
    (folder / "result.json").unlink()
    with pytest.raises(MissingPath, match=r"An export needs a finished run\..*did not finish.*Make it again"):
        runs_of(folder)


def test_a_run_whose_result_cannot_be_read_is_said_to_be_damaged_and_not_left_out(outputs, tmp_path):
    folder = finished(outputs)
    (folder / "result.json").write_text((folder / "result.json").read_text()[:-5])
    for given in (folder, folder.parent):
        with pytest.raises(Damaged, match=r"result\.json is damaged: it cannot be read as JSON"):
            write_package(runs_of(given), tmp_path / "x.zip")


def test_a_link_is_not_passed_on_and_is_listed(outputs, tmp_path):
    folder = finished(outputs)
    (tmp_path / "secret.csv").write_text("a person's name")
    (folder / "tables").mkdir(exist_ok=True)
    (folder / "tables" / "linked.csv").symlink_to(tmp_path / "secret.csv")
    _, files = packed(folder, tmp_path / "x.zip")
    assert not any(name.endswith("linked.csv") for name in files)
    assert "a link to another place" in files["LEFT_OUT.md"].decode()

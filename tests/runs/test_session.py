import json
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pytest

from mer.core.errors import InputError
from mer.core.locked import take_lock
from mer.core.work_lock import work_lock
from mer.evaluation.corrected_since import corrected_since_words
from mer.figures.tables import BOLD_RULE
from mer.manifest.own_corrections import (
    OwnCorrection,
    corrected_words,
    remove_own_corrections,
    save_own_corrections,
)
from mer.runs import session
from mer.runs.folder import run_folders
from mer.runs.registry import list_runs
from mer.runs.session import open_run
from tests.at_once import next_line


@dataclass(frozen=True)
class Inner:
    rate: float = 0.1


@dataclass(frozen=True)
class Outer:
    inner: Inner = Inner()
    name: str = "x"


def test_a_run_by_hand_has_a_folder_a_record_and_never_looks_like_a_batch_run(project, capsys):
    run = open_run(None, "02_align", {"config": Outer(), "seed": 3})
    assert run.folder == project.outputs / "interactive" / "02_align"
    record = json.loads((run.folder / "record.json").read_text())
    assert record["config"] == {"config.inner.rate": 0.1, "config.name": "x", "seed": 3}
    assert record["versions"]["mer"]
    assert record["machine"]["cores"] >= 1
    printed = capsys.readouterr().out
    assert "config.inner.rate  0.1" in printed
    assert "outputs/interactive/02_align" in printed
    run.finish({"n": 3})
    assert json.loads((run.folder / "summary.json").read_text()) == {"n": 3}
    assert run_folders(project.outputs) == []


#: The kernel of a batch run: it has opened its run, and computes.
KERNEL = """
import sys, time
from mer.runs.session import open_run
open_run(sys.argv[1], "04_train_loso", show=False)
print("open", flush=True)
time.sleep(600)
"""


def test_the_folder_of_a_batch_run_is_given_to_nobody_before_its_kernel_has_ended(project):
    folder = project.outputs / "s" / "train"
    command = [sys.executable, "-c", KERNEL, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=project.folder) as kernel:
        try:
            assert next_line(kernel, "the kernel opens its run") == "open"
            with open(work_lock(folder), "a+") as stream:
                assert not take_lock(stream.fileno(), wait=False), "the kernel of a killed run still works there"
                kernel.kill()
                kernel.wait(120)
                assert take_lock(stream.fileno(), wait=False)
        finally:
            kernel.kill()


def test_folds_that_other_code_made_are_not_resumed_by_hand(project, monkeypatch):
    folder = open_run(None, "x", show=False).folder
    (folder / "folds" / "a").mkdir(parents=True)
    (folder / "group-0.safetensors").write_bytes(b"x")
    (folder / "readings" / "paper").mkdir(parents=True)
    (folder / "choosing" / "folds").mkdir(parents=True)
    open_run(None, "x", show=False)
    assert (folder / "folds" / "a").is_dir(), "the same code goes on where it stopped"
    monkeypatch.setattr(session, "code_digest", lambda sources: "other")
    open_run(None, "x", show=False)
    assert not (folder / "folds").exists() and not (folder / "readings").exists()
    assert not (folder / "choosing").exists(), "nor is what they were chosen by"
    assert not (folder / "group-0.safetensors").exists()


def test_a_kernel_started_in_the_notebooks_folder_writes_to_the_same_outputs(project, monkeypatch):
    monkeypatch.chdir(project.folder / "notebooks")
    assert open_run(None, "x", show=False).folder == project.outputs / "interactive" / "x"
    assert Path.cwd() == project.folder, "relative paths mean the same as in batch"


def test_tables_keep_words_and_a_named_index(project, tmp_path):
    run = open_run(tmp_path / "r", "x", show=False)
    table = pd.DataFrame({"uf1": [0.123456789012]})
    assert run.save_table("per-class_scores", table, caption="c") is table
    words = json.loads((run.tables / "per-class_scores.json").read_text())
    assert words == {"name": "per-class_scores", "title": "Per class scores", "caption": "c"}
    assert (run.tables / "per-class_scores.csv").read_text() == "uf1\n0.123456789\n"
    run.save_table("indexed", table.set_axis(pd.Index(["a"], name="label")))
    assert (run.tables / "indexed.csv").read_text().startswith("label,uf1\na,")
    with pytest.raises(InputError, match=r"\.\./x"):
        run.save_table("../x", table)


def test_a_table_is_written_as_csv_latex_and_html_with_the_same_words(project, tmp_path):
    run = open_run(tmp_path / "r", "x", show=False)
    run.beware(LEFT_OUT)
    table = pd.DataFrame({"clip": ["sub_01", "b"], "uf1": [0.5, 0.3], "uf1_low": [0.4, 0.2], "uf1_high": [0.6, 0.35]})
    run.save_table("scores", table, title="Scores", caption="c", best=["uf1"], synthetic=True, notes="Of a licence.")
    latex, page = ((run.tables / f"scores.{suffix}").read_text() for suffix in ("tex", "html"))
    for text in (latex, page, (run.tables / "scores.json").read_text()):
        assert f"c Synthetic faces. {LEFT_OUT}" in text
        assert f"Of a licence. {BOLD_RULE}" in text
    assert "\\end{tabular}" in latex.partition("Of a licence")[0], "below the table, not in its caption"
    assert "</table>" in page.partition("Of a licence")[0]
    words = json.loads((run.tables / "scores.json").read_text())
    assert words["caption"] == f"c Synthetic faces. {LEFT_OUT}"
    assert r"sub\_01 & \textbf{0.500 {[}0.400, 0.600{]}} \\" in latex
    assert r"\label{tab:scores}" in latex
    assert "<strong>0.500 [0.400, 0.600]</strong>" in page
    assert words["best"] == {"uf1": "high"}


@pytest.mark.parametrize(
    ("config", "given", "expected"),
    [
        ({"database": "synthetic:1"}, None, True),
        ({"data": {"database": "synthetic"}}, None, True),
        ({"database": "casme2"}, None, False),
        ({"database": "synthetic"}, False, False),
        ({}, True, True),
    ],
)
def test_the_caption_says_synthetic_when_the_data_are(project, tmp_path, config, given, expected):
    run = open_run(tmp_path / "r", "x", config, show=False)
    run.save_table("t", pd.DataFrame({"a": [1]}), caption="c", synthetic=given)
    for suffix in ("tex", "html", "json"):
        assert ("ynthetic" in (run.tables / f"t.{suffix}").read_text()) is expected
    run.save_table("u", pd.DataFrame({"a": [1]}), caption="On synthetic heads.", synthetic=given)
    assert (run.tables / "u.tex").read_text().lower().count("synthetic") == 1, "said once"


LEFT_OUT = "2 of 9 clips left out: 2 missing or damaged."


def test_what_a_reader_must_beware_of_is_kept_printed_and_on_every_table(project, tmp_path, capsys):
    run = open_run(tmp_path / "r", "x", show=False)
    run.save_table("before", pd.DataFrame({"a": [1]}), caption="c")
    run.beware("")
    assert not (run.folder / "caveats.json").exists()
    run.beware(LEFT_OUT, "", "Other.")
    run.beware(LEFT_OUT)
    assert json.loads((run.folder / "caveats.json").read_text()) == [LEFT_OUT, "Other."]
    assert capsys.readouterr().out.splitlines().count(f"Beware: {LEFT_OUT}") == 2
    run.save_table("after", pd.DataFrame({"a": [1]}), caption="c")
    run.save_table("bare", pd.DataFrame({"a": [1]}))
    captions = {
        name: json.loads((run.tables / f"{name}.json").read_text())["caption"] for name in ("before", "after", "bare")
    }
    assert captions == {"before": "c", "after": f"c {LEFT_OUT} Other.", "bare": f"{LEFT_OUT} Other."}


def test_a_run_inherits_what_another_says(project, tmp_path):
    first, second = (open_run(tmp_path / name, "x", show=False) for name in ("first", "second"))
    second.inherit(first.folder)
    assert not (second.folder / "caveats.json").exists()
    first.beware(LEFT_OUT)
    second.beware("Own.")
    second.inherit(str(first.folder))
    second.inherit(first.folder)
    assert json.loads((second.folder / "caveats.json").read_text()) == ["Own.", LEFT_OUT]
    assert json.loads((first.folder / "caveats.json").read_text()) == [LEFT_OUT]


def test_a_folder_that_cannot_be_made_is_named(project):
    with pytest.raises(InputError, match=r"/proc/nothing.*MER_OUTPUTS"):
        open_run("/proc/nothing/run", "x")


def test_the_run_list_has_state_and_scores(project):
    done, stopped = project.outputs / "s" / "a", project.outputs / "s" / "b"
    for folder in (done, stopped):
        folder.mkdir(parents=True)
    summary = {"uf1": 0.5, "uar": 0.6, "n": 12, "epoch_rule": "last"}
    result = {"state": "finished", "hash": "0123456789", "seconds": 90.0, "summary": summary}
    (done / "result.json").write_text(json.dumps(result))
    (done / "parameters.json").write_text(json.dumps({"hash": "0123456789"}))
    table = list_runs()
    assert table["state"].tolist() == ["finished", "interrupted"]
    first = table.iloc[0]
    assert (first["UF1"], first["UAR"], first["n"], first["minutes"], first["hash"]) == (0.5, 0.6, 12, 1.5, "01234567")
    assert list_runs(project.outputs / "other").empty


def test_a_run_by_hand_forgets_what_an_earlier_one_left_out(project, tmp_path):
    open_run(None, "03_pretrain", {}, show=False).beware(LEFT_OUT)
    again = open_run(None, "03_pretrain", {}, show=False)
    assert not (again.folder / "caveats.json").exists()


@dataclass(frozen=True)
class Store:
    """What a run asks of a store."""

    left: str = ""
    own: tuple[OwnCorrection, ...] = ()
    database_name: str = "samm"
    terms: str = ""
    synthetic: bool = False

    def left_out(self):
        return self.left

    def corrections(self):
        return self.own

    def corrected(self):
        return corrected_words(self.own) if self.own else ""


def test_what_a_user_corrected_is_on_every_table_and_in_the_record(project, tmp_path, capsys):
    moved = OwnCorrection("samm", "006", "006_1_2", "apex", "12", "14", reason="seen")
    run = open_run(tmp_path / "r", "x", show=False)
    run.uses(Store())
    assert json.loads((run.folder / "record.json").read_text())["corrections"] == []
    assert not (run.folder / "caveats.json").exists()
    run.uses(Store(LEFT_OUT, (moved,)))
    run.uses(Store("", (moved, replace(moved, column="onset", value="3"))), "Under blinking: ")
    record = json.loads((run.folder / "record.json").read_text())
    assert [(one["clip"], one["column"], one["was"]) for one in record["corrections"]] == [
        ("006_1_2", "apex", "14"),
        ("006_1_2", "onset", "14"),
    ]
    run.save_table("t", pd.DataFrame({"a": [1]}), caption="c")
    said = "1 clip corrected by the user (corrections.csv)."
    assert json.loads((run.tables / "t.json").read_text())["caption"] == f"c {LEFT_OUT} {said} Under blinking: {said}"
    assert said in capsys.readouterr().out


def test_corrections_of_an_earlier_run_by_hand_do_not_stay(project):
    moved = OwnCorrection("samm", "006", "006_1_2", "apex", "12", "14")
    open_run(None, "x", show=False).uses(Store("", (moved,)))
    run = open_run(None, "x", show=False)
    run.uses(Store())
    assert json.loads((run.folder / "record.json").read_text())["corrections"] == []


@pytest.mark.parametrize(("now", "said"), [("12", False), ("13", True), (None, True)])
def test_results_of_clips_corrected_otherwise_since_are_told(project, tmp_path, capsys, now, said):
    """The predictions of a run are of the clips as they were, also for one that uses no clips itself."""
    moved = OwnCorrection("samm", "006", "006_1_2", "apex", "12", "14")
    save_own_corrections([moved])
    trained = open_run(project.outputs / "s" / "train", "x", {"database": "samm"}, show=False)
    if now is None:
        remove_own_corrections([moved.clip_key])
    else:
        save_own_corrections([replace(moved, value=now, was="12")])
    run = open_run(tmp_path / "r", "y", show=False)
    run.inherit(trained.folder)
    run.inherit(trained.folder)
    told = "s/train was made before corrections of yours were saved or removed (1 clip: samm/"
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith(f"Beware: {told}")]
    assert len(lines) == 2 * said
    caveats = run.folder / "caveats.json"
    saved = json.loads(caveats.read_text()) if caveats.is_file() else []
    assert saved == [corrected_since_words(trained.folder)] * said


TERMS = "SAMM: for research only."


def test_terms_of_real_faces_stand_in_the_record_beside_the_predictions_and_on_every_table(project, tmp_path):
    run = open_run(tmp_path / "r", "x", show=False)
    run.uses(Store(terms=TERMS))
    run.uses(Store(database_name="synthetic", terms="Rendered.", synthetic=True))
    record = json.loads((run.folder / "record.json").read_text())
    assert record["clips_of"] == {
        "samm": {"terms": TERMS, "synthetic": False},
        "synthetic": {"terms": "Rendered.", "synthetic": True},
    }
    assert (run.folder / "terms.txt").read_text() == TERMS + "\n"
    run.save_table("t", pd.DataFrame({"a": [1]}), notes="Own note.")
    run.save_table("u", pd.DataFrame({"a": [1]}), notes=TERMS)
    assert json.loads((run.tables / "t.json").read_text())["notes"] == f"Own note. {TERMS}"
    assert json.loads((run.tables / "u.json").read_text())["notes"] == TERMS, "said once"
    other = open_run(tmp_path / "o", "y", show=False)
    other.inherit(run.folder)
    assert (other.folder / "terms.txt").read_text() == TERMS + "\n", "it shows results of the same clips"


def test_terms_of_an_earlier_run_by_hand_do_not_stay(project):
    open_run(None, "x", show=False).uses(Store(terms=TERMS))
    run = open_run(None, "x", show=False)
    assert not (run.folder / "terms.txt").exists()
    run.uses(Store(database_name="synthetic", terms="Rendered.", synthetic=True))
    assert not (run.folder / "terms.txt").exists()
    run.save_table("t", pd.DataFrame({"a": [1]}))
    assert TERMS not in (run.tables / "t.json").read_text()

"""The run board in JupyterLab: a real study is started, watched, cancelled, found again and resumed."""

import re
import shutil

import psutil
import pytest
import yaml
from playwright.sync_api import expect

from mer.runs.background import cancel_job, is_alive, members
from mer.runs.folder import RunFolder
from mer.runs.jobs import find_job
from tests.runs.board_runs import made_up, scores

#: Long enough to be seen and cancelled in its first part, done in a minute.
STEPS = 600
#: For training to end, on a machine that is busy with much else.
TO_THE_END_MS = 1_200_000


@pytest.fixture
def study(lab, world):
    """A study of its own in the lab's project: the tiny database, pretraining and training of a few steps."""
    data = world.data
    content = {
        "name": "tiny",
        "title": "Tiny",
        "steps": [
            {
                "run": "pretrain",
                "notebook": "03_pretrain",
                "parameters": data | {"overrides": {"steps": STEPS, "groups": 3, "batch": 2, "minimum_gap": 2}},
                "minutes": 1,
            },
            {
                "run": "train",
                "notebook": "04_train_loso",
                "parameters": data
                | {
                    "pretrain_run": "@pretrain",
                    "overrides": {"warm_up.steps": 20, "joint.steps": 1, "joint.batch": 4, "minimum_gap": 2},
                },
                "minutes": 1,
            },
        ],
    }
    (lab.project / "notebooks" / "studies" / "tiny.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    yield "tiny"
    job = find_job("tiny", outputs=lab.outputs)
    if job is not None:
        cancel_job(job, 0, lab.outputs)


def said(view, words):
    return view.get_by_role("alert").filter(has_text=words)


def press(view, name):
    view.get_by_role("button", name=name, exact=True).click()


def row(view, name):
    return view.get_by_role("row").filter(has=view.page.get_by_role("gridcell", name=name, exact=True))


@pytest.mark.slow
@pytest.mark.picture
@pytest.mark.whole_notebook("15_run_board")
def test_a_study_is_started_watched_cancelled_found_again_and_resumed(open_notebook, lab, study):
    notebook = open_notebook("15_run_board", study=study).run_all()
    view = notebook.output("run_board(")
    expect(row(view, "pretrain")).to_contain_text("would run")
    press(view, "Preview study")
    expect(view.get_by_text("tiny: 0 up to date, 2 would run, about 2 min")).to_be_visible()

    press(view, "Start study")
    expect(view.get_by_text(re.compile(r"Started: mer study tiny \(process \d+\)"))).to_be_visible()
    expect(row(view, "pretrain")).to_contain_text("running")
    row(view, "pretrain").click()
    expect(view.get_by_text(re.compile(r"group-\d: step \d+ of \d+"))).to_be_visible()
    expect(view.get_by_text(re.compile(r"loss of the DGM: group-\d: .* at step \d+"))).to_be_visible()
    curves = view.get_by_role(
        "img", name=re.compile(r"tiny . pretrain\. loss of the DGM, \d of 3 groups \(synthetic faces\)")
    )
    expect(curves).to_contain_text("loss of the DGM (weighted sum)")
    expect(curves).to_contain_text("optimiser step of each group")
    marks = curves.locator(".mer-live-mark")
    expect(marks.nth(marks.count())).to_be_attached()  # the curve grows
    progress = view.get_by_text(re.compile(r"group-\d: step \d+ of \d+")).first
    expect(progress).not_to_have_text(progress.inner_text())  # it goes on by itself
    notebook.settle()
    notebook.check()
    notebook.picture(view, "run-board")

    press(view, "Start study")
    expect(view.get_by_text("mer study tiny is running already")).to_be_visible()
    job = find_job(study, outputs=lab.outputs)
    family = members(job)
    assert len(family) >= 3, "the command, its kernel, workers"
    press(view, "Cancel")
    expect(view.get_by_text("mer study tiny was cancelled")).to_be_visible()
    assert not any(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in family)
    assert members(job) == []
    expect(row(view, "pretrain")).to_contain_text("interrupted")
    expect(view.get_by_text("Resume goes on from what is finished")).to_be_visible()
    press(view, "Cancel")
    expect(view.get_by_text("tiny / pretrain is not running; there is nothing to cancel")).to_be_visible()

    press(view, "Resume")
    expect(row(view, "pretrain")).to_contain_text("running")
    notebook.save()
    notebook.reload()
    expect(row(view, "pretrain")).to_contain_text("running")
    expect(row(view, "pretrain")).to_contain_text("finished", timeout=TO_THE_END_MS)
    expect(row(view, "train")).to_contain_text("running")
    row(view, "train").click()
    expect(view.get_by_text(re.compile(r"Partial, \d+ of \d+ folds \(synthetic faces, n = \d+\)"))).to_be_visible()
    expect(row(view, "train")).to_contain_text("finished", timeout=TO_THE_END_MS)
    expect(row(view, "train")).to_contain_text(re.compile(r"0\.\d{3} \[0\.\d{3}, [01]\.\d{3}\]"))
    expect(row(view, "train")).to_contain_text("synthetic")
    psutil.wait_procs(members(find_job(study, outputs=lab.outputs)), timeout=120)  # it writes the report
    assert not is_alive(find_job(study, outputs=lab.outputs))
    assert not (lab.outputs / study / "pretrain" / "live").exists()
    notebook.check()


def test_runs_are_compared_filtered_and_opened(open_notebook, lab):
    notebook = open_notebook("15_run_board", study="demo").run_all()
    view = notebook.output("run_board(")
    row(view, "train").click()
    expect(view.get_by_role("heading", name="demo / train")).to_be_visible()
    row(view, "figures").click(modifiers=["Control"])
    expect(view.get_by_role("heading", name="Two runs")).to_be_visible()
    expect(view.get_by_role("table", name="Two runs side by side")).to_contain_text("train_run")
    row(view, "train").click()
    view.get_by_label("State").select_option("failed")
    expect(view.get_by_text("no run fits")).to_be_visible()
    expect(view.get_by_text("No run is looked at.")).to_be_visible()
    view.get_by_label("State").select_option("all states")
    row(view, "train").click()
    expect(view.get_by_role("heading", name="demo / train")).to_be_visible()
    notebook.check()
    view.get_by_role("link", name="executed notebook", exact=True).click()
    expect(notebook.page.get_by_role("tab", name="04_train_loso.ipynb")).to_be_visible()


def test_wrong_parameters_are_said_in_place_and_by_keyboard(open_notebook, lab):
    notebook = open_notebook("15_run_board", study="no-such-study").run_all()
    view = notebook.output("run_board(")
    expect(said(view, "No study 'no-such-study'")).to_be_visible()
    form = view.locator(".mer-start-form")
    form.get_by_label("Notebook").select_option("03_pretrain")
    field = form.get_by_label("Parameters")
    field.focus()
    notebook.page.keyboard.type("sede=1\ndatabase=nowhere")
    notebook.page.keyboard.press("Tab")
    notebook.press(form.get_by_role("button", name="Start run"))
    expect(said(form, "Did you mean 'seed'?")).to_contain_text("nowhere")
    assert not (lab.outputs / "single").exists()
    notebook.check()


def test_a_run_that_vanishes_or_breaks_is_said_in_place(open_notebook, lab, world):
    broken = RunFolder(lab.outputs, "broken", "train")
    broken.path.mkdir(parents=True)
    broken.file("result.json").write_text('{"state": "finis', encoding="utf-8")
    (lab.outputs / "broken" / "gone").mkdir()
    notebook = open_notebook("15_run_board", study="broken").run_all()
    view = notebook.output("run_board(")
    row(view, "train").click()
    expect(view.get_by_text("result.json cannot be read")).to_be_visible()
    (lab.outputs / "broken" / "gone").rmdir()
    press(view, "Refresh")
    expect(row(view, "gone")).to_have_count(0)
    expect(row(view, "train")).to_contain_text("interrupted")
    press(view, "Resume")
    expect(said(view, "Study 'broken' is none of notebooks/studies")).to_be_visible()
    notebook.check()


#: Whether all cells of these columns are whole and in sight, for every row in the page.
WHOLE = """(grid, titles) => {
  const heads = [...grid.querySelectorAll('[role=columnheader]')].map((head) => head.textContent);
  const right = grid.getBoundingClientRect().left + grid.clientLeft + grid.clientWidth + 1;
  return [...grid.querySelectorAll('[role=row]')].every((row) => titles.every((title) => {
    const cell = row.children[heads.indexOf(title)];
    return cell.scrollWidth <= cell.clientWidth && cell.getBoundingClientRect().right <= right;
  }));
}"""


def test_many_runs_by_keyboard_alone_and_one_that_goes_while_it_is_looked_at(open_notebook, lab):
    names = [f"train-overrides=warm_up.augment.flip_False,seed={k}" for k in range(60)]
    for k, name in enumerate(names):
        started = f"2026-01-02T03:{59 - k:02d}:00Z"
        made_up(lab.outputs, "many", name, notebook="04_train_loso", summary=scores(0.5 + k / 200), started=started)
    notebook = open_notebook("15_run_board", study="many").run_all()
    view, page = notebook.output("run_board("), notebook.page
    page.set_viewport_size({"width": 1000, "height": 1000})
    notebook.settle()
    grid = view.get_by_role("grid", name="Runs")
    for study in ("many", "all studies"):
        view.get_by_label("Study", exact=True).select_option(study)
        notebook.settle()
        expect(view.get_by_role("gridcell", name="180", exact=True).first).to_be_visible()
        assert grid.evaluate(WHOLE, ["State", "UF1 [95 %]", "UAR [95 %]", "Clips", "Faces", "Epoch"])
    view.get_by_label("Study", exact=True).select_option("many")
    cut = view.get_by_role("gridcell", name=names[7], exact=True)
    expect(cut).to_be_visible()
    assert cut.evaluate("cell => cell.lastChild.getBoundingClientRect().right <= cell.getBoundingClientRect().right")
    assert names[7].endswith(cut.evaluate("cell => cell.lastChild.textContent")), "the end, where names differ, is seen"

    grid.focus()
    page.keyboard.press("Home")
    expect(view.get_by_role("heading", name=names[0])).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(view.get_by_role("heading", name=names[1])).to_be_visible()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect(view.get_by_role("heading", name="Two runs")).to_be_visible()
    page.keyboard.press("Escape")
    expect(view.get_by_role("heading", name=names[2])).to_be_visible()
    cancel = view.get_by_role("button", name="Cancel", exact=True)
    for _ in range(20):  # the headings, which sort, and the other buttons
        if cancel.evaluate("button => button === document.activeElement"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(said(view, f"many / {names[2]} is not running; there is nothing to cancel")).to_be_visible()

    shutil.rmtree(lab.outputs / "many" / names[2])
    expect(view.get_by_text("No run is looked at.")).to_be_visible()  # the board looks by itself
    expect(view.get_by_text("59 runs: 59 finished")).to_be_visible()
    view.get_by_label("State").select_option("failed")
    expect(said(view, "nothing to cancel")).to_have_count(0)
    expect(view.get_by_role("gridcell", name="No rows")).to_be_visible()
    notebook.check()

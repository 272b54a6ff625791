from mer.core import live
from mer.runs.folder import RunFolder
from tests.runs.board_runs import made_up


def test_curves_grow_while_a_run_trains(shown, made):
    folder = made_up(made.outputs, "s", "train", "interrupted", config={"database": "synthetic"})
    live.begin_live(folder, "group-0")
    live.note_live({"step": 25, "total": 3.0, "smooth": 0.1}, 100)
    shown.refresh()
    shown.list.selection.look_at([run.run for run in shown.list.shown].index("train"))
    plot = shown.details.plot
    assert [line["x"] for line in plot.curves["lines"]] == [[25]]
    assert "synthetic faces" in plot.curves["title"]
    assert shown.details.curve.options == (("loss of the DGM", "total"), ("smoothness", "smooth"))
    assert "group-0: step 25 of 100" in shown.details.words.value
    with RunFolder(made.outputs, "s", "train").lock():
        live.note_live({"step": 50, "total": 2.0, "smooth": 0.1}, 100)
        shown.refresh()
    assert [line["x"] for line in plot.curves["lines"]] == [[25, 50]]
    assert "loss of the DGM: group-0: 2 at step 50." in shown.details.said.value
    shown.details.curve.value = "smooth"
    assert [line["y"] for line in plot.curves["lines"]] == [[0.1, 0.1]]
    live.end_live()


def test_each_run_begins_with_the_curve_that_says_most_and_all_its_folds(shown, made):
    pretrain, train = (made_up(made.outputs, "s", name, notebook=name) for name in ("pretrain", "train"))
    (pretrain / "group-0.csv").write_text("step,total,smooth\n25,3.0,0.1\n")
    for fold, loss in (("a__1", 0.5), ("a__2", 0.4)):
        (train / "folds" / fold).mkdir(parents=True)
        (train / "folds" / fold / "fold.json").write_text("{}")
        (train / "folds" / fold / "history.csv").write_text(f"step,total,classification\n25,3.0,{loss}\n")
    (pretrain / "group-0.safetensors").touch()
    shown.refresh()
    details, places = shown.details, {run.run: place for place, run in enumerate(shown.list.shown)}
    shown.list.selection.look_at(places["pretrain"])
    assert (details.curve.value, details.part.description) == ("total", "Group")
    details.part.value = "group-0"
    shown.list.selection.look_at(places["train"])
    assert (details.curve.value, details.part.value, details.part.description) == ("classification", "", "Fold")
    assert details.plot.curves["title"] == "classification loss, 2 folds (faces unknown)"
    assert [label for label, _ in details.part.options] == ["all folds", "a/1", "a/2"]
    assert not any(line["colour"] for line in details.plot.curves["lines"])
    details.part.value, details.curve.value = "a/2", "total"
    shown.refresh()
    assert (details.part.value, details.curve.value) == ("a/2", "total"), "a look by itself changes no choice"
    assert [line["name"] for line in details.plot.curves["lines"] if line["colour"]] == ["a/2"]


def test_curves_come_back_after_others_were_looked_at(shown, made):
    folder = made_up(made.outputs, "s", "train")
    (folder / "group-0.csv").write_text("step,total\n25,3.0\n")
    shown.refresh()
    place = [run.run for run in shown.list.shown].index("train")
    shown.list.selection.look_at(place)
    assert shown.details._curves.layout.display == ""
    shown.list.selection.choose([0, place])
    assert shown.details._curves.layout.display == "none"
    shown.list.selection.choose([place])
    shown.list.selection.look_at(place)
    assert shown.details._curves.layout.display == ""

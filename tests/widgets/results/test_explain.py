"""An explanation of one clip on demand: words, pictures and bars; what goes wrong is said in place."""

from dataclasses import replace

import numpy as np
import pytest

from mer.core.errors import InputError, MissingPath
from mer.evaluation.own_clip import OCCLUSION_CAVEAT
from mer.widgets.bars import bars_html
from mer.widgets.results import explain as results_explain
from mer.widgets.results.explain import ClipExplanation, explanation_bars, explanation_pictures, explanation_words
from mer.widgets.results.view import explore_results

BOXES = ["1L", "1R", "2", "3L", "3R", "4", "5L", "5R", "6"]


def made(target="positive"):
    rng = np.random.default_rng(0)
    local = {f"box {name}": 0.1 * k for k, name in enumerate(BOXES)} | {"full face": -1.6}
    maps = {name: rng.normal(size=(32, 32)) for name in ("displacement x", "displacement y", "all together")}
    branches = {"global": 3.0, "full face": -1.0}
    return ClipExplanation(target, 2.0, 0.25, 0.0012, maps, dict.fromkeys(local, 0.2), branches, local, -0.0003, 0.004)


@pytest.fixture
def view(run, monkeypatch):
    view = explore_results(run)
    view.asked = []
    monkeypatch.setattr(results_explain, "explain_clip", lambda _, *key: view.asked.append(key) or made(key[1]))
    return view


def test_words_state_gain_delta_and_baseline():
    words = explanation_words(made())
    assert "changes the log-odds of positive, log p / (1 - p), by +2.00" in words and "delta +0.0012" in words
    assert "against this class" not in words
    assert "against this class" in explanation_words(replace(made(), gain=-0.6))
    assert "same face without motion (the onset frame in place of the apex, a displacement of zero)" in words


def test_bars_state_their_sums_and_deltas():
    branches, local, occlusion = explanation_bars(made())
    assert "Sum +2.00, delta -0.0003" in branches and "Sum +2.00, delta +0.0040" in local
    assert local.count("<tr>") == 10 and occlusion.count("<tr>") == 10


def test_pictures_say_what_they_sum_to():
    shown = explanation_pictures(made(), np.zeros((32, 32), np.uint8), "c1")
    assert [item.head.split(" (")[0] for item in shown] == ["displacement x", "displacement y", "all together"]
    assert all(item.image and "of +2.00" in item.alt for item in shown)


def test_the_class_can_be_chosen_and_explanations_are_remembered(view):
    row = int(np.flatnonzero(~view.results.right)[0])
    one = view.results.predictions.iloc[row]
    view.selection.look_at(row)
    explain = view.explain
    assert explain.found.layout.display == "none"
    explain.button.click()
    assert view.asked == [(row, one["predicted"])] and explain.found.layout.display == ""
    assert "may contradict each other" in explain.beware.value and OCCLUSION_CAVEAT in explain.beware.value
    explain.target.value = "true class"
    assert explain.found.layout.display == "none"
    explain.button.click()
    assert view.asked[1:] == [(row, one["label"])]
    view.selection.look_at(row + 1 if row < 11 else 0)
    assert explain.found.layout.display == "none"
    view.selection.look_at(row)
    assert explain.found.layout.display == "" and one["label"] in explain.words.value
    explain.button.click()
    assert len(view.asked) == 2


@pytest.mark.parametrize(
    "error", [MissingPath("Weights a do not exist."), InputError("trained by another version of this suite")]
)
def test_failure_is_said_in_place(view, monkeypatch, error):
    def fails(*_):
        raise error

    monkeypatch.setattr(results_explain, "explain_clip", fails)
    view.explain.button.click()
    assert view.explain.notice.kind == "error" and view.explain.notice.text == str(error)
    assert not view.explain.button.disabled
    view.selection.look_at(3)
    assert view.explain.notice.text == ""


def test_what_was_explained_is_shown_also_once_the_arrays_are_gone(view, run, monkeypatch):
    view.selection.look_at(4)
    view.explain.button.click()
    before = view.explain.row.pictures[0].image
    view.selection.look_at(2)
    (run / "arrays" / "clips.npz").unlink()
    view.results.arrays.kept.limit_bytes = 0
    view.results.arrays.kept.clear()  # nothing read before is at hand
    view.selection.look_at(4)
    assert "&lt;c4&gt;" in view.detail.heading.value and view.detail.pictures.layout.display == "none"
    assert "deleted or moved" in view.detail.notice.text
    assert view.explain.found.layout.display == "" and view.explain.row.pictures[0].image == before
    view.explain.target.value = "surprise"
    view.explain.target.value = "predicted class"
    assert view.explain.found.layout.display == "" and view.explain.notice.text == ""


def test_what_goes_wrong_with_an_explanation_leaves_the_clip_looked_at(view, monkeypatch):
    view.selection.look_at(4)
    view.explain.button.click()
    view.selection.look_at(2)

    def lost(*_):
        raise MissingPath("The face is gone.")

    monkeypatch.setattr(results_explain, "explanation_pictures", lost)
    view.selection.look_at(4)
    assert "&lt;c4&gt;" in view.detail.heading.value and view.explain.notice.text == "The face is gone."
    assert view.notice.text == ""
    view.explain.target.value = "surprise"
    view.explain.target.value = "predicted class"  # nothing escapes to the dropdown
    assert view.explain.notice.text == "The face is gone." and view.explain.found.layout.display == "none"


def test_bars_read_as_a_table():
    found = bars_html({"a<b": 0.5, "c": -0.25, "d": float("nan")}, title="T", marks={"c": "true"})
    assert "a&lt;b" in found and "(true)" in found and "+0.50" in found and "-0.25" in found and "–" in found
    assert "left:25.0%;width:25.0%" in found and "left:50.0%;width:50.0%" in found
    assert "width:50.0%" in bars_html({"a": 0.5}, title="T", largest=1.0)

import numpy as np
import pytest

from mer.widgets.explorer.clips import ANY, TITLES, ClipIndex, Filters, facts, facts_html, shown_table
from mer.widgets.explorer.edits import Marks
from tests.widgets.explorer_store import clip_table, make_store

NONE = np.zeros(4, bool)


def match(**wanted):
    clips = clip_table()
    corrected = np.array([False, True, False, True])
    return list(ClipIndex(clips).match(Filters(**wanted), clips["label"].to_numpy(dtype=object), corrected, NONE))


@pytest.mark.parametrize(
    ("wanted", "rows"),
    [
        ({}, [0, 1, 2, 3]),
        ({"database": "synthetic-casme2"}, [0, 1]),
        ({"subject": "006"}, [2]),
        ({"database": "synthetic-casme2", "subject": "006"}, []),
        ({"unit": 25}, [2]),
        ({"unit": 99}, []),
        ({"label": ""}, [3]),
        ({"label": "negative"}, [0]),
        ({"state": "unlabelled"}, [3]),
        ({"state": "labelled"}, [0, 1, 2]),
        ({"state": "corrected"}, [1, 3]),
        ({"state": "unsaved"}, []),
        ({"database": "synthetic-samm", "state": "corrected"}, [3]),
    ],
)
def test_filters_are_joined(wanted, rows):
    assert match(**wanted) == rows


def test_units_and_subjects_are_listed_once():
    index = ClipIndex(clip_table())
    assert index.units == [1, 2, 4, 6, 12, 25]
    assert index.subjects("synthetic-samm") == ["006", "007"]
    assert index.subjects(ANY) == ["006", "007", "01", "02"]
    assert ClipIndex(clip_table().iloc[:0]).units == []


def test_the_table_says_what_is_unlabelled_corrected_and_unsaved():
    clips = clip_table()
    labels = clips["label"].to_numpy(dtype=object)
    corrected, unsaved = np.array([0, 1, 1, 0], bool), np.array([0, 0, 1, 0], bool)
    table = shown_table(clips, labels, corrected, unsaved, np.array([1, 2, 3]))
    assert list(table.columns) == list(TITLES)
    assert list(table["state"]) == ["corrected", "unsaved", "unlabelled"]
    assert table["database"].iloc[0].startswith("synthetic, CASME II")


def test_a_corrected_class_or_emotion_stands_with_that_of_the_database():
    clips = clip_table()
    labels = clips["label"].to_numpy(dtype=object).copy()
    labels[2] = "negative"
    table = shown_table(clips, labels, NONE, NONE, np.array([0, 2, 3]), {1: "x", 2: "surprise"}, {3: "disgust"})
    assert list(table["label"]) == [labels[0], "negative (corrected; database: surprise)", ""]
    own = clips["emotion"]
    assert list(table["emotion"]) == [own[0], own[2], f"{own[3] or 'no emotion'} (corrected; database: disgust)"]
    assert list(TITLES.values()).index("State") == 3, "in sight beside the picture"


def test_facts_say_which_class_is_the_users(tmp_path):
    store = make_store(tmp_path / "store")
    marks = Marks(11, 14, 18, "positive")
    plain = dict(facts(store, 0, marks, "none", "positive"))
    assert plain["Class"] == "positive" and "database" not in plain["Emotion"]
    store.clips.loc[0, "emotion"] = "disgust"
    known = dict(facts(store, 0, marks, "label", "negative"))
    assert known["Class"] == "positive (corrected; database: negative)"
    assert known["Emotion"] == "disgust (the database's)"
    known = dict(facts(store, 0, marks, "label", "negative", "happiness"))
    assert known["Emotion"] == "disgust (corrected; database: happiness)"


def test_facts_are_those_of_the_marks(tmp_path):
    store = make_store(tmp_path / "store")
    known = dict(facts(store, 0, Marks(11, 14, 18, "negative"), "none"))
    assert known["Onset to apex"] == "15 ms (3 frames)"
    assert known["Onset to offset"] == "35 ms (7 frames)"
    assert known["Apex"] == "annotated"
    assert known["Between the eyes"] == "40 px of the raw frame"
    assert dict(facts(store, 0, Marks(11, 15, 18), "none"))["Apex"] == "moved by you"
    assert dict(facts(store, 2, Marks(1, None, 4), "none"))["Onset to apex"] == "apex unknown"
    store.clips["fps"] = np.nan
    assert dict(facts(store, 0, Marks(11, 12, 18), "none"))["Onset to apex"] == "1 frame"


def test_facts_are_plain_text_in_the_page():
    assert "&lt;b&gt;" in facts_html([("Note", "<b>")])

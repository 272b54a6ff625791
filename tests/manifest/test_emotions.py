"""Which class an emotion becomes: the mappings of the project, and what a user may have made of the file."""

import os
import shutil

import pandas as pd
import pytest

from mer.core.errors import InputError
from mer.manifest.composite import read_composite
from mer.manifest.emotions import FILE_NAME, label_mapping, label_mappings
from mer.manifest.labels import COMPOSITE
from mer.manifest.place import manifests_dir

CASME2 = ("happiness", "disgust", "repression", "surprise", "others", "sadness", "fear")


def clips(database, *emotions):
    rows = [(database, "sub01", f"EP{index}", emotion) for index, emotion in enumerate(emotions)]
    return pd.DataFrame(rows, columns=["database", "subject", "clip", "emotion"])


@pytest.fixture
def manifests(tmp_path, monkeypatch):
    """A copy of the manifests that may be changed."""
    shutil.copytree(manifests_dir(), tmp_path / "m")
    monkeypatch.setenv("MER_MANIFESTS", str(tmp_path / "m"))
    return tmp_path / "m"


def test_label_spaces_and_the_order_of_their_classes():
    spaces = {name: mapping.space.classes for name, mapping in label_mappings().items()}
    assert spaces == {
        "composite": ("negative", "positive", "surprise"),
        "casme2-4": ("positive", "negative", "surprise", "others"),
        "casme2-5": ("happiness", "disgust", "repression", "surprise", "others"),
    }
    assert label_mapping("composite").space == COMPOSITE


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ("composite", ["positive", "negative", "negative", "surprise", "", "", ""]),
        ("casme2-4", ["positive", "negative", "negative", "surprise", "others", "negative", "negative"]),
        ("casme2-5", ["happiness", "disgust", "repression", "surprise", "others", "", ""]),
    ],
)
def test_emotions_of_casme2(labels, expected):
    table = clips("casme2", *CASME2)
    found = label_mapping(labels).labels(table.set_index(pd.Index(range(10, 17))))
    assert found.tolist() == expected
    assert found.index.tolist() == list(range(10, 17)), "rows stay rows"


def test_the_composite_follows_from_the_emotions_of_its_clips():
    manifest = read_composite()
    assert label_mapping("composite").labels(manifest).tolist() == manifest["label"].tolist()
    assert len(label_mapping("composite").unlabelled(manifest)) == 0


def test_the_two_odd_clips_are_left_out_of_the_composite_only():
    table = clips("casme2", "disgust", "disgust", "disgust").assign(
        subject=["sub04", "sub05", "sub05"], clip=["EP12_01f", "EP09_05f", "EP12_01f"]
    )
    assert label_mapping("composite").labels(table).tolist() == ["", "", "negative"]
    assert label_mapping("casme2-5").labels(table).tolist() == ["disgust"] * 3
    left_out = label_mapping("composite").unlabelled(table)
    assert left_out["clip"].tolist() == ["EP12_01f", "EP09_05f"]
    assert left_out["reason"].str.contains("not in the challenge's list").all()
    assert "no apex" in left_out["reason"][0]


def test_who_is_left_out_and_why():
    left_out = label_mapping("casme2-5").unlabelled(clips("casme2", "fear", "disgust", ""))
    assert list(left_out) == ["database", "subject", "clip", "emotion", "reason"]
    assert left_out["reason"].tolist() == [
        "the emotion is 'fear', which is no class of 'casme2-5'",
        "no emotion is given",
    ]
    assert left_out.index.tolist() == [0, 1]


def test_a_database_that_the_labels_do_not_know():
    with pytest.raises(InputError, match=r"'casme2-5' say nothing of database 'samm'; they know casme2, "):
        label_mapping("casme2-5").labels(clips("samm", "anger"))


def test_a_misspelt_name_gets_the_nearest():
    with pytest.raises(InputError, match=r"no labels 'casme2_5'.*Did you mean 'casme2-5'"):
        label_mapping("casme2_5")


def test_labels_of_a_users_own_are_read_when_the_file_changes(manifests):
    assert "mine" not in label_mappings()
    path = manifests / FILE_NAME
    own = "mine:\n  classes: [a, b]\n  emotions: {pilot: {1: a, joy: b}}\n"
    path.write_text(path.read_text(encoding="utf-8") + own, encoding="utf-8")
    os.utime(path, ns=(1, 1))
    mapping = label_mapping("mine")
    assert mapping.labels(clips("pilot", "1", "joy", "x")).tolist() == ["a", "b", ""]
    assert (mapping.about, mapping.left_out) == ("", {})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("mine:\n  emotions: {pilot: {joy: a}}\n", "'classes' .a list."),
        (
            "mine:\n  classes: [anger, joy]\n  emotions: {pilot: {x: angr}}\n",
            "in mine, pilot: x becomes 'angr'. Did you mean 'anger'",
        ),
        ("mine:\n  classes: [a]\n  emotions: [pilot]\n", "labels need"),
        ("mine:\n  classes: [a]\n  emotions: {pilot: a}\n", "labels need"),
        ("mine:\n  classes: [a]\n  emotions: {}\n  left_out: [{database: x}]\n", "labels need"),
        ("- a", "labels need"),
        ("", "labels need"),
        ("mine: 3", "labels need"),
        ("a: [", "not valid YAML"),
        ("mine: {}\nmine: {}\n", "given twice"),
    ],
)
def test_a_faulty_file_is_named(manifests, text, words):
    (manifests / FILE_NAME).write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=words) as caught:
        label_mapping("mine")
    assert FILE_NAME in str(caught.value)


def test_a_missing_file_is_named(manifests):
    (manifests / FILE_NAME).unlink()
    with pytest.raises(InputError, match=r"labels\.yaml does not exist"):
        label_mappings()

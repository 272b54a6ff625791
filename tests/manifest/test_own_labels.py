"""Classes of a user's own."""

import pytest

from mer.core.errors import InputError
from mer.manifest.emotions import label_mapping


def test_a_file_with_classes_alone(tmp_path):
    (tmp_path / "mine.yaml").write_text("mine: {classes: [happy, tense]}\n")
    mapping = label_mapping(str(tmp_path / "mine.yaml"))
    assert mapping.space.name == "mine"
    assert mapping.space.classes == ("happy", "tense")
    assert not mapping.emotions


def test_emotions_of_ones_own_database(tmp_path):
    (tmp_path / "mine.yaml").write_text("mine: {classes: [good, bad], emotions: {own: {joy: good, fear: bad}}}\n")
    assert label_mapping(str(tmp_path / "mine.yaml")).emotions == {"own": {"joy": "good", "fear": "bad"}}


@pytest.mark.parametrize("content", ["", "[]", "mine: 3", "mine: {class: [a]}"])
def test_a_file_that_is_none(tmp_path, content):
    (tmp_path / "mine.yaml").write_text(content)
    with pytest.raises(InputError, match="classes"):
        label_mapping(str(tmp_path / "mine.yaml"))


def test_a_missing_file():
    with pytest.raises(InputError, match="no such file"):
        label_mapping("no/such.yaml")

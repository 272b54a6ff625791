import pytest

from mer.figures.style import database_label
from mer.widgets.names import clip_words, database_words

OWN = {"casme2": "CASME II", "faces": "faces", "synthetic": "synthetic", "synthetic-emotions": "synthetic-emotions"}


@pytest.mark.parametrize(("name", "words"), OWN.items())
def test_a_database_has_its_own_name(name, words):
    assert database_words(name) == words


def test_rendered_faces_say_so_and_like_what_they_look():
    assert database_words("synthetic-samm") == f"synthetic, {database_label('synthetic-samm')}"
    assert database_words("synthetic-samm").startswith("synthetic, SAMM")


def test_a_clip_is_named_with_its_subject_once():
    words = clip_words({"database": "synthetic-samm", "subject": "006", "clip": "006_1_2"})
    assert words == ("006_1_2", database_words("synthetic-samm"))
    assert clip_words({"database": "casme2", "subject": "sub01", "clip": "EP01"}) == ("sub01 EP01", "CASME II")

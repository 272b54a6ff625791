import matplotlib as mpl
import pytest

from mer.figures.style import (
    OKABE_ITO,
    any_synthetic,
    class_palette,
    database_label,
    database_markers,
    database_palette,
    ordered_classes,
    title_with_source,
    use_style,
)


def test_title_says_synthetic_once():
    assert title_with_source("Scores", True) == "Scores (synthetic faces)"
    assert title_with_source("Scores", False) == "Scores"
    assert title_with_source("Synthetic scores", True) == "Synthetic scores"


def test_settings_of_the_user_come_back():
    before = dict(mpl.rcParams)
    with pytest.raises(RuntimeError), use_style():
        assert mpl.rcParams["font.size"] == 8
        raise RuntimeError
    assert dict(mpl.rcParams) == before


def test_class_colours_are_fixed_and_different():
    palette = class_palette(["surprise", "others", "negative", "disgust"])
    assert palette["negative"] == OKABE_ITO["blue"]
    assert palette["surprise"] == OKABE_ITO["green"]
    assert len(set(palette.values())) == 4


def test_four_and_five_classes_keep_their_colours_whichever_occur():
    five = class_palette(["happiness", "disgust", "repression", "surprise", "others"])
    assert len(set(five.values())) == 5
    assert class_palette(["others", "disgust"]) == {"others": five["others"], "disgust": five["disgust"]}
    assert len(set(class_palette(["positive", "negative", "surprise", "others"]).values())) == 4
    both = class_palette(["happiness", "positive", "anger"])
    assert both["positive"] == OKABE_ITO["orange"] and len(set(both.values())) == 3
    assert list(both) == ["happiness", "positive", "anger"]


def test_classes_have_one_order():
    assert ordered_classes(["zeal", "surprise", "anger", "negative"]) == ["negative", "surprise", "anger", "zeal"]


def test_synthetic_look_has_the_marks_of_its_database():
    assert database_markers(["synthetic-samm"])["synthetic-samm"] == database_markers(["samm"])["samm"]
    assert database_palette(["synthetic-smic"])["synthetic-smic"] == database_palette(["smic"])["smic"]
    assert database_label("casme2") == "CASME II"
    assert database_label("synthetic-casme2") == "CASME II style"
    assert database_label("other") == "other"


def test_unknown_databases_differ():
    names = ["casme2", "a", "b", "c"]
    assert len(set(database_markers(names).values())) == 4
    assert len(set(database_palette(names).values())) == 4


def test_any_synthetic():
    assert any_synthetic(["casme2", "synthetic-samm"])
    assert not any_synthetic(["casme2"])

from itertools import pairwise

import pytest

from mer.core.errors import InputError
from mer.figures.confusion import confusion_figure, confusion_table
from tests.figures.conftest import texts


def cells(axes):
    return [text.get_text() for text in axes.texts if "\n" in text.get_text() or text.get_text() == "–"]


def test_cells_by_hand(predictions):
    figure = confusion_figure(predictions, synthetic=False)
    assert len(figure.axes) == 3
    expected = ["75%\n3", "25%\n1", "0%\n0", "50%\n1", "50%\n1", "0%\n0", "0%\n0", "0%\n0", "100%\n2"]
    assert cells(figure.axes[0]) == expected


def test_words(predictions):
    words = texts(confusion_figure(predictions, synthetic=True))
    assert "all clips, n = 8" in words
    assert "CASME II, n = 5" in words
    assert "SMIC, n = 3" in words
    assert any("epoch rule: last" in text for text in words)
    # F1: 6/8, 2/4, 4/4; recall: 3/4, 1/2, 2/2
    assert any("UF1 0.750" in text and "UAR 0.750" in text for text in words)
    assert any("synthetic" in text for text in words)


def test_the_heading_names_the_protocol_as_far_as_folds_tell(predictions):
    named = {
        "Confusion matrices, leave one subject out": predictions.assign(
            fold=predictions["database"] + "/" + predictions["subject"]
        ),
        "Confusion matrices, leave one database out": predictions.assign(fold=predictions["database"]),
        "Confusion matrices": predictions.assign(fold="three"),
    }
    for heading, table in named.items():
        assert f"{heading} (epoch rule: last)" in headings(table)
    by_person = named["Confusion matrices, leave one subject out"]
    each = "Confusion matrices, leave one subject out, each database by itself (epoch rule: last)"
    assert each in headings(by_person, protocol="loso-per-database")
    assert "Mine (epoch rule: last)" in headings(predictions, title="Mine")


def headings(predictions, **given):
    """Words of the figure, each on one line."""
    return [" ".join(text.split()) for text in texts(confusion_figure(predictions, synthetic=False, **given))]


def test_one_database_has_one_matrix(predictions):
    only = predictions[predictions["database"] == "casme2"]
    assert len(confusion_figure(only, synthetic=False).axes) == 1


def test_class_without_clips_has_no_percent(predictions):
    without = predictions[predictions["label"] != "positive"]
    figure = confusion_figure(without, synthetic=False)
    assert cells(figure.axes[0])[3:6] == ["–", "–", "–"]


def test_table_counts_every_clip_once_a_part(predictions):
    table = confusion_table(predictions)
    assert table.groupby("part")["count"].sum().to_dict() == {"all": 8, "casme2": 5, "smic": 3}
    row = table[(table["part"] == "all") & (table["label"] == "negative") & (table["predicted"] == "positive")].iloc[0]
    assert (row["count"], row["percent"]) == (1, 25.0)


def test_no_predictions(predictions):
    with pytest.raises(InputError, match="No predictions"):
        confusion_figure(predictions.iloc[:0], synthetic=False)


def test_names_that_do_not_fit_along_their_cells_stand_across():
    from tests.made_up_runs import made_up_predictions

    classes = ("happiness", "disgust", "repression", "surprise", "others")
    for names, across in ((classes, False), (("negative", "positive", "surprise"), True)):
        figure = confusion_figure(made_up_predictions(names, 1.0), synthetic=True)
        figure.draw_without_rendering()
        first = figure.axes[0]
        for labels, along in ((first.get_xticklabels(), 0), (first.get_yticklabels(), 90)):
            assert [text.get_text() for text in labels] == list(names)
            assert {text.get_rotation() for text in labels} == {along if across else 90 - along}
            boxes = [text.get_window_extent() for text in labels]
            assert not any(a.overlaps(b) for a, b in pairwise(boxes)), "names lie on each other"
            assert all(figure.bbox.contains(box.x0, box.y0) for box in boxes), "names are cut off"


def test_one_matrix_alone_is_larger_and_its_heading_readable(predictions):
    one = confusion_figure(predictions[predictions["database"] == "smic"].reset_index(drop=True), synthetic=True)
    several = confusion_figure(predictions, synthetic=True)
    assert one.get_suptitle().endswith("(synthetic faces; epoch rule: last)")
    assert one._suptitle.get_fontsize() > 6.5
    side = [figure.axes[0].get_position().height * figure.get_size_inches()[1] for figure in (one, several)]
    assert side[0] > side[1]

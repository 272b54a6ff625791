import numpy as np
import pytest

from mer.core.errors import InputError
from mer.figures.epoch_rules import epoch_rules_figure, leak_words, oracle_words, rules_page, scores_first
from mer.figures.styles import use_style
from tests.figures.conftest import texts
from tests.figures.in_print import print_faults
from tests.figures.made_up_evidence import METHODS, rules


def test_marks_are_the_values_of_each_rule():
    table = rules()
    figure = epoch_rules_figure(table, synthetic=True)
    for axes, metric in zip(figure.axes, ("uf1", "uar"), strict=True):
        for rule in ("last", "nested", "oracle"):
            (marks,) = (one for one in axes.collections if one.get_label().startswith(f"{rule}:"))
            own = table[table["rule"] == rule]
            np.testing.assert_allclose(marks.get_offsets()[:, 0], own[metric])
        drawn = [
            segment[:, 0] for one in axes.collections if hasattr(one, "get_segments") for segment in one.get_segments()
        ]
        scores = table[~table["rule"].str.contains(" - ")].sort_values("rule", kind="stable")
        np.testing.assert_allclose(drawn, scores[[f"{metric}_low", f"{metric}_high"]])
    assert figure.get_suptitle().endswith("(synthetic faces)"), "three rules, so none stands at the head"


def test_the_oracle_is_hollow():
    for axes in epoch_rules_figure(rules(), synthetic=False).axes:
        named = {one.get_label().partition(":")[0]: one for one in axes.collections if ":" in one.get_label()}
        faces = {name: one.get_facecolor()[0] for name, one in named.items()}
        assert tuple(faces["oracle"]) == (1, 1, 1, 1) and tuple(faces["last"]) != (1, 1, 1, 1)


def test_the_leak_stands_beside_each_row():
    table = rules(METHODS[:2])
    assert leak_words(table).to_dict() == dict.fromkeys(METHODS[:2], "+0.120 [+0.090, +0.140]")
    assert leak_words(table, "uar").tolist() == ["+0.124 [+0.094, +0.144]", "+0.128 [+0.098, +0.148]"]
    words = texts(epoch_rules_figure(table, synthetic=True))
    assert words.count("+0.120 [+0.090, +0.140]") == 2 and "+0.128 [+0.098, +0.148]" in words
    assert words.count("oracle minus last") == 2


@pytest.mark.parametrize(
    ("protocol", "title", "whose"),
    [
        ("loso", "Three epoch rules, leave one subject out", "each person"),
        ("loso-per-database", "Three epoch rules, leave one subject out, each database by itself", "each person"),
        ("database", "Three epoch rules, leave one database out", "each database"),
        ("", "Three epoch rules", "each fold"),
    ],
)
def test_whose_clips_choose_is_said_by_protocol(protocol, title, whose):
    figure = epoch_rules_figure(rules(), synthetic=False, protocol=protocol)
    assert figure.get_suptitle() == title
    assert f"oracle: a leak, chosen on the test clips of {whose}" in texts(figure)
    own = "that person's own clips" if whose == "each person" else "the fold's own test clips"
    words = oracle_words(protocol)
    assert own in words and ("person's" in words) == (whose == "each person") and "looks" not in words
    assert words.endswith("It goes by accuracy, so UF1 and UAR may also fall.")
    assert ", out of 11 looks." in oracle_words(protocol, [11]) and ", out of 11 to 21 looks." in oracle_words(
        protocol, [11, 21]
    )


@pytest.mark.parametrize("protocol", ["loso", "database", "loso-per-database"])
def test_the_longest_heading_fits_on_the_page(protocol):
    figure = epoch_rules_figure(rules(), synthetic=True, protocol=protocol)
    figure.draw_without_rendering()
    heading = figure.texts[0].get_window_extent()
    assert heading.x0 >= 0 and heading.x1 <= figure.bbox.x1


def test_on_the_page_scores_stand_above_differences_which_have_a_sign():
    page = rules_page(rules(METHODS[:2]))
    assert page.index.name == "method" and list(page.columns) == ["rule", "seeds", "UF1", "UAR"]
    assert list(page["rule"][:6]) == ["last", "nested", "oracle"] * 2
    assert list(page["rule"][6:9]) == ["oracle minus last", "oracle minus nested", "nested minus last"]
    assert page["UF1"].iloc[0] == "0.700 [0.670, 0.720]" and page["UF1"].iloc[6] == "+0.120 [+0.090, +0.140]"
    assert page["UAR"].iloc[9] == "+0.128 [+0.098, +0.148]" and page.index[9] == METHODS[1]
    assert (
        list(scores_first(rules(METHODS[:2]))["method"])
        == [METHODS[0]] * 3 + [METHODS[1]] * 3 + [METHODS[0]] * 3 + [METHODS[1]] * 3
    )


def test_one_method_and_no_interval():
    table = rules(METHODS[:1])
    table[[name for name in table if name.endswith(("_low", "_high"))]] = np.nan
    words = texts(epoch_rules_figure(table, synthetic=False))
    assert METHODS[0] in words and "+0.120" in words


@pytest.mark.parametrize(("style", "width"), [("ieee", "column"), ("cvpr-grey", "page")])
def test_it_can_be_read_in_print(style, width):
    with use_style(style, width) as chosen:
        assert not print_faults(epoch_rules_figure(rules(), synthetic=True), chosen.smallest)


def test_nothing_to_draw():
    with pytest.raises(InputError, match="look_every"):
        epoch_rules_figure(rules().iloc[:0], synthetic=False)

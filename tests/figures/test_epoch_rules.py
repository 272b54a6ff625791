import numpy as np
import pytest

from mer.core.errors import InputError
from mer.figures.epoch_rules import epoch_rules_figure, leak_words
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

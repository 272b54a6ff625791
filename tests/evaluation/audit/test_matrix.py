"""Confusion matrices as files."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mer.core.errors import InputError
from mer.evaluation.audit.against_list import OtherCounts, against_list
from mer.evaluation.audit.loose_table import read_table
from mer.evaluation.audit.matrix import is_matrix, read_matrices
from mer.evaluation.audit.read import read_audited
from mer.evaluation.audit.scores import OF_COUNTS, part_scores
from tests.evaluation.audit.made_up import write
from tests.evaluation.test_metrics import STSTNET

NAMES = ("negative", "positive", "surprise")


def read(text, **options):
    assert is_matrix(text)
    (audited,) = read_matrices(text, "matrix.csv", **options)
    return audited


def block(counts, order=NAMES):
    places = [NAMES.index(name) for name in order]
    rows = [f"{NAMES[place]},{','.join(map(str, np.asarray(counts)[place, places]))}" for place in places]
    return "\n".join([f"true,{','.join(order)}", *rows]) + "\n"


@pytest.mark.parametrize("text", ["6,3,1\n2,3,0\n0,1,4", "6;3;1\n2;3;0\n\n0;1;4\n", "[[6 3 1]\n [2 3 0]\n [0 1 4]]\n"])
def test_bare_counts(text):
    audited = read(text)
    assert audited.classes == NAMES and audited.form == "matrix"
    (whole,) = part_scores(audited)
    assert whole.confusion.tolist() == [[6, 3, 1], [2, 3, 0], [0, 1, 4]]
    assert (whole.n, whole.subjects, whole.intervals) == (20, None, {})
    assert whole.values["uar"] == pytest.approx(2 / 3) and "mean_fold_f1" not in whole.values


def test_rows_and_columns_in_another_order_with_names_are_put_in_order():
    assert read(block([[6, 3, 1], [2, 3, 0], [0, 1, 4]], ("surprise", "negative", "positive"))).matrices[
        "all"
    ].tolist() == [[6, 3, 1], [2, 3, 0], [0, 1, 4]]
    one_side = read("negative,surprise,positive\n6,1,3\n0,4,1\n2,0,3\n")
    assert one_side.matrices["all"].tolist() == [[6, 3, 1], [2, 3, 0], [0, 1, 4]]


def test_blocks_of_databases_add_up_to_the_whole():
    spelled = {"casme2": "CASME II", "smic": "SMIC-HS", "samm": "SAMM"}
    text = "".join(f"{spelled[name]}\n{block(counts)}\n" for name, counts in STSTNET.items())
    audited = read(text)
    assert [part.part for part in part_scores(audited)] == ["all", *STSTNET]
    assert audited.matrices["all"].tolist() == sum(STSTNET.values()).tolist()
    assert not against_list(audited).differs and against_list(audited).listed == 442
    whole = read(f"Full\n{block(sum(STSTNET.values()))}\n{text}")
    assert whole.matrices["all"].tolist() == audited.matrices["all"].tolist()
    with pytest.raises(InputError, match=r"matrix of all clips \(441\) is not the sum of those .*\(442\)"):
        read(f"Full\n{block(sum(STSTNET.values()) - np.eye(3, dtype=int) * [1, 0, 0])}\n{text}")


@pytest.mark.parametrize("title", ["CASME II:", "casme2", "# CASME II", "CASME-II :"])
@pytest.mark.parametrize("delimiter", [" ", ",", ", ", " & "])
def test_a_title_by_hand_is_one_with_every_delimiter(tmp_path, title, delimiter):
    rows = "\n".join(delimiter.join(map(str, counts)) for counts in STSTNET["casme2"])
    (audited,) = read_audited(write(tmp_path / "matrix.txt", f"{title}\n{rows}\n"))
    assert (audited.form, audited.databases) == ("matrix", ("casme2",))
    assert audited.matrices["casme2"].tolist() == STSTNET["casme2"].tolist()


def test_a_title_of_several_words_and_names_with_a_colon(tmp_path):
    text = "our own clips:\nnegative: 6 3 1\npositive: 2 3 0\nsurprise: 0 1 4\n"
    (audited,) = read_audited(write(tmp_path / "matrix.txt", text))
    assert (audited.databases, audited.classes) == (("our own clips",), NAMES)


def test_rows_of_latex(tmp_path):
    rows = ["negative & 6 & 3 & 1", "positive & 2 & 3 & 0", "surprise & 0 & 1 & 4"]
    head = "\\begin{tabular}{lccc}\n\\toprule\n & negative & positive & surprise \\\\ \\midrule\n"
    whole = head + "".join(f"{row} \\\\[2pt] \\hline\n" for row in rows) + "\\bottomrule\n\\end{tabular}\n"
    bare = "\n".join(row.partition(" & ")[2] + r" \\" for row in rows)
    for text in (whole, bare):
        (audited,) = read_audited(write(tmp_path / "matrix.tex", text))
        assert audited.classes == NAMES and audited.matrices["all"].tolist() == [[6, 3, 1], [2, 3, 0], [0, 1, 4]]
    for first in (0, 2):  # one row too rich to be read, and all of them
        rich = "\n".join(re.sub(r"(\d)", r"\\textbf{\1}", row) if at >= first else row for at, row in enumerate(rows))
        with pytest.raises(InputError, match="has a line of counts for every true class, as 83,5,0 or negative,83,5,0"):
            read_audited(write(tmp_path / "matrix.tex", rich))


def test_five_classes_of_one_database():
    names = ["happiness", "disgust", "repression", "surprise", "others"]
    counts = np.diag([3, 2, 1, 4, 5])
    text = "casme2\n," + ",".join(names) + "\n"
    text += "".join(f"{name},{','.join(map(str, row))}\n" for name, row in zip(names, counts, strict=True))
    audited = read(text)
    assert audited.classes == tuple(sorted(names)) and part_scores(audited)[0].values["uf1"] == 1
    assert "are not those of the composite" in against_list(audited).why_not
    assert read("1,0,0,0\n" * 4).classes == ("class 0", "class 1", "class 2", "class 3")
    assert read("1,0\n0,1\n", given=("sad", "happy")).classes == ("sad", "happy")


def test_class_totals_are_compared_with_the_list():
    pooled = sum(STSTNET.values())
    assert not against_list(read(block(pooled))).differs
    assert against_list(read(block(STSTNET["samm"]))).databases == ("samm",), "its totals are those of SAMM"
    fewer = pooled - np.diag([1, 0, 0])
    assert against_list(read(block(fewer))).counts == (
        OtherCounts(
            "all",
            {"negative": 249, "positive": 109, "surprise": 83},
            {"negative": 250, "positive": 109, "surprise": 83},
        ),
    )
    turned = against_list(read(block(pooled.T)))
    assert turned.differs and "rows and columns seem exchanged" in turned.remark
    two = against_list(read("smic\n" + block(STSTNET["smic"]) + "samm\n" + block(STSTNET["samm"])))
    assert [(one.where, sum(one.theirs.values())) for one in two.counts] == [("all", 297), ("casme2", 0)]
    only = against_list(read("smic\n" + block(STSTNET["smic"])))
    assert not only.differs and only.listed == 164


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("6,3,1\n2,3\n0,1,4\n", "line 2: 2 counts, expected 3"),
        ("6,3,1\n2,3,0\n", "line 1: 3 counts, expected 2"),
        ("0.6,0.3,0.1\n0.2,0.8,0\n0,0,1\n", "line 1: '0.6' is no count. Give counts of clips, not shares"),
        ("6,3,1\n2,-3,0\n0,1,4\n", "line 2: '-3' is no count"),
        ("90%,10%\n0%,100%\n", "line 1: '90%' is no count"),
        ("0,0\n0,0\n", "no clip in any cell"),
        (
            ",negative,positive\nnegative,1,2\nsurprise,2,3\n",
            "rows are named negative, surprise, columns negative, pos",
        ),
        (",negative,negative\nnegative,1,2\nnegative,2,3\n", "2 rows for the classes"),
        ("smic\n1,2\n3,4\nSMIC-HS\n1,2\n3,4\n", "2 matrices; put the name of its database on a line above each"),
        (",a,b\na,1,2\nb,3,4\n,a,b\na,1,2\nb,3,4\n", "2 matrices; put the name"),
        ("casme2 2 3\n4 5 ", "line 2: has no name of a class before its counts"),
        (f"1,2\n3,{10**23}\n", "line 2: '100000000000000000000000' is no count"),
        ("1,2\n3,4\n5,a\n", "line 3: '5, a' is no row of counts"),
    ],
)
def test_a_fault_of_a_matrix_is_named(text, message):
    with pytest.raises(InputError) as caught:
        read(text)
    assert message in str(caught.value)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=2, max_size=40), st.permutations(NAMES))
def test_counts_of_a_table_are_those_of_its_matrix(pairs, order):
    rows = [f"d,p{n % 5},c{n},{NAMES[label]},{predicted}" for n, (label, predicted) in enumerate(pairs)]
    (table,) = read_table("database,subject,clip,label,predicted\n" + "\n".join(rows), "t.csv", NAMES)
    counts = np.zeros((3, 3), int)
    np.add.at(counts, tuple(np.transpose(pairs)), 1)
    of_table, of_matrix = part_scores(table)[0], part_scores(read(block(counts, order)))[0]
    np.testing.assert_array_equal(of_table.confusion, counts)
    np.testing.assert_array_equal(of_matrix.confusion, counts)
    for name in OF_COUNTS:
        assert of_table.values[name] == of_matrix.values[name]

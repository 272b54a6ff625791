"""Tables of predictions: what is read, and every fault with its line."""

import numpy as np
import pandas as pd
import pytest

from mer.core.errors import InputError
from mer.evaluation.audit.against_list import against_list
from mer.evaluation.audit.read import read_audited
from mer.evaluation.audit.scores import OF_COUNTS, part_scores
from tests.evaluation.audit.made_up import like_ststnet, officially_spelled, write
from tests.evaluation.test_metrics import STSTNET

HEAD = "database,subject,clip,label,predicted\n"
THREE = ["casme2,sub01,EP02_01f,positive,positive", "samm,006,006_1_2,negative,positive", "smic,s1,s1_ne_01,0,2"]


def read(tmp_path, text, **options):
    return read_audited(write(tmp_path / "theirs.csv", text), **options)


def counts(audited):
    return {part.part: part.confusion.tolist() for part in part_scores(audited)}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("spelled", [lambda clips: clips, officially_spelled])
def test_every_delimiter_encoding_and_spelling_is_the_same_table(tmp_path, encoding, delimiter, spelled):
    table = spelled(like_ststnet()).sample(frac=1, random_state=0).assign(confidence="0,5", **{"": "x"})
    text = table[["clip", "confidence", "label", "predicted", "", "subject", "database"]].to_csv(
        index=False, sep=delimiter
    )
    (audited,) = read_audited(write(tmp_path / "theirs.csv", text, encoding))
    assert (audited.form, audited.classes) == ("table", ("negative", "positive", "surprise"))
    found = counts(audited)
    assert {name: found[name] for name in STSTNET} == {name: rows.tolist() for name, rows in STSTNET.items()}
    assert part_scores(audited)[0].subjects == 68
    assert not against_list(audited).differs and against_list(audited).found == 442


@pytest.mark.parametrize(
    ("database", "subject", "clip", "listed"),
    [
        ("CASME II", "sub01", "EP02_01f", 145),
        ("CASME2", "1", "ep02_01F", 145),
        ("casme-ii", "01", "EP2_1f", 145),
        ("SMIC-HS", "s01", "s01_ne_01", 164),
        ("SMIC", "s1", "s1_ne_01", 164),
        ("Smic", "S1", "s01_ne_1", 164),
        ("SAMM", "6", "006_1_2", 133),
        ("samm", "006", "6_1_2", 133),
    ],
)
def test_spellings_of_the_field_are_clips_of_the_list(tmp_path, database, subject, clip, listed):
    (audited,) = read(tmp_path, HEAD + f"{database},{subject},{clip},0,0\n")
    found = against_list(audited)
    assert (found.found, found.extra) == (1, ())
    assert found.listed == listed


def test_casme_squared_is_not_casme_ii(tmp_path):
    (audited,) = read(tmp_path, HEAD + "CAS(ME)^2,s15,anger1,0,0\n")
    assert audited.rows["database"].tolist() == ["casme_squared"]
    assert "casme_squared is no database of the composite" in against_list(audited).why_not


def test_persons_of_other_databases_under_two_names_are_one_and_it_is_said(tmp_path):
    rows = ["mine,006,a,0,0", "mine,006,b,1,1", "mine,6,c,0,0", "other,6,c,0,0"]
    (audited,) = read(tmp_path, HEAD + "\n".join(rows))
    assert audited.rows["subject"].tolist() == ["006", "006", "006", "6"]
    assert audited.notes == ("mine/6 is taken for mine/006, one subject.",)
    assert part_scores(audited)[0].subjects == 2, "subject 6 of another database is somebody else"


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["casme2,sub01,EP02_01f,3,0"], "line 2: label '3' is no class: numbers stand for 0 negative, 1 positive"),
        (["casme2,sub01,EP02_01f,-1,0"], "line 2: label '-1' is no class"),
        (
            [*THREE, "samm,6,006_1_3,negative,positiv"],
            "line 5: predicted 'positiv' is no class. Did you mean 'posi",
        ),
        (["casme2,,EP02_01f,0,0"], "line 2: subject is empty"),
        (["", "", "casme2,sub01,EP02_01f,0, "], "line 4: predicted is empty"),
        ([*THREE, "SAMM,6,6_1_2,0,1"], "line 5: samm/006/006_1_2 stands twice, first in line 3"),
        (["mine,a,b,0,0", "mine,a,b,0,1"], "line 3: mine/a/b stands twice, first in line 2"),
        (["smic,sub01,EP02_01f,1,1"], "line 2: smic/sub01/EP02_01f is a clip of casme2 on the composite list"),
        ([*THREE, "samm,01,EP02_01f,1,1"], "line 5: samm/01/EP02_01f is a clip of casme2 on the composite list"),
        (
            ["casme2,sub01,new,1,1", "samm,sub01,new,1,1"],
            "line 3: samm/sub01/new: this clip of this subject",
        ),
        (["casme2,sub01,EP02_01f,0"], "line 2: 4 cells, expected 5"),
        (["casme2,sub01,EP02_01f,0,0,0"], "line 2: 6 cells, expected 5"),
        (['casme2,sub01,"EP02_01f,0,0', "a,b,c,0,0"], "line 2: not a CSV record"),
        (["d,a,b,happy,sad", "d,a,c,sad,2"], "line 3: predicted '2' is a number among names"),
    ],
)
def test_a_fault_is_named_with_its_line(tmp_path, rows, message):
    with pytest.raises(InputError) as caught:
        read(tmp_path, HEAD + "\n".join(rows))
    assert message in str(caught.value)
    assert "theirs.csv" in str(caught.value)


def test_numbers_beside_names_are_one_fault_with_its_cause(tmp_path):
    rows = [f"d,a,{number},{number % 3},{('neg', 'pos', 'sur')[number % 2]}" for number in range(40)]
    with pytest.raises(InputError) as caught:
        read(tmp_path, HEAD + "\n".join([*rows, "d,a,40,pos,0"]))
    heading, only = str(caught.value).split("\n")
    assert "1 fault(s)" in heading
    assert "line 2: label '0' is a number among names (neg, pos)." in only and "with --classes" in only
    assert "Numbers are 40 of 41 cells of label and 1 of 41 cells of predicted." in only
    (audited,) = read(tmp_path, HEAD + "\n".join(rows), classes=("neg", "pos", "sur"))
    assert audited.rows["predicted"].tolist() == [0, 1] * 20, "the remedy that the fault names"


def test_all_faults_are_listed_up_to_fifty_in_the_order_of_lines(tmp_path):
    rows = [f"mine,a,{number},0,9" for number in range(60)] + ["mine,a,0,0,0", ",a,x,0,0"]
    with pytest.raises(InputError) as caught:
        read(tmp_path, HEAD + "\n".join(rows))
    heading, *lines = str(caught.value).split("\n  ")
    assert "62 fault(s)" in heading
    assert [line.partition(":")[0] for line in lines[:-1]] == [f"theirs.csv, line {number}" for number in range(2, 52)]
    assert lines[-1] == "and 12 more"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        (" \n\n", "is empty"),
        (HEAD, "no predictions below its header"),
        ("database,subject,clip,label,prediction\na,b,c,0,0\n", "line 1: there is no column predicted."),
        ("database,subject,clip,label,prediction\na,b,c,0,0\n", "Did you mean 'predicted'"),
        ("\ndatabase;subject;clip;label\n", "line 2: there is no column predicted."),
        (HEAD.replace("clip", "label"), "no column clip, the column label stands twice. Exp"),
        ("a text\n", "is none of these"),
        ("number,of,something\nx,y,z\n", "is none of these"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path, text, message):
    with pytest.raises(InputError) as caught:
        read(tmp_path, text)
    assert message in str(caught.value)


def test_a_file_that_is_no_text(tmp_path):
    (tmp_path / "theirs.csv").write_bytes(b"\xff\xfed\x00a\x00")
    with pytest.raises(InputError, match="is not UTF-8"):
        read_audited(tmp_path / "theirs.csv")


def test_lines_are_those_of_the_file_where_a_record_has_several(tmp_path):
    text = HEAD.strip() + ',note\nd,a,b,0,0,"two\nlines"\n\nd,a,c,0,9,x\n'
    with pytest.raises(InputError, match="line 5: predicted '9'"):
        read(tmp_path, text)


def test_other_classes_and_orders_of_numbers(tmp_path):
    rows = HEAD + "d,a,x,0,0\nd,a,y,1,0\nd,b,z,1,1.0\n"
    (audited,) = read(tmp_path, rows, classes=("positive", "negative"))
    assert audited.classes == ("positive", "negative")
    assert counts(audited)["all"] == [[1, 0], [1, 1]]
    emotions = ["happiness", "disgust", "Others", "repression", "surprise"]
    text = HEAD + "".join(f"casme2,sub{n:02d},EP0{n},{name},others\n" for n, name in enumerate(emotions, 1))
    (audited,) = read(tmp_path, text)
    assert audited.classes == ("disgust", "happiness", "Others", "repression", "surprise")
    assert np.trace(part_scores(audited)[0].confusion) == 1
    assert "are not those of the composite" in against_list(audited).why_not


def test_a_class_that_no_clip_has_is_said(tmp_path):
    (audited,) = read(tmp_path, HEAD + "d,a,x,happy,sadd\nd,a,y,sad,sad\n")
    assert audited.notes == ("No clip has the class sadd, but it is predicted.",)


def test_runs_rules_and_seeds_of_one_file_are_audited_each(tmp_path):
    rows = ["d,a,x,0,0", "d,b,y,1,1"]
    text = "run,epoch_rule,seed," + HEAD
    for about in ("r,last,0,", "r,last,1,", "r,oracle,1,", "q,last,0,"):
        text += "".join(f"{about}{row}\n" for row in rows)
    found = read(tmp_path, text)
    assert [tuple(one.about.values()) for one in found] == [
        ("r", "last", 0), ("r", "last", 1), ("r", "oracle", 1), ("q", "last", 0)
    ]  # fmt: skip
    assert all(len(one.rows) == 2 for one in found)
    with pytest.raises(InputError, match=r"line 10: d/a/x stands twice, first in line 8"):
        read(tmp_path, text + "q,last,0,d,a,x,0,0\n")


def test_our_own_tables_keep_their_classes_and_are_checked_whole(tmp_path):
    table = pd.DataFrame(
        {"database": "d", "subject": ["006", "7"], "clip": "c", "label": ["zeta", "alpha"], "predicted": "zeta",
         "score_zeta": 0.75, "score_alpha": 0.25, "fold": ["d/006", "d/7"], "epoch_rule": "last", "run": "r", "seed": 3}
    )  # fmt: skip
    both = pd.concat([table, table.assign(epoch_rule="nested")])
    first, second = read(tmp_path, both.to_csv(index=False))
    assert (first.form, first.classes) == ("predictions", ("zeta", "alpha"))
    assert first.about == {"run": "r", "epoch_rule": "last", "seed": 3, "protocol": "loso"}
    assert second.about["epoch_rule"] == "nested"
    with pytest.raises(InputError, match=r"(?s)theirs.csv: .*row 1: score_zeta is 1.5"):
        read(tmp_path, table.assign(score_zeta=["0.75", "1.5"]).to_csv(index=False))


def own_table(fold):
    """Two persons of each of two databases, three clips each; a table of this suite."""
    names = [(database, subject, clip) for database in "de" for subject in "12" for clip in "xyz"]
    table = pd.DataFrame(names, columns=["database", "subject", "clip"])
    table = table.assign(label=["a", "a", "b"] * 4, predicted=["a", "b", "b"] * 2 + ["b"] * 6, score_a=0.5, score_b=0.5)
    return table.assign(fold=fold(table), epoch_rule="last", run="r", seed=0)


def test_the_mean_of_folds_is_over_the_folds_that_the_file_names(tmp_path):
    by_database = own_table(lambda table: table["database"]).to_csv(index=False)
    (audited,) = read(tmp_path, by_database)
    whole = part_scores(audited)[0]
    # d: a 2 of 4 right, b 2 of 2 and 2 more, F1 4/6 and 4/6; e: a never, b 2 of 2 and 4 more, F1 0 and 4/8
    assert whole.values["mean_fold_f1"] == pytest.approx((2 / 3 + 1 / 4) / 2)
    assert (whole.folds, whole.folds_are_persons, whole.subjects) == (2, False, 4)
    assert "mean_fold_f1" not in whole.intervals and set(whole.intervals) == set(OF_COUNTS)
    assert audited.about["protocol"] == "database"
    uneven = by_database.replace("d,1,z,b,b,0.5,0.5,d", "d,1,z,b,b,0.5,0.5,q")  # three folds, of no protocol
    (audited,) = read(tmp_path, uneven)
    assert part_scores(audited)[0].folds == 3 and "protocol" not in audited.about
    # without one of its b d is a 4/5 and b 2/3 of 3, one clip of q is right
    d = (4 / 6 + 2 / 4) / 2
    assert part_scores(audited)[0].values["mean_fold_f1"] == pytest.approx((d + 1 + 1 / 4) / 3)


def test_folds_of_persons_and_of_files_without_them(tmp_path):
    table = own_table(lambda table: table["database"] + "/" + table["subject"])
    (named,) = read(tmp_path, table.to_csv(index=False))
    (nameless,) = read(tmp_path, table[HEAD.strip().split(",")].to_csv(index=False))
    with_folds, without = part_scores(named)[0], part_scores(nameless)[0]
    assert named.about["protocol"] == "loso" and "protocol" not in nameless.about
    assert (with_folds.folds, with_folds.folds_are_persons) == (without.folds, without.folds_are_persons) == (4, True)
    assert (with_folds.values, with_folds.intervals) == (without.values, without.intervals)
    theirs = table[[*HEAD.strip().split(","), "fold"]]
    (gap,) = read(tmp_path, theirs.assign(fold=["", *theirs["fold"][1:]]).to_csv(index=False))
    assert "fold has empty cells" in gap.notes[0] and part_scores(gap)[0].values == without.values
    (five,) = read(tmp_path, theirs.assign(fold="1").to_csv(index=False))
    assert part_scores(five)[0].folds == 1


def test_a_run_tells_its_own_protocol_and_only_its_own(tmp_path):
    table = own_table(lambda table: table["database"] + "/" + table["subject"]).to_csv(index=False)
    (tmp_path / "summary.json").write_text('{"protocol": "loso-per-database"}', encoding="utf-8")
    (run,) = read_audited(write(tmp_path / "predictions.csv", table))
    (other,) = read_audited(write(tmp_path / "other.csv", table))
    assert (run.about["protocol"], other.about["protocol"]) == ("loso-per-database", "loso")


def test_the_epoch_rule_oracle_is_a_leak(tmp_path):
    rows = "d,a,x,0,0,{0}\nd,b,y,1,1,{0}\n"
    last, oracle = read(tmp_path, HEAD.strip() + ",epoch_rule\n" + rows.format("last") + rows.format("oracle"))
    assert last.leak == "" and "'oracle' chooses the epoch that does best on the test subjects" in oracle.leak


def test_a_hundred_thousand_rows(tmp_path):
    generator = np.random.default_rng(0)
    label, predicted = generator.integers(0, 3, (2, 100_000))
    number = np.arange(100_000)
    table = pd.DataFrame({"database": "d", "subject": number % 500, "clip": number, "label": label})
    (audited,) = read(tmp_path, table.assign(predicted=predicted).to_csv(index=False))
    expected = np.array([[((label == i) & (predicted == j)).sum() for j in range(3)] for i in range(3)])
    np.testing.assert_array_equal(counts(audited)["all"], expected)

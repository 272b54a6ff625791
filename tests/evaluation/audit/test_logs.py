"""Published logs: the predictions in them, what they do not say, and their faults."""

import pytest

from mer.core.errors import InputError
from mer.evaluation.audit.against_list import OtherCounts, against_list
from mer.evaluation.audit.claims import judge, read_claims
from mer.evaluation.audit.read import read_audited
from mer.evaluation.audit.scores import part_scores
from tests.evaluation.audit.made_up import PUBLISHED, clip_log, fold_log, like_ststnet, officially_spelled, write
from tests.evaluation.test_metrics import STSTNET


@pytest.fixture(scope="module")
def clips():
    return officially_spelled(like_ststnet())


def by_class(*counts):
    return dict(zip(("negative", "positive", "surprise"), counts, strict=True))


def read(tmp_path, text, **options):
    return read_audited(write(tmp_path / "log.txt", text), **options)


@pytest.mark.parametrize(("written", "form"), [(clip_log, "clip-log"), (fold_log, "fold-log")])
def test_a_published_uar_that_is_macro_precision_is_found_out(tmp_path, clips, written, form):
    # golden: with the counts of STSTNet's log its UF1 holds, and its "UAR" is the mean precision
    (audited,) = read(tmp_path, written(clips))
    scores = part_scores(audited)
    assert (audited.form, scores[0].n, scores[0].subjects) == (form, 442, 68)
    found = {part.part: part.confusion.tolist() for part in scores}
    assert {name: found[name] for name in STSTNET} == {name: rows.tolist() for name, rows in STSTNET.items()}
    assert not against_list(audited).differs
    uf1, uar = judge(read_claims([",".join(PUBLISHED)]), scores)
    assert uf1.matched and uf1.words == "0.7353 as UF1: is UF1 of all clips."
    assert not uar.matched
    assert uar.words == "0.7605 as UAR: this is macro precision, not UAR (UAR is 0.7186)."


def test_a_log_of_folds_is_compared_by_the_clips_of_every_person(tmp_path, clips):
    changed = clips[clips["clip"] != "032_3_1"].copy()
    changed.loc[changed["clip"] == "s18_sur_03", "label"] = "0"
    (audited,) = read(tmp_path, fold_log(changed))
    found = against_list(audited)
    assert (found.listed, found.found) == (442, 441)
    assert found.counts == (
        OtherCounts("samm/032", by_class(3, 0, 0), by_class(4, 0, 0)),
        OtherCounts("smic/s18", by_class(3, 0, 4), by_class(2, 0, 5)),
    )


def test_last_and_best_predictions_of_one_log_are_two_runs(tmp_path):
    text = "Subject: sub01\ntrain\nPredicted    : [0, 1]\nBest Predicted    : [1, 1]\nGround Truth : [1, 1]\nUF1: 0.5\n"
    last, best = read(tmp_path, text)
    assert (last.about, best.about) == ({"run": "Predicted"}, {"run": "Best Predicted"})
    assert [one.rows["predicted"].tolist() for one in (last, best)] == [[0, 1], [1, 1]]
    assert (last.notes, last.leak, best.notes) == ((), "", ())
    assert best.leak.startswith("the scripts known to print 'Best Predicted' choose the epoch of every subject")


def test_a_log_of_best_predictions_alone_says_what_they_are(tmp_path):
    (audited,) = read(tmp_path, "Subject: s01\nBest Predicted    : [0]\nGround Truth : [2]\n")
    assert audited.rows[["database", "subject"]].to_numpy().tolist() == [["smic", "s1"]]
    assert "'Best Predicted'" in audited.leak


def test_subjects_of_no_listed_database_are_audited_without_one(tmp_path):
    (audited,) = read(tmp_path, "Subject: spNO.1\nPredicted : [0]\nGround Truth : [0]\nSubject: 007\n"
                                "Predicted : [1]\nGround Truth : [0]\n")  # fmt: skip
    assert set(audited.rows["database"]) == {"unknown"}
    assert "databases are not known" in audited.notes[0]
    assert against_list(audited).why_not == "the databases of its subjects are not known"
    assert part_scores(audited)[0].subjects == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("casme2 sub01\nEP02_01f 1 1\nEP19_05f 0 0 0\n", "line 3: 'EP19_05f 0 0 0' is neither"),
        ("casme2 sub01\nEP02_01f 1 4\n", "line 2: predicted '4' is no class"),
        ("casme2 sub01\nEP02_01f 1 1\n\nEP02_01f 1 0\n", "line 4: casme2/sub01/EP02_01f stands twice, first in line 2"),
        ("Subject: 006\nPredicted : [0, 1]\nGround Truth : [0]\n", "line 1: subject 006 has 2 predictions for 1 clips"),
        ("Subject: 006\nPredicted : [0]\n\nSubject: 007\nPredicted : [0]\nGround Truth: [0]\n", "no 'Ground Truth"),
        ("Predicted : [0]\nSubject: 006\nPredicted : [0]\nGround Truth: [0]\n", "line 1: Predicted before the first"),
        ("Subject: 006\nPredicted : [0]\nGround Truth: [0]\n" * 2, "line 4: subject 006 stands twice, first in line 1"),
        ("Subject: 006\nPredicted : [3]\nGround Truth: [0]\n", "line 1: predicted '3' is no class"),
        ("Subject: 006\nGround Truth: [0]\n", "no line 'Predicted : [...]'"),
    ],
)
def test_a_fault_of_a_log_is_named_with_its_line(tmp_path, text, message):
    with pytest.raises(InputError) as caught:
        read(tmp_path, text)
    assert message in str(caught.value)


def test_a_clip_before_the_first_person(tmp_path):
    from mer.evaluation.audit.logs import read_clip_log

    with pytest.raises(InputError, match="line 1: a clip before the first subject"):
        read_clip_log("EP02_01f 1 1\ncasme2 sub01\n", "log.txt")

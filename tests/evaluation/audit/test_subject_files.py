"""Results in one file a subject."""

import pytest

from mer.core.errors import InputError
from mer.evaluation.audit.read import read_audited
from mer.evaluation.audit.scores import part_scores
from tests.evaluation.audit.made_up import write

LINES = "best epoach: 3\nbest acc: 0.5\nmatrix_acc: {}\n"


def test_a_folder_of_subjects_and_one_of_them(tmp_path):
    write(tmp_path / "sub01_acc.txt", LINES.format("[[0, 0], [2, 1]]"))  # predicted, true
    write(tmp_path / "006_acc.txt", LINES.format("[[1, 0]]"))
    (audited,) = read_audited(tmp_path)
    assert audited.rows[["database", "subject"]].to_numpy().tolist() == [["samm", "006"], *[["casme2", "sub01"]] * 2]
    assert part_scores(audited)[0].confusion.tolist() == [[1, 1, 0], [0, 0, 1], [0, 0, 0]]
    assert "keep the epoch of every subject that does best on this subject's own" in audited.leak
    (one,) = read_audited(tmp_path / "006_acc.txt")
    assert one.rows["predicted"].tolist() == [1]


def test_faults_of_all_files_are_named(tmp_path):
    write(tmp_path / "sub01_acc.txt", LINES.format("[[0, 0]]") * 2)
    write(tmp_path / "sub02_acc.txt", LINES.format("[[0, x]]"))
    with pytest.raises(InputError) as caught:
        read_audited(tmp_path)
    assert "sub01_acc.txt, line 6: 2 lines 'matrix_acc" in str(caught.value)
    assert "sub02_acc.txt, line 3: not a list of pairs" in str(caught.value)

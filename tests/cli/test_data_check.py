import os
import threading
import time

import cv2
import numpy as np
import pytest

from mer.cli.data_check import check_database
from mer.datasets.database import Database

HEAD = "database,subject,clip,frames,onset,apex,offset,fps,emotion,action_units,label,apex_source,note\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "a").mkdir()
    for number in (1, 2, 3):
        cv2.imwrite(str(tmp_path / "a" / f"{number}.png"), np.full((8, 8, 3), 90, np.uint8))
    return tmp_path


def write(folder, *rows):
    (folder / "clips.csv").write_text(
        HEAD + "".join(f"own,01,{k},a,1,{row},annotated,\n" for k, row in enumerate(rows))
    )


def test_what_training_would_leave_out_is_said(folder):
    write(folder, "2,3,100,,,positive", "2,3,100,,,positiv", "2,3,100,,,")
    said = check_database(str(folder))
    assert "1 clips have the label 'positiv', which training leaves out. Did you mean 'positive'?" in said
    assert "1 clips have no label" in said
    assert "apex" not in said


def test_nothing_is_said_of_a_good_table(folder):
    write(folder, "2,3,100,,,positive")
    assert "Every clip's frames are there (3 looked at, key frames decoded)." in check_database(str(folder))


def test_no_more_threads_than_processors_that_it_may_use(folder, monkeypatch):
    write(folder, *["2,3,100,,,positive"] * 8)
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0}, raising=False)
    frames, threads, of_opencv = Database.frames, set(), set()

    def watched(*given):
        threads.add(threading.get_ident())
        of_opencv.add(cv2.getNumThreads())
        time.sleep(0.02)
        return frames(*given)

    monkeypatch.setattr(Database, "frames", watched)
    check_database(str(folder))
    assert (len(threads), of_opencv) == (1, {1})

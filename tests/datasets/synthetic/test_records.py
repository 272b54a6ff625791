import json

import numpy as np
import pandas as pd
import pytest

from mer.datasets.synthetic.records import RECORDED, clip_records


def test_what_was_drawn_is_read_clip_by_clip(tiny_database):
    clips = tiny_database.clips.iloc[[3, 1]]
    table = clip_records(tiny_database, clips)
    assert list(table.columns) == list(RECORDED) and list(table.index) == [0, 1]
    for position, (_, row) in enumerate(clips.iterrows()):
        content = json.loads((tiny_database.folder(row) / "meta.json").read_text(encoding="utf-8"))
        drawn = content["distractors"]
        assert table["blink"][position] == drawn["blink"]
        assert table["gaze"][position] == pytest.approx(np.hypot(*drawn["gaze"]))
        assert table["peak_px"][position] == content["peak_px"]
    assert table["peak_px"].between(0.2, 3).all()


def test_of_a_real_clip_nothing_is_known(tiny_database):
    clips = tiny_database.clips.iloc[:2].assign(frames="nowhere")
    table = clip_records(tiny_database, clips)
    assert table.isna().all(axis=None) and len(table) == 2
    assert len(clip_records(tiny_database, pd.DataFrame(columns=clips.columns))) == 0

import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mer.core.errors import InputError
from mer.datasets.frames import read_frame
from mer.face import benchmark
from mer.face.benchmark import Speed, main, make_clips, measure


def test_numbers_by_hand() -> None:
    speed = Speed(workers=2, frames=600, megabytes=45.0, seconds=2.0, memory_mb=30.0)
    assert speed.frames_a_second == 300
    words = str(speed)
    assert "300 frames/s" in words
    assert "22.5 MB/s" in words
    assert "25469 frames in 1.4 minutes" in words  # 25469 / 300 / 60


def test_a_misspelt_detector_is_told_before_anything_is_rendered(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InputError, match="'facemesh'"):
        main(["--detector", "facemsh"])
    assert capsys.readouterr().out == ""


def test_memory_is_that_of_the_block_at_its_largest() -> None:
    before = np.ones(60_000_000, np.uint8)
    with benchmark._memory() as largest:
        held = np.ones(40_000_000, np.uint8)
        time.sleep(0.2)
        del held
    assert 35 < largest[0] < 60
    assert before[0] == 1


@pytest.mark.slow
def test_the_whole_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("mediapipe", reason="needs MediaPipe's face model")
    monkeypatch.setattr(benchmark, "HEIGHT", 240)  # smaller frames: it is not timed here
    monkeypatch.setattr(benchmark, "WIDTH", 320)
    monkeypatch.setitem(os.environ, "MER_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "frames"
    folder.mkdir()
    database = make_clips(folder, 1)
    row = database.clips.iloc[0]
    assert read_frame(next(database.folder(row).glob("*.jpg"))).shape == (240, 320, 3)
    build = benchmark.build_store

    def slow_and_large(*given: Any) -> Any:
        held = np.ones(100_000_000, np.uint8)
        time.sleep(0.3)
        del held
        return build(*given)

    monkeypatch.setattr(benchmark, "build_store", slow_and_large)
    began = time.perf_counter()
    speed = measure(folder, workers=1, size=64, detector="facemesh")
    whole = time.perf_counter() - began
    assert speed.frames == row["offset"] - row["onset"] + 1
    sizes = [path.stat().st_size for path in database.folder(row).glob("*.jpg")]
    assert speed.megabytes * 1e6 == pytest.approx(sum(sizes))
    assert 0.3 < speed.seconds < whole  # the build, without what comes before and after it
    assert 95 < speed.memory_mb < 1500  # at its largest, also of what was given back before the end

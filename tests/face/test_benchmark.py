import os
import subprocess
import sys
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any

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
    """In a process of its own, as it is used: one that has run for long takes memory that it gave back before."""
    code = """
import time
import numpy as np
from mer.face import benchmark
before = np.ones(60_000_000, np.uint8)
with benchmark._memory() as largest:
    held = np.ones(40_000_000, np.uint8)
    time.sleep(1)
    del held
print(largest[0], before[0])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 35 < float(done.stdout.split()[0]) < 60


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

    def slow(*given: Any) -> Any:
        time.sleep(0.3)
        return build(*given)

    monkeypatch.setattr(benchmark, "build_store", slow)
    monkeypatch.setattr(benchmark, "_memory", lambda: nullcontext([123.0]))  # measured for itself above
    began = time.perf_counter()
    speed = measure(folder, workers=1, size=64, detector="facemesh")
    whole = time.perf_counter() - began
    assert speed.frames == row["offset"] - row["onset"] + 1
    sizes = [path.stat().st_size for path in database.folder(row).glob("*.jpg")]
    assert speed.megabytes * 1e6 == pytest.approx(sum(sizes))
    assert 0.3 < speed.seconds < whole  # the build, without what comes before and after it
    assert speed.memory_mb == 123

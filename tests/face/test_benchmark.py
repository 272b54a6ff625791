import os
from pathlib import Path

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
    speed = measure(folder, workers=1, size=64, detector="facemesh")
    assert speed.frames == row["offset"] - row["onset"] + 1
    sizes = [path.stat().st_size for path in database.folder(row).glob("*.jpg")]
    assert speed.megabytes * 1e6 == pytest.approx(sum(sizes))
    assert speed.seconds > 0
    assert speed.memory_mb > 0

"""Images and videos, decoded in a process of their own: a decoder that crashes or hangs is a fault like others."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from select import select

import cv2
import pytest

from mer.core.errors import InputError
from tests.datasets.pictures_and_videos import encoded, smooth
from tests.fuzz.fuzzing import Reader, kept_files, odd_files

_SECONDS = 120  # a decoder that needs more hangs
_SERVER = """
import json, sys, traceback
from pathlib import Path
from mer.core.errors import InputError
from mer.datasets.image_bytes import read_frame
from mer.datasets.video import VideoFile

def read(path):
    if path.suffix != ".avi":
        return read_frame(path)
    video = VideoFile(path)
    return video.faults(video.numbers), video.steps_ms, list(video.read(video.numbers[:3])), list(video.in_order())

for line in sys.stdin:
    try:
        read(Path(json.loads(line)))
        said = ["read", "", ""]
    except InputError as error:
        said = ["refused", str(error), ""]
    except Exception as error:
        said = ["raised", f"{type(error).__name__}: {error}", traceback.format_exc()]
    print(json.dumps(said), flush=True)
"""


class Decoder:
    """The process; begun at the first file, and again after a crash."""

    def __init__(self) -> None:
        self.process: subprocess.Popen | None = None

    def read(self, path: Path) -> None:
        """Raises what the reader raised, or that the process ended."""
        if self.process is None or self.process.poll() is not None:
            self.process = subprocess.Popen(
                [sys.executable, "-c", _SERVER],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
        self.process.stdin.write(json.dumps(str(path)) + "\n")
        self.process.stdin.flush()
        there = select([self.process.stdout], [], [], _SECONDS)[0]
        answer = self.process.stdout.readline() if there else ""
        if not answer:
            self.end()
            raise RuntimeError("the decoder crashed" if there else f"the decoder needed more than {_SECONDS} s")
        what, words, trace = json.loads(answer)
        if what == "refused":
            raise InputError(words)
        if what == "raised":
            raise RuntimeError(f"{words}\n{trace}")

    def end(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None


DECODER = Decoder()


@pytest.fixture(scope="module", autouse=True)
def ended():
    yield
    DECODER.end()


def video() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "v.avi"
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 25, (32, 24))
        for number in range(4):
            writer.write(smooth(24, 32, number))
        writer.release()
        return path.read_bytes()


def reader(suffix: str, valid: bytes, examples: int) -> Reader:
    return Reader(f"picture-{suffix}", f"a.{suffix}", valid, DECODER.read, examples=examples)


PNG, JPEG, TIFF, BMP = (reader(kind, encoded(f".{kind}", smooth(12, 16)), 40) for kind in ("png", "jpg", "tif", "bmp"))
AVI = reader("avi", video(), 30)
test_odd_png, test_kept_png = odd_files(PNG), kept_files(PNG)
test_odd_jpeg, test_kept_jpeg = odd_files(JPEG), kept_files(JPEG)
test_odd_tiff, test_kept_tiff = odd_files(TIFF), kept_files(TIFF)
test_odd_bmp, test_kept_bmp = odd_files(BMP), kept_files(BMP)
test_odd_videos, test_kept_videos = odd_files(AVI), kept_files(AVI)


def test_a_crash_of_the_decoder_is_a_fault(tmp_path: Path) -> None:
    DECODER.read(_written(tmp_path / "a.png", PNG.valid))
    DECODER.process.kill()
    DECODER.process.wait()
    DECODER.read(tmp_path / "a.png")  # a new one
    with pytest.raises(InputError):
        DECODER.read(_written(tmp_path / "b.png", b"no image"))


def _written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path

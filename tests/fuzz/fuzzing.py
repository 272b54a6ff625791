"""Odd files for a reader: valid ones with bytes or values changed. It reads them, or raises `InputError`.

`make test` tries a few, the same every time; `MER_ENDURANCE=20` (``make endurance``) tries new ones for 20 minutes,
shared by all readers. A file that brings a reader down is kept in ``corpus/<reader>/`` and is a test from then on.
"""

import json
import os
import re
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from mer.core.errors import InputError

CORPUS = Path(__file__).parent / "corpus"
_READERS: list[str] = []  # that are tried, to share the time
_TOKENS = [
    *(b"=", b"\x00", b"\xff", b"-1", b"1e999", b"9" * 24, b"nan", b"inf", b",", b'"', b"\n", b"\r", b"'", b"/"),
    *(b"../..", b"{", b"[", b"null", b"true", b"&a *a", b"!!python/object/apply:os.system [id]", b"\xef\xbb\xbf"),
    *(b"1.5", b"0x10", b"12:30:00", b"2020-02-30", "é".encode(), "\u202e".encode(), b"\xed\xb2\x80", b"\t", b";"),
    *(b": ", b"- ", b"[" * 2000),
]
_VALUES = [
    None,
    True,
    0,
    -1,
    1.5,
    1e308,
    float("nan"),
    10**24,
    "",
    "x",
    "../x",
    "a\0b",
    "\u202e",
    "x" * 3000,
    "~no one/x",
]
_VALUES += [[], {}, [1]]


@dataclass(frozen=True)
class Reader:
    """A reader and a file that it reads.

    Attributes:
        name: of its corpus.
        file: name of the file, as the reader wants it, inside a folder.
        valid: what stands in it.
        read: reads the file at a path.
        value: the same as numbers, texts, lists and mappings, where it has such parts; None where not.
        written: turns such values into the file's bytes.
        examples: how many are tried in every run.
        more: other strategies for what stands in the file.
    """

    name: str
    file: str
    valid: bytes
    read: Callable[[Path], object]
    value: Any = None
    written: Callable[[Any], bytes] = field(default=lambda value: json.dumps(value).encode())
    examples: int = 70
    more: tuple[st.SearchStrategy[bytes], ...] = ()

    def contents(self) -> st.SearchStrategy[bytes]:
        """What is tried."""
        kinds = [mutated(self.valid), *self.more]
        if self.value is not None:
            kinds.append(altered(self.value).map(self.written))
        return st.one_of(kinds)


@st.composite
def mutated(draw: st.DrawFn, valid: bytes) -> bytes:
    """Bytes changed, left out, put in, repeated or cut off at one to four places."""
    data = bytearray(valid)
    for _ in range(draw(st.integers(1, 4))):
        at, kind = draw(st.integers(0, len(data))), draw(st.integers(0, 5))
        if kind == 0 and data:
            data[min(at, len(data) - 1)] ^= 1 << draw(st.integers(0, 7))
        elif kind == 1:
            data[at:at] = draw(st.sampled_from(_TOKENS))
        elif kind == 2:
            del data[at : at + draw(st.integers(1, 20))]
        elif kind == 3:
            del data[at:]
        elif kind == 4:
            data[at : at + draw(st.integers(1, 8))] = draw(st.sampled_from(_TOKENS))
        else:
            begin = draw(st.integers(0, len(data)))
            data[at:at] = data[begin : begin + draw(st.integers(1, 40))]
    return bytes(data)


@st.composite
def altered(draw: st.DrawFn, value: Any) -> Any:
    """A value with something else at one place of it, or one of its keys left out or given another name."""
    whole = json.loads(json.dumps(value))
    path = draw(st.sampled_from(_places(whole)))
    if not path:
        return draw(st.sampled_from(_VALUES))
    holder = whole
    for key in path[:-1]:
        holder = holder[key]
    kind = draw(st.integers(0, 4))
    if kind == 0:
        del holder[path[-1]]
    elif kind == 1 and isinstance(holder, dict):
        holder[draw(st.sampled_from(["", "x", "a\nb", "name"]))] = holder.pop(path[-1])
    else:
        holder[path[-1]] = draw(st.sampled_from(_VALUES))
    return whole


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    keys = value if isinstance(value, Mapping) else range(len(value)) if isinstance(value, list) else ()
    return [path, *(place for key in keys for place in _places(value[key], (*path, key)))]


def odd_files(reader: Reader) -> Callable[[Path], None]:
    """A test that tries odd files."""

    def tried(tmp_path: Path, rounds: int, number: int | None) -> None:
        how = settings(
            max_examples=rounds,
            derandomize=number is None,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )

        @given(reader.contents())
        def one(data: bytes) -> None:
            attempt(reader, tmp_path, data)

        how(one if number is None else seed(number)(one))()

    _READERS.append(reader.name)

    def test(tmp_path: Path) -> None:
        if minutes := float(os.environ.get("MER_ENDURANCE") or 0):
            end, number = time.monotonic() + 60 * minutes / len(_READERS), time.time_ns()
            while time.monotonic() < end:
                tried(tmp_path, 100, number := number + 1)
        else:
            tried(tmp_path, reader.examples, None)

    return test


def kept_files(reader: Reader) -> Callable[[Path, Path], None]:
    """A test for every file that once brought the reader down, and for the valid one."""
    paths = sorted((CORPUS / reader.name).glob("*"))

    @pytest.mark.parametrize("kept", [None, *paths], ids=["valid", *(path.name for path in paths)])
    def test(kept: Path | None, tmp_path: Path) -> None:
        if kept is not None:
            attempt(reader, tmp_path, kept.read_bytes())
            return
        path = tmp_path / reader.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(reader.valid)
        reader.read(path)

    return test


def attempt(reader: Reader, folder: Path, data: bytes) -> None:
    """Have this read or refused; else it is kept."""
    path = folder / reader.file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    try:
        reader.read(path)
    except InputError:
        pass
    except Exception as error:
        keep(reader, data, error)
        raise


def keep(reader: Reader, data: bytes, error: Exception) -> None:
    """Put what brought the reader down into the corpus, one file a fault; the smallest is tried last and stays."""
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if f"{os.sep}mer{os.sep}" in frame.filename]
    where = f"{Path(own[-1].filename).stem}-{own[-1].name}" if own else re.sub(r"\W+", "-", str(error))[:60]
    place = CORPUS / reader.name / re.sub(r"[^\w.-]+", "", f"{type(error).__name__}-{where}")
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(data)

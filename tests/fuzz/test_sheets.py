"""Coding sheets of releases: text, and workbooks whose parts are changed inside the archive too."""

import io
import zipfile

from hypothesis import strategies as st
from openpyxl import Workbook

from mer.datasets.sheet import SheetFormat, read_sheet
from tests.fuzz.fuzzing import Reader, kept_files, mutated, odd_files

ROWS = [["Subject", "Filename", "OnsetFrame", "ApexFrame", "OffsetFrame", "Estimated Emotion"]]
ROWS += [["01", "EP02_01f", 46, 59, 86, "happiness"], ["02", "EP03_02", 134, "/", 180, "others"]]
WANTED = SheetFormat(
    {"subject": ("Subject",), "clip": ("Filename",), "onset": ("OnsetFrame",), "emotion": ("Estimated Emotion",)}
)


def workbook() -> bytes:
    book, stream = Workbook(), io.BytesIO()
    for row in ROWS:
        book.active.append(row)
    book.save(stream)
    return stream.getvalue()


@st.composite
def repacked(draw: st.DrawFn, valid: bytes) -> bytes:
    """The workbook with one of its parts changed, left out, or there twice."""
    with zipfile.ZipFile(io.BytesIO(valid)) as book:
        parts = [(name, book.read(name)) for name in book.namelist()]
    at, stream = draw(st.integers(0, len(parts) - 1)), io.BytesIO()
    name, data = parts[at]
    parts[at : at + 1] = draw(
        st.one_of(mutated(data).map(lambda one: [(name, one)]), st.sampled_from([[], [(f"{name}x", data)]]))
    )
    with zipfile.ZipFile(stream, "w") as book:
        for part, content in parts:
            book.writestr(part, content)
    return stream.getvalue()


def read(path):
    return read_sheet(path, WANTED)


TEXT = Reader("sheet-text", "s.csv", "\n".join(",".join(map(str, row)) for row in ROWS).encode(), read)
BOOK = workbook()
WORKBOOK = Reader("sheet-workbook", "s.xlsx", BOOK, read, more=(repacked(BOOK), repacked(BOOK)))
test_odd_texts, test_kept_texts = odd_files(TEXT), kept_files(TEXT)
test_odd_workbooks, test_kept_workbooks = odd_files(WORKBOOK), kept_files(WORKBOOK)

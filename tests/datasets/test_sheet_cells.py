"""Text files as sheets, and cells as text."""

import csv
import datetime

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mer.core.errors import InputError
from mer.datasets import sheet_cells
from mer.datasets.sheet import SheetFormat, read_sheet
from mer.datasets.sheet_cells import cell_text

PAIR = SheetFormat({"subject": ("Subject",), "onset": ("OnsetFrame",)})
FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=12)


def values_of(path, wanted=PAIR):
    return read_sheet(path, wanted).table[["subject", "onset", "row"]].to_numpy().tolist()


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_separators_encodings_and_line_ends(tmp_path, separator, encoding, end):
    lines = ["Note;,Subject,OnsetFrame", "a;b;c;d,é 006,46", "", ",s2,"]
    rows = [separator.join(f'"{cell}"' for cell in line.split(",")) for line in lines]
    path = tmp_path / "a b ü.csv"
    path.write_bytes(end.join(rows).encode(encoding))
    assert values_of(path) == [["é 006", "46", 2], ["s2", "", 4]]


@pytest.mark.parametrize("encoding", ["gb18030", "latin-1"])
def test_old_code_pages(tmp_path, encoding):
    text = {"gb18030": "被试", "latin-1": "ü"}[encoding]  # "ü" before a line end is no pair of the Chinese code page
    (tmp_path / "a.csv").write_bytes(f"OnsetFrame,Subject\n46,{text}\n".encode(encoding))
    assert values_of(tmp_path / "a.csv") == [[text, "46", 2]]


def test_rows_are_counted_as_the_spreadsheet_does(tmp_path):
    (tmp_path / "a.csv").write_text('sep=;\n"a\nlong title";\nSubject;OnsetFrame\n\n;;\n006;46\n', encoding="utf-8")
    assert values_of(tmp_path / "a.csv") == [["006", "46", 6]]


def test_text_file_without_header(tmp_path):
    (tmp_path / "a.csv").write_text("s1;46\ns2;47\n", encoding="utf-8")
    wanted = SheetFormat({"subject": ("A",), "onset": ("B",)}, header=False, tab="ignored")
    assert values_of(tmp_path / "a.csv", wanted) == [["s1", "46", 1], ["s2", "47", 2]]
    only = SheetFormat({"subject": ("A",)}, header=False)
    assert list(read_sheet(tmp_path / "a.csv", only).table["subject"]) == ["s1", "s2"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b"Subject,Onset\n006,46\n", "no column for onset.*'Subject', 'Onset'.*Did you mean 'Onset'"),
        (b'Subject,OnsetFrame\n"006,46\n007,1\n', "not a readable .csv"),
        (b"PK\x03\x04", "not text"),
        (b"\xd0\xcf\x11\xe0", "not text"),
        (b"Subject,OnsetFrame\n" + b"," * 1001 + b"\n", "more than 1,000 columns"),
        (b"Subject,OnsetFrame,Subject\n006,46,7\n", r"stands 2 times \(columns A, C\)"),
    ],
)
def test_text_files_that_cannot_be_used(tmp_path, data, message):
    (tmp_path / "a.csv").write_bytes(data)
    with pytest.raises(InputError, match=message):
        values_of(tmp_path / "a.csv")


def test_too_many_rows_and_a_folder(tmp_path, monkeypatch):
    (tmp_path / "a.csv").write_text("Subject,OnsetFrame\n1,2\n3,4\n", encoding="utf-8")
    monkeypatch.setattr(sheet_cells, "MAX_ROWS", 2)
    with pytest.raises(InputError, match="more than 2 rows"):
        values_of(tmp_path / "a.csv")
    (tmp_path / "b.csv").mkdir()
    with pytest.raises(InputError, match="is a folder"):
        values_of(tmp_path / "b.csv")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (46, "46"),
        (46.0, "46"),
        (0.1 + 0.2, "0.3"),
        (False, "FALSE"),
        (datetime.date(2014, 5, 8), "2014-05-08"),
        (datetime.datetime(2014, 5, 8, 1, 2), "2014-05-08 01:02:00"),
        (datetime.timedelta(hours=30), "1 day, 6:00:00"),
        ("\u00a0\ufeff \u3000s1_ne_01\u200b\n", "s1_ne_01"),
        ("４６．０", "46.0"),
        ("46²", "46²"),
        ("a\u00a0b", "a b"),
    ],
)
def test_cell_text(value, text):
    assert cell_text(value) == text


@FEW
@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=5))
def test_cell_texts_come_back_from_both_kinds_of_file(tmp_path, rows):
    rows = [("x" + first, "y" + second) for first, second in rows]  # a first letter: neither empty, mark nor formula
    book = openpyxl.Workbook()
    with (tmp_path / "a.csv").open("w", encoding="utf-8-sig", newline="") as file:
        for row in [("Subject", "OnsetFrame"), *rows]:
            csv.writer(file).writerow(row)
            book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    expected = [[cell_text(first), cell_text(second), at] for at, (first, second) in enumerate(rows, start=2)]
    assert values_of(tmp_path / "a.csv") == expected
    assert values_of(tmp_path / "a.xlsx") == expected


@FEW
@given(st.text(st.characters(codec="utf-8"), max_size=20))
def test_cell_text_is_stable_and_bare(text):
    once = cell_text(text)
    assert cell_text(once) == once == once.strip()
    if text.isascii() and text.isprintable() and "_x000" not in text:
        assert once == text.strip()


@FEW
@given(st.binary(max_size=300))
def test_arbitrary_bytes_raise_nothing_else(tmp_path, data):
    (tmp_path / "a.csv").write_bytes(data)
    with pytest.raises(InputError):
        values_of(tmp_path / "a.csv")

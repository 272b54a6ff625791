"""Which rows and columns of a sheet are read, and what a user is told when they are not there."""

import datetime

import openpyxl
import pytest

from mer.core.errors import InputError, MissingPath
from mer.datasets.sheet import SheetFormat, read_sheet, whole_number

CLIPS = SheetFormat(
    {
        "subject": ("Subject",),
        "clip": ("Filename",),
        "onset": ("OnsetFrame", "Onset Frame"),
        "apex": ("ApexFrame",),
        "units": ("Action Units",),
    },
    optional=frozenset({"units"}),
)
HEADER = ["Subject", "Filename", "OnsetFrame", "ApexFrame", "Action Units"]
ROW = ["01", "EP02_01f", 46, 59, "4+L10"]
PLAIN = {"subject": "01", "clip": "EP02_01f", "onset": "46", "apex": "59", "units": "4+L10"}


def write(path, rows, *, merge=(), title="Sheet1"):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = title
    for row in rows:
        sheet.append(row)
    for area in merge:
        sheet.merge_cells(area)
    book.save(path)
    return path


def rows_of(path, wanted=CLIPS):
    return read_sheet(path, wanted).table.to_dict("records")


def test_columns_in_another_order_and_further_ones(tmp_path):
    header = ["Notes", "apex frame", "Subject ", None, "FILENAME", "Onset\nFrame", "Duration"]
    path = write(tmp_path / "a.xlsx", [header, ["x", 59.0, "006", None, "006_1_2", 46, 14]])
    found = read_sheet(path, CLIPS)
    assert found.path == path
    expected = {"subject": "006", "clip": "006_1_2", "onset": "46", "apex": "59", "units": "", "row": 2}
    assert found.table.to_dict("records") == [expected]
    assert [str(kind) for kind in found.table.dtypes] == ["object"] * 5 + ["int64"]


def test_header_below_a_preamble_and_row_numbers_of_the_spreadsheet(tmp_path):
    preamble = [["SAMM micro-movements"], ["Subject means the participant"], *[[]] * 10, ["", "note"]]
    path = write(tmp_path / "samm.xlsx", [*preamble, HEADER, ROW, [], [None, " ", "\u00a0"], ROW])
    assert [row["row"] for row in rows_of(path)] == [15, 18]
    assert rows_of(path)[0] == PLAIN | {"row": 15}


def test_header_after_row_60_is_not_searched(tmp_path):
    write(tmp_path / "in.xlsx", [*[["x"]] * 59, HEADER, ROW])
    write(tmp_path / "out.xlsx", [*[["x"]] * 60, HEADER, ROW])
    assert len(rows_of(tmp_path / "in.xlsx")) == 1
    with pytest.raises(InputError, match="no column for subject"):
        rows_of(tmp_path / "out.xlsx")


def test_rows_without_a_required_value_and_repeated_headers_are_skipped(tmp_path):
    path = write(tmp_path / "a.xlsx", [HEADER, ROW, HEADER, ROW, [None] * 4 + ["255 clips"], ["", "", "", "", "end"]])
    assert [row["row"] for row in rows_of(path)] == [2, 4]


def test_missing_marks_become_empty_in_any_case(tmp_path):
    path = write(
        tmp_path / "a.xlsx", [HEADER, ["04", "EP12_01f", "N/A", " / ", "None"], ["04", "-1", "#N/A", "na", "-"]]
    )
    assert [list(row.values())[:5] for row in rows_of(path)] == [
        ["04", "EP12_01f", "", "", ""],
        ["04", "-1", "#N/A", "", ""],
    ]


def test_what_a_program_made_of_entries_stays_text(tmp_path):
    values = ["006", "１０＿a", datetime.datetime(1900, 2, 15), True, datetime.time(4, 12)]
    path = write(tmp_path / "a.xlsx", [HEADER, values, [6, "视频（1）", 45.999999999999993, "00046", "=1"]])
    wanted = SheetFormat(dict(CLIPS.columns) | {"units": ("Subject",)}, optional=CLIPS.optional)
    assert list(rows_of(path, wanted)[0].values())[:4] == ["006", "10_a", "1900-02-15", "TRUE"]
    assert list(rows_of(path, wanted)[1].values())[:4] == ["6", "视频（1）", "46", "00046"]
    with pytest.raises(InputError, match="1900"):
        whole_number("1900-02-15")


def test_merged_cells_have_their_value_everywhere(tmp_path):
    rows = [HEADER, ROW, [None, "EP03_02f", 1, 2, "1"], ["02", "EP01_01f", 3, 4, "2"]]
    path = write(tmp_path / "a.xlsx", rows, merge=["A2:A3", "C4:D4"])
    table = read_sheet(path, CLIPS).table
    assert list(table["subject"]) == ["01", "01", "02"]
    assert list(table["apex"]) == ["59", "2", "3"]


def test_a_row_that_holds_nothing_but_a_merged_value_is_empty(tmp_path):
    path = write(tmp_path / "a.xlsx", [HEADER, ROW, [None, None, None, None, "x"], ROW], merge=["A2:A3"])
    assert [row["row"] for row in rows_of(path)] == [2, 4]


def test_a_header_merged_over_two_columns_stands_once(tmp_path):
    path = write(tmp_path / "a.xlsx", [[*HEADER, None], [*ROW, "x"]], merge=["E1:F1"])
    assert rows_of(path) == [PLAIN | {"row": 2}]


def test_header_over_two_rows_with_merged_cells(tmp_path):
    top = ["Subject", "Filename", "Frames", None, "Action Units", None]
    path = write(
        tmp_path / "a.xlsx",
        [top, [None, None, "OnsetFrame", "ApexFrame"], [*ROW, "x"]],
        merge=["A1:A2", "B1:B2", "C1:D1", "E1:F2"],
    )
    assert rows_of(path) == [PLAIN | {"row": 3}]


def test_missing_column_names_all_that_helps(tmp_path):
    path = write(tmp_path / "a.xlsx", [["title"], ["Subject", "Filename", "OnsetFrame", "ApexFrames"], ROW])
    with pytest.raises(InputError) as caught:
        rows_of(path)
    text = str(caught.value)
    assert str(path) in text and "no column for apex ('ApexFrame')" in text and "onset (" not in text
    assert "Row 2 comes closest" in text and "'Subject', 'Filename', 'OnsetFrame', 'ApexFrames'" in text
    assert "Did you mean 'ApexFrames'?" in text and "take the sheet from the release again" in text


def test_a_wanted_header_twice_is_refused_and_another_is_not(tmp_path):
    path = write(tmp_path / "a.xlsx", [[*HEADER, "Note", "Note", "apexframe"], ROW])
    with pytest.raises(InputError, match=r"'ApexFrame' stands 2 times \(columns D, H\)"):
        rows_of(path)
    assert rows_of(write(tmp_path / "b.xlsx", [[*HEADER, "Note", "Note"], ROW])) == [PLAIN | {"row": 2}]


def test_of_two_accepted_headers_the_first_named_is_read(tmp_path):
    wanted = SheetFormat({"apex": ("ApexFrame", "Apex2")})
    path = write(tmp_path / "a.xlsx", [["Apex2", "ApexFrame"], [1, 2]])
    assert rows_of(path, wanted) == [{"apex": "2", "row": 2}]


def test_tabs(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["Read me"])
    book.create_chartsheet("Chart")
    for title, subject in (("Micro", "01"), ("Macro", "02")):
        book.create_sheet(title)
        book[title].append(HEADER)
        book[title].append([subject, *ROW[1:]])
    book["Micro"].row_dimensions[2].hidden = True
    book["Macro"].sheet_state = "hidden"
    book.save(tmp_path / "a.xlsx")

    def subjects(tab):
        return [
            row["subject"] for row in rows_of(tmp_path / "a.xlsx", SheetFormat(CLIPS.columns, CLIPS.optional, tab=tab))
        ]

    assert subjects(None) == ["01"]
    assert subjects("macro ") == ["02"]
    with pytest.raises(InputError, match=r"no tab 'Micros'. Did you mean 'Micro'"):
        subjects("Micros")
    with pytest.raises(InputError, match=r"tab 'Sheet': no column for subject.*Row 1"):
        subjects("Sheet")


def test_no_header_row(tmp_path):
    wanted = SheetFormat({"clip": ("b",), "onset": ("AB",)}, header=False)
    path = write(tmp_path / "a.xlsx", [["s1", "s1_ne_01", *[None] * 25, 7], [], ["s2", "s2_ne_01", *[None] * 25, 8]])
    assert rows_of(path, wanted) == [
        {"clip": "s1_ne_01", "onset": "7", "row": 1},
        {"clip": "s2_ne_01", "onset": "8", "row": 3},
    ]
    with pytest.raises(InputError, match=r"columns B \(clip\), C \(onset\) have values"):
        read_sheet(path, SheetFormat({"clip": ("B",), "onset": ("C",)}, header=False))


def test_header_without_rows_and_sheet_without_cells(tmp_path):
    with pytest.raises(InputError, match="no row below it"):
        rows_of(write(tmp_path / "a.xlsx", [HEADER, []]))
    with pytest.raises(InputError, match="no cell with a value"):
        rows_of(write(tmp_path / "b.xlsx", []))


def test_file_that_is_not_there(tmp_path):
    with pytest.raises(MissingPath, match="does not exist"):
        rows_of(tmp_path / "ünd a.xlsx")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"columns": {"apex": ("A",)}, "optional": frozenset({"apx"})}, "Did you mean 'apex'"),
        ({"columns": {"row": ("A",)}}, "cannot be called 'row'"),
        ({"columns": {"apex": ("A",)}, "optional": frozenset({"apex"})}, "not optional"),
        ({"columns": {"apex": ("A1",)}, "header": False}, "one letter"),
        ({"columns": {"apex": ("A", "B")}, "header": False}, "one letter"),
    ],
)
def test_layouts_that_cannot_work(settings, message):
    with pytest.raises(InputError, match=message):
        SheetFormat(**settings)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("46", 46),
        ("46.0", 46),
        ("00046", 46),
        (" 46. ", 46),
        ("0", 0),
        ("", None),
        ("/", None),
        ("N/A", None),
        ("-", None),
    ],
)
def test_whole_number(text, number):
    assert whole_number(text) == number


@pytest.mark.parametrize("text", ["46.5", "4_6", "-3", "1e3", "46²", "4 6", "1900-02-15", "#REF!", "nan", "9" * 5000])
def test_what_is_no_whole_number(text):
    with pytest.raises(InputError, match="not a whole number"):
        whole_number(text)

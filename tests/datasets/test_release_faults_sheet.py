"""Faults of a release's sheet, planted in an imitation: what the user is told, and that the rest is kept."""

import re

import pytest

from mer.core.errors import InputError
from tests.datasets.planted import PLANS, only_problem, read, says, set_cells
from tests.imitations.casme2 import SHEET, sheet_rows
from tests.imitations.compare import check
from tests.imitations.plant import spoil
from tests.imitations.sheets import edit, write_workbook


class TestSheetAsAWhole:
    @pytest.mark.parametrize(
        ("column", "field"),
        [
            ("D1", "OnsetFrame"),
            ("F1", "OffsetFrame"),
            ("B1", "Filename"),
            ("I1", "Estimated Emotion"),
            ("A1", "Subject"),
        ],
    )
    def test_without_an_expected_column(self, root, column, field):
        set_cells(root, **{column: "Something"})
        with pytest.raises(InputError) as caught:
            read(root)
        says(str(caught.value), SHEET, "no column for", field, "Row 1", "Something", "Adjust the layout's columns")

    def test_a_misspelt_column_is_guessed(self, root):
        set_cells(root, E1="ApexFrames")
        with pytest.raises(InputError, match=r"apex \('ApexFrame' or 'apex'\).*Did you mean 'ApexFrames'"):
            read(root)

    def test_columns_may_have_the_names_of_their_fields(self, root):
        fields = ["subject", "Clip", None, "onset", "apex", "Offset", None, "action_units", "EMOTION"]
        set_cells(root, **{f"{letter}1": name for letter, name in zip("ABCDEFGHI", fields, strict=True)})
        check(read(root), PLANS)

    def test_a_column_that_is_taken_is_not_suggested_and_how_to_adjust_is_told(self, root):
        set_cells(root, E1="Peak")
        with pytest.raises(InputError) as caught:
            read(root)
        assert "Did you mean" not in str(caught.value), "OnsetFrame and OffsetFrame are like ApexFrame"
        assert str(caught.value).endswith(
            "casme2.yaml; copy it, change 'columns', and give the copy: mer data add casme2 FOLDER --layout COPY.yaml"
        )

    def test_with_further_columns(self, root):
        book, sheet = edit(root / SHEET)
        sheet.insert_cols(1, 2)
        sheet["A1"], sheet["L1"] = "No.", "my own remarks"
        for row in range(2, 8):
            sheet.cell(row, 12).value = f"looked at {row}"
        book.save(root / SHEET)
        check(read(root), PLANS)

    def test_a_header_that_stands_twice(self, root):
        set_cells(root, J1="OnsetFrame")
        with pytest.raises(InputError, match=r"'OnsetFrame' stands 2 times \(columns D, J\). Rename or delete"):
            read(root)

    def test_numbers_as_text(self, root):
        rows = [[None if cell is None else str(cell) for cell in row] for row in sheet_rows(PLANS)]
        rows[1][3], rows[2][3], rows[3][3] = " 46 ", "95.0", "0008"
        write_workbook(root / SHEET, {"Sheet1": rows})
        check(read(root), PLANS)

    def test_merged_and_empty_rows(self, root):
        header, *rows, _ = sheet_rows(PLANS)
        spaced = [header, [None] * 9, *rows[:2], [None] * 9, [" "] * 9, *rows[2:]]
        write_workbook(root / SHEET, {"Sheet1": spaced})
        book, sheet = edit(root / SHEET)
        sheet["A4"], sheet["A8"] = None, None
        sheet.merge_cells("A3:A4")
        sheet.merge_cells("A7:A8")
        book.save(root / SHEET)
        check(read(root), PLANS)
        set_cells(root, D8="x")
        assert only_problem(root, [3]).row == "8"  # as the spreadsheet counts, whatever is empty above

    def test_saved_by_another_program(self, root):
        lines = ["\t".join("" if cell is None else str(cell) for cell in row) for row in sheet_rows(PLANS)]
        (root / SHEET).unlink()
        (root / "CASME2-coding.csv").write_text("\ufeff" + "\r\n".join(lines), encoding="utf-8")
        check(read(root), PLANS)

    @pytest.mark.parametrize(
        "content", [b"", b"not a workbook", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), b"PK\3\4"]
    )
    def test_not_a_workbook(self, root, content):
        spoil(root / SHEET, content)
        with pytest.raises(InputError) as caught:
            read(root)
        says(str(caught.value), SHEET)
        assert re.search(r"[Ss]ave|[Tt]ake|[Oo]pen|[Cc]opy", str(caught.value))

    def test_a_header_and_nothing_else(self, root):
        write_workbook(root / SHEET, {"Sheet1": sheet_rows(PLANS)[:1]})
        with pytest.raises(InputError, match=r"has a header \(row 1\), but no row below it"):
            read(root)

    def test_the_sheet_of_another_database(self, root):
        write_workbook(root / SHEET, {"Sheet1": [["spNO.1", "b", 166, 175, 179]]})
        with pytest.raises(InputError, match="no column for"):
            read(root)


class TestCells:
    def test_onset_after_apex(self, root):
        set_cells(root, D3=101)
        problem = only_problem(root, [1])
        assert (problem.file, problem.row, problem.clip) == (SHEET, "3", ("casme2", "sub01", "EP03_02"))
        assert problem.what == "apex 100 is outside 101..105."
        says(problem.remedy, "Correct", "--allow-missing")

    def test_onset_after_offset(self, root):
        set_cells(root, D3=106)
        problem = only_problem(root, [1])
        assert (problem.file, problem.row) == (SHEET, "3")
        assert problem.what == "onset 106 is after offset 105."
        says(problem.remedy, "Correct", "--allow-missing")

    @pytest.mark.parametrize("apex", [45, 58])
    def test_apex_outside_the_clip(self, root, apex):
        set_cells(root, E2=apex)
        problem = only_problem(root, [0])
        assert (problem.file, problem.row) == (SHEET, "2")
        assert problem.what == f"apex {apex} is outside 46..57."

    @pytest.mark.parametrize(("cell", "name"), [("D5", "onset"), ("E5", "apex"), ("F5", "offset")])
    @pytest.mark.parametrize("value", ["about 12", "1.5", "-3", "12?", "1e3"])
    def test_no_frame_number(self, root, cell, name, value):
        set_cells(root, **{cell: value})
        problem = only_problem(root, [3])
        assert (problem.file, problem.row, problem.clip) == (SHEET, "5", ("casme2", "sub02", "EP09_10"))
        says(problem.what, name, repr(value), "not a whole number", "Expected a frame number")
        says(problem.remedy, "Correct the cell", "corrections.csv", "--allow-missing")

    @pytest.mark.parametrize(("cell", "name"), [("D5", "onset"), ("F5", "offset")])
    def test_an_empty_frame_number(self, root, cell, name):
        set_cells(root, **{cell: None})
        problem = only_problem(root, [3])
        assert (problem.file, problem.row) == (SHEET, "5")
        assert problem.what == f"{name} is empty or says that it is not annotated; every clip needs one."

    def test_an_empty_apex_is_the_middle_frame(self, root):
        set_cells(root, E5=None)
        release = read(root)
        assert release.problems == ()
        row = release.clips.loc[3]
        assert (row["apex"], row["apex_source"]) == (5, "middle")

    def test_no_subject(self, root):
        set_cells(root, A5=None)
        problem = only_problem(root, [3])
        assert (problem.file, problem.row) == (SHEET, "5")
        assert problem.what == "subject is empty."
        says(problem.remedy, "Correct the cell")

    @pytest.mark.parametrize("value", ["nobody", "sub"])
    def test_a_subject_without_a_number(self, root, value):
        set_cells(root, A5=value)
        problem = only_problem(root, [3])
        says(problem.what, "subject", repr(value), "holds no number")

    @pytest.mark.parametrize("value", ["../EP02_01f", "EP09\\10", "*", "..", "/etc"])
    def test_a_clip_name_that_is_a_path(self, root, value):
        set_cells(root, B5=value)
        problem = only_problem(root, [3])
        assert (problem.file, problem.row) == (SHEET, "5")
        says(problem.what, "clip", repr(value), "cannot be part of a path")

    def test_two_rows_with_one_key(self, root):
        set_cells(root, A6="02", B6="EP09_10")
        problem = only_problem(root, [3, 4])
        assert (problem.file, problem.row, problem.clip) == (SHEET, "5 and 6", ("casme2", "sub02", "EP09_10"))
        assert problem.what == "2 clips have the key sub02/EP09_10 (rows 5 and 6); expected one."
        says(problem.remedy, "Remove or rename all but one")

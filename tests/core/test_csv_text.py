"""Cells that look like formulas: text in every file, and exactly as they were when read again."""

import csv
import io
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mer
from mer.core.csv_text import csv_text, guarded, read_csv_text, unguarded
from mer.evaluation.predictions import predictions_table, read_predictions, write_predictions
from mer.figures.tables import page_table
from mer.manifest.clips import COLUMNS, read_clips, write_clips
from mer.manifest.own_correction import OwnCorrection
from mer.manifest.own_corrections import own_corrections_text, read_own_corrections

FORMULAS = ["=HYPERLINK(1)", "@c", "+cmd|' /C calc'!A0", "-2+3", "\t=1", "\r=1", "-", "＝1", "=", "+-1", "-1e", "--1"]
SIGNS = "=+-@\t\r\n＝＋－＠"
NUMBER = re.compile(r"[+-](\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]inf", re.ASCII)
#: What a file can hold: no NUL, and no half of a pair.
TEXT = st.text(
    st.one_of(
        st.sampled_from("=+-@\t\r\n'\"＝,;10.e"), st.characters(exclude_categories=["Cs"], exclude_characters="\0")
    )
)


def cells(text: str) -> list[str]:
    return [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]


def again(text: str) -> pd.DataFrame:
    return read_csv_text(io.StringIO(text), dtype=str, keep_default_na=False)


@pytest.mark.parametrize("cell", FORMULAS)
def test_a_formula_is_text_and_comes_back(cell: str) -> None:
    assert guarded(cell) == f"'{cell}" and unguarded(f"'{cell}") == cell
    assert guarded(f"'{cell}") == f"''{cell}" and unguarded(f"''{cell}") == f"'{cell}"


@pytest.mark.parametrize(
    "cell", ["", "006", "-1", "+2.5", "-.5e-3", "-inf", "a=1", "'quoted'", "''", "d/006", "é", " =1"]
)
def test_all_else_is_written_as_it_is(cell: str) -> None:
    assert guarded(cell) == cell == unguarded(cell)


@given(TEXT)
@settings(derandomize=True, max_examples=300, deadline=None)
def test_any_text_comes_back(cell: str) -> None:
    written = guarded(cell)
    assert unguarded(written) == cell
    assert written[:1] not in SIGNS or not written or NUMBER.fullmatch(written)


@given(st.lists(st.tuples(TEXT, TEXT), max_size=4), TEXT.filter(bool))
@settings(derandomize=True, max_examples=150, deadline=None)
def test_any_table_comes_back(rows: list[tuple[str, str]], name: str) -> None:
    table = pd.DataFrame(rows, columns=[name, f"{name}2"], dtype=object)
    text = csv_text(table)
    assert all(not cell or cell[0] not in SIGNS or NUMBER.fullmatch(cell) for cell in cells(text))
    if not rows or all(any(row) for row in rows):  # pandas passes over a line without anything
        found = again(text)
        assert list(found.columns) == list(table.columns) and found.to_numpy().tolist() == [list(row) for row in rows]


def test_numbers_stay_numbers_and_tables_without_formulas_are_the_same_bytes() -> None:
    table = pd.DataFrame(
        {
            "a": ["x", "006", None, "-1"],
            "b": [-1.5, np.nan, -np.inf, 1e-9],
            "c": pd.array([-1, None, 3, 4], dtype="Int64"),
        }
        | {"d": [True, False, True, True], "e": pd.Categorical(["u", "v", "u", "v"]), "f": [-1, 2, 3, 4]}
    )
    how = {"float_format": "%.9g", "lineterminator": "\n"}
    assert csv_text(table) == table.to_csv(index=False)
    assert csv_text(table, **how) == table.to_csv(index=False, **how)
    for index in (pd.Index(list("wxyz"), name="k"), pd.Index(list("wxyz")), pd.RangeIndex(4)):
        assert csv_text(table.set_index(index), index=True, **how) == table.set_index(index).to_csv(**how)
    both = pd.MultiIndex.from_product([["w", "x"], [1, 2]], names=["k", "l"])
    assert csv_text(table.set_index(both), index=True) == table.set_index(both).to_csv()


def test_names_of_rows_and_columns_are_cells_too() -> None:
    table = pd.DataFrame({"=a": [1]}, index=pd.Index(["@b"], name="+k"))
    assert csv_text(table, index=True) == "'+k,'=a\n'@b,1\n"
    assert list(again("'=a\n1\n").columns) == ["=a"]


def test_a_line_end_inside_a_cell_begins_no_row() -> None:
    text = csv_text(pd.DataFrame({"a": ["x\r=1,2"], "b": [-1.5]}))
    assert cells(text) == ["a", "b", "x\r=1,2", "-1.5"] and again(text)["a"].tolist() == ["x\r=1,2"]


def test_files_of_the_suite_keep_their_text_and_have_no_formula(tmp_path: Path) -> None:
    row = dict.fromkeys(COLUMNS, "") | {"database": "@d", "subject": "=1+1", "clip": "+c", "frames": "-f/x"}
    row |= {"onset": 1, "apex": 2, "offset": 3, "fps": 25, "apex_source": "annotated", "label": "negative"}
    clips = pd.DataFrame([row | {"note": "=HYPERLINK(1)"}, row | {"clip": "'=c"}])
    write_clips(clips, tmp_path / "clips.csv")
    kept = read_clips(tmp_path / "clips.csv")
    assert kept["clip"].tolist() == ["+c", "'=c"] and kept["note"].tolist() == ["=HYPERLINK(1)", ""]
    classes = ["negative", "=positive"]
    made = predictions_table(clips, classes, np.array([[0.0, 1.0]] * 2), ["@d/=1+1"] * 2, "last", "-r", 0)
    write_predictions(made, tmp_path / "predictions.csv")
    pd.testing.assert_frame_equal(read_predictions(tmp_path / "predictions.csv"), made)
    one = OwnCorrection("@d", "=1+1", "+c", "note", "=HYPERLINK(1)", "")
    (tmp_path / "corrections.csv").write_text(own_corrections_text([one]), encoding="utf-8")
    for path in tmp_path.glob("*.csv"):
        assert not [cell for cell in cells(path.read_text()) if cell[:1] and cell[0] in SIGNS], path
    (found,) = read_own_corrections(tmp_path / "corrections.csv")
    assert found.value == one.value
    assert page_table(csv_text(pd.DataFrame({"a": ["-0.1 [-0.2, 0.1]"]}))).rows == (("-0.1 [-0.2, 0.1]",),)


def test_no_table_of_the_suite_is_written_past_this() -> None:
    project = Path(mer.__file__).parents[1]
    written = [
        f"{path.relative_to(project)}:{number}"
        for path in sorted([*(project / "mer").rglob("*.py"), *(project / "notebooks").glob("*.ipynb")])
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if re.search(r"\.to_csv\(|csv\.(Dict)?[wW]riter\(", line)
        and path.name not in ("csv_text.py", "own_corrections.py")
    ]
    assert not written, "write these by mer.core.csv_text.csv_text"

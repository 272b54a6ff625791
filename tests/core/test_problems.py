"""Faults of a user's data, told all at once."""

from pathlib import Path

import pandas as pd
import pytest

from mer.core.errors import InputError
from mer.core.problems import Problem, ProblemsFound, problems_table

KEY = ("samm", "006", "006_1_2")


@pytest.mark.parametrize(
    ("problem", "line"),
    [
        (
            Problem("a.xlsx", "12", "onset is empty.", "Correct the cell."),
            "a.xlsx, row 12: onset is empty. Correct the cell.",
        ),
        (Problem("a", "frames 3-5", "missing.", "Unpack.", KEY), "a, frames 3-5 (samm/006/006_1_2): missing. Unpack."),
        (Problem("a", "", "it is empty.", ""), "a: it is empty."),
        (Problem("a", "3 and 4", "double.", "Remove one."), "a, 3 and 4: double. Remove one."),
    ],
)
def test_one_fault_is_one_line(problem, line):
    assert str(problem) == line


def test_the_message_has_fifty_and_the_error_all():
    problems = [Problem(f"file-{number}", "", "gone.", "") for number in range(53)]
    error = ProblemsFound("Heading:", problems)
    assert isinstance(error, InputError)
    assert error.problems == tuple(problems)
    lines = str(error).splitlines()
    assert lines[0] == "Heading:"
    assert lines[1:51] == [f"  file-{number}: gone." for number in range(50)]
    assert lines[51:] == ["  and 3 more"]


def test_fifty_are_all_shown():
    assert "more" not in str(ProblemsFound("Heading:", [Problem("f", "", "gone.", "")] * 50))
    assert str(ProblemsFound("Heading", [])) == "Heading"


def test_the_table_is_text_and_keeps_leading_zeros(tmp_path: Path):
    table = problems_table([Problem("a.xlsx", "12", "bad, very", "mend", KEY), Problem("b", "", "gone", "")])
    assert list(table) == ["file", "row", "database", "subject", "clip", "problem", "remedy"]
    assert table.iloc[0].tolist() == ["a.xlsx", "12", *KEY, "bad, very", "mend"]
    assert table.iloc[1].tolist() == ["b", "", "", "", "", "gone", ""]
    table.to_csv(tmp_path / "t.csv", index=False)
    again = pd.read_csv(tmp_path / "t.csv", dtype=str, keep_default_na=False)
    assert again.to_numpy().tolist() == table.to_numpy().tolist()


def test_no_fault_is_an_empty_table_with_its_columns():
    assert list(problems_table([])) == list(problems_table([Problem("a", "", "b", "c")]))
    assert len(problems_table([])) == 0

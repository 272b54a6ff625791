"""The table of a user's own data, as text."""

import pytest

from mer.core.errors import InputError, MissingPath
from mer.core.problems import ProblemsFound
from mer.datasets.own_table import read_own_table


def table_of(tmp_path, text: str, encoding: str = "utf-8"):
    path = tmp_path / "clips.csv"
    path.write_text(text, encoding=encoding)
    return read_own_table(path)


def faults_of(tmp_path, text: str) -> list[tuple[str, str]]:
    with pytest.raises(ProblemsFound) as found:
        table_of(tmp_path, text)
    return [(problem.row, f"{problem.what} {problem.remedy}") for problem in found.value.problems]


def test_three_columns_are_enough(tmp_path):
    table = table_of(tmp_path, "subject,clip,frames\n006,a,s6/a\n\n,,\n007,b,s7/b\n")
    assert [(line, cells["subject"], cells["frames"]) for line, cells in table.rows] == [
        (2, "006", "s6/a"),
        (5, "007", "s7/b"),
    ]
    assert table.rows[0][1]["fps"] == "" and table.columns == ("subject", "clip", "frames")
    assert not table.pairs and table.remarks == ()


@pytest.mark.parametrize("separator", [";", "\t"])
def test_capitals_order_separator_and_byte_order_mark_do_not_matter(tmp_path, separator):
    text = separator.join(("Clip", "FRAMES", " Apex source", "Subject")) + "\n"
    text += separator.join(("a", "s1/on.png|s1/ap.png", "middle", "é")) + "\n"
    ((line, cells),) = table_of(tmp_path, text, "utf-8-sig").rows
    assert line == 2 and cells["frames"] == "s1/on.png|s1/ap.png"
    assert (cells["clip"], cells["apex_source"], cells["subject"]) == ("a", "middle", "é")


def test_the_separator_is_the_one_that_gives_the_columns(tmp_path):
    """Even where another one cuts the file into more cells."""
    text = "subject;clip;frames;note\n1;a;b;one, two" + ", more" * 20 + "\n"
    ((_, cells),) = table_of(tmp_path, text).rows
    assert cells["frames"] == "b" and cells["note"].startswith("one, two")


def test_a_list_of_image_pairs(tmp_path):
    table = table_of(tmp_path, "onset_image,apex_image\na/1.png,a/2.png\n")
    assert table.pairs and table.rows[0][1]["apex_image"] == "a/2.png"


def test_a_workbook_is_read_as_well(tmp_path):
    from openpyxl import Workbook

    book = Workbook()
    for row in (("subject", "clip", "frames", "onset"), ("006", 12, "s6/a", 46)):
        book.active.append(row)
    book.save(tmp_path / "clips.xlsx")
    ((line, cells),) = read_own_table(tmp_path / "clips.xlsx").rows
    assert (line, cells["subject"], cells["clip"], cells["onset"]) == (2, "006", "12", "46")


def test_a_misspelt_column_gets_the_nearest_name(tmp_path):
    assert faults_of(tmp_path, "subject,clip,frames,onst,Labels\n1,a,b,3,x\n") == [
        ("1", "the column 'onst' is unknown. Did you mean 'onset'? A column that is meant for something else needs "
         "another name."),
        ("1", "the column 'labels' is unknown. Did you mean 'label'? A column that is meant for something else needs "
         "another name."),
    ]  # fmt: skip
    (fault,) = faults_of(tmp_path, "subject,clip,frame\n1,a,b\n")
    assert "Did you mean 'frames'?" in fault[1]


def test_columns_of_others_are_passed_over_and_named(tmp_path):
    table = table_of(tmp_path, "subject,clip,frames,age,glasses\n1,a,b,30,no\n")
    assert table.remarks == ("clips.csv: columns that are not used: age, glasses.",)


def test_all_faults_of_the_header_at_once(tmp_path):
    faults = faults_of(tmp_path, "subject,subject,offset,offset\n1,1,2,2\n")
    text = " ".join(words for _, words in faults)
    assert len(faults) == 4
    assert "'clip' is missing" in text and "'frames' is missing" in text
    assert "'subject' stands 2 times" in text and "'offset' stands 2 times" in text
    (fault,) = faults_of(tmp_path, "onset_image\na.png\n")
    assert "'apex_image' is missing" in fault[1]
    (fault,) = faults_of(tmp_path, "subject,clip,frames,onset_image,apex_image\n1,a,b,c,d\n")
    assert "Keep one kind" in fault[1]


def test_rows_are_counted_as_a_spreadsheet_does(tmp_path):
    text = '\n\nsubject,clip,frames,note\n1,a,b,"two\nlines"\n2,c,d,\n'
    assert [line for line, _ in table_of(tmp_path, text).rows] == [4, 5]


def test_a_row_with_more_cells_than_the_header_is_not_read_shifted(tmp_path):
    text = "subject,clip,frames,onset\n1,a,b,0,,\n1,c,d.mp4,0,3,,,30,positive\n2,e, f,g,\n"
    table = table_of(tmp_path, text)
    assert [line for line, _ in table.rows] == [2, 4]
    (problem,) = table.problems
    assert str(problem) == (
        f"clips.csv, row 3 ({tmp_path.name}/1/c): 9 cells, the header has 4; a comma too many, or a comma inside a "
        "value without quotes."
    )
    ((row, words),) = faults_of(tmp_path, "subject,clip,frames\n1,a,b,x\n")
    assert row == "2" and words.startswith("4 cells, the header has 3;")
    assert table_of(tmp_path, 'subject,clip,frames,note\n1,a,b,"x, y"\n').problems == ()


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("a/1.png,a/2.png,positive\nb/1.png,b/2.png,negative\n", "onset_image,apex_image,label"),
        ("s1,clip1,frames/s1/clip1,positive\n", "subject,clip,frames,label"),
        ("s1,one,one.mp4\n", "subject,clip,frames,label"),
    ],
)
def test_a_table_without_a_header(tmp_path, text, header):
    with pytest.raises(ProblemsFound, match=f"row 1 looks like data: add a header such as {header}"):
        table_of(tmp_path, text)


def test_what_is_no_table(tmp_path):
    with pytest.raises(MissingPath, match=r"Clip table .*absent\.csv does not exist.*subject, clip and frames"):
        read_own_table(tmp_path / "absent.csv")
    with pytest.raises(InputError, match="is empty"):
        table_of(tmp_path, "")
    with pytest.raises(InputError, match="no cell with a value"):
        table_of(tmp_path, ",,\n,,\n")
    with pytest.raises(InputError, match=r"header \(row 1\), but no clip below it"):
        table_of(tmp_path, "subject,clip,frames\n")

"""The clip table: typed, checked as a whole, text that stays text."""

import pandas as pd
import pytest

from mer.core.errors import InputError, MissingPath
from mer.manifest.clips import COLUMNS, clip_key, person, read_clips, validate_clips, write_clips


@pytest.fixture
def table() -> pd.DataFrame:
    """Three sound rows; the last has no apex, no label, no emotion."""
    rows = [
        (
            "samm",
            "006",
            "006_1_2",
            "SAMM/006/006_1_2",
            5562,
            5588,
            5632,
            200,
            "anger",
            "4",
            "negative",
            "annotated",
            "",
        ),
        ("casme2", "006", "EP01", "a/b", 1, 1, 9, 200.0, "happiness", "L12+6", "positive", "annotated", "odd"),
        ("smic", "s1", "s1_ne_01", "c", 559740, None, 559775, 100, None, None, None, "", None),
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def faults_of(table: pd.DataFrame) -> str:
    with pytest.raises(InputError) as error:
        validate_clips(table)
    return str(error.value)


def test_types_and_order(table):
    clips = validate_clips(table[COLUMNS[::-1]])
    assert list(clips.columns) == COLUMNS
    assert clips["onset"].dtype == "Int64" and clips["fps"].dtype == "float64"
    assert clips.loc[0, "subject"] == "006"
    assert clips.loc[2, "apex"] is pd.NA
    assert list(clips.loc[2, ["emotion", "action_units", "label", "note"]]) == [""] * 4


def test_validation_leaves_the_given_table_alone_and_is_idempotent(table):
    before = table.copy(deep=True)
    once = validate_clips(table)
    pd.testing.assert_frame_equal(table, before)
    pd.testing.assert_frame_equal(validate_clips(once), once)


def test_rows_are_numbered_anew(table):
    assert list(validate_clips(table.iloc[[2, 0]]).index) == [0, 1]


def test_an_empty_table_is_a_table(table):
    assert len(validate_clips(table.iloc[:0])) == 0


@pytest.mark.parametrize("nobody_knows", ["", None, float("nan")])
def test_the_frame_rate_may_be_unknown(table, nobody_knows, tmp_path):
    table = table.astype(object)
    table.loc[0, "fps"] = nobody_knows
    clips = validate_clips(table)
    assert clips["fps"].isna().tolist() == [True, False, False]
    write_clips(clips, tmp_path / "clips.csv")
    pd.testing.assert_frame_equal(read_clips(tmp_path / "clips.csv"), clips)


def test_frames_may_be_a_pair_of_images(table):
    table.loc[0, "frames"] = "a/on.png|b/ap.png"
    assert validate_clips(table).loc[0, "frames"] == "a/on.png|b/ap.png"


def test_numbers_may_come_as_text(table):
    clips = validate_clips(table.astype(object).assign(onset=["5562", "1", "559740"], apex=["5588", "", None]))
    assert list(clips["onset"]) == [5562, 1, 559740]
    assert clips.loc[1, "apex"] is pd.NA


def test_wrong_columns_are_named(table):
    with pytest.raises(InputError, match=r"missing \['offset'\], unknown \['Offset'\]"):
        validate_clips(table.rename(columns={"offset": "Offset"}))


def test_a_column_that_stands_twice_is_named(table):
    with pytest.raises(InputError, match=r"twice \['clip'\]"):
        validate_clips(pd.concat([table, table[["clip"]]], axis=1))


@pytest.mark.parametrize(
    ("column", "value", "fault"),
    [
        ("onset", "5562.5", "row 0: onset is '5562.5', not a whole number"),
        ("offset", "x", "row 0: offset is 'x', not a whole number"),
        ("apex", "/", "row 0: apex is '/', not a whole number"),
        ("onset", "inf", "row 0: onset is 'inf', not a whole number"),
        ("offset", "9" * 23, "row 0: offset is 99999999999999999999999, more than 15 digits"),
        ("offset", 10**19, "row 0: offset is 10000000000000000000, more than 15 digits"),
        ("onset", None, "row 0: onset or offset is missing"),
        ("onset", 6000, "row 0: onset 6000 is after offset 5632"),
        ("apex", 5561, "row 0: apex 5561 is outside 5562..5632"),
        ("apex", 5633, "row 0: apex 5633 is outside 5562..5632"),
        ("fps", 0, "row 0: fps is 0"),
        ("fps", "fast", "row 0: fps is 'fast'"),
        ("fps", "inf", "row 0: fps is 'inf'"),
        ("subject", " ", "row 0: subject is empty"),
        ("frames", "", "row 0: frames is empty"),
        ("apex_source", "guessed", "row 0: apex_source is 'guessed'"),
        ("frames", "../outside", "row 0: frames '../outside' leaves the root"),
        ("frames", "/etc", "row 0: frames '/etc' leaves the root"),
        ("frames", "a/on.png|../ap.png", "row 0: frames 'a/on.png|../ap.png' leaves the root"),
        ("frames", "a.png|b.png|c.png", "row 0: frames 'a.png|b.png|c.png' is no pair"),
        ("frames", "a.png|", "row 0: frames 'a.png|' is no pair"),
    ],
)
def test_each_fault_names_row_column_and_value(table, column, value, fault):
    table = table.astype(object)
    table.loc[0, column] = value
    assert fault in faults_of(table)


def test_all_faults_at_once(table):
    table = table.astype(object)
    table.loc[0, "onset"] = 6000
    table.loc[1, "fps"] = -1
    table.loc[2, "clip"] = ""
    message = faults_of(table)
    assert "3 fault(s)" in message
    assert all(f"row {row}:" in message for row in range(3))


def test_many_faults_are_cut_at_fifty(table):
    many = pd.concat([table.iloc[[0]].assign(clip=str(number), fps=0) for number in range(60)])
    message = faults_of(many)
    assert "60 fault(s)" in message and "and 10 more" in message


def test_a_key_stands_once_but_subjects_of_two_databases_may_share_a_name(table):
    validate_clips(table)  # 006 stands in samm and in casme2
    assert "row 3: key samm/006/006_1_2 stands twice" in faults_of(pd.concat([table, table.iloc[[0]]]))


def test_person_and_clip_key(table):
    assert list(person(table)) == ["samm/006", "casme2/006", "smic/s1"]
    assert clip_key(table.iloc[1]) == "casme2/006/EP01"


def test_csv_and_back(table, tmp_path):
    table.loc[0, "note"] = 'a "quoted", note'
    table.loc[1, "clip"] = "1e5"
    table.loc[2, "clip"] = "NA"
    write_clips(table, tmp_path / "clips.csv")
    pd.testing.assert_frame_equal(read_clips(tmp_path / "clips.csv"), validate_clips(table))


def test_a_table_saved_by_a_spreadsheet_with_a_byte_order_mark(table, tmp_path):
    path = tmp_path / "clips.csv"
    path.write_text(table.to_csv(index=False), encoding="utf-8-sig")
    assert read_clips(path).loc[0, "subject"] == "006"


def test_files_that_are_no_clip_table(tmp_path):
    with pytest.raises(MissingPath, match=r"Clip table .*clips\.csv does not exist"):
        read_clips(tmp_path / "clips.csv")
    (tmp_path / "clips.csv").write_bytes(b"")
    with pytest.raises(InputError, match=r"clips\.csv is not a CSV table"):
        read_clips(tmp_path / "clips.csv")
    (tmp_path / "clips.csv").write_bytes(b"\x89PNG\r\n\xff\xfe")
    with pytest.raises(InputError, match=r"clips\.csv"):
        read_clips(tmp_path / "clips.csv")
    (tmp_path / "clips.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match=r"clips\.csv: Clip table has the wrong columns"):
        read_clips(tmp_path / "clips.csv")


def test_a_faulty_table_is_not_written(table, tmp_path):
    with pytest.raises(InputError):
        write_clips(table.assign(fps=0), tmp_path / "clips.csv")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("column", ["database", "subject", "clip"])
@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("a/b", "stands between names"),
        ("../../secret", "stands between names"),
        ("a\\b", "stands between names"),
        ("..", "stands for a folder"),
        (" . ", "stands for a folder"),
        ("a\nb", "control character"),
        ("a\x00", "control character"),
        ("a\u2028b", "control character"),
        ("a\u202egnp", "that is not seen"),
        ("a\u200b", "that is not seen"),
        ("a\udc80", "no UTF-8"),
        ("a" * 201, "longer than 200 bytes"),
        ("\u6f22" * 67, "longer than 200 bytes"),
    ],
)
def test_names_that_make_no_key(table, column, name, fault):
    table.loc[1, column] = name
    said = faults_of(table)
    assert f"row 1: {column} {name!r} " in said and fault in said and "1 fault(s)" in said


def test_names_may_have_dots_blanks_and_accents(table):
    table.loc[1, "subject"], table.loc[1, "clip"] = "spNO.1 ö", "..a"
    table.loc[2, "clip"] = "a" * 200
    assert len(validate_clips(table)) == 3


@pytest.mark.parametrize("column", ["frames", "emotion", "note"])
@pytest.mark.parametrize("text", ["a\0b", "\udcff"])
def test_a_text_that_no_file_holds_is_named(table, column, text):
    table.loc[1, column] = text
    assert f"row 1: {column} has a character that no text file holds" in faults_of(table)


@pytest.mark.parametrize("frames", ["a.png| /etc/x.png", " /etc|a.png", "a.png| ../x.png", " /etc"])
def test_blanks_do_not_hide_that_frames_leave_the_root(table, frames):
    table.loc[0, "frames"] = frames
    assert f"row 0: frames {frames!r} leaves the root" in faults_of(table)

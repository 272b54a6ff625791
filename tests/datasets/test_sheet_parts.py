"""Workbooks in unusual forms are read, files that are no workbook are refused by name."""

import io
import zipfile

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mer.core.errors import InputError
from tests.datasets.workbooks import HEADER_ROW, STRICT, handmade, inline, values_of

FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def test_strict_variant_other_capitals_and_a_broken_date_among_the_properties(tmp_path):
    data = f'<row>{inline("s1")}<c t="s"><v>0</v></c></row>'
    xml = f'<worksheet xmlns="MAIN"><sheetData>{HEADER_ROW}{data}</sheetData></worksheet>'
    strings = f'<sst xmlns="{STRICT}"><si><t>46</t></si></sst>'
    core = (
        '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
        'xmlns:dcterms="http://purl.org/dc/terms/"><dcterms:created>yesterday</dcterms:created></cp:coreProperties>'
    )
    handmade(tmp_path / "a.xlsx", xml, strings=strings, main=STRICT, extra=[("docProps/core.xml", core)])
    assert values_of(tmp_path / "a.xlsx") == [["s1", "46", 2]]
    for before, after in (("sharedStrings", "SharedStrings"), ("/", "\\")):
        with zipfile.ZipFile(tmp_path / "a.xlsx") as old, zipfile.ZipFile(tmp_path / "b.xlsx", "w") as new:
            for name in old.namelist():
                new.writestr(name.replace(before, after), old.read(name))
        assert values_of(tmp_path / "b.xlsx") == [["s1", "46", 2]]


def test_workbook_without_tabs(tmp_path):
    path = handmade(tmp_path / "a.xlsx", "", sheets="")
    with pytest.raises(InputError, match="no tab that can be read"):
        values_of(path)


def archive(names=("readme.txt",)):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as made:
        for name in names:
            made.writestr(name, "text")
    return data.getvalue()


def locked():
    data = bytearray(archive(["[Content_Types].xml"]))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + at] |= 1
    return bytes(data)


OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.xlsx", b"", "is empty"),
        ("a.xlsx", b"\n \n", "is empty"),
        ("a.xlsx", OLD, "old Excel"),
        ("a.xls", OLD, "not '.xls'. Open it in a spreadsheet program and save it as .xlsx or .csv"),
        ("a.xlsx", OLD + "EncryptedPackage".encode("utf-16-le"), "protected by a password"),
        ("a.xlsx", locked(), "protected by a password"),
        ("a.xlsx", b"<!DOCTYPE html><html>Sign in</html>", "web page"),
        ("a.xlsx", archive(), "no .xlsx file"),
        ("a.xlsx", archive(["[Content_Types].xml", "xl/workbook.bin"]), "xlsb"),
        ("a.xlsx", archive(["[Content_Types].xml", "xl/workbook.xml"]), "not a readable .xlsx"),
        ("a.xlsx", b"PK\x03\x04 cut", "only a part of one"),
        ("a.ods", archive(), "not '.ods'"),
        ("a", b"Subject,OnsetFrame\n", "without ending"),
    ],
)
def test_files_that_are_no_sheet(tmp_path, name, data, message):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(InputError, match=message) as caught:
        values_of(tmp_path / name)
    assert str(tmp_path / name) in str(caught.value)


def test_truncated_file_and_truncated_part(tmp_path):
    xml = f'<worksheet xmlns="MAIN"><sheetData>{HEADER_ROW}<row><c><v>1'
    with pytest.raises(InputError, match="not a readable"):
        values_of(handmade(tmp_path / "a.xlsx", xml))
    (tmp_path / "b.xlsx").write_bytes((tmp_path / "a.xlsx").read_bytes()[:-30])
    with pytest.raises(InputError, match="only a part of one"):
        values_of(tmp_path / "b.xlsx")


@FEW
@given(st.binary(max_size=300))
@example(b"PK\x05\x06" + bytes(18))
def test_arbitrary_bytes_raise_nothing_else(tmp_path, data):
    (tmp_path / "a.xlsx").write_bytes(data)
    with pytest.raises(InputError):
        values_of(tmp_path / "a.xlsx")

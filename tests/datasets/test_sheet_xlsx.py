"""Cells, merged ranges, formulas and dates of workbooks as other programs write them."""

import io
import warnings
import zipfile

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mer.core.errors import InputError
from mer.datasets import sheet_cells, sheet_parts, sheet_xlsx
from tests.datasets.workbooks import HEADER_ROW, MAIN, handmade, inline, values_of

FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def test_inline_strings_without_positions_styles_and_shared_strings(tmp_path):
    data = f"<row>{inline('006')}<c><v>46</v></c></row>"
    path = handmade(
        tmp_path / "a.xlsx", f'<worksheet xmlns="MAIN"><sheetData>{HEADER_ROW}{data}</sheetData></worksheet>'
    )
    assert values_of(path) == [["006", "46", 2]]


def test_prefixed_names_wrong_dimension_rich_text_and_styles_that_do_not_exist(tmp_path):
    xml = (
        '<x:worksheet xmlns:x="MAIN"><x:dimension ref="A1"/><x:sheetData>'
        '<x:row r="3" hidden="1"><x:c r="B3" s="7" t="s"><x:v>0</x:v></x:c><x:c r="D3" t="s"><x:v>1</x:v></x:c></x:row>'
        '<x:row r="1000"><x:c r="B1000" t="str"><x:f>TEXT(6,"000")</x:f><x:v>006</x:v></x:c>'
        '<x:c r="D1000" s="7"><x:v>4.6E1</x:v></x:c></x:row>'
        '<x:row r="1048576"><x:c r="XFD1048576" s="1"/></x:row>'
        '</x:sheetData><x:mergeCells><x:mergeCell ref="B1000:B1048576"/></x:mergeCells></x:worksheet>'
    )
    strings = (
        f'<sst xmlns="{MAIN}"><si><r><t>Sub</t></r><r><t>ject</t></r><rPh sb="0" eb="1"><t>x</t></rPh></si>'
        "<si><t>Onset_x000D_\nFrame</t></si></sst>"
    )
    assert values_of(handmade(tmp_path / "a.xlsx", xml, strings=strings)) == [["006", "46", 1000]]


def test_error_cells_and_dates_reach_the_reader_as_text(tmp_path):
    styles = (
        f'<styleSheet xmlns="{MAIN}"><fonts><font/></fonts><fills><fill/></fills><borders><border/></borders>'
        '<cellStyleXfs><xf/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>'
    )
    rows = [("s1", '<c t="e"><v>#REF!</v></c>'), ("s2", '<c s="1"><v>41000</v></c>'), ("s3", '<c s="1"><v>9e9</v></c>')]
    body = "".join(f"<row>{inline(subject)}{cell}</row>" for subject, cell in rows)
    xml = f'<worksheet xmlns="MAIN"><sheetData>{HEADER_ROW}{body}</sheetData></worksheet>'
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a user is not told what the library thinks of styles and dates
        found = values_of(handmade(tmp_path / "a.xlsx", xml, styles=styles))
    assert found == [["s1", "#REF!", 2], ["s2", "2012-04-01", 3], ["s3", "#VALUE!", 4]]


def test_formulas_need_their_stored_values_in_wanted_columns_only(tmp_path):
    book = openpyxl.Workbook()
    for row in (["=TODAY()"], ["Subject", "OnsetFrame", "Duration"], ["s1", 46, "=B3+1"], ["s2", "=B3", None]):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(InputError, match=r"cell B4 is a formula .* Open and save it in a spreadsheet program"):
        values_of(tmp_path / "a.xlsx")
    book.active["B4"] = 47
    book.save(tmp_path / "a.xlsx")
    assert values_of(tmp_path / "a.xlsx") == [["s1", "46", 3], ["s2", "47", 4]]


def test_a_formula_without_a_value_is_found_where_cells_have_no_position(tmp_path):
    data = f"<row>{inline('s1')}<c><f>1+1</f></c></row>"
    path = handmade(
        tmp_path / "a.xlsx", f'<worksheet xmlns="MAIN"><sheetData>{HEADER_ROW}{data}</sheetData></worksheet>'
    )
    with pytest.raises(InputError, match="cell B2 is a formula"):
        values_of(path)


def test_a_formula_that_gives_an_empty_text_is_an_empty_cell(tmp_path):
    row = f'<row>{inline("s1")}<c t="str"><f>""</f><v></v></c></row>'
    path = handmade(
        tmp_path / "a.xlsx", f'<worksheet xmlns="MAIN"><sheetData>{HEADER_ROW}{row}</sheetData></worksheet>'
    )
    assert values_of(path) == [["s1", "", 2]]


def test_filters_for_warnings_stay_as_they_were(tmp_path):
    path = handmade(tmp_path / "a.xlsx", f'<worksheet xmlns="MAIN"><sheetData>{HEADER_ROW}</sheetData></worksheet>')
    before = list(warnings.filters)
    grids = sheet_cells.read_grids(path, None)
    next(grids)
    assert list(warnings.filters) == before


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ('<row r="200001"><c r="A200001"><v>1</v></c></row>', "more than 200,000 rows"),
        ('<row r="1500000000"><c r="A1500000000"/></row>', "more than 200,000 rows"),
        ('<row r="1"><c r="ALM1"><v>1</v></c></row>', "more than 1,000 columns"),
    ],
)
def test_sheets_of_absurd_size_are_refused(tmp_path, rows, message):
    with pytest.raises(InputError, match=message):
        values_of(handmade(tmp_path / "a.xlsx", f'<worksheet xmlns="MAIN"><sheetData>{rows}</sheetData></worksheet>'))


def test_bombs_are_refused(tmp_path, monkeypatch):
    xml = f'<worksheet xmlns="MAIN"><sheetData>{HEADER_ROW}</sheetData>'
    path = handmade(tmp_path / "a.xlsx", xml + "</worksheet>", extra=[("xl/media/big.bin", bytes(3 * 2**20))])
    monkeypatch.setattr(sheet_parts, "MAX_BYTES", 2**20)
    with pytest.raises(InputError, match="unpacks to more than"):
        values_of(path)
    monkeypatch.setattr(sheet_cells, "MAX_BYTES", 1000)
    with pytest.raises(InputError, match="a sheet has at most"):
        values_of(path)
    monkeypatch.undo()
    monkeypatch.setattr(sheet_xlsx, "_MAX_MERGED", 5)
    merged = '<mergeCells><mergeCell ref="A1:B1"/>' * 3 + "</mergeCells>" * 3 + "</worksheet>"
    with pytest.raises(InputError, match="too many merged cells"):
        values_of(handmade(tmp_path / "b.xlsx", xml + merged))


@FEW
@given(st.data())
def test_a_damaged_file_is_read_or_refused(tmp_path, data):
    """Bytes of a part are changed: the sheet is read as far as it makes sense, or refused, never another exception."""
    parts = ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "[Content_Types].xml"]
    book = io.BytesIO()
    xml = f'<worksheet xmlns="MAIN"><sheetData>{HEADER_ROW}<row>{inline("s1")}<c r="B2"><v>46</v></c></row></sheetData>'
    handmade(book, xml + '<mergeCells><mergeCell ref="A2:A3"/></mergeCells></worksheet>')
    part = data.draw(st.sampled_from(parts))
    with zipfile.ZipFile(book) as whole, zipfile.ZipFile(tmp_path / "a.xlsx", "w") as changed:
        for name in whole.namelist():
            text = bytearray(whole.read(name))
            if name == part:
                for at in data.draw(st.lists(st.integers(0, len(text) - 1), min_size=1, max_size=3)):
                    text[at] = data.draw(st.sampled_from(b'0Az"<>/: -'))
            changed.writestr(name, bytes(text))
    try:
        values_of(tmp_path / "a.xlsx")
    except InputError as error:
        assert str(tmp_path) in str(error)

"""Tables in words: intervals, decimals, the best value of a column, HTML."""

from html.parser import HTMLParser

import pytest

from mer.core.errors import InputError
from mer.figures.tables import PageTable, cell, heading, html_page, interval, leading_number, number, page_table

CSV = """method,n,uf1,uf1_low,uf1_high,ece,clip
a & b,12,0.8123,0.7451,0.8709,0.1,006
"c, d",12,0.8119,,,0.05,x_1
e,,0.5,0.4,0.6,,
"""


def test_a_value_and_its_bounds_are_one_cell():
    table = page_table(CSV)
    assert table.headings == ("method", "clips", "UF1", "ECE", "clip")
    assert table.rows[0] == ("a & b", "12", "0.812 [0.745, 0.871]", "0.100", "006")
    assert table.rows[1] == ("c, d", "12", "0.812", "0.050", "x_1")
    assert table.rows[2] == ("e", "", "0.500 [0.400, 0.600]", "", "")
    assert table.numeric == (False, True, True, True, False)
    assert table.best == frozenset()


def test_the_best_of_a_column_as_printed():
    text = CSV + "f,12,0.3,0.2,0.4,,\n"
    assert page_table(text, ["uf1"]).best == {(0, 2), (1, 2)}, "0.812 lies in the interval of the other, 0.500 does not"
    assert page_table(CSV, ["uf1"]).best == frozenset(), "two of three rows are most of them"
    assert page_table(CSV, {"ece": "low"}).best == {(1, 3)}
    assert page_table(CSV, {"uf1": "low", "ece": "high"}).best == {(2, 2), (0, 3)}
    with pytest.raises(InputError, match=r"no column 'uf2'\. Did you mean 'uf1'"):
        page_table(CSV, ["uf2"])


@pytest.mark.parametrize(
    ("cells", "high", "low"),
    [
        (["0.9 [0.8, 0.95]", "0.7 [0.6, 0.79]", "0.5 [0.4, 0.6]"], {0}, set()),
        (["0.9 [0.8, 0.95]", "0.85 [0.7, 0.9]", "0.5 [0.4, 0.69]"], set(), {2}),
        (["0.9 [0.8, 0.95]", "0.85 [0.7, 0.9]", "0.5 [0.4, 0.69]", "0.4"], {0, 1}, {2, 3}),
        (["0.9 [0.5, 0.95]", "0.7 [0.6, 0.8]", "0.5 [0.4, 0.6]"], set(), set()),
        (["0.9 [0.8, 0.95]", "0.8", "0.7", ""], set(), {2}),
        (["-0.1 [-0.2, -0.05]", "0.0 [-0.04, 0.1]"], {1}, {0}),
        (["0.9"], set(), set()),
    ],
)
def test_bold_is_the_best_and_what_cannot_be_told_from_it_but_never_most_rows(cells, high, low):
    text = "m,x\n" + "".join(f'r,"{cell}"\n' for cell in cells)
    for way, expected in (("high", high), ("low", low)):
        assert {row for row, _ in page_table(text, {"x": way}).best} == expected


def test_the_best_of_cells_that_are_text():
    text = 'm,UF1\na,"0.795 [0.740, 0.844]"\nb,"0.602 [0.528, 0.660]"\nc,–\n'
    table = page_table(text, ["UF1"])
    assert table.best == {(0, 1)}
    assert table.numeric == (False, True)


def test_columns_of_the_csv_only_are_left_out_with_their_bounds():
    table = page_table(CSV, {"ece": "low"}, ["uf1", "n"])
    assert table.headings == ("method", "ECE", "clip") and table.best == {(1, 1)}
    with pytest.raises(InputError, match=r"csv_only: .*no column 'uf2'\. Did you mean 'uf1'"):
        page_table(CSV, csv_only=["uf2"])


def test_tiny_seconds_are_said_to_be_tiny():
    table = page_table("seconds,seconds_per_clip,share\n1.5e-05,0.0009,1.5e-05\n0.25,0,2\n")
    assert table.rows == (("< 0.001", "< 0.001", "1.5e-05"), ("0.250", "0", "2"))
    assert table.numeric == (True, True, True)


def test_tables_without_rows_or_columns():
    assert page_table("a,b\n") == PageTable(("a", "b"), (False, False), ())
    assert page_table("") == PageTable((), (), ())


def test_a_name_with_underscores_is_no_number():
    assert [number(text) for text in ("014_2_3", "1_000", "nan", "", "x")] == [None] * 5
    assert [number(text) for text in ("006", "1e-5", "-.5", "+3.", 2, 0.5)] == [6.0, 1e-5, -0.5, 3.0, 2.0, 0.5]
    assert number(float("nan")) is None
    assert number(float("inf")) == number("inf") == float("inf")
    assert [cell(text) for text in ("014_2_3", "006", "1_000", "nan")] == ["014_2_3", "006", "1_000", "nan"]
    table = page_table("clip,n\n014_2_3,1\n006_1_2,2\n", {"clip": "high"})
    assert table.rows == (("014_2_3", "1"), ("006_1_2", "2"))
    assert table.numeric == (False, True)
    assert table.best == frozenset()


def test_numbers():
    assert interval({"x": "0.5", "x_low": "0.25", "x_high": "0.75"}, "x") == "0.500 [0.250, 0.750]"
    assert [cell(text) for text in ("3", "0.12345", "1e-5", "12345.6", "007", "word", "0.0")] == [
        "3",
        "0.123",
        "1e-05",
        "1.23e+04",
        "007",
        "word",
        "0.000",
    ]
    assert interval({"x": -0.0004, "x_low": -0.1, "x_high": -0.0001}, "x") == "0.000 [-0.100, 0.000]"
    assert leading_number("-0.012 [-0.1, 0.1]") == -0.012
    assert leading_number("M3") is None


class Cells(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.open, self.rows, self.bold, self.caption = [], [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        if tag in ("meta", "br"):
            return
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, f"{tag} closes something else"

    def handle_data(self, data):
        if "caption" in self.open:
            self.caption += data
        elif "td" in self.open or "th" in self.open:
            self.rows[-1][-1] += data
            if "strong" in self.open:
                self.bold.append(data)


def test_html_has_the_same_words():
    table = page_table(CSV + "f,12,0.3,0.2,0.4,,\n", ["uf1"])
    page = Cells(html_page(table, "Scores <1>", "Of 12 & more. Synthetic faces."))
    assert not page.open, "every tag is closed"
    assert page.rows == [list(table.headings), *(list(row) for row in table.rows)]
    assert page.bold == ["0.812 [0.745, 0.871]", "0.812"]
    assert page.caption == "Scores <1>Of 12 & more. Synthetic faces."
    assert "http" not in html_page(table, "t", "c")
    assert '<p class="notes">Source: a &amp; b.</p>' in html_page(table, "t", "c", "Source: a & b.")


def test_headings_are_words():
    words = {
        "uf1_ours_synthetic": "UF1 (ours, synthetic)",
        "uf1_fall_ours": "UF1 fall (ours)",
        "uar_paper": "UAR (paper)",
        "no_motion_px": "no motion, px",
        "error_share": "error, share of clip",
        "error_frames": "error, frames",
        "before_ms": "before, ms",
        "clamped": "clips moved less than wanted",
        "_px": " px",
        "n": "clips",
    }
    assert {name: heading(name) for name in words} == words


def test_rendered_looks_have_their_names_in_rows():
    assert cell("synthetic-smic") == "synthetic, SMIC style"
    assert cell("smic") == "smic" and cell("synthetic-smic:1") == "synthetic-smic:1"

"""LaTeX tables: balanced, as many cells in every row, nothing that LaTeX would read as a command."""

import re
import shutil
import subprocess

import pytest

from mer.figures.latex import PAGE_WIDTH, escape, latex_table
from mer.figures.layout import panels_figure
from mer.figures.style_book import STYLES
from mer.figures.styles import CAPTION_LETTERS, caption_of, use_style
from mer.figures.tables import page_table
from mer.runs.paper.figures import latex_figure

#: Two columns that name a row, and many counts.
WIDE = (
    "kind,part," + ",".join(f"column_{k:03d}" for k in range(18)) + "\n"
    + "".join(f"a,{row}," + ",".join(f"{row}{k}" for k in range(18)) + "\n" for row in "123")
)  # fmt: skip
NASTY = '''name,uf1,uf1_low,uf1_high,n
"sub_01 & 50 % #3 {x} ~^ \\ $5 <a|b> ""q""",0.8,0.7,0.9,3
[s] ± × → λ,-0.01,-0.02,0.03,4
'''


PARAGRAPH = r">{\raggedright\arraybackslash}"


def body(text):
    """The rows of the tabular as lists of cells, and its column form."""
    form = re.search(r"\\begin\{(?:tabular|tabularx|longtable)\}(?:\{\\linewidth\})?\{(.*)\}", text).group(1)
    form = form.replace(PARAGRAPH, "").replace("p{5.5cm}", "X")
    assert re.fullmatch("[lrX]+", form)
    columns = list(form)
    inside = text[text.index(r"\toprule") : text.index(r"\bottomrule")]
    rows = [line for line in inside.splitlines() if line.endswith(r" \\")]
    spread = [re.sub(r"\\multicolumn\{(\d)\}\{c\}", lambda found: "& " * (int(found[1]) - 1), line) for line in rows]
    return columns, [re.split(r"(?<!\\)&", line.removesuffix(r"\\")) for line in spread]


def check(text):
    """What must hold of every table."""
    bare = re.sub(r"\\[\\{}%&$#_]", "", "\n".join(text.splitlines()[1:]))
    depth = 0
    for letter in bare:
        depth += (letter == "{") - (letter == "}")
        assert depth >= 0
    assert depth == 0, "braces are balanced"
    assert bare.count("$") % 2 == 0
    opened = re.findall(r"\\begin\{(\w+)\}", text)
    assert sorted(opened) == sorted(re.findall(r"\\end\{(\w+)\}", text))
    parts = re.split(r"(?=\\begin\{(?:tabular|longtable))", text)[1:]
    for rule in ("toprule", "midrule", "bottomrule"):
        assert text.count(f"\\{rule}") == len(parts)
    for part in parts:
        columns, rows = body(part)
        assert {len(row) for row in rows} == {len(columns)}, "as many cells in every row as columns"
    assert not re.search(r"[%#~]|(?<!\$)\^|_", re.sub(r"\\label\{[^}]*\}", "", bare)), "nothing left unescaped"
    assert text.isascii()
    assert "resizebox" not in text, "nothing is scaled to what nobody can read"
    columns, rows = body(parts[0])
    return columns, rows


def test_nasty_text_is_printed_as_it_stands():
    text = latex_table(page_table(NASTY), "scores", "Scores", "50 % of sub_01 & ± more.")
    columns, rows = check(text)
    assert columns == ["l", "r", "r"]
    assert r"sub\_01 \& 50 \% \#3 \{x\} \textasciitilde{}\textasciicircum{} \textbackslash{} \$5" in rows[1][0]
    assert rows[2][0].startswith("{[}s{]}"), "a bracket after the end of a row would be an option of it"
    assert rows[2][1].strip() == r"$-$0.010 {[}$-$0.020, 0.030{]}"
    assert r"\caption{Scores. 50 \% of sub\_01 \& $\pm$ more.}\label{tab:scores}" in text


def test_only_a_minus_before_a_number_is_one():
    assert escape("casme2-4, sub-01, 1-2, -0.5, (-3), 1e-05, FRL-DGT-S") == (
        "casme2-4, sub-01, 1-2, $-$0.5, ($-$3), 1e-05, FRL-DGT-S"
    )


def test_the_best_is_bold():
    text = latex_table(page_table("m,uf1\na,0.5\nb,0.75\n", ["uf1"]), "t", "T", "")
    check(text)
    assert text.count(r"\textbf{") == 1 and r"b & \textbf{0.750} \\" in text


def test_shapes_of_the_page():
    small = latex_table(page_table("a,b\n1,2\n"), "t", "T", "c")
    assert small.startswith("% \\usepackage{booktabs}\n\\begin{table}\n")
    wide = latex_table(page_table(WIDE), "t", "T", "c", "Source.")
    assert wide.startswith("% \\usepackage{booktabs}\n\\begin{table*}\n") and wide.count("begin{table*}") == 1
    assert r"{\footnotesize\raggedright Source.\par}" in wide.partition(r"\end{tabular}")[2]
    tall = latex_table(page_table(WIDE + WIDE.partition("\n")[2] * 9), "t", "A.", "c", "Source.")
    assert tall.count("begin{table*}") == tall.count(r"\caption{") == 3 and tall.count(r"\label") == 1
    assert tall.count(r"\addtocounter{table}{-1}\caption{A, continued.}") == 2 and tall.count("Source.") == 1
    long = latex_table(page_table("a\n" + "1\n" * 60), "t", "T", "c")
    assert long.startswith(r"% \usepackage{booktabs} \usepackage{longtable}") and r"\begin{table}" not in long
    sentences = latex_table(page_table("a,b\n1," + "word " * 30 + "\n"), "t", "T", "c")
    for text in (small, wide, tall, long, sentences):
        check(text)
    assert sentences.startswith(r"% \usepackage{booktabs} \usepackage{tabularx}")
    assert body(sentences)[0] == ["r", "X"]


def test_what_is_too_wide_becomes_panels_that_begin_alike():
    text = latex_table(page_table(WIDE), "t", "T", "c")
    parts = re.split(r"(?=\\begin\{tabular)", text)[1:]
    heads = [[cell.strip() for cell in body(part)[1][0]] for part in parts]
    assert len(parts) == 3 and {tuple(head[:2]) for head in heads} == {("kind", "part")}, "both name a row"
    assert [name for head in heads for name in head[2:]] == [f"column {k:03d}" for k in range(18)]


def test_a_column_that_says_the_same_everywhere_is_said_once_in_the_caption():
    table = page_table("m,runs,n,uf1,note,year\na,1,90,0.5,,–\nb,1,80,0.5,,–\n", ["uf1"])
    text = latex_table(table, "t", "T", "c")
    check(text)
    assert r"\caption{T. c. In all rows: runs 1.}" in text
    assert r"m & clips & UF1 \\" in text and "note" not in text and "year" not in text, "scores stay, empty ones go"
    alone = latex_table(page_table("m,runs\na,1\n"), "t", "T", "c")
    assert r"m & runs \\" in alone and "In all rows" not in alone


@pytest.mark.parametrize(("caption", "printed"), [("c", "T. c."), ("c.", "T. c."), ("Why?", "T. Why?"), ("", "T.")])
def test_a_caption_ends_with_one_full_stop(caption, printed):
    assert rf"\caption{{{printed}}}\label" in latex_table(page_table("a,b\n1,2\n"), "t", "T", caption)


def test_a_long_table_is_one_piece_however_wide():
    text = latex_table(page_table(WIDE + WIDE.partition("\n")[2] * 15), "t", "T", "c")
    columns, _ = check(text)
    assert len(columns) == 20 and text.count(r"\begin{longtable}") == 1 and "tabular" not in text


def test_neighbours_share_a_heading():
    text = latex_table(page_table("m,uf1_ours,uf1_paper,uar_ours\na,0.5,0.6,0.7\nb,0.1,0.2,0.3\n"), "t", "T", "c")
    check(text)
    assert "\n & \\multicolumn{2}{c}{UF1} &  \\\\\n\\cmidrule(lr){2-3}\n" in text
    assert r"m & ours & paper & UAR (ours) \\" in text


def test_the_widest_table_of_the_paper_fits_a_page_of_two_columns():
    """Differences by database, both with intervals and minus signs; one run a variant."""
    value = "-0.2234,-0.3423,-0.1093,-0.071"
    names = [f"{metric}_difference_ours_synthetic{end}" for metric in ("uf1", "uar") for end in ("", "_low", "_high")]
    names = [*names[:3], "uf1_difference_paper", *names[3:], "uar_difference_paper"]
    rows = [f"synthetic-{part},M{k},1,{value},{value}" for part in ("smic", "samm", "casme2") for k in range(9)]
    text = latex_table(page_table("\n".join(["part,variant,runs," + ",".join(names), *rows])), "t", "T", "c")
    columns, rows = check(text)
    assert columns == list("llrrrr") and text.count(r"\begin{tabular}") == 1, "runs are said once; no panels"
    printed = [re.sub(r"\$-\$", "-", re.sub(r"\{([][])\}", r"\1", "".join(row))) for row in rows]
    assert max(map(len, printed)) <= PAGE_WIDTH


def test_a_table_without_rows_says_so():
    assert r"\multicolumn{2}{l}{none} \\" in latex_table(page_table("a,b\n"), "t", "T", "")


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex on this machine")
def test_it_compiles(tmp_path):
    tables = {
        "nasty": page_table(NASTY, ["uf1"]),
        "wide": page_table(WIDE),
        "groups": page_table("m,uf1_ours,uf1_paper,n\na,0.5,0.6,3\n*,0.1,0.2,3\n", ["uf1_ours"]),
        "sentences": page_table("a,b\n1," + "word " * 30 + "\n"),
        "long": page_table("a,b\n" + "[x],1\n" * 60),
        "empty": page_table("a,b\n"),
    }
    for name, table in tables.items():
        (tmp_path / f"{name}.tex").write_text(latex_table(table, name, "Title_1", "Words & 5 % ± λ → ≤.", "† ‡ § 5 %"))
    packages = r"\usepackage{booktabs}\usepackage{longtable}\usepackage{array}\usepackage{tabularx}"
    packages += r"\usepackage[textwidth=6.875in,columnsep=.3125in]{geometry}"
    inputs = r"\clearpage ".join(rf"\input{{{name}}}" for name in tables if name != "long")
    (tmp_path / "paper.tex").write_text(
        rf"\documentclass[twocolumn]{{article}}{packages}\begin{{document}}{inputs} See \ref{{tab:nasty}}."
        r"\onecolumn\input{long}\end{document}"
    )
    assert "Overfull" not in _compiled(tmp_path)
    assert (tmp_path / "paper.pdf").stat().st_size > 5000


WORDS = (
    "Attributions of the log-odds of a predicted class by integrated gradients, for three test clips of 180 and the "
    "model of their own fold; leave one subject out. "
)


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex on this machine")
@pytest.mark.parametrize("letters", [CAPTION_LETTERS, 800])
@pytest.mark.parametrize(("style", "width"), [("cvpr", "column"), ("cvpr", "page"), ("springer", "page")])
def test_the_highest_figure_fits_its_page_with_its_caption(tmp_path, style, width, letters):
    """Its height is what a figure that wants all gets; room for one caption more is not left."""
    caption = (WORDS * 8)[: letters - 1] + "."
    with use_style(style, width) as chosen, caption_of(letters):
        panels_figure(50, "Title", False).savefig(tmp_path / "high.pdf")
    (tmp_path / "high.tex").write_text(latex_figure("high", caption, "alt", chosen, width))
    assert "too large" not in _float_told(tmp_path, STYLES[style])
    (tmp_path / "high.tex").write_text(latex_figure("high", caption * 2, "alt", chosen, width))
    assert "Float too large for page" in _float_told(tmp_path, STYLES[style]), "the test can fail"


def _float_told(folder, style):
    """What LaTeX says of a page with the figure ``high``, in a text of the style's size."""
    columns = "twocolumn" if style.columns > 1 else "onecolumn"
    page = f"textwidth={style.page_mm}mm,textheight={style.height_mm}mm,columnsep=.375in"
    (folder / "paper.tex").write_text(
        rf"\documentclass[{columns}]{{article}}\usepackage{{graphicx}}\usepackage[{page}]{{geometry}}"
        r"\begin{document}\input{high}Text.\end{document}"
    )
    return _compiled(folder)


def _compiled(folder):
    """What LaTeX says while it makes ``paper.pdf`` of ``paper.tex``."""
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "paper.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    return done.stdout

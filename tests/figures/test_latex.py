"""LaTeX tables: balanced, as many cells in every row, nothing that LaTeX would read as a command."""

import re
import shutil
import subprocess

import pytest

from mer.figures.latex import escape, latex_table
from mer.figures.tables import page_table

NASTY = '''name,uf1,uf1_low,uf1_high,n
"sub_01 & 50 % #3 {x} ~^ \\ $5 <a|b> ""q""",0.8,0.7,0.9,3
[s] ± × → λ,-0.01,-0.02,0.03,4
'''


PARAGRAPH = r">{\raggedright\arraybackslash}p{5.5cm}"


def body(text):
    """The rows of the tabular as lists of cells, and its column form."""
    form = re.search(r"\\begin\{(?:tabular|longtable)\}\{(.*)\}", text).group(1).replace(PARAGRAPH, "p")
    assert re.fullmatch("[lrp]+", form)
    columns = list(form)
    inside = text[text.index(r"\toprule") : text.index(r"\bottomrule")]
    rows = [line for line in inside.splitlines() if line.endswith(r" \\")]
    return columns, [re.split(r"(?<!\\)&", line.removesuffix(r"\\")) for line in rows]


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
    for rule in ("toprule", "midrule", "bottomrule"):
        assert text.count(f"\\{rule}") == 1
    columns, rows = body(text)
    assert {len(row) for row in rows} == {len(columns)}, "as many cells in every row as columns"
    plain = re.sub(r"\\resizebox\{\\linewidth\}\{!\}\{%\n", "", bare)
    assert not re.search(r"[%#~]|(?<!\$)\^|_", re.sub(r"\\label\{[^}]*\}", "", plain)), "nothing left unescaped"
    assert text.isascii()
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
    wide = latex_table(
        page_table(",".join(f"column_{k:03d}" for k in range(12)) + "\n" + ",".join("1" * 12) + "\n"), "t", "T", "c"
    )
    assert wide.startswith(r"% \usepackage{booktabs} \usepackage{graphicx}") and r"\resizebox{\linewidth}" in wide
    long = latex_table(page_table("a\n" + "1\n" * 60), "t", "T", "c")
    assert long.startswith(r"% \usepackage{booktabs} \usepackage{longtable}") and r"\begin{table}" not in long
    sentences = latex_table(page_table("a,b\n1," + "word " * 30 + "\n"), "t", "T", "c")
    for text in (small, wide, long, sentences):
        check(text)
    assert sentences.startswith(r"% \usepackage{booktabs} \usepackage{array}")
    assert body(sentences)[0] == ["r", "p"]


def test_a_table_without_rows_says_so():
    assert r"\multicolumn{2}{l}{none} \\" in latex_table(page_table("a,b\n"), "t", "T", "")


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex on this machine")
def test_it_compiles(tmp_path):
    tables = {
        "nasty": page_table(NASTY, ["uf1"]),
        "wide": page_table(",".join(f"c_{k}" for k in range(30)) + "\n" + ",".join("1" * 30) + "\n"),
        "long": page_table("a,b\n" + "[x],1\n" * 60),
        "empty": page_table("a,b\n"),
    }
    for name, table in tables.items():
        (tmp_path / f"{name}.tex").write_text(latex_table(table, name, "Title_1", "Words & 5 % ± λ → ≤."))
    packages = r"\usepackage{booktabs}\usepackage{longtable}\usepackage{graphicx}\usepackage{array}"
    inputs = "\n".join(rf"\input{{{name}}}" for name in tables)
    (tmp_path / "paper.tex").write_text(
        rf"\documentclass{{article}}{packages}\begin{{document}}{inputs} See \ref{{tab:nasty}}.\end{{document}}"
    )
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "paper.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    assert (tmp_path / "paper.pdf").stat().st_size > 5000

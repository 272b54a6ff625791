"""The page of choices: what is found in sources, what is not, and that the written page is up to date."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from mer.cli.choice_lines import choices_in, choices_of_yaml
from mer.cli.choices import FILE_NAME, all_choices, page
from mer.cli.main import main

PROJECT = Path(__file__).resolve().parents[2]
SOURCE = '''"""A module.

Unstated: of the module, which
goes on here.
Deviation: another one.

Nothing of interest: the deviation of noise is 0.1.
"""

#: Deviation of grey levels, a statistical word.
FLAT = 0.01
#: Unstated: how far. It is far.
FAR = (
    1,
    2,
)
ENTRIES = {
    # Unstated: the first entry.
    "A": 1,
    "B": (2, "Words of an entry. " "Deviation."),
}


class Config:
    """Sizes.

    Attributes:
        width: of a layer. Unstated.
        depth: how many. Deviation when positive: the paper
            has none.
        low, high: borders; Unstated.
        dropout: Unstated.
        plain: stated.
    """

    width: int = 3
    depth: int = 0
    low: float = 0.1
    high: float = 0.9
    dropout: float = 0.5

    def scale(self, x):
        """Scale it.

        Args:
            x: anything (Unstated).

        Returns:
            a number. Deviation: of the result.
        """
        # Deviation: inside a method.
        return x


def function():
    """First line.

    Paragraph with a Deviation: in its middle, which counts as a whole.
    """
'''


def found():
    return {(c.name, c.field): c for c in choices_in(SOURCE, "mer.x")}


def test_statements_of_docstrings():
    every = choices_in(SOURCE, "mer.x")
    module = [c for c in every if not c.name]
    assert [(c.kinds, c.text) for c in module] == [
        (("Unstated",), "Of the module, which goes on here."),
        (("Deviation",), "Another one."),
    ]
    statements = found()
    assert statements["Config", "width"].text == "Of a layer."
    assert statements["Config", "depth"].text == "How many. Deviation when positive: the paper has none."
    assert statements["Config", "depth"].kinds == ("Deviation",)
    assert statements["Config", "low, high"].text == "Borders."
    assert statements["Config", "dropout"].text == "dropout", "a field without words has its name"
    assert statements["Config.scale", "x"].text == "Anything."
    assert statements["function", ""].text.startswith("Paragraph with a Deviation: in its middle")
    assert ("Config", "plain") not in statements


def test_statements_of_comments_and_values():
    statements = found()
    assert statements["FAR", ""].text == "How far. It is far." and statements["FAR", ""].value == "(1, 2)"
    assert statements['ENTRIES["A"]', ""].text == "The first entry."
    assert statements['ENTRIES["B"]', ""].text == "Words of an entry."
    assert ("FLAT", "") not in statements, "the statistical word"
    assert [c.text for c in choices_in(SOURCE, "mer.x") if c.name == "Config.scale" and not c.field] == [
        "A number. Deviation: of the result.",
        "Inside a method.",
    ]
    assert statements["Config", "width"].value == "3" and statements["Config", "low, high"].value == "0.1, 0.9"


def test_statements_of_yaml(tmp_path):
    path = tmp_path / "labels.yaml"
    path.write_text(
        "four:\n  about: >-\n    Four classes. Unstated: which is which.\n"
        "  # Deviation: of a comment,\n  # two lines.\n  x: 1\n"
    )
    choices = choices_of_yaml(path, "data_manifests/labels.yaml")
    assert [(c.name, c.kinds, c.text) for c in choices] == [
        ("four", ("Unstated",), "Four classes. Unstated: which is which."),
        ("", ("Deviation",), "Of a comment, two lines."),
    ]


def test_every_marker_of_the_package_is_on_the_page():
    """Every line of the package that has a marker belongs to a statement: none is lost."""
    import re

    choices = all_choices()
    for path in sorted((PROJECT / "mer").rglob("*.py")):
        if path.parent.name == "cli":
            continue
        module = ".".join(path.relative_to(PROJECT).with_suffix("").parts)
        text = path.read_text(encoding="utf-8")
        marks = re.findall(r"\b(?:Unstated|Deviation)\b(?! of\b)", text)
        own = [c for c in choices if c.module == module]
        assert bool(marks) == bool(own), f"{module}: {len(marks)} markers, {len(own)} statements"
        assert len(own) <= len(marks) <= 2 * len(own), f"{module}: {len(marks)} markers, {len(own)} statements"


def test_values_of_both_configurations_stand_beside_their_field():
    lines = page().splitlines()
    (rate,) = [line for line in lines if "`FusionFitConfig.learning_rate`" in line]
    from mer.training.configs import fold_config

    for name in ("paper", "small"):
        assert f"`{fold_config(name).warm_up.learning_rate!r}`" in rate
    (minimum,) = [line for line in lines if "`PretrainConfig.minimum_gap`" in line]
    assert minimum.startswith("| `training.pretrain`") and minimum.endswith("| `3` | `8` |")
    assert all(line.count("|") - line.count("\\|") == 6 for line in lines if line.startswith("| `"))


def test_what_the_prior_of_the_apex_spotter_knows_is_on_the_page():
    (line,) = [line for line in page().splitlines() if "`SpotConfig.prior_mean, prior_sigma`" in line]
    assert "| Deviation |" in line and "annotated apexes of CASME II and SAMM" in line and "no leak" in line
    assert line.endswith("| *`0.5, 0.16`* | *`0.5, 0.16`* |")


def test_the_written_page_is_up_to_date():
    written = PROJECT / "notebooks" / FILE_NAME
    assert written.is_file() and written.read_text(encoding="utf-8") == page(), "write it again: mer choices --write"


def test_the_command_prints_and_writes(tmp_path, monkeypatch):
    printed = CliRunner().invoke(main, ["choices"])
    assert printed.exit_code == 0 and printed.output == page()
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, ["choices", "--write"])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "notebooks" / FILE_NAME).read_text(encoding="utf-8") == printed.output


@pytest.mark.parametrize("word", ["", "Deviation of grey levels.", "deviation", "unstated"])
def test_what_is_no_statement(word):
    assert choices_in(f'"""{word}"""\n', "mer.x") == []

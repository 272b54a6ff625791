import re

from click.testing import CliRunner

from mer.cli.main import main
from tests.made_up_runs import correct_label, keeps_corrections, made_up_predictions, made_up_run


def test_the_list_names_figures_and_styles():
    shown = CliRunner().invoke(main, ["figure", "--list"])
    assert shown.exit_code == 0
    assert "confusion " in shown.output and "column 82.55 mm, page 174.6 mm" in shown.output
    lines = shown.output.splitlines()
    assert max(map(len, lines)) <= 100
    starts = {match.end() for line in lines if (match := re.match(r"  [a-z][a-z*-]*  +", line))}
    assert len(starts) == 1, "the words of all figures and styles begin below one another"


def test_a_figure_is_written_and_said_where(tmp_path):
    run = made_up_run(tmp_path / "train", made_up_predictions(("negative", "positive", "surprise"), 1.0))
    call = ["figure", "reliability", "--run", str(run), "--style", "springer", "--width", "page"]
    done = CliRunner().invoke(main, [*call, "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    assert "reliability.pdf" in done.output and "epoch rule last" in done.output
    assert (tmp_path / "out" / "reliability.tex").is_file()
    wrong = CliRunner().invoke(main, ["figure", "--run", str(run)])
    assert wrong.exit_code == 2 and "This run has what is needed for: scores, confusion" in wrong.output
    assert CliRunner().invoke(main, ["figure", "confusion"]).exit_code == 2


def test_a_width_that_the_style_has_not_is_refused_before_anything_is_read(tmp_path):
    call = ["figure", "reliability", "--run", str(tmp_path / "gone"), "--style", "springer"]
    done = CliRunner().invoke(main, [*call, "--width", "column"])
    assert done.exit_code == 2 and "Style 'springer' has no width 'column'. It has: page (122 mm)." in done.output
    run = made_up_run(tmp_path / "train", made_up_predictions(("negative", "positive", "surprise"), 1.0))
    call = ["figure", "reliability", "--run", str(run), "--style", "springer", "--out", str(tmp_path / "out")]
    assert CliRunner().invoke(main, call).exit_code == 0, "its only width is taken when none is given"
    assert "width=122mm" in (tmp_path / "out" / "reliability.tex").read_text()


def test_a_run_older_than_corrections_is_said_on_stderr_once(tmp_path, monkeypatch):
    predictions = made_up_predictions(("negative", "positive", "surprise"), 1.0)
    folder = made_up_run(tmp_path / "train", predictions)
    keeps_corrections(folder, "synthetic", predictions, monkeypatch)
    call = ["figure", "confusion", "reliability", "--run", str(folder), "--out", str(tmp_path / "out")]
    assert CliRunner().invoke(main, call).stderr == ""
    correct_label(predictions.iloc[0], "", tmp_path / "mine.csv", monkeypatch)
    done = CliRunner().invoke(main, call)
    assert done.exit_code == 0 and (tmp_path / "out" / "confusion.pdf").is_file()
    assert done.stderr.startswith(f"Beware: {tmp_path.name}/train was made before corrections of yours")
    assert "again, then" in done.stderr
    assert len(done.stderr.splitlines()) == 1

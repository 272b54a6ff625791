import json
import zipfile

from click.testing import CliRunner

from mer.cli.main import main
from mer.core.finished_run import seal_run
from tests.made_up_runs import made_up_predictions, made_up_run


def finished(folder, synthetic):
    run = made_up_run(folder, made_up_predictions(("negative", "positive", "surprise"), 1.0, synthetic=synthetic))
    seal_run(run, {"state": "finished", "hash": "0"})
    return run


def test_a_run_is_packed_and_what_is_left_out_is_said(tmp_path):
    run = finished(tmp_path / "outputs" / "s" / "train", False)
    out = tmp_path / "new" / "run.zip"
    done = CliRunner().invoke(main, ["export", str(run), "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert "- `s/train/result.json`: vouches for" in done.output and "CASME II: for research only" in done.output
    with zipfile.ZipFile(out) as archive:
        assert archive.read("s/train/predictions.csv") == (run / "predictions.csv").read_bytes()


def test_what_cannot_be_packed_is_status_2(tmp_path):
    run = finished(tmp_path / "outputs" / "s" / "train", True)
    (run / "record.json").write_text(json.dumps({"clips_of": {"mine": {"terms": "", "synthetic": False}}}))
    call = ["export", str(run), "--out", str(tmp_path / "run.zip")]
    done = CliRunner().invoke(main, call)
    assert done.exit_code == 2 and "--terms TEXT" in done.stderr and not (tmp_path / "run.zip").exists()
    assert CliRunner().invoke(main, [*call, "--terms", "They agreed."]).exit_code == 0
    assert CliRunner().invoke(main, ["export", str(run)]).exit_code == 2, "where to is asked for"


def test_both_commands_are_listed():
    listed = CliRunner().invoke(main, ["--help"]).output
    assert "export" in listed and "rerun" in listed

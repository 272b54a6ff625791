from click.testing import CliRunner

from mer.cli.main import main
from tests.made_up_runs import made_up_predictions, made_up_run


def test_what_cannot_be_made_again_is_status_2_with_the_reason(tmp_path):
    by_hand = made_up_run(tmp_path / "04_train_loso", made_up_predictions(("negative", "positive", "surprise"), 1.0))
    (by_hand / "record.json").write_text("{}")
    done = CliRunner().invoke(main, ["rerun", str(by_hand)])
    assert done.exit_code == 2 and "was run by hand" in done.stderr
    gone = CliRunner().invoke(main, ["rerun", str(tmp_path / "gone")])
    assert gone.exit_code == 2 and "is no folder of a run" in gone.stderr

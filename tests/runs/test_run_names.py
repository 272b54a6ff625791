"""Names of runs made from their parameters: readable, and never too long for a folder."""

from mer.runs.folder import RunFolder
from mer.runs.steps import run_name
from mer.runs.study import single_run
from tests.made_up_runs import made_up_predictions, made_up_run

FOLDERS = [f"outputs/single/06_motion_maps-network=fusion-chosen,protocol=database,seed={seed}" for seed in range(8)]


def test_a_list_of_long_folders_makes_a_folder_that_can_be_locked(tmp_path):
    name = run_name("18_evidence", {"runs": FOLDERS})
    assert name.startswith("18_evidence-runs=outputs_single_06_motion_maps-network_fusion-chosen")
    folder = RunFolder(tmp_path, "single", name)
    with folder.lock():
        folder.path.mkdir()
        folder.file("result.json").touch()
        folder.set_aside()
    assert name == run_name("18_evidence", {"runs": list(FOLDERS)}), "so that a finished run is found again"


def test_long_names_differ_where_their_ends_do():
    names = {run_name("18_evidence", {"runs": [*FOLDERS[:7], last]}) for last in ("a", "b", FOLDERS[7])}
    assert len(names) == 3 and all(len(name) < 130 for name in names)


def test_what_fits_keeps_its_name(tmp_path):
    longest = "x" * (250 - len("a-name="))
    name = run_name("a", {"name": longest})
    assert name == f"a-name={longest}" and run_name("a", {"name": longest + "y"}) != f"a-name={longest}y"
    with RunFolder(tmp_path, "single", name).lock():
        assert run_name("train", {"seed": 1, "on": True}) == "train-seed=1,on=true"


def test_a_run_by_hand_of_many_runs_is_named_so(tmp_path):
    predictions = made_up_predictions(("negative", "positive", "surprise"), 1.0)
    made = [made_up_run(tmp_path / f"{'long' * 12}-{seed}", predictions, method="A") for seed in range(8)]
    study = single_run("18_evidence", {"runs": str([str(folder) for folder in made])})
    with RunFolder(tmp_path / "outputs", study.name, study.runs[0].name).lock():
        assert study.runs[0].parameters["runs"] == [str(folder) for folder in made]

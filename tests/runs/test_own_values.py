"""Values that one notebook alone has, judged before it starts."""

import pytest

from mer.manifest.labels import COMPOSITE
from mer.runs.values import unusable_values
from tests.made_up_methods import FLOOR, LOOKED, PLAIN, made_up_methods
from tests.made_up_runs import made_up_predictions, made_up_run

GOOD = {
    "06_motion_maps": {"network": "sssnet", "protocol": "database", "overrides": {"fit.epochs": 3}},
    "08_key_frames": {"direction": "earlier", "shares": [0.1, 1], "compare_runs": []},
    "09_displacement": {"flows": ["dis", "tvl1"], "noise": [0, 2.5]},
    "10_runtime": {
        "clock": "processor",
        "precision": "mixed",
        "suffix": ".png",
        "rounds": {"small": 3, "paper": 1},
        "sizes": {"small": 128, "paper": 180},
    },
    "19_baselines": {"baseline": "bi-woof", "flow": "dis", "overrides": {"keep_head_motion": True}},
}


@pytest.mark.parametrize(
    ("notebook", "name", "value", "words"),
    [
        ("06_motion_maps", "network", "ssnet", "Unknown network 'ssnet'. Did you mean 'sssnet'?"),
        ("06_motion_maps", "network", "capsulenet", "sees the apex frame itself"),
        ("06_motion_maps", "overrides", {"fit.epoch": 3}, "Did you mean 'epochs'?"),
        ("06_motion_maps", "overrides", {"protocol": "lodo"}, "Unknown protocol 'lodo'. Did you mean 'loso'?"),
        ("19_baselines", "baseline", "bi-wof", "Unknown baseline 'bi-wof'. Did you mean 'bi-woof'?"),
        ("19_baselines", "flow", "tvl2", "Did you mean 'tvl1'?"),
        ("19_baselines", "overrides", {"fit.epochs": 3}, "has no 'fit.epochs'"),
        ("19_baselines", "overrides", {"flow": "tvl2"}, "Did you mean 'tvl1'?"),
        ("10_runtime", "clock", "wal", "'wal' is none of wall, processor. Did you mean 'wall'?"),
        ("10_runtime", "precision", "float16", "Unknown precision 'float16'. Expected auto, mixed or float32."),
        ("10_runtime", "suffix", "jpg", "none of .jpg, .png"),
        ("10_runtime", "threads", 0, "threads is 0, expected a whole number from 1"),
        ("10_runtime", "rounds", {"smal": 3}, "Did you mean 'small'?"),
        ("10_runtime", "rounds", {"small": 0}, "small is 0, expected a whole number from 1"),
        ("10_runtime", "sizes", {"small": 128}, "has no size for paper"),
        ("10_runtime", "sizes", {"small": 128, "paper": 4}, "expected 16 to 1024"),
        ("10_runtime", "sizes", {"small": 128, "paper": "big"}, "'big' is no size"),
        ("08_key_frames", "direction", "sideways", "'sideways' is none of either, earlier, later"),
        ("08_key_frames", "shares", [0.1, 1.5], "above 0 and up to 1"),
        ("08_key_frames", "shares", [0], "above 0 and up to 1"),
        ("08_key_frames", "shares", [], "above 0 and up to 1"),
        ("09_displacement", "flows", ["tvl"], "Did you mean 'tvl1'?"),
        ("09_displacement", "noise", [2, 4], "with 0 (none added) among them"),
        ("09_displacement", "noise", [0, -4], "with 0 (none added) among them"),
    ],
)
def test_what_would_fail_late_is_said_before(notebook, name, value, words):
    assert unusable_values(notebook, GOOD[notebook]) == []
    (problem,) = unusable_values(notebook, GOOD[notebook] | {name: value})
    assert problem.startswith(f"{name}: ") and words in problem
    assert unusable_values("my_notebook", {name: value}) == []


@pytest.mark.parametrize(
    ("network", "look_every", "overrides", "words"),
    [
        ("fusion", -3, {}, "every of EpochsConfig is -3; expected 0 or more"),
        ("fusion", 160, {}, "epochs.every is 160 and the fit has 160 steps"),
        ("fusion", 159, {}, ""),
        ("fusion", 0, {}, ""),
        ("fusion-chosen", 500, {}, "epochs.every is 500 and the fit has 160 steps"),
        ("fusion", 159, {"fit.steps": 8}, "epochs.every is 159 and the fit has 8 steps"),
        ("fusion", 159, {"epochs.every": 2, "fit.steps": 8}, ""),
        ("rcn-a", 20, {}, "epochs.every is 20 and the fit has 20 steps"),
        ("rcn-a", 19, {}, ""),
        ("ststnet", 3, {"fit.epochs": 3}, "epochs.every is 3 and the fit has 3 steps"),
        ("ststnet", 2, {"fit.epochs": 3}, ""),
    ],
)
def test_looks_must_fall_into_the_fit(network, look_every, overrides, words):
    values = {"network": network, "look_every": look_every, "overrides": overrides}
    problems = unusable_values("06_motion_maps", values)
    assert len(problems) == bool(words) and all(text.startswith("look_every: ") and words in text for text in problems)


def test_looks_are_not_judged_where_the_network_or_its_overrides_are_wrong():
    for wrong in ({"network": "ssnet"}, {"overrides": {"fit.epoch": 3}}):
        (problem,) = unusable_values("06_motion_maps", GOOD["06_motion_maps"] | {"look_every": -3} | wrong)
        assert problem.startswith(f"{next(iter(wrong))}: ")


@pytest.mark.parametrize("name", ["network", "baseline"])
def test_of_a_method_that_there_is_not_overrides_are_not_judged(name):
    notebook = {"network": "06_motion_maps", "baseline": "19_baselines"}[name]
    (problem,) = unusable_values(notebook, {name: "nonsense", "overrides": {"no.such": 1}})
    assert problem.startswith(f"{name}: Unknown {name} 'nonsense'. Valid: ")


def test_a_baseline_on_frames_has_a_protocol_among_its_overrides():
    values = {"baseline": "capsulenet", "overrides": {"protocol": "loso-per-databas"}}
    (problem,) = unusable_values("19_baselines", values)
    assert problem.startswith("overrides: ") and "Did you mean 'loso-per-database'?" in problem


@pytest.fixture
def runs(tmp_path):
    made = [made_up_run(tmp_path / f"m{seed}", made_up_predictions(COMPOSITE.classes, 1.0, seed)) for seed in (0, 1)]
    (tmp_path / "empty").mkdir()
    return [str(folder) for folder in made], str(tmp_path / "empty"), str(tmp_path / "none")


@pytest.mark.parametrize(
    ("notebook", "name"),
    [
        ("12_calibration", "runs"),
        ("07_paper_tables", "ablation_runs"),
        ("07_paper_tables", "classes_runs"),
        ("07_paper_tables", "compare_runs"),
        ("08_key_frames", "compare_runs"),
        ("18_evidence", "runs"),
    ],
)
def test_listed_runs_are_finished_runs(runs, notebook, name):
    finished, empty, missing = runs
    assert unusable_values(notebook, {name: finished}) == []
    assert unusable_values(notebook, {name: "@train"}) == []
    assert unusable_values(notebook, {name: [finished[0], "@train"]}) == []
    (problem,) = unusable_values(notebook, {name: [*finished, empty]})
    assert problem.startswith(f"{name}: ") and "is no finished training run: it lacks predictions.csv" in problem
    (problem,) = unusable_values(notebook, {name: [*finished, missing]})
    assert f"{missing!r} is no folder" in problem


def test_one_run_for_a_table_and_two_for_an_ensemble(runs):
    finished, empty, missing = runs
    assert unusable_values("07_paper_tables", {"main_run": finished[0], "compare_runs": []}) == []
    assert unusable_values("07_paper_tables", {"main_run": None}) == []
    (problem,) = unusable_values("07_paper_tables", {"main_run": empty})
    assert problem.startswith("main_run: ") and "lacks predictions.csv" in problem
    assert unusable_values("07_paper_tables", {"main_run": missing}) == [], "told as every missing path"
    for given in ([], finished[:1]):
        (problem,) = unusable_values("12_calibration", {"runs": given})
        assert f"{len(given)} run(s) given, expected 2 or more" in problem
    (problem,) = unusable_values("18_evidence", {"runs": []})
    assert "0 run(s) given, expected 1 or more" in problem


def test_methods_are_compared_with_one_that_the_runs_have(tmp_path):
    folders = made_up_methods(tmp_path)
    assert unusable_values("18_evidence", {"runs": folders, "against": FLOOR}) == []
    (problem,) = unusable_values("18_evidence", {"runs": folders, "against": "SSSNet"})
    listed = f"{LOOKED}, {PLAIN}, {FLOOR}, majority class"
    assert problem.startswith("against: ") and f"'SSSNet', which is none of the methods: {listed}." in problem
    assert unusable_values("18_evidence", {"runs": ["@fusion", folders[0]], "against": "SSSNet"}) == [], "not known yet"
    (problem,) = unusable_values("18_evidence", {"runs": [str(tmp_path / "none")], "against": "SSSNet"})
    assert problem.startswith("runs: ")


@pytest.mark.parametrize("overrides", ["nested", "dotted"])
def test_weights_that_magnify_must_exist(tmp_path, overrides):
    def given(path):
        group = {"method": "magnet", "weights": str(path)}
        dotted = {"magnify": {"method": "magnet", "weights": "later"}, "magnify.weights": str(path)}
        return {"configuration": "small", "overrides": {"magnify": group} if overrides == "nested" else dotted}

    (problem,) = unusable_values("04_train_loso", given(tmp_path / "no.safetensors"))
    assert problem.startswith("overrides: ") and "no.safetensors' does not exist" in problem
    (tmp_path / "magnet.safetensors").touch()
    assert unusable_values("04_train_loso", given(tmp_path / "magnet.safetensors")) == []

"""The study of the paper's tables, its own YAML through the real runner, on tiny databases and with few steps.

Of the ten variants and the four trainings with other classes two stand for all; key frames, displacement and run time
have small tests of their own.
"""

import pandas as pd
import pytest
import yaml

from mer.datasets.synthetic.build import build_synthetic
from mer.datasets.synthetic.plan import SyntheticConfig
from tests.small_study import PROJECT, run_study

STEPS = ("pretrain", "ablation", "table-1", "table-2", "pretrain-classes", "classes", "table-3")
FEW = {
    "pretrain": {"steps": 3, "groups": 2, "batch": 2, "minimum_gap": 2},
    "ablation": {"joint.steps": 1, "joint.batch": 4, "minimum_gap": 2},
    "classes": {"warm_up.steps": 2, "joint.steps": 1, "joint.batch": 4, "minimum_gap": 2},
}


@pytest.fixture(scope="module")
def study(tiny_database, tmp_path_factory):
    """The study's YAML with fewer steps of work; which notebook gets what is not changed."""
    folder = tmp_path_factory.mktemp("paper")
    config = SyntheticConfig(
        seed=8, subjects=3, clips_per_subject=12, looks=("synthetic-emotions",), tempo=0.2, margin=1
    )
    emotions = build_synthetic(config, folder=folder / "emotions", n_jobs=1)
    content = yaml.safe_load((PROJECT / "notebooks" / "studies" / "paper.yaml").read_text(encoding="utf-8"))
    content["steps"] = [step for step in content["steps"] if step["run"] in STEPS]
    content["shared"] |= {"database": str(tiny_database.root), "classes_database": str(emotions.root), "size": 64}
    del content["shared"]["other_reading"]  # its steps are left out
    for step in content["steps"]:
        if few := FEW.get(step["run"].removesuffix("-classes")):
            step["parameters"] = step.get("parameters", {}) | {"overrides": few}
        if step["run"] == "ablation":
            step["grid"] = {"variant": ["M9", "M0"]}
        elif step["run"] == "classes":
            step["grid"] = {"labels": ["casme2-4"], "variant": ["M9", "S"]}
    path = folder / "paper.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def outputs(study):
    return run_study(study) / "paper"


def test_each_table_is_written_with_the_papers_numbers_and_says_synthetic(outputs):
    second = pd.read_csv(outputs / "table-2" / "tables" / "table-2.csv").set_index("variant")
    assert list(second.index) == ["M0", "M9"]
    assert second.loc["M9", "uf1_paper"] == 0.812
    third = pd.read_csv(outputs / "table-3" / "tables" / "table-3.csv")
    assert third[["classes", "method"]].to_numpy().tolist() == [[4, "FRL-DGT"], [4, "FRL-DGT-S"]]
    assert third["uf1_paper"].tolist() == [0.750, 0.562]
    for run, table in (("table-1", "table-1"), ("table-2", "table-2"), ("table-3", "table-3")):
        for suffix in ("tex", "html"):
            assert "synthetic" in (outputs / run / "tables" / f"{table}.{suffix}").read_text(encoding="utf-8").lower()


def test_each_table_stands_once_in_the_report(outputs):
    found = [path.name for path in outputs.glob("table-*/tables/table-*.csv")]
    assert len(found) == len(set(found))


def test_what_each_part_is_worth_is_drawn_and_matrices_have_all_classes(outputs):
    assert (outputs / "table-2" / "figures" / "ablation.png").stat().st_size > 0
    matrix = pd.read_csv(outputs / "table-3" / "figures" / "confusion-4-frl-dgt.csv")
    assert set(matrix["label"]) == {"positive", "negative", "surprise", "others"}

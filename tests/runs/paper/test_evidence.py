"""Figures of the evidence for methods, from the numbers that its page keeps."""

import json

import pandas as pd
import pytest

from mer.core.errors import MissingPath
from mer.evaluation.comparisons import compare_methods
from mer.evaluation.epoch_rules import rules_table
from mer.evaluation.evidence import evidence_reports, gathered, under_rules
from mer.evaluation.evidence_tables import seed_counts
from mer.evaluation.paper_runs import read_runs
from mer.evaluation.permutation import PermutationConfig
from mer.figures.scores import scores_table
from mer.runs.paper.data import RunData
from mer.runs.paper.evidence import draw_methods
from mer.runs.paper.figures import paper_figure, possible_figures
from tests.made_up_methods import FLOOR, LOOKED, PLAIN, made_up_methods

NAMES = ("methods", "differences", "epoch-rules")


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """What a run of 18_evidence leaves of two methods and two floors."""
    root = tmp_path_factory.mktemp("study")
    folders = made_up_methods(root, "loso")
    runs = read_runs(folders)
    methods = gathered(runs)
    tables = {
        "methods": scores_table(evidence_reports(methods, resamples=20)),
        "differences": compare_methods(methods, FLOOR, permutations=PermutationConfig(99)),
        "epoch-rules": rules_table(under_rules(runs), 20),
    }
    folder = root / "evidence"
    (folder / "figures").mkdir(parents=True)
    for name, table in tables.items():
        table.to_csv(folder / "figures" / f"{name}.csv", index=False)
    (folder / "record.json").write_text(json.dumps({"config": {"runs": folders}, "notebook": "18_evidence"}))
    found = {name: {"seeds": count} for name, count in seed_counts(methods).items()}
    (folder / "summary.json").write_text(json.dumps({"methods": found, "protocol": "loso", "synthetic": True}))
    return folder


def test_all_three_are_offered(page):
    assert set(NAMES) <= set(possible_figures(page))


@pytest.mark.parametrize("name", NAMES)
def test_each_is_drawn_of_the_kept_numbers(page, tmp_path, name):
    files = paper_figure(name, page, "cvpr", "column", tmp_path)
    kept = pd.read_csv(page / "figures" / f"{name}.csv")
    pd.testing.assert_frame_equal(pd.read_csv(files.figure.csv[0]), kept, rtol=1e-8)
    assert "UF1" in files.caption and "leave one subject out" in files.caption and "synthetic" in files.caption
    assert LOOKED in files.alt


def test_captions_say_what_their_numbers_are(page, tmp_path):
    methods, differences, rules = (paper_figure(name, page, out=tmp_path).caption for name in NAMES)
    assert "mean over the seeds" in methods and "all 90 (15)" in methods and "drawn anew" not in methods
    assert f"Difference of UF1 to {FLOOR}" in differences and "each one of 3 comparisons" in differences
    assert "The oracle takes for each person the epoch" in rules


def test_seeds_are_beside_the_names(page):
    labels = draw_methods(RunData(page), 1).figure.axes[0].get_yticklabels()
    assert {f"{LOOKED} (2 seeds)", PLAIN, FLOOR} < {label.get_text().replace("\n", " ") for label in labels}


def test_a_page_without_looks_has_no_leak_to_draw(page, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(MissingPath, match="a run of 18_evidence keeps it"):
        paper_figure("epoch-rules", tmp_path / "empty", out=tmp_path / "out")

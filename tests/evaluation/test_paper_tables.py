"""Our runs beside the paper's numbers: which is whose, what is synthetic, what cannot share a table."""

import pytest

from mer.core.errors import InputError, MissingPath
from mer.evaluation import paper_runs
from mer.evaluation.paired import mean_scores, paired_difference
from mer.evaluation.paper_runs import (
    beside_published,
    by_classes,
    by_variant,
    paper_words,
    read_run,
    read_runs,
)
from mer.evaluation.paper_tables import (
    ablation_table,
    classes_table,
    comparison_table,
    composite_notes,
    composite_table,
    difference_table,
    own_parts_table,
    sources_table,
)
from mer.evaluation.published import MARKS, read_published
from mer.manifest.labels import COMPOSITE
from tests.made_up_runs import made_up_predictions, made_up_run, on_motion_maps

FOUR = ("positive", "negative", "surprise", "others")


@pytest.fixture
def make(tmp_path):
    def run(name, skill=1.0, seed=0, synthetic=True, classes=COMPOSITE.classes, people=5, **summary):
        predictions = made_up_predictions(tuple(classes), skill, seed, synthetic, people)
        return made_up_run(tmp_path / "study" / name, predictions, synthetic, **summary)

    return run


@pytest.fixture
def groups(make):
    folders = [make("m3", 0.5, variant="M3"), make("m9", 2.0, variant="M9"), make("m9b", 2.0, 1, variant="M9")]
    return by_variant(read_runs(folders))


def test_the_ablation_has_both_numbers_in_columns_of_their_own(groups):
    table = ablation_table(groups, resamples=50)
    assert list(groups) == ["M3", "M9"] and len(groups["M9"]) == 2
    assert list(table["part"].unique()) == ["all", "synthetic-smic", "synthetic-samm", "synthetic-casme2"]
    assert not [name for name in table if "ours" in name and "synthetic" not in name]
    row = table[(table["part"] == "all") & (table["variant"] == "M9")].iloc[0]
    assert (row["uf1_paper"], row["uar_paper"], row["runs"]) == (0.812, 0.811, 2)
    expected = mean_scores([run.predictions for run in groups["M9"]], resamples=50).iloc[0]
    assert row["uf1_ours_synthetic"] == expected["uf1"] and row["uar_ours_synthetic_low"] == expected["uar_low"]
    smic = table[(table["part"] == "synthetic-smic") & (table["variant"] == "M3")].iloc[0]
    assert (smic["uf1_paper"], smic["uar_paper"]) == (0.707, 0.718)


def test_differences_are_variant_minus_whole_model(groups):
    row = difference_table(groups, resamples=50).iloc[0]
    assert (row["variant"], row["change"]) == ("M3", "no self-supervision")
    assert row["uf1_difference_paper"] == pytest.approx(0.778 - 0.812)
    assert row["uar_difference_paper"] == pytest.approx(0.777 - 0.811)
    full = [run.predictions for run in groups["M9"]]
    expected = paired_difference(groups["M3"][0].predictions, full, resamples=50).iloc[0]
    assert row["uf1_difference_ours_synthetic"] == expected["uf1"] < 0
    assert row["uf1_difference_ours_synthetic_high"] == expected["uf1_high"]
    with pytest.raises(InputError, match="Only M9"):
        difference_table({"M9": groups["M9"]})


def test_runs_that_cannot_share_a_table(make):
    whole = make("m9", variant="M9")
    for folder, words in (
        (make("fewer", people=4, variant="M0"), r"study/m9 and run study/fewer .*90 against 72 clips"),
        (make("real", synthetic=False, variant="M1"), r"study/m9 and run study/real"),
        (make("odd", variant="M12"), r"study/odd has the variant 'M12'"),
        (make("nameless"), r"study/nameless has the variant 'none'"),
    ):
        with pytest.raises(InputError, match=words):
            by_variant(read_runs([whole, folder]))
    with pytest.raises(InputError, match="is M9, the whole model"):
        by_variant(read_runs([make("alone", variant="M4")]))


def test_the_epoch_rule_must_agree(make, tmp_path):
    whole = make("m9", variant="M9")
    oracle = made_up_predictions(COMPOSITE.classes, 1.0).assign(epoch_rule="oracle")
    other = made_up_run(tmp_path / "study" / "oracle", oracle, variant="M8")
    with pytest.raises(InputError, match=r"run study/m9 and run study/oracle .*epoch rule last against oracle"):
        by_variant(read_runs([whole, other]))


def test_rendered_and_real_faces_never_share_a_table(make, tmp_path):
    real = made_up_run(tmp_path / "study" / "m9", made_up_predictions(COMPOSITE.classes, 1.0), False, variant="M9")
    with pytest.raises(InputError, match="study/m9 is on real faces and run study/m0 on synthetic ones"):
        by_variant(read_runs([real, make("m0", variant="M0")]))


@pytest.fixture
def of_protocols(make, tmp_path):
    """The same predictions by a protocol each; the last two cannot be told apart by their folds."""
    table = made_up_predictions(COMPOSITE.classes, 1.0)
    by_database = table.assign(fold=table["database"])
    made = {"database": made_up_run(tmp_path / "study" / "d", by_database, variant="M9", method="FRL-DGT")}
    for name in ("loso", "loso-per-database"):
        made[name] = make(name, protocol=name, variant="M9", method="FRL-DGT")
    return {name: read_run(folder) for name, folder in made.items()}


def test_runs_of_two_protocols_are_no_seeds_of_one_method(of_protocols):
    assert [run.protocol for run in of_protocols.values()] == list(of_protocols)
    loso = of_protocols["loso"]
    for name in ("database", "loso-per-database"):
        with pytest.raises(InputError, match=f"study/loso and run .* different protocols, loso and {name}"):
            by_variant([loso, of_protocols[name]])
    assert len(by_variant([loso, loso])["M9"]) == 2


def test_beside_the_main_run_each_of_several_protocols_is_named(of_protocols):
    runs = list(of_protocols.values())
    table = comparison_table(runs[1], [runs[0], runs[2]], resamples=20)
    assert table["method"].tolist() == [
        "FRL-DGT, leave one subject out",
        "FRL-DGT, leave one database out",
        "FRL-DGT, leave one subject out, each database by itself",
    ]
    assert comparison_table(runs[1], [runs[1]], resamples=20)["method"].tolist() == ["FRL-DGT"] * 2
    words = [paper_runs.tested_on(some) for some in ([runs[1]], [runs[0]], runs)]
    assert "90 clips of 15 persons, one left out at a time, epoch rule" in words[0]
    assert "90 clips of 15 persons, one database left out at a time, epoch rule" in words[1]
    assert "time and leave one subject out, each database by itself, epoch" in words[2]


def test_four_and_five_classes(make):
    folders = [
        make("s4", classes=FOUR, labels="casme2-4", sequence=10),
        make("p4", classes=FOUR, labels="casme2-4", sequence=0),
        make("p5", classes=("happiness", "disgust", "repression", "surprise", "others"), labels="casme2-5", sequence=0),
    ]
    groups = by_classes(read_runs(folders))
    assert list(groups) == [(4, "FRL-DGT"), (5, "FRL-DGT"), (4, "FRL-DGT-S")]
    table = classes_table(groups, resamples=50)
    assert list(table["accuracy_paper"]) == [0.780, 0.757, 0.643]
    assert table["uf1_ours_synthetic"].between(0, 1).all() and list(table["clips"]) == [90, 90, 90]
    with pytest.raises(InputError, match=r"study/three has the labels 'composite'; table 3 needs casme2-4 or casme2-5"):
        by_classes(read_runs([make("three", labels="composite")]))


def test_table_one_keeps_published_rows_and_marks_ours(make):
    synthetic, real = read_run(make("syn", method="FRL-DGT")), read_run(make("real", synthetic=False))
    published = composite_table(None)
    assert published["method"].str.replace(r" [†‡§]$", "", regex=True).equals(read_published("composite")["method"])
    assert published.set_index("method").loc["FRL-DGT", "SMIC (UAR)"] == "0.749"
    assert published.set_index("method").loc["RCN-A †", "SMIC (UAR)"] == "–"
    own = composite_table(synthetic).iloc[-1]
    assert own["method"] == "FRL-DGT, this suite (synthetic faces)"
    scores = [own[f"{part} ({metric})"] for part in ("full", "SMIC", "SAMM", "CASME II") for metric in ("UF1", "UAR")]
    assert all(text.endswith("*") for text in scores) and "* synthetic faces." in composite_notes(synthetic)
    expected = mean_scores(synthetic.predictions, resamples=50).set_index("part")
    assert own["CASME II (UF1)"] == f"{expected.at['synthetic-casme2', 'uf1']:.3f}*"
    assert not {"synthetic", "*"} & set(" ".join(map(str, composite_table(real).iloc[-1])).replace("*", " *").split())
    assert "*" not in composite_notes(real) and "real faces, 90 clips" in composite_notes(real)
    assert beside_published(synthetic).endswith("ours, synthetic faces, other clips, not to be compared.")
    assert "not to be compared" in beside_published(real)
    assert beside_published(None) == "442 real clips, as published."
    sources = sources_table().set_index("method")
    assert "macro precision" in sources.loc["STSTNet", "note"] and (sources["source"] != "").all()


def test_ours_is_called_as_the_run_calls_its_method(make):
    frames = read_run(make("frames", synthetic=False, method="Bi-WOOF"))
    maps = read_run(on_motion_maps(make("maps", synthetic=False, method="STSTNet")))
    for run, name in ((frames, "Bi-WOOF"), (maps, "STSTNet on motion maps")):
        assert composite_table(run)["method"].iloc[-1] == f"{name}, this suite (real faces)"
    compared = comparison_table(frames, [maps], resamples=20)
    assert compared["method"].tolist() == ["Bi-WOOF", "STSTNet on motion maps"]


def test_rows_that_others_quote_are_marked_in_table_one_and_its_sources():
    certainty = read_published("composite")["certainty"]
    for table in (composite_table(None), sources_table()):
        assert [name[-1] if name[-2] == " " else "" for name in table["method"]] == [
            MARKS.get(word, "") for word in certainty
        ]
    methods = " ".join(composite_table(None)["method"])
    assert "MFDAN †" in methods and "HTNet ‡" in methods and "(authors' log) §" in methods, "read nowhere but elsewhere"
    assert "RCN-A †" in methods, "read in the table of FRL-DGT, which quotes it"
    assert "FRL-DGT" in list(composite_table(None)["method"]), "measured by the paper itself"
    for word, mark in MARKS.items():
        assert f"{mark} {word} (" in composite_notes(None)


def test_our_parts_beside_the_papers(make):
    table = own_parts_table(read_run(make("syn")), resamples=50)
    assert list(table["part"]) == ["all", "synthetic-smic", "synthetic-samm", "synthetic-casme2"]
    assert list(table["uf1_paper"]) == [0.812, 0.743, 0.772, 0.919]
    assert (table["uf1_ours_synthetic_low"] < table["uf1_ours_synthetic"]).all()


def test_the_caption_says_what_was_tested(make):
    runs = read_runs([make("a"), make("b", seed=3)])
    words = paper_runs.tested_on(runs)
    assert "synthetic faces, 90 clips of 15 persons" in words and "epoch rule last, seeds 0, 3" in words
    assert "Other clips: compare at most the order" in paper_words(runs)
    assert "real faces, 90 clips" in paper_runs.tested_on([read_run(make("c", synthetic=False))])


def test_a_folder_that_is_no_run(tmp_path):
    with pytest.raises(
        MissingPath, match=r"lacks predictions.csv and summary.json.*04_train_loso, 06_motion_maps or 19_base"
    ):
        read_run(tmp_path)


def test_other_runs_stand_beside_the_main_one_with_paired_differences(make):
    main = read_run(make("main", 2.0, variant="M9", method="FRL-DGT"))
    other = read_run(make("other", 0.5, 1, variant="M9", method="FRL-DGT, reading paper"))
    table = comparison_table(main, [other], resamples=50)
    assert list(table["method"]) == ["FRL-DGT", "FRL-DGT, reading paper"]
    expected = paired_difference(other.predictions, main.predictions, resamples=50).iloc[0]
    assert table["uf1_difference"].isna().tolist() == [True, False]
    assert table["uf1_difference"][1] == expected["uf1"] < 0
    assert table["uar_difference_high"][1] == expected["uar_high"]
    with pytest.raises(InputError, match="run study/main and run study/real cannot be compared"):
        comparison_table(main, [read_run(make("real", synthetic=False))], resamples=50)

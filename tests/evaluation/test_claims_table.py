"""Table 1 as claims: computed numbers against the counts behind them, words that must be true, one page of LaTeX."""

import numpy as np
import pandas as pd
import pytest

from mer.core.errors import InputError
from mer.evaluation import claims_table as module
from mer.evaluation.claims_table import claims_notes, claims_table, computed_table, epoch_choices, how_table
from mer.evaluation.metrics import uar, uf1
from mer.evaluation.paired import mean_scores
from mer.evaluation.paper_runs import read_run
from mer.evaluation.published import EPOCH_CHOICE, FOLDER, PARTS, VERIFIED, read_published
from mer.figures.latex import latex_table
from mer.figures.tables import page_table
from mer.manifest.labels import COMPOSITE
from mer.manifest.place import manifests_dir
from mer.models.baselines import capsule
from tests.evaluation.test_metrics import STSTNET
from tests.made_up_runs import made_up_predictions, made_up_run, on_motion_maps

#: Counts of what the authors published, rows true (negative, positive, surprise): result_log.csv of
#: github.com/davidnvq/me_recognition (435 clips), confusion_matrix.py of github.com/wangzhifengharrison/HTNet (442).
CAPSULENET = {
    "casme2": [[70, 16, 2], [8, 24, 0], [6, 5, 14]],
    "smic": [[35, 12, 19], [14, 31, 6], [12, 3, 25]],
    "samm": [[87, 2, 3], [11, 10, 5], [7, 1, 7]],
}
HTNET = {
    "casme2": [[88, 0, 0], [4, 26, 2], [1, 0, 24]],
    "smic": [[61, 0, 9], [13, 33, 5], [9, 1, 33]],
    "samm": [[88, 3, 1], [8, 17, 1], [2, 3, 10]],
}
COUNTS = {"CapsuleNet": CAPSULENET, "STSTNet": STSTNET, "HTNet": HTNET}


@pytest.mark.parametrize(("method", "parts"), COUNTS.items())
def test_computed_numbers_are_those_of_the_counts(method, parts):
    row = read_published("claims").set_index("method").loc[method]
    counts = {part: np.array(matrix) for part, matrix in parts.items()}
    counts["full"] = sum(counts.values())
    assert counts["full"].sum() == row["clips"]
    for part in PARTS:
        matrix = counts[part]
        expected = [uf1(matrix), uar(matrix), uar(matrix.T)]  # the mean precision is the mean over columns
        found = [row[f"{part}_{metric}"] for metric in ("uf1", "uar", "precision")]
        np.testing.assert_allclose(found, expected, atol=0.00005001)


def test_only_these_methods_have_computed_numbers_and_their_verdicts_are_true():
    claims = read_published("claims").set_index("method")
    computed = claims["full_uf1"].notna()
    assert set(claims.index[computed]) == set(COUNTS)
    assert computed.equals(claims["verified"].isin(["agrees", "differs"]))
    claimed = read_published("composite").set_index("method")
    for method in COUNTS:
        near = [abs(claimed.at[method, name] - claims.at[method, name]) < 0.00055 for name in ("full_uf1", "full_uar")]
        assert (claims.at[method, "verified"] == "agrees") == all(near)


def test_the_row_of_ststnet_carries_its_true_uar_and_the_word_precision():
    table = claims_table().set_index("method")
    row = table.loc["STSTNet"]
    assert (row["UF1 (claimed)"], row["UF1 (computed)"]) == ("0.735", "0.735")
    assert (row["UAR (claimed)"], row["UAR (computed)"]) == ("0.761, macro precision", "0.719")
    assert table["UAR (claimed)"].str.contains("precision").sum() == 1, (
        "CapsuleNet's and HTNet's claims are no precision"
    )
    parts = computed_table().set_index(["method", "part"])
    assert parts.loc[("STSTNet", "CASME II"), "UAR (claimed)"] == 0.8686
    assert parts.loc[("STSTNet", "CASME II"), ["UAR (computed)", "macro precision"]].tolist() == [0.8190, 0.8686]
    assert len(parts) == 4 * len(COUNTS)


def test_table_one_has_every_published_method_once_with_its_mark():
    published = read_published("composite")
    methods = published.loc[published["certainty"] != "computed", "method"]
    table = claims_table()
    assert table["method"].str.replace(r" [†‡§]$", "", regex=True).tolist() == methods.tolist()
    assert {"RCN-A †", "HTNet ‡", "CausalNet"} <= set(table["method"])
    row = table.set_index("method").loc["MFDAN †"]
    assert row[["UF1 (claimed)", "UAR (computed)"]].tolist() == ["–", "–"] and row["UAR (claimed)"] == "0.869"


def test_a_choice_of_epoch_names_the_file_where_it_was_read():
    claims = read_published("claims")
    chosen = claims["epoch_choice"].isin(["last", "held-out"])
    assert claims.loc[chosen, "code"].str.fullmatch(r"[\w.-]+/[\w.-]+: .+").all()
    assert (claims.loc[claims["epoch_choice"] == "no code seen", "code"] == "").all()
    assert not (chosen & (claims["verified"] == "number only")).any()
    choices = epoch_choices()
    assert choices["CausalNet"] == "held-out (tony19980810/CausalNet: main_train.py)"
    assert choices["STSTNet"].startswith("last (christy1206/STSTNet") and choices["FRL-DGT"] == "not stated"
    assert {words.partition(" (")[0] for words in choices.values()} == set(EPOCH_CHOICE)
    assert {"EMRNet", "FGRL-AUF", "MMNet", "SKD-TSTSAN"} <= set(choices), "known without their numbers"


def test_a_method_is_cited_from_one_repository():
    both = read_published("composite").merge(read_published("claims"), on="method", suffixes=("", "_of_claim"))
    cited = both["source"].str.extract(r"repository ([\w.-]+/[\w.-]+)", expand=False)
    assert (cited == both["code"].str.partition(":")[0])[cited.notna()].all()
    assert {"CapsuleNet", "CausalNet", "STSTNet, fixed epochs"} <= set(both["method"][cited.notna()])
    assert f"github.com/{cited[both['method'] == 'CapsuleNet'].item()} " in capsule.__doc__


def test_unknown_clips_are_called_unknown():
    table = how_table().set_index("method")
    assert table.loc[["CapsuleNet", "STSTNet", "RCN-A"], "clips"].tolist() == ["435", "442", "unknown"]
    assert (table["how"].str.len() > 20).all() and set(epoch_choices()) == set(table.index)


def test_our_row_is_computed_and_says_synthetic(tmp_path):
    predictions = made_up_predictions(COMPOSITE.classes, 1.0)
    main = read_run(made_up_run(tmp_path / "study" / "syn", predictions, method="FRL-DGT"))
    own = claims_table(main).iloc[-1]
    expected = mean_scores(predictions, resamples=1).iloc[0]
    assert own["method"] == "FRL-DGT, ours (synthetic)" and own["epoch"] == "last"
    assert own[["UF1 (claimed)", "UAR (claimed)", "verified"]].tolist() == ["–", "–", "–"]
    assert own["UF1 (computed)"] == f"{expected['uf1']:.3f}*" and own["UAR (computed)"] == f"{expected['uar']:.3f}*"
    real = made_up_predictions(COMPOSITE.classes, 1.0, synthetic=False)
    own = claims_table(read_run(made_up_run(tmp_path / "study" / "real", real, synthetic=False))).iloc[-1]
    assert own["method"].endswith("(real)") and "*" not in "".join(own)


def test_our_row_has_the_name_of_the_method_that_ran(tmp_path):
    predictions = made_up_predictions(COMPOSITE.classes, 1.0, synthetic=False)
    frames = made_up_run(tmp_path / "study" / "frames", predictions, synthetic=False, method="CapsuleNet")
    maps = on_motion_maps(made_up_run(tmp_path / "study" / "maps", predictions, synthetic=False, method="STSTNet"))
    silent = made_up_run(tmp_path / "study" / "silent", predictions, synthetic=False)
    methods = [claims_table(read_run(folder))["method"].iloc[-1] for folder in (frames, maps, silent)]
    assert methods == [
        "CapsuleNet, ours (real)",
        "STSTNet on motion maps, ours (real)",
        "run study/silent, ours (real)",
    ]


def test_the_notes_explain_every_word():
    notes = claims_notes()
    assert all(f"“{word}”, {meaning}" in notes for word, meaning in {**VERIFIED, **EPOCH_CHOICE}.items())
    assert notes.startswith("CapsuleNet: 435 clips. Computed:"), "all others whose clips are known have 442"
    assert "† second-hand" in notes and "‡ recalled" in notes


def test_table_one_is_one_piece_on_a_page():
    page = page_table(claims_table().to_csv(index=False))
    latex = latex_table(page, "table-1", "Title", "", claims_notes())
    assert latex.count(r"\begin{tabular}") == 1 and "tabularx" not in latex


def test_a_published_method_that_nobody_judged_is_named(monkeypatch):
    def read(name):
        table = read_published(name)
        return table[table["method"] != "IncepTR"] if name == "claims" else table

    monkeypatch.setattr(module, "read_published", read)
    with pytest.raises(InputError, match="no row for IncepTR"):
        claims_table()


def test_faults_of_the_file_are_listed(tmp_path):
    table = pd.read_csv(manifests_dir() / FOLDER / "claims.csv", dtype=str, keep_default_na=False).head(2)
    table.loc[0, ["verified", "epoch_choice", "clips"]] = ["surely", "best", "many"]
    table.loc[1, ["full_uar", "how"]] = ["65.1", ""]
    table.to_csv(tmp_path / "claims.csv", index=False)
    with pytest.raises(InputError) as caught:
        read_published("claims", tmp_path)
    for words in ("5 fault(s)", "verified 'surely'", "epoch_choice 'best'", "clips is 'many'", "row 3: how is empty"):
        assert words in str(caught.value)
    assert "full_uar is '65.1'" in str(caught.value)

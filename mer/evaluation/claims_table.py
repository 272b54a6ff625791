"""Table 1 as a table of claims: what each method says of itself, and beside it what could be verified, and how.

The claimed numbers are those of the published table ``composite``, what was verified that of ``claims``
(`mer.evaluation.published`). "Computed" is what the predictions that a method's authors keep in public score here;
where there are none, there is nothing. A claimed UAR that is the macro precision of these predictions, and not their
UAR, says so beside the number.
"""

import pandas as pd

from mer.core.errors import InputError
from mer.evaluation.paired import mean_scores
from mer.evaluation.paper_runs import TrainedRun
from mer.evaluation.paper_tables import PART_NAMES, composite_notes
from mer.evaluation.published import EPOCH_CHOICE, MARKS, VERIFIED, read_published
from mer.evaluation.report import ALL

#: Half a unit of the third decimal, the coarsest that is claimed, and of the fourth: some claims were rounded twice.
_ROUNDING = 0.00055
#: Clips of the composite database, of which a table says nothing further.
_CLIPS = 442
_METRICS = {"uf1": "UF1", "uar": "UAR"}
_NOTHING = "–"


def epoch_choices() -> dict[str, str]:
    """How every known method chooses the epoch that it reports, in words, with the file where that was read.

    Returns:
        Method to words, such as ``held-out (tony19980810/CausalNet: main_train.py)``; the first words are one of
        `EPOCH_CHOICE`. Methods whose numbers on the composite database were not read are among them.
    """
    claims = read_published("claims")
    code = (" (" + claims["code"] + ")").where(claims["code"] != "", "")
    return dict(zip(claims["method"], claims["epoch_choice"] + code, strict=True))


def claims_table(main: TrainedRun | None = None) -> pd.DataFrame:
    """Table 1: UF1 and UAR of all clips, claimed and computed, what was verified, and the epoch that is reported.

    Args:
        main: our run, of whatever method, which gets the last row; None leaves it out.

    Returns:
        Text. Columns ``method`` (marked where others quote it), ``UF1 (claimed)``, ``UF1 (computed)``,
        ``UAR (claimed)``, ``UAR (computed)``, ``verified`` and ``epoch``; ``–`` where there is no number. Ours are
        computed from our predictions, and end in ``*`` on rendered faces. `claims_notes` explains the words.
    """
    records = []
    for _, row in _judged().iterrows():
        record = {"method": _marked(row)}
        for metric, name in _METRICS.items():
            record[f"{name} (claimed)"] = _text(row[f"full_{metric}"]) + _precision_words(row, "full", metric)
            record[f"{name} (computed)"] = _text(row[f"full_{metric}_computed"])
        records.append(record | {"verified": row["verified"], "epoch": row["epoch_choice"]})
    if main is not None:
        rows = mean_scores(main.predictions, resamples=1)
        scores = rows[rows["part"] == ALL].iloc[0]
        own = {"method": f"{main.method}, ours ({'synthetic' if main.synthetic else 'real'})"}
        for metric, name in _METRICS.items():
            own[f"{name} (claimed)"] = _NOTHING
            own[f"{name} (computed)"] = _text(scores[metric]) + ("*" if main.synthetic else "")
        records.append(own | {"verified": _NOTHING, "epoch": str(main.predictions["epoch_rule"].iloc[0])})
    return pd.DataFrame(records)


def computed_table() -> pd.DataFrame:
    """What was computed anew, part by part.

    Returns:
        A row a method and part with ``method, part``, then UF1 and UAR claimed (NaN where nothing was published) and
        computed, and the ``macro precision`` that was computed, float64.
    """
    records = []
    for _, row in _judged().dropna(subset=["full_uf1_computed"]).iterrows():
        for part, name in PART_NAMES.items():
            record: dict[str, object] = {"method": _marked(row), "part": name}
            for metric, heading in _METRICS.items():
                record[f"{heading} (claimed)"] = row[f"{part}_{metric}"]
                record[f"{heading} (computed)"] = row[f"{part}_{metric}_computed"]
            records.append(record | {"macro precision": row[f"{part}_precision"]})
    return pd.DataFrame(records)


def how_table() -> pd.DataFrame:
    """How it was verified, of all known methods: ``method, clips, epoch, code, how``; ``unknown`` where nobody says."""
    claims = read_published("claims")
    clips = [str(int(count)) if count == count else "unknown" for count in claims["clips"]]
    code = claims["code"].where(claims["code"] != "", _NOTHING)
    columns = {"method": claims["method"], "clips": clips, "epoch": claims["epoch_choice"], "code": code}
    return pd.DataFrame(columns | {"how": claims["how"]})


def claims_notes(main: TrainedRun | None = None) -> str:
    """What the words and marks of `claims_table` mean, and what our row was found on."""
    words = [f"“{name}”, {meaning}" for name, meaning in VERIFIED.items()]
    epochs = [f"“{name}”, {meaning}" for name, meaning in EPOCH_CHOICE.items()]
    judged = _judged()
    fewer = judged[judged["clips"].notna() & (judged["clips"] != _CLIPS)]
    return " ".join(
        [
            *(f"{row['method']}: {row['clips']:.0f} clips." for _, row in fewer.iterrows()),
            "Computed: here, from predictions that the method's authors keep in public (ours: from our own).",
            f"Verified: {'; '.join(words)}.",
            f"Epoch, as public code chooses the one that is reported: {'; '.join(epochs)}.",
            composite_notes(main),
        ]
    )


def _judged() -> pd.DataFrame:
    """Published rows with what is known of each; what was computed ends in ``_computed``, precision as it is.

    Rows that were themselves computed are left out: they are what is set beside the others.
    """
    published = read_published("composite")
    published = published[published["certainty"] != "computed"]
    claims = read_published("claims")
    if unknown := sorted(set(published["method"]) - set(claims["method"])):
        raise InputError(f"The table claims has no row for {', '.join(unknown)}. Add what could be verified of it.")
    return published.merge(claims, on="method", how="left", suffixes=("", "_computed"))


def _marked(row: pd.Series) -> str:
    mark = MARKS.get(row["certainty"], "")
    return f"{row['method']} {mark}".strip()


def _precision_words(row: pd.Series, part: str, metric: str) -> str:
    """Words behind a claimed UAR that is macro precision and not UAR."""
    claimed, found, precision = row[f"{part}_uar"], row[f"{part}_uar_computed"], row[f"{part}_precision"]
    wrong = metric == "uar" and abs(claimed - found) > _ROUNDING >= abs(claimed - precision)
    return ", macro precision" if wrong else ""


def _text(value: float) -> str:
    return f"{value:.3f}" if value == value else _NOTHING

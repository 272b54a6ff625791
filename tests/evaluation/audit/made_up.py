"""Predictions of the 442 clips, made up so that their counts are those of STSTNet's log, and files of them."""

from pathlib import Path

import numpy as np
import pandas as pd

from mer.manifest.composite import read_composite
from mer.manifest.labels import COMPOSITE
from tests.evaluation.test_metrics import STSTNET

#: What STSTNet's authors published as UF1 and UAR.
PUBLISHED = ("0.7353", "0.7605")


def like_ststnet() -> pd.DataFrame:
    """``database, subject, clip, label, predicted`` of all clips; which clip got which prediction is made up."""
    clips = read_composite()[["database", "subject", "clip", "label"]].assign(predicted="")
    for database, counts in STSTNET.items():
        for label, row in zip(COMPOSITE.classes, counts, strict=True):
            these = (clips["database"] == database) & (clips["label"] == label)
            clips.loc[these, "predicted"] = np.repeat(COMPOSITE.classes, row)
    return clips


def officially_spelled(clips: pd.DataFrame) -> pd.DataFrame:
    """The names as the challenge's list has them: SMIC ``s01_ne_01``, SAMM subject ``6``; numbers for classes."""
    clips = clips.copy()
    smic, samm = clips["database"] == "smic", clips["database"] == "samm"
    numbers = clips.loc[smic, "subject"].str[1:].str.zfill(2)
    clips.loc[smic, "clip"] = "s" + numbers + "_" + clips.loc[smic, "clip"].str.split("_", n=1).str[1]
    clips.loc[smic, "subject"] = "s" + numbers
    clips.loc[samm, "subject"] = clips.loc[samm, "subject"].str.lstrip("0")
    for column in ("label", "predicted"):
        clips[column] = clips[column].map(COMPOSITE.index).astype(str)
    return clips


def clip_log(clips: pd.DataFrame) -> str:
    """A log of the form of STSTNet's: a line a person, then a line a clip."""
    lines = []
    for (database, subject), group in clips.groupby(["database", "subject"], sort=False):
        lines.append(f"{database} {subject}")
        lines += [" ".join(row) for row in group[["clip", "label", "predicted"]].itertuples(index=False)]
    return "\n".join(lines)


def fold_log(clips: pd.DataFrame, kind: str = "Predicted   ") -> str:
    """A log of the form that STSTNet's, HTNet's and CausalNet's scripts print; subjects as on the challenge's list."""
    text = "lr=0.000050, epochs=800, device=cuda\n\n"
    for (database, subject), group in clips.groupby(["database", "subject"], sort=False):
        name = subject.zfill(3) if database == "samm" else subject
        lists = [f"[{', '.join(group[column])}]" for column in ("predicted", "label")]
        text += f"Subject: {name} \n{kind}: {lists[0]} \nGround Truth: {lists[1]} \nUF1: 0.5185 | UAR: nan \n"
    return text + "Final Evaluation: \n"


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    """A text file."""
    path.write_text(text, encoding=encoding)
    return path

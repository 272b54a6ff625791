"""What a run said of the parts that its models could have had (`mer.training.maps_choice`), as a table and in words."""

from pathlib import Path

import numpy as np
import pandas as pd

from mer.core.csv_text import read_csv_text
from mer.core.errors import InputError
from mer.core.finished_run import checked
from mer.training.maps_choice import CHOICES


def choices_table(run_folder: Path) -> pd.DataFrame:
    """UAR of each candidate (rows) among the training people of each group of folds (columns), the chosen one marked.

    Raises:
        InputError: the run chose nothing.
    """
    if not checked(run_folder / CHOICES).is_file():
        raise InputError(f"{run_folder} has no {CHOICES}: nothing was chosen in that run (choice.candidates).")
    read = read_csv_text(run_folder / CHOICES)
    read["words"] = read["uar"].map("{:.3f}".format) + np.where(read["chosen"], " *", "")
    wide = read.pivot(index="candidate", columns="group", values="words")
    wide.columns = [f"group {group}" for group in wide.columns]
    return wide.loc[read["candidate"].unique()].reset_index()


def choices_words(run_folder: Path) -> str:
    """What the table of the choices says, in a caption's words."""
    read = read_csv_text(run_folder / CHOICES)
    first = read.drop_duplicates("group")
    ends = (sorted({first[name].min(), first[name].max()}) for name in ("persons", "folds"))
    persons, folds = (" to ".join(map(str, one)) for one in ends)
    return (
        f"UAR of each candidate on the clips of {persons} people who train all folds of a group ({folds} folds), told "
        "by models of other such people; * is taken for the group. The list of candidates was itself written on 51 of "
        "the 68 people of MEGC2019, so a score on all 68 is a little kind; see that of the others."
    )

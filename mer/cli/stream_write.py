"""What ``mer stream --out`` writes: a table with a row a frame, the figure, and the summary as JSON."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from mer.cli.stream_words import models_asked, named, onset_age
from mer.core.csv_text import csv_text
from mer.core.files import write_json, write_text
from mer.evaluation.data_terms import TERMS_FILE
from mer.figures.save import write_figure
from mer.figures.stream import stream_figure

if TYPE_CHECKING:
    from mer.face.stream_source import StreamSource
    from mer.training.stream import Streamed

_DIGITS = {"time_s": 4, "model_ms": 2, "delay_ms": 2}
_OF_LIVE = ["delay_ms", "late"]


def write_stream(found: "Streamed", source: "StreamSource", about: dict[str, Any], out: Path) -> str:
    """Write ``stream.csv``, ``stream.json``, ``terms.txt`` and ``figures/stream.*``; a sentence on what was written.

    Frames of a folder are called by the numbers in their names. Delay and late answers are there only of a stream that
    was played in real time: of others they would say how long a frame waited for its turn.

    Raises:
        InputError: the folder cannot be written.
    """
    table = stream_table(found, source)
    files = write_figure(
        stream_figure(
            table,
            synthetic=about["trained_on_synthetic"],
            title=f"{source.name}, frame by frame",
            late_ms=about.get("late_after_ms"),
            seconds="seconds" + (f" ({source.fps:g} frames a second assumed)" if source.fps_from == "assumed" else ""),
        ),
        "stream",
        out / "figures",
        {
            "title": f"What the models say of {source.name}, frame by frame",
            "caption": f"{_caption(about)} {about['terms']}".strip(),
            "alt": f"Scores of the classes over {len(table) / source.fps:.1f} seconds; highest in shares of the "
            "frames: " + ", ".join(f"{name} {share:.2f}" for name, share in about["share_of_frames"].items()),
            "terms": about["terms"],
        },
        table.drop(columns="model_ms"),
    )
    if about["terms"]:
        write_text(out / TERMS_FILE, about["terms"] + "\n")
    write_text(out / "stream.csv", csv_text(table))
    write_json(out / "stream.json", about)
    return f"Table: {out / 'stream.csv'}; summary: {out / 'stream.json'}; figure: {files.png}"


def stream_table(found: "Streamed", source: "StreamSource") -> pd.DataFrame:
    """The table of a stream as it is written: rounded, ``frame`` and ``onset`` as the files call them."""
    table = found.table.drop(columns=[] if found.real_time else _OF_LIVE)
    for column in ("frame", "onset"):
        numbers = [None if k is None or k != k else named(source, int(k)) for k in table[column]]
        table[column] = pd.array(numbers, dtype="Int64")
    table["model_ms"] = table["model_ms"].where(table["predicted"] != "")  # of what was never asked
    scores = [name for name in table.columns if name.startswith("score_")]
    return table.round({**_DIGITS, **dict.fromkeys(scores, 6)})


def _caption(about: dict[str, Any]) -> str:
    delay = "Below: the delay of each answer in real time. " if about["real_time"] else ""
    return (
        f"Scores of each frame by {models_asked(about)} of {about['run']}, against an onset that moves on with it "
        f"({onset_age(about['fps'])} before); where it moves on, a curve may jump. {delay}" + " ".join(about["caveats"])
    )

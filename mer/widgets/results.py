"""Look through the results of a run: a plane of its features, the clips behind a lasso, what the model saw in one."""

import html
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import ipywidgets
import numpy as np
import pandas as pd

from mer.core.errors import InputError
from mer.evaluation.predictions import read_predictions, score_classes
from mer.figures.features import features_table, umap_coordinates
from mer.figures.save import run_folder
from mer.figures.style import any_synthetic, class_palette, database_label, ordered_classes, title_with_source
from mer.widgets import render

_SHOWN_ROWS = 40
_SYMBOLS = {True: "circle", False: "x"}


def explore_results(run: Any, features: pd.DataFrame | None = None) -> ipywidgets.VBox:
    """Interactive view of a finished run; a message in its place when the run keeps no predictions or arrays.

    Args:
        run: the run's folder, or an object with ``folder`` or ``path``.
        features: points of the plane (`mer.figures.features.features_table`) when they were computed before.
    """
    folder = run_folder(run)
    try:
        predictions = read_predictions(folder / "predictions.csv")
    except InputError as error:
        return ipywidgets.VBox([_message(f"No results to show yet. {error}")])
    arrays = read_arrays(folder)
    if "embedding" not in arrays or len(arrays["embedding"]) != len(predictions):
        words = f"{folder / 'arrays' / 'clips.npz'} holds no embedding of these clips. Train again to explore them."
        return ipywidgets.VBox([_message(words), ipywidgets.HTML(clips_html(predictions), layout=_scrolled())])
    if features is None or len(features) != len(predictions):
        features = plane(folder, predictions, arrays["embedding"])
    return ResultsExplorer(predictions, arrays, features)


def read_arrays(folder: Path) -> dict[str, np.ndarray]:
    """The arrays of a run's ``arrays/clips.npz`` by name; none when the file is missing or broken."""
    path = folder / "arrays" / "clips.npz"
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except (OSError, ValueError, EOFError, BadZipFile):
        return {}


def plane(folder: Path, predictions: pd.DataFrame, embedding: np.ndarray) -> pd.DataFrame:
    """`features_table` of the run: the one its figure was drawn from when that lies in the folder, else computed."""
    path = folder / "figures" / "features.csv"
    if path.is_file():
        kept = pd.read_csv(path, dtype={"database": str, "subject": str, "clip": str}, keep_default_na=False)
        key = ["database", "subject", "clip"]
        same = {"x", "y", *key} <= set(kept.columns) and kept[key].values.tolist() == predictions[key].values.tolist()
        if same:
            return features_table(predictions, kept[["x", "y"]].to_numpy(dtype=float))
    return features_table(predictions, umap_coordinates(embedding))


def clips_html(predictions: pd.DataFrame) -> str:
    """Clips as an HTML table: key, true and predicted class, probability of the predicted one; wrong ones marked."""
    shown = predictions.head(_SHOWN_ROWS)
    rows = []
    for _, row in shown.iterrows():
        score = row.get(f"score_{row['predicted']}", np.nan)
        mark = "" if row["label"] == row["predicted"] else " ✗"
        cells = [
            row["database"],
            row["subject"],
            row["clip"],
            row["label"],
            f"{row['predicted']}{mark}",
            f"{score:.2f}",
        ]
        rows.append("<tr>" + "".join(f"<td>{html.escape(str(cell))}</td>" for cell in cells) + "</tr>")
    heads = ("database", "subject", "clip", "class", "predicted (✗ wrong)", "probability")
    more = f"<p>and {len(predictions) - len(shown)} more</p>" if len(predictions) > len(shown) else ""
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>{more}"


class ResultsExplorer(ipywidgets.VBox):
    """The widget of `explore_results`: ``clip`` chooses by keyboard, ``plot`` by mouse; a lasso fills ``table``."""

    def __init__(self, predictions: pd.DataFrame, arrays: dict[str, np.ndarray], table: pd.DataFrame) -> None:
        import plotly.graph_objects as go

        self.predictions, self.arrays = predictions, arrays
        self.selected: dict[str, list[int]] = {}
        self.plot = go.FigureWidget()
        palette = class_palette(ordered_classes(table["label"]))
        for label, colour in palette.items():
            rows = np.flatnonzero(table["label"] == label)
            part = table.iloc[rows]
            trace = go.Scatter(
                x=part["x"],
                y=part["y"],
                mode="markers",
                name=label,
                customdata=rows,
                text=[_hover(row) for _, row in part.iterrows()],
                hovertemplate="%{text}<extra></extra>",
                marker={
                    "color": colour,
                    "size": 8,
                    "symbol": [_SYMBOLS[bool(right)] for right in part["label"] == part["predicted"]],
                    "line": {"width": 0.5, "color": "white"},
                },
            )
            self.plot.add_trace(trace)
        for trace in self.plot.data:
            trace.on_selection(self._lasso)
            trace.on_click(self._click)
        rules = ", ".join(dict.fromkeys(predictions["epoch_rule"]))
        title = title_with_source("Features of the test clips, UMAP", any_synthetic(table["database"]))
        title += f"<br><sup>epoch rule: {rules}; ✕ is predicted wrong</sup>"
        self.plot.update_layout(
            title={"text": title, "font": {"size": 14}},
            template="plotly_white",
            dragmode="lasso",
            height=420,
            margin={"l": 10, "r": 10, "t": 56, "b": 10},
            legend={"title": {"text": "class"}},
            xaxis={"showticklabels": False, "zeroline": False},
            yaxis={"showticklabels": False, "zeroline": False, "scaleanchor": "x"},
        )
        names = [(_name(row), position) for position, (_, row) in enumerate(predictions.iterrows())]
        self.clip = ipywidgets.Dropdown(
            description="Clip",
            options=names,
            layout=ipywidgets.Layout(width="520px", max_width="100%"),
            style={"description_width": "84px"},
        )
        self.strip = ipywidgets.Image(format="png", layout=ipywidgets.Layout(max_width="100%"))
        self.caption = ipywidgets.HTML()
        self.table = ipywidgets.HTML(
            "Draw a lasso around points to list their clips; a click shows one.", layout=_scrolled()
        )
        self.clip.observe(self._show, "value")
        super().__init__([self.plot, self.clip, self.strip, self.caption, self.table])
        self._show()

    def choose(self, rows: list[int]) -> None:
        """List the clips of these rows of the predictions, as a lasso does."""
        if not rows:
            self.table.value = "No clip inside the lasso. Draw around some points, or double-click to start again."
            return
        chosen = self.predictions.iloc[sorted(rows)]
        right = int((chosen["label"] == chosen["predicted"]).sum())
        self.table.value = f"<p>{len(chosen)} clips, {right} predicted right.</p>{clips_html(chosen)}"

    def _lasso(self, trace: Any, points: Any, _selector: Any) -> None:
        self.selected[trace.name] = [int(trace.customdata[point]) for point in points.point_inds]
        self.choose([row for rows in self.selected.values() for row in rows])

    def _click(self, trace: Any, points: Any, _state: Any) -> None:
        if points.point_inds:
            self.clip.value = int(trace.customdata[points.point_inds[0]])

    def _show(self, _change: object = None) -> None:
        index = self.clip.value
        row = self.predictions.iloc[index]
        pictures, heads = self._pictures(index)
        if pictures:
            self.strip.value = render.png(render.side_by_side(pictures))
            self.strip.layout.display = ""
        else:
            self.strip.layout.display = "none"
        scores = ", ".join(f"{name} {row[f'score_{name}']:.2f}" for name in score_classes(self.predictions))
        words = f"From the left: {', '.join(heads)}." if heads else "The run keeps no pictures of its clips."
        verdict = "right" if row["label"] == row["predicted"] else "wrong"
        self.caption.value = (
            f"<b>{html.escape(_name(row))}</b><br>{html.escape(words)}<br>"
            f"true {html.escape(row['label'])}, predicted {html.escape(row['predicted'])} ({verdict}); {scores}"
        )

    def _pictures(self, index: int) -> tuple[list[np.ndarray], list[str]]:
        side, arrays = 230, self.arrays
        pictures: list[np.ndarray] = []
        heads: list[str] = []
        for name in ("onset", "apex"):
            if name in arrays:
                pictures.append(render.face(arrays[name][index], side))
                heads.append(name)
        if "displacement" in arrays:
            picture, scale = render.motion(arrays["displacement"][index], side)
            pictures.append(picture)
            heads.append(f"generated motion (full colour {scale:.2g} px)")
        if {"onset", "boxes", "weights_local"} <= set(arrays):
            weights = arrays["weights_local"][index].astype(float).mean(axis=1)
            pictures.append(render.local_weights(arrays["onset"][index], weights, arrays["boxes"][index], side))
            heads.append("local fusion weights")
        return pictures, heads


def _scrolled() -> ipywidgets.Layout:
    return ipywidgets.Layout(max_height="320px", overflow="auto")


def _message(words: str) -> ipywidgets.HTML:
    return ipywidgets.HTML(f"<p><b>{html.escape(words)}</b></p>")


def _name(row: pd.Series) -> str:
    return f"{row['database']} / {row['subject']} / {row['clip']} ({row['label']})"


def _hover(row: pd.Series) -> str:
    database = html.escape(database_label(row["database"]))
    key = f"{database}, {html.escape(str(row['subject']))}, {html.escape(str(row['clip']))}"
    return f"{key}<br>{html.escape(row['label'])}, predicted {html.escape(row['predicted'])}"

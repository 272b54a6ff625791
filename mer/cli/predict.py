"""``mer predict``: what the models of a run say of a pair of images."""

import json
from pathlib import Path

from mer.core.errors import MissingPath
from mer.core.files import read_json
from mer.datasets.frames import read_frame


def predict_files(onset: Path, apex: Path, run_folder: Path, as_json: bool = False) -> str:
    """Class scores of two image files, best class first.

    Raises:
        MissingPath: an image or the run's weights are missing.
        InputError: no face, several faces, or images of different size.
    """
    for path in (onset, apex, run_folder):
        if not path.exists():
            raise MissingPath(f"{path} does not exist.")
    from mer.training.predict import predict_pair

    found = predict_pair(run_folder, read_frame(onset), read_frame(apex))
    ranked = sorted(found.scores.items(), key=lambda pair: -pair[1])
    summary = run_folder / "summary.json"
    synthetic = summary.is_file() and bool(read_json(summary).get("synthetic"))
    if as_json:
        return json.dumps({"scores": dict(ranked), "models": found.models, "trained_on_synthetic": synthetic}, indent=2)
    lines = [f"{name:<12} {score:.3f}" for name, score in ranked]
    lines.append(f"Mean of {found.models} models of {run_folder}.")
    if synthetic:
        lines.append("They were trained on synthetic faces: the scores say nothing about a real person.")
    return "\n".join(lines)

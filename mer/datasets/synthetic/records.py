"""What the generator recorded of its clips: what else moves in them, and how far the expression does."""

from typing import Any

import numpy as np
import pandas as pd

from mer.core.files import read_json
from mer.datasets.database import Database
from mer.manifest.clips import clip_key

#: Columns of `clip_records`.
RECORDED = ("peak_px", "blink", "gaze", "head_drift_px", "light_change")
_BETWEEN_KEY_FRAMES = ("head_drift_px", "light_change")


def clip_records(database: Database, clips: pd.DataFrame) -> pd.DataFrame:
    """What is known of clips besides their class, from the record that each rendered clip carries.

    Args:
        database: where the clips lie.
        clips: rows with the columns ``database``, ``subject``, ``clip`` and ``frames`` of the clip table.

    Returns:
        One row a clip, index 0..n-1, NaN where nobody knows (real clips): ``peak_px``, the expression's largest
        displacement in raw pixels; ``blink``, how far the lids close at most during the clip, 0 to 1; ``gaze``, size of
        a saccade in face-unit weight; ``head_drift_px``, shift of the head from onset to apex, raw pixels;
        ``light_change``, change of all lamps from onset to apex as a share. The last two are not known of a clip whose
        onset or apex a user moved.
    """
    rows = [_record(database, row) for _, row in clips.iterrows()]
    return pd.DataFrame(rows, columns=list(RECORDED), index=range(len(rows))).astype(float)


def _record(database: Database, row: pd.Series) -> dict[str, Any]:
    path = database.folder(row) / "meta.json"
    if not database.synthetic or not path.is_file():
        return {}
    content = read_json(path)
    found = content.get("distractors", {}) | {"peak_px": content.get("peak_px", np.nan)}
    if clip_key(row) in database.moved:
        found = {name: value for name, value in found.items() if name not in _BETWEEN_KEY_FRAMES}
    return found | {"gaze": float(np.hypot(*found["gaze"])) if "gaze" in found else np.nan}

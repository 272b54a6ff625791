"""What happens during a clip: the expression's course and what disturbs it (blink, gaze, head, light).

Everything but the expression is drawn without looking at the class.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

#: Slowest and fastest parts of a pose: yaw, pitch, roll (radians), x, y (pixels).
POSE = ("yaw", "pitch", "roll", "x", "y")


@dataclass(frozen=True)
class Course:
    """A clip frame by frame, ``t`` frames.

    Attributes:
        envelope: float64 (t,), the expression from 0 (onset) to 1 (apex) and back.
        units: float64 (t, units), face-unit weights of the distractors (blink and gaze).
        pose: float64 (t, 5), change of the head's pose against the subject's own, see POSE.
        light: float64 (t, lamps), factor on each lamp.
        distractors: what was drawn, for the clip's record.
    """

    envelope: np.ndarray
    units: np.ndarray
    pose: np.ndarray
    light: np.ndarray
    distractors: dict[str, Any]


def expression_envelope(frames: int, onset: int, apex: int, offset: int, draw: np.random.Generator) -> np.ndarray:
    """Course of the expression: zero up to the onset, one at the apex, nearly gone at the offset."""
    number = np.arange(frames)
    rise = np.clip((number - onset) / (apex - onset), 0, 1)
    fall = np.clip((number - apex) / (offset - apex), 0, 1)
    rest = draw.uniform(0.0, 0.15)
    up = (0.5 - 0.5 * np.cos(np.pi * rise)) ** draw.uniform(0.8, 1.4)
    down = (0.5 + 0.5 * np.cos(np.pi * fall)) ** draw.uniform(0.8, 1.4)
    return np.where(number <= apex, up, rest + (1 - rest) * down)


def draw_course(
    frames: int,
    onset: int,
    apex: int,
    offset: int,
    fps: float,
    lamps: int,
    flicker: float,
    unit_names: tuple[str, ...],
    draw: np.random.Generator,
) -> Course:
    """A clip's course; frame numbers count from the first rendered frame."""
    seconds = np.arange(frames) / fps
    apex_time = (apex - onset) / fps
    envelope = expression_envelope(frames, onset, apex, offset, draw)
    units = np.zeros((frames, len(unit_names)))
    blink = _blink(units, seconds, unit_names, draw)
    gaze = _gaze(units, seconds, unit_names, draw)
    since_onset = (seconds - onset / fps) / apex_time  # 0 at the onset, 1 at the apex
    pose, drift = _drift(since_onset, seconds, draw)
    light, drop = _light(since_onset, seconds, lamps, flicker, draw)
    record = {"blink": blink, "gaze": gaze, "head_drift_px": drift, "light_change": drop}
    return Course(envelope, units, pose, light, record)


def _blink(units: np.ndarray, seconds: np.ndarray, names: tuple[str, ...], draw: np.random.Generator) -> float:
    """Half of a blink or a whole one, in about a quarter of the clips. Returns how far the lids close (0 none)."""
    happens, depth = draw.random() < 0.25, draw.uniform(0.1, 1.0)
    centre, length = draw.uniform(0, seconds[-1]), draw.uniform(0.10, 0.22)
    if not happens:
        return 0.0
    course = depth * np.exp(-(((seconds - centre) / (length / 3)) ** 2))
    for side in ("Left", "Right"):
        units[:, names.index(f"eyeBlink{side}")] += course * draw.uniform(0.92, 1.0)
    return float(depth)


def _gaze(units: np.ndarray, seconds: np.ndarray, names: tuple[str, ...], draw: np.random.Generator) -> list[float]:
    """A small saccade in about a third of the clips. Returns its size (right, up) as face-unit weights."""
    happens = draw.random() < 0.35
    right, up = draw.normal(0, 0.16), draw.normal(0, 0.10)
    moment, length = draw.uniform(0, seconds[-1]), draw.uniform(0.02, 0.05)
    if not happens:
        return [0.0, 0.0]
    course = 1 / (1 + np.exp(-(seconds - moment) / (length / 6)))
    across = ("eyeLookInLeft", "eyeLookOutRight") if right > 0 else ("eyeLookOutLeft", "eyeLookInRight")
    along = ("eyeLookUpLeft", "eyeLookUpRight") if up > 0 else ("eyeLookDownLeft", "eyeLookDownRight")
    for name in across:
        units[:, names.index(name)] += abs(right) * course
    for name in along:
        units[:, names.index(name)] += abs(up) * course
    return [float(right), float(up)]


def _drift(since_onset: np.ndarray, seconds: np.ndarray, draw: np.random.Generator) -> tuple[np.ndarray, float]:
    """Slow rigid movement of the head, and a little tremor. Returns the pose and the shift onset to apex in pixels."""
    shift, angle = draw.uniform(0.3, 1.3), draw.uniform(0, 2 * np.pi)
    size = np.array([*draw.normal(0, 0.0055, 3), shift * np.cos(angle), shift * np.sin(angle)])
    bend = draw.uniform(-0.25, 0.25, 5)
    path = since_onset[:, None] + bend * np.sin(np.pi * since_onset[:, None])
    tremor_size = np.array([0.0002, 0.0002, 0.0002, 0.02, 0.02])
    tremor = tremor_size * np.sin(2 * np.pi * draw.uniform(4, 9, 5) * seconds[:, None] + draw.uniform(0, 6.28, 5))
    return size * path + tremor, float(shift)


def _light(
    since_onset: np.ndarray, seconds: np.ndarray, lamps: int, flicker: float, draw: np.random.Generator
) -> tuple[np.ndarray, float]:
    """Slow change of all lamps and of each, and their flicker. Returns factors and the change of all, onset to apex."""
    common, each = draw.normal(0, 0.04), draw.normal(0, 0.04, lamps)
    path = np.tanh(since_onset)[:, None] / np.tanh(1.0)
    wave = flicker * np.sin(2 * np.pi * draw.uniform(20, 45) * seconds[:, None] + draw.uniform(0, 6.28))
    return (1 + (common + each) * path) * (1 + wave), float(common)

"""Three recording set-ups that stand for the three databases of the composite one."""

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class Look:
    """How one synthetic database was "recorded".

    Attributes:
        database: value of the clip table's ``database`` column.
        folder: folder of its clips below the root.
        fps: frames a second.
        grey: a monochrome camera.
        lamps: azimuth, elevation (radians) and strength of each lamp.
        lamp_spread: how much the lamps differ between subjects, radians.
        ambient: least and greatest light from all around.
        read_noise, shot_noise: sensor noise, standard deviation on a scale of 0 to 1: constant, and at full brightness.
        blur: point spread of the lens, standard deviation in pixels.
        flicker: amplitude of the lamps' fast flicker, relative.
        onset_to_apex, apex_to_offset: range of durations, seconds.
        emotions: clips are drawn by emotion, as in a release; what class one becomes is for the labels to say.
    """

    database: str
    folder: str
    fps: float
    grey: bool
    lamps: tuple[tuple[float, float, float], ...]
    lamp_spread: float
    ambient: tuple[float, float]
    read_noise: float
    shot_noise: float
    blur: float
    flicker: float
    onset_to_apex: tuple[float, float] = (0.085, 0.16)
    apex_to_offset: tuple[float, float] = (0.085, 0.17)
    emotions: bool = False


_COMPOSITE: dict[str, Look] = {
    look.database: look
    for look in (
        Look(
            database="synthetic-casme2",
            folder="casme2",
            fps=200.0,
            grey=False,
            lamps=((-0.6, 0.35, 0.6), (0.6, 0.35, 0.6), (-0.2, 0.1, 0.28), (0.3, 0.6, 0.33)),
            lamp_spread=0.12,
            ambient=(0.22, 0.36),
            read_noise=0.0030,
            shot_noise=0.010,
            blur=0.55,
            flicker=0.002,
        ),
        Look(
            database="synthetic-samm",
            folder="samm",
            fps=200.0,
            grey=True,
            lamps=((-0.75, 0.35, 1.25), (0.45, 0.15, 0.40)),
            lamp_spread=0.25,
            ambient=(0.20, 0.32),
            read_noise=0.0025,
            shot_noise=0.008,
            blur=0.60,
            flicker=0.002,
        ),
        Look(
            database="synthetic-smic",
            folder="smic",
            fps=100.0,
            grey=False,
            lamps=((0.2, 0.75, 0.95), (-0.7, 0.25, 0.35), (0.0, -0.2, 0.20)),
            lamp_spread=0.35,
            ambient=(0.28, 0.42),
            read_noise=0.0050,
            shot_noise=0.015,
            blur=0.70,
            flicker=0.006,
        ),
    )
}

#: The looks of the composite database.
COMPOSITE_LOOKS = tuple(_COMPOSITE)
#: Clips drawn by emotion in the set-up of CASME II, other people.
EMOTIONS_LOOK = "synthetic-emotions"
LOOKS: dict[str, Look] = _COMPOSITE | {
    EMOTIONS_LOOK: replace(_COMPOSITE["synthetic-casme2"], database=EMOTIONS_LOOK, emotions=True)
}


@dataclass(frozen=True)
class Studio:
    """Lamps and backdrop of one subject's session.

    Attributes:
        directions: float64 (k, 3), unit vectors towards the lamps.
        colours: float64 (k, 3).
        ambient: light from all around.
        backdrop: float32 (size, size, 3), linear light.
    """

    directions: np.ndarray
    colours: np.ndarray
    ambient: float
    backdrop: np.ndarray


def set_up(look: Look, size: int, draw: np.random.Generator) -> Studio:
    """Lamps and backdrop of a session, drawn around those of the look."""
    lamps = np.array(look.lamps)
    if look.grey and draw.random() < 0.5:
        lamps[:, 0] *= -1  # the key light stands on the other side
    azimuth = lamps[:, 0] + draw.normal(0, look.lamp_spread, len(lamps))
    elevation = lamps[:, 1] + draw.normal(0, look.lamp_spread / 2, len(lamps))
    directions = np.stack(
        [np.sin(azimuth) * np.cos(elevation), np.sin(elevation), np.cos(azimuth) * np.cos(elevation)], axis=1
    )
    warmth = 1 + draw.normal(0, 0.06)
    colours = lamps[:, 2:] * (1 + draw.normal(0, 0.1, (len(lamps), 1))) * np.array([1.03 * warmth, 1.0, 0.95 / warmth])
    rows, columns = np.mgrid[0:size, 0:size] / size
    falloff = 1 - 0.35 * np.hypot(columns - draw.uniform(0.3, 0.7), rows - 0.4)
    tint = draw.uniform(0.08, 0.5) + draw.normal(0, 0.025, 3)
    return Studio(
        directions=directions,
        colours=colours,
        ambient=float(draw.uniform(*look.ambient)),
        backdrop=(np.clip(tint, 0.02, 1) * falloff[..., None]).astype(np.float32),
    )

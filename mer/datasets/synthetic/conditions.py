"""Conditions that make the same clips harder: glasses, blinking, a head turn, low light, compression, video.

People, clips, classes, key frames and expressions are those of the plain database of the same seed; a condition changes
only what its name says. A model that was trained on the plain clips can so be tested on a person whom it never saw,
with and without the condition.

The values are chosen, not measured on recordings: strong enough to be seen at a glance, each within what a laboratory
that does not forbid it would record.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mer.core.errors import InputError, nearest
from mer.datasets.synthetic.motion import Course

#: What the plain database has.
NONE = "none"


@dataclass(frozen=True)
class Condition:
    """What differs from the plain clips.

    Attributes:
        about: one sentence.
        glasses: every person wears some (`mer.datasets.synthetic.glasses`).
        blinks: the lids close fully around the apex of every clip.
        turns: the head turns from onset to apex, by 4 to 6 degrees to one side and 1 to 3 up or down.
        stops: the light is halved this many times, at the same sensitivity of the camera.
        quality: of the JPEG files; None for the database's own.
        video_contrast: the clip goes through a lossy video, at this share of its contrast
            (`mer.datasets.synthetic.lossy_video`); None for no video.
    """

    about: str
    glasses: bool = False
    blinks: bool = False
    turns: bool = False
    stops: float = 0.0
    quality: int | None = None
    video_contrast: float | None = None

    @property
    def light(self) -> float:
        """Share of the plain clips' light."""
        return float(2**-self.stops)

    def noise(self, read: float, shot: float) -> tuple[float, float]:
        """Sensor noise (constant, at full brightness) of a look under this light, in display values.

        Read noise is constant in linear light, shot noise follows the root of the light. The display's gamma of 2.2
        turns a small change of light ``L`` into one of ``L ** (1 / 2.2 - 1)`` times as many display values, and the
        looks' shot noise is given for the root of the display value, not of the light.
        """
        steeper = self.light ** (1 / 2.2 - 1)
        shown = self.light ** (1 / 2.2)
        return read * steeper, shot * steeper * float(np.sqrt(self.light / shown))


CONDITIONS: dict[str, Condition] = {
    "glasses": Condition("Every person wears glasses in which a bright window is mirrored.", glasses=True),
    "blinking": Condition("The lids close around the apex of every clip.", blinks=True),
    "head-turn": Condition("The head turns by 4 to 6 degrees between onset and apex.", turns=True),
    "low-light": Condition("An eighth of the light, and the noise that comes with it.", stops=3.0),
    "compression": Condition("JPEG of quality 20 instead of 97.", quality=20),
    "video": Condition("A lossy video that predicts most frames from the one before.", video_contrast=0.5),
}
PLAIN = Condition("As recorded for the plain database.")


def condition_of(name: str) -> Condition:
    """The condition of that name; ``none`` is the plain one."""
    return PLAIN if name == NONE else CONDITIONS[name]


def check_conditions(names: Iterable[object]) -> None:
    """Raise InputError unless each is a condition and none stands twice."""
    listed = list(names)
    for name in listed:
        if name not in CONDITIONS:
            raise InputError(f"Condition {name!r} does not exist. {nearest(str(name), CONDITIONS)}")
        if listed.count(name) > 1:
            raise InputError(f"Condition {name!r} stands twice; give each once.")


def disturbed(
    course: Course,
    condition: Condition,
    onset: int,
    apex: int,
    fps: float,
    unit_names: tuple[str, ...],
    draw: np.random.Generator,
) -> tuple[Course, dict[str, Any]]:
    """A clip's course under a condition.

    Args:
        course: of the plain clip.
        condition: what to add.
        onset, apex: counted from the first rendered frame.
        fps: frames a second.
        unit_names: of the face units.
        draw: source of chance, used by nothing else.

    Returns:
        The course, and what was drawn, for the clip's record.
    """
    frames = np.arange(len(course.envelope))
    if condition.blinks:
        length, late = draw.uniform(0.12, 0.18), draw.normal(0, 0.004)  # seconds, from the start to the end of a blink
        closing = np.exp(-((((frames - apex) / fps - late) / (length / 3)) ** 2))
        units = course.units.copy()
        for side in ("Left", "Right"):
            at = unit_names.index(f"eyeBlink{side}")
            units[:, at] = np.maximum(units[:, at], closing)
        return replace(course, units=units), {"blink_seconds": round(float(length), 4)}
    if condition.turns:
        yaw = float(draw.uniform(4, 6) * (1 if draw.random() < 0.5 else -1))
        pitch = float(draw.uniform(1, 3) * (1 if draw.random() < 0.5 else -1))
        path = 0.5 - 0.5 * np.cos(np.pi * np.clip((frames - onset) / (apex - onset), 0, 1))
        pose = course.pose.copy()
        pose[:, :2] += np.deg2rad([yaw, pitch]) * path[:, None]
        return replace(course, pose=pose), {"yaw_degrees": round(yaw, 3), "pitch_degrees": round(pitch, 3)}
    return course, {}

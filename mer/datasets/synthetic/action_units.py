"""Which facial muscles make which class: action units, their face units, and the combinations drawn for a clip."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

#: Face units (52 shapes named as in ARKit) of one side of each action unit, with relative weights. ``*`` stands for
#: Left or Right; a name without it moves both sides.
FACE_UNITS: dict[int, dict[str, float]] = {
    1: {"browInnerUp": 1.0},
    2: {"browOuterUp*": 1.0},
    4: {"browDown*": 1.0},
    5: {"eyeWide*": 1.0},
    6: {"cheekSquint*": 1.0},
    7: {"eyeSquint*": 1.0},
    9: {"noseSneer*": 1.0},
    10: {"mouthUpperUp*": 1.0},
    12: {"mouthSmile*": 1.0},
    14: {"mouthDimple*": 1.0},
    15: {"mouthFrown*": 1.0},
    17: {"mouthShrugLower": 1.0},
    20: {"mouthStretch*": 1.0},
    24: {"mouthPress*": 1.0},
    25: {"mouthLowerDown*": 0.8, "mouthUpperUp*": 0.3},
    26: {"jawOpen": 1.0},
}


@dataclass(frozen=True)
class Combination:
    """Action units that act together.

    Attributes:
        units: AU number to relative strength.
        emotion: the word that a release would print.
        one_sided: chance that it shows on one side only (never when a unit moves both sides at once).
        weight: relative frequency within the class.
    """

    units: dict[int, float]
    emotion: str
    one_sided: float = 0.0
    weight: float = 1.0


COMBINATIONS: dict[str, tuple[Combination, ...]] = {
    "negative": (
        Combination({4: 1.0}, "others", 0.1, 2.0),
        Combination({4: 1.0, 7: 0.6}, "disgust", 0.1, 2.0),
        Combination({4: 0.8, 9: 1.0}, "disgust", 0.0, 1.5),
        Combination({9: 1.0}, "disgust", 0.2),
        Combination({10: 1.0}, "disgust", 0.3),
        Combination({9: 1.0, 10: 0.8}, "disgust", 0.1),
        Combination({15: 1.0}, "sadness", 0.3),
        Combination({15: 1.0, 17: 0.7}, "sadness"),
        Combination({14: 1.0}, "contempt", 0.6, 1.2),
        Combination({7: 1.0}, "anger", 0.1, 0.8),
        Combination({4: 1.0, 24: 0.8}, "anger", 0.0, 0.8),
        Combination({20: 1.0}, "fear", 0.1, 0.7),
        Combination({1: 0.8, 4: 1.0}, "sadness", 0.0, 0.8),
        Combination({17: 1.0}, "repression", 0.0, 0.6),
    ),
    "positive": (
        Combination({12: 1.0}, "happiness", 0.35, 2.0),
        Combination({6: 0.6, 12: 1.0}, "happiness", 0.1, 2.0),
        Combination({12: 1.0, 25: 0.5}, "happiness", 0.0, 1.0),
        Combination({6: 1.0, 12: 0.5}, "happiness", 0.0, 0.6),
    ),
    "surprise": (
        Combination({1: 1.0, 2: 1.0}, "surprise", 0.0, 2.0),
        Combination({1: 0.8, 2: 1.0, 5: 0.7}, "surprise", 0.0, 1.5),
        Combination({5: 1.0}, "surprise", 0.0, 0.7),
        Combination({2: 1.0}, "surprise", 0.3, 0.6),
        Combination({1: 1.0, 2: 0.9, 25: 0.5}, "surprise", 0.0, 1.0),
        Combination({1: 0.9, 2: 0.9, 26: 0.6}, "surprise", 0.0, 1.0),
        Combination({5: 0.9, 26: 0.8}, "surprise", 0.0, 0.6),
    ),
}


@dataclass(frozen=True)
class Expression:
    """What a clip's face does.

    Attributes:
        action_units: as in the clip table, ``4+7`` or ``L14``; L is the subject's left.
        emotion: word of the release.
        weights: float64 (units,), relative weight of each face unit, to be scaled to the clip's peak.
    """

    action_units: str
    emotion: str
    weights: np.ndarray


def draw_expression(
    label: str,
    unit_names: tuple[str, ...],
    reach: np.ndarray,
    draw: np.random.Generator,
    among: Mapping[str, Sequence[Combination]] = COMBINATIONS,
) -> Expression:
    """A combination of the class, with strengths and asymmetry.

    Args:
        label: class or emotion, a key of ``among``.
        unit_names: names of the face units, in the order of the weights.
        reach: greatest movement that each unit makes at weight 1, so that a strength means movement, not weight.
        draw: source of chance.
        among: the combinations of each class or emotion.
    """
    choices = among[label]
    share = np.array([choice.weight for choice in choices])
    chosen = choices[int(draw.choice(len(choices), p=share / share.sum()))]
    side = ""
    if draw.random() < chosen.one_sided:
        side = "L" if draw.random() < 0.5 else "R"
    lean = float(np.clip(draw.normal(0, 0.18), -0.4, 0.4))
    sides = {"Left": 1 + lean, "Right": 1 - lean}
    if side:
        sides["Right" if side == "L" else "Left"] = 0.0
    weights = np.zeros(len(unit_names))
    for unit, strength in chosen.units.items():
        strength *= float(np.exp(draw.normal(0, 0.25)))
        for name, part in FACE_UNITS[unit].items():
            for word, factor in sides.items() if "*" in name else (("", 1.0),):
                at = unit_names.index(name.replace("*", word))
                weights[at] += strength * part * factor / reach[at]
    text = "+".join(f"{side}{unit}" for unit in sorted(chosen.units))
    return Expression(text, chosen.emotion, weights)

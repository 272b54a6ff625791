"""The emotions of CASME II: how often each occurs, and which action units show it.

Frequencies are those of the release's coding sheet without sadness and fear (Yan et al. 2014). The combinations follow
what the sheet has of each emotion; shares are rounded. As there, emotions overlap: a lowered brow alone is mostly coded
``others`` and now and then disgust, a dimple may be a smile or a repressed one.
"""

from mer.datasets.synthetic.action_units import Combination

#: Clips of each emotion in CASME II.
COUNTS: dict[str, int] = {"others": 99, "disgust": 63, "happiness": 32, "repression": 27, "surprise": 25}


def _all(emotion: str, *choices: tuple[dict[int, float], float, float]) -> tuple[Combination, ...]:
    """Combinations of an emotion from units, chance of one side, relative frequency."""
    return tuple(Combination(units, emotion, one_sided, weight) for units, one_sided, weight in choices)


EMOTIONS: dict[str, tuple[Combination, ...]] = {
    "others": _all(
        "others",
        ({4: 1.0}, 0.05, 4.0),
        ({4: 1.0, 24: 0.8}, 0.0, 1.5),
        ({1: 0.8, 4: 1.0}, 0.0, 1.0),
        ({14: 1.0}, 0.6, 1.0),
        ({4: 1.0, 7: 0.6}, 0.0, 0.7),
        ({20: 1.0}, 0.1, 0.7),
        ({24: 1.0}, 0.0, 0.7),
        ({17: 1.0}, 0.0, 0.5),
        ({5: 1.0}, 0.0, 0.4),
    ),
    "disgust": _all(
        "disgust",
        ({4: 1.0, 7: 0.7}, 0.0, 4.0),
        ({4: 0.8, 10: 1.0}, 0.1, 1.5),
        ({4: 0.8, 9: 1.0}, 0.0, 1.5),
        ({4: 1.0}, 0.0, 1.2),
        ({10: 1.0}, 0.3, 1.0),
        ({9: 1.0}, 0.1, 1.0),
        ({9: 1.0, 10: 0.8}, 0.0, 0.8),
        ({6: 0.7, 7: 1.0}, 0.0, 0.8),
    ),
    "happiness": _all(
        "happiness",
        ({12: 1.0}, 0.5, 4.0),
        ({6: 0.6, 12: 1.0}, 0.1, 1.5),
        ({14: 1.0}, 0.3, 0.6),
        ({12: 1.0, 25: 0.5}, 0.0, 0.6),
        ({12: 1.0, 15: 0.6}, 0.0, 0.4),
    ),
    "repression": _all(
        "repression",
        ({17: 1.0}, 0.0, 3.0),
        ({15: 1.0}, 0.1, 2.0),
        ({15: 1.0, 17: 0.8}, 0.0, 2.0),
        ({12: 0.7, 15: 1.0}, 0.0, 0.7),
        ({14: 1.0}, 0.2, 0.4),
    ),
    "surprise": _all(
        "surprise",
        ({1: 1.0, 2: 1.0}, 0.0, 4.0),
        ({2: 1.0}, 0.5, 0.8),
        ({1: 1.0}, 0.0, 0.8),
        ({1: 0.8, 2: 1.0, 5: 0.7}, 0.0, 1.0),
        ({2: 1.0, 5: 0.8}, 0.0, 0.6),
        ({1: 1.0, 2: 0.9, 25: 0.5}, 0.0, 0.6),
    ),
}

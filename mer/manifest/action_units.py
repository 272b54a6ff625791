"""Action units as the releases write them: ``4+L10``, ``R12A``, ``AU4(k)+7``, ``12 or R15``."""

import re

import pandas as pd

#: A side or lip before the number, an intensity from A to E after it.
_UNIT = re.compile(r"(?<![0-9])(?:AU)?[LRTB]?([0-9]{1,2})[A-E]?(?![0-9])", re.IGNORECASE)


_START = re.compile(r"^(?:AU)?\s*([LRTB]?)(?=\d)", re.IGNORECASE)


def normal_text(text: str) -> str:
    """AUs as the clip table has them: ``AU4 + l10`` becomes ``4+L10``; a part that is none stays as it is."""
    parts = (part.strip() for part in re.split(r"[+,;]", text))
    return "+".join(_START.sub(lambda found: found.group(1).upper(), part) for part in parts if part)


def unit_numbers(text: str) -> list[int]:
    """Numbers of the action units in a text, each once, in order; of alternatives (``or``) all.

    Sides, intensities and marks are dropped: ``R12A+4(k)`` gives 12 and 4.
    """
    return list(dict.fromkeys(int(number) for number in _UNIT.findall(text)))


def units_by_class(clips: pd.DataFrame) -> pd.DataFrame:
    """How many clips of each class show each action unit.

    Args:
        clips: clip table; clips without label or action units do not count.

    Returns:
        A row an action unit (index ``unit``, ascending), a column a class. Empty where no unit is annotated.
    """
    units = clips.loc[clips["label"] != "", ["label"]].assign(unit=clips["action_units"].map(unit_numbers))
    units = units.explode("unit").dropna(subset="unit")
    return pd.crosstab(units["unit"].astype(int), units["label"])

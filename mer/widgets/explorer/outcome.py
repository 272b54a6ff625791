"""What becomes out of date when corrections of a clip are saved or taken back, in words."""

from collections.abc import Collection

from mer.manifest.own_correction import FOR_PEOPLE


def outcome(columns: Collection[str], labels: str) -> str:
    """A sentence or two for who saved these columns of a clip.

    Args:
        columns: changed ones; none where only other words for why were saved.
        labels: name of the label space that a class is of.
    """
    counted = set(columns) - set(FOR_PEOPLE)
    if not counted:
        return "No run is out of date by it: notes and reasons change no result."
    classes = f" with the classes {labels!r}" if counted == {"label"} else ""
    said = f"Runs that used this clip{classes} are now out of date: run them again (mer runs marks them)."
    return said + (" A moved onset or offset is aligned anew then." if counted & {"onset", "offset"} else "")

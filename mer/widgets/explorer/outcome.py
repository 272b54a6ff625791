"""What becomes out of date when corrections of a clip are saved or taken back, in words."""

from collections.abc import Collection

from mer.manifest.own_correction import FOR_PEOPLE


def outcome(columns: Collection[str], labels: str = "", removed: bool = False) -> str:
    """A sentence or two for who saved these columns of a clip, or took their corrections back.

    Args:
        columns: changed ones, each as often as it was; none where only other words for why were saved.
        labels: name of the label space that a class is of; what is said of a removal does without.
        removed: the database's own values count again: what was made before the correction is of the same clips as now.
    """
    each = [column for column in columns if column not in FOR_PEOPLE]
    counted = set(each)
    if not counted:
        return "No run is out of date by it: notes and reasons change no result."
    if removed:
        what = "it" if len(each) == 1 else "them"
        return f"Runs made with {what} are now out of date; those made before {what} count again."
    classes = f" with the classes {labels!r}" if counted == {"label"} else ""
    said = f"Runs that used this clip{classes} are now out of date: run them again (mer runs marks them)."
    return said + (" A moved onset or offset is aligned anew then." if counted & {"onset", "offset"} else "")

"""What is out of date after corrections are saved or taken back."""

import pytest

from mer.widgets.explorer.outcome import outcome

NOTHING = "No run is out of date by it: notes and reasons change no result."


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ((), NOTHING),
        (("note",), NOTHING),
        (("apex",), "Runs that used this clip are now out of date: run them again (mer runs marks them)."),
        (
            ("label", "note"),
            "Runs that used this clip with the classes 'composite' are now out of date: run them again "
            "(mer runs marks them).",
        ),
        (
            ("label", "onset"),
            "Runs that used this clip are now out of date: run them again (mer runs marks them). A moved onset or "
            "offset is aligned anew then.",
        ),
    ],
)
def test_saved(columns, said):
    assert outcome(columns, "composite") == said


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        (["note"], NOTHING),
        (["apex", "note"], "Runs made with it are now out of date; those made before it count again."),
        (["apex", "apex"], "Runs made with them are now out of date; those made before them count again."),
    ],
)
def test_taken_back_brings_earlier_runs_back(columns, said):
    assert outcome(columns, removed=True) == said

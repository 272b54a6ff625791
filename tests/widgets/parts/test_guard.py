import zipfile

import pytest

from mer.core.errors import InputError, MissingPath
from mer.widgets.parts.guard import guarded
from mer.widgets.parts.notice import Notice


class View:
    def __init__(self):
        self.notice = Notice()

    @guarded
    def act(self, error=None):
        """Says what it does."""
        if error is not None:
            raise error
        return 3

    @guarded
    def act_within(self, error=None):
        self.act(error)

    @guarded
    def save(self):
        self.notice.say("Saved.")


@pytest.fixture
def view():
    return View()


@pytest.mark.parametrize("kind", [InputError, MissingPath])
def test_a_mistake_of_the_user_is_shown_in_its_own_words(view, kind):
    assert view.act(kind("No clip 's9'. Did you mean 's1'?")) is None
    assert (view.notice.text, view.notice.kind) == ("No clip 's9'. Did you mean 's1'?", "error")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (FileNotFoundError(2, "No such file or directory", "clips.npz"), "clips.npz"),
        (ValueError("bad header"), "ValueError: bad header"),
        (KeyError("score_anger"), "nothing called 'score_anger'"),
        (EOFError(), "EOFError"),
        (zipfile.BadZipFile("cut short"), "cut short"),
    ],
)
def test_lost_data_are_said_in_a_sentence(view, error, words):
    assert view.act(error) is None
    assert view.notice.text.startswith("This cannot be shown")
    assert words in view.notice.text
    assert view.notice.kind == "error"


@pytest.mark.parametrize("error", [TypeError("no len()"), AttributeError("x"), ZeroDivisionError()])
def test_a_fault_of_the_program_is_said_and_raised(view, error):
    with pytest.raises(type(error)):
        view.act(error)
    assert view.notice.text.startswith(f"This is a fault of the suite: {type(error).__name__}")


def test_success_takes_the_error_away_and_returns(view):
    view.act(InputError("x"))
    assert view.act() == 3
    assert view.notice.text == ""


def test_what_the_method_says_stays(view):
    view.act(InputError("x"))
    view.save()
    assert (view.notice.text, view.notice.kind) == ("Saved.", "info")


def test_success_of_another_call_leaves_a_note(view):
    view.save()
    view.act()
    assert view.notice.text == "Saved."


def test_an_error_of_a_called_method_stays_also_when_it_comes_again(view):
    for _ in range(2):
        view.act_within(InputError("gone"))
        assert view.notice.text == "gone"
    view.act_within()
    assert view.notice.text == ""


def test_name_and_docstring_stay(view):
    assert (view.act.__name__, view.act.__doc__) == ("act", "Says what it does.")

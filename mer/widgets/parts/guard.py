"""What goes wrong in a view is said in the view, which stays usable; nothing is printed to a log nobody sees."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from zipfile import BadZipFile

from mer.core.errors import InputError

Method = TypeVar("Method", bound=Callable[..., Any])

#: What reading data that went away, or broke since it was listed, ends in.
_LOST_DATA = (OSError, ValueError, KeyError, EOFError, BadZipFile)


def guarded(method: Method) -> Method:
    """Decorate a method of a view that has a `notice` (`mer.widgets.parts.notice.Notice`).

    An `InputError` becomes its message in the notice, other errors of data that went away a sentence with their kind;
    the method then returns None. An error shown before is taken away when the method succeeds, unless the method, or
    one that it called, said something itself. Any other error is a fault of the program: said in the notice, raised
    again.
    """

    @wraps(method)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        said = self.notice.said
        try:
            result = method(self, *args, **kwargs)
        except InputError as error:
            self.notice.say(str(error), "error")
            return None
        except _LOST_DATA as error:
            self.notice.say(_sentence(error), "error")
            return None
        except Exception as error:
            self.notice.say(f"This is a fault of the suite: {_words(error)}", "error")
            raise
        if self.notice.kind == "error" and self.notice.said == said:
            self.notice.clear()
        return result

    return call  # type: ignore[return-value]


def _sentence(error: Exception) -> str:
    if isinstance(error, KeyError):
        return (
            f"This cannot be shown: the data hold nothing called {error}. They may have changed since; load them anew."
        )
    return f"This cannot be shown: the data could not be read ({_words(error)}). They may have changed since."


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__

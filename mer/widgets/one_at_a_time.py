"""What a person asks of a view is done in turn, even where two threads are asked."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

Method = TypeVar("Method", bound=Callable[..., Any])


def one_at_a_time(method: Method) -> Method:
    """Decorate a method of an object with a lock ``busy``: it waits until what is under way is through.

    JupyterLab lets some callbacks of widgets run in a thread beside the others. A clip sent while another is still
    being predicted would then have its message wiped away by the end of that.
    """

    @wraps(method)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        with self.busy:
            return method(self, *args, **kwargs)

    return call  # type: ignore[return-value]

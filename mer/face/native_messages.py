"""Keep C++ libraries from talking into a notebook while they load."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def native_messages_held() -> Iterator[None]:
    """Hold back what is written to standard error below Python, and show it only if the block fails."""
    try:
        sys.stderr.flush()
        kept = os.dup(2)
    except OSError:  # no standard error at all, as in some services
        yield
        return
    with tempfile.TemporaryFile() as store:
        os.dup2(store.fileno(), 2)
        try:
            yield
        except BaseException:
            store.seek(0)
            os.write(kept, store.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)

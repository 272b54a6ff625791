"""Lets a process of a test stand still at one moment of its writing, so that something can befall it exactly there.

Python runs this at the start of every process that has its folder on the path. ``PAUSE`` in the environment is JSON:
``at`` (``fsync``: a file is written but has no name yet; ``rename``: right before it, or a folder, gets its name;
``renamed``: right after), ``path`` (a regular expression for the file's path; for the latter two of its name to be) and
``told``, a file that gets a line when the moment has come. Once there is a file ``go`` the process goes on.
"""

import json
import os
import re
import time

_ASKED = json.loads(os.environ.get("PAUSE", "null"))


def _pause(path: str) -> None:
    if re.search(_ASKED["path"], path):
        with open(_ASKED["told"], "a", encoding="utf-8") as told:
            told.write(f"{os.getpid()} {path}\n")
        while not os.path.exists(_ASKED["go"]):
            time.sleep(0.05)


def _before_fsync(handle, fsync=os.fsync):
    _pause(os.readlink(f"/proc/self/fd/{handle}"))
    return fsync(handle)


def _around(rename):
    def renamed(source, target, **options):
        if _ASKED["at"] == "rename":
            _pause(os.fspath(target))
        done = rename(source, target, **options)
        if _ASKED["at"] == "renamed":
            _pause(os.fspath(target))
        return done

    return renamed


if _ASKED and _ASKED["at"] == "fsync":
    os.fsync = _before_fsync
elif _ASKED:
    os.replace, os.rename = _around(os.replace), _around(os.rename)

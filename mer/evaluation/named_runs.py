"""The runs that a run used: its configuration names their folders."""

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from mer.core.paths import given_path

_RUNS = re.compile(r"(?:.*_)?runs?")  # parameters that name runs, a folder or a list of them


def named_runs(config: Mapping[str, Any], without: Collection[str] = ()) -> list[Path]:
    """Folders that a run's resolved configuration names in ``train_run``, ``runs`` and the like, each once.

    Args:
        config: of its ``record.json``.
        without: names of parameters that do not count.
    """
    named: list[Path] = []
    for key, value in config.items():
        if _RUNS.fullmatch(key) and key not in without:
            values = value if isinstance(value, list) else [value]
            named += [given_path(one) for one in values if isinstance(one, str)]
    return list(dict.fromkeys(named))

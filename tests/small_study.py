"""A study file run by the real command line, in folders of its own beside it."""

import os
import subprocess
import sys
from pathlib import Path

import mer

PROJECT = Path(mer.__file__).parents[1]


def run_study(study: Path) -> Path:
    """Run it to its end, outputs and cache beside the file; returns ``outputs``."""
    environment = os.environ | {"MER_OUTPUTS": str(study.parent / "outputs"), "MER_CACHE": str(study.parent / "cache")}
    command = [sys.executable, "-c", "from mer.cli.main import main; main()", "study", str(study)]
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr[-3000:] + done.stdout[-3000:]
    return study.parent / "outputs"

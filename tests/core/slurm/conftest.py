"""Programs that stand for those of SLURM."""

from pathlib import Path

import pytest


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Writes a program that prints a text, or fails with one."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    def write(name: str, text: str, fails: bool = False) -> None:
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\ncat {'>&2' if fails else ''} <<'END'\n{text}\nEND\nexit {int(fails)}\n")
        path.chmod(0o755)

    for name in ("sbatch", "srun", "scancel", "scontrol", "squeue"):
        write(name, "")
    return write

"""Paths as a person would write them: where a project lies on a machine tells a reader nothing."""

from pathlib import Path

from mer.core.paths import outputs_dir, project_dir


def short_paths(text: str | Path) -> str:
    """A path, or a text with paths in it: from ``outputs`` on, else from the project's folder on."""
    return str(text).replace(f"{outputs_dir()}/", f"{outputs_dir().name}/").replace(f"{project_dir()}/", "")

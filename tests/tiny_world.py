"""A finished demo study of few clips and few steps, which tests of results share: built once a test session.

`python -m tests.tiny_world FOLDER` builds one to keep. `MER_BROWSER_WORLD=FOLDER/outputs` then spares the browser tests
two minutes; `MER_BROWSER_WORLD=outputs` lets them run on the demo itself.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest
import yaml

import mer
from mer.core.files import write_json
from mer.core.locked import locked
from tests.network import cut, heard, recorder

PROJECT = Path(mer.__file__).parents[1]
STUDY = "demo.yaml"
RUNS = ("align", "explore", "pretrain", "train", "figures")
FEW_STEPS = {
    "pretrain": {"overrides": {"steps": 4, "groups": 3, "batch": 2, "minimum_gap": 2}},
    "train": {"overrides": {"warm_up.steps": 2, "joint.steps": 1, "joint.batch": 4, "minimum_gap": 2}},
    "figures": {"explained": 2, "failures": 1},
}


@dataclass(frozen=True)
class World:
    """What a user has after ``make demo``: an ``outputs`` folder with the finished study ``demo``, and a cache."""

    outputs: Path
    cache: Path

    @property
    def study(self) -> Path:
        return self.outputs / "demo"

    @property
    def train(self) -> Path:
        """The run of 04_train_loso."""
        return self.study / "train"

    @cached_property
    def data(self) -> dict[str, object]:
        """Notebook parameters that say which clips the runs are of: ``database`` and ``size``."""
        config = json.loads((self.train / "record.json").read_text(encoding="utf-8"))["config"]
        return {"database": config["data.database"], "size": config["data.size"]}

    @property
    def environment(self) -> dict[str, str]:
        """The process's environment with this world's folders, each process with one thread."""
        return os.environ | {
            "MER_OUTPUTS": str(self.outputs),
            "MER_CACHE": str(self.cache),
            "OMP_NUM_THREADS": "1",
            "MER_PROGRESS": "0",
        }

    def mer(
        self, *arguments: str, before: Sequence[str] = (), variables: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess:
        """The command line in a process of its own, with words ``before`` it and more variables."""
        command = [*before, sys.executable, "-c", "from mer.cli.main import main; main()", *arguments]
        environment = self.environment | dict(variables or {})
        return subprocess.run(
            command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=2400, check=False
        )

    def unfinished(self) -> list[str]:
        """Runs of the demo that have no result yet."""
        return [run for run in RUNS if not (self.study / run / "result.json").is_file()]


def _tiny_study(folder: Path, database: Path) -> Path:
    """The demo's own YAML with this database and few steps; nothing else is changed."""
    content = yaml.safe_load((PROJECT / "notebooks" / "studies" / "demo.yaml").read_text(encoding="utf-8"))
    for step in content["steps"]:
        given = step.setdefault("parameters", {})
        given |= {"database": str(database), "size": 64} | FEW_STEPS.get(step["run"], {})
    path = folder / STUDY
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


def build_world(folder: Path) -> World:
    """Render 3 looks x 3 subjects x about 3 clips and run the demo on them (two minutes); nothing where it is done.

    The demo runs with the network cut where that may be, and is heard anyway (`tests.network`).

    Processes that ask for the same folder wait for the first.
    """
    from mer.datasets.synthetic.build import build_synthetic
    from mer.datasets.synthetic.plan import SyntheticConfig

    folder.mkdir(parents=True, exist_ok=True)
    built = World(folder / "outputs", folder / "outputs" / "cache")
    with locked(folder / "world"):
        if built.unfinished():
            config = SyntheticConfig(seed=7, subjects=3, clips_per_subject=3, tempo=0.25, margin=1)
            database = build_synthetic(config, folder=folder / "tiny", n_jobs=1)
            listening, (enter, reason) = recorder(folder / "network"), cut()
            study = str(_tiny_study(folder, database.root))
            done = built.mer("study", study, before=enter, variables=listening)
            assert done.returncode == 0, done.stderr[-3000:] + done.stdout[-3000:]
            said = {"cut": bool(enter), "reason": reason, "heard": heard(listening)}
            write_json(folder / "network" / "said.json", said)
    return built


def shared_world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The world of this test session, one for all its processes."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent  # each process of pytest-xdist has a folder of its own in the session's
    return build_world(folder / "world")


if __name__ == "__main__":
    print(build_world(Path(sys.argv[1]).resolve()).outputs)

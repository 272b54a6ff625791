"""Where work is computed, and what a job asks for."""

import json
import os
from pathlib import Path

import pytest

from mer.core.errors import InputError, MissingPath
from mer.core.executor import SlurmSettings, chosen_settings


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    for name in ("MER_EXECUTOR", "MER_SLURM", "MER_SLURM_CONFIG"):
        monkeypatch.delenv(name, raising=False)


def test_this_machine_is_the_default(monkeypatch):
    assert chosen_settings() is None
    assert chosen_settings("local") is None
    monkeypatch.setenv("MER_EXECUTOR", "slurm")
    assert chosen_settings("local") is None, "what is typed goes before the environment"
    assert chosen_settings() == SlurmSettings()


def test_what_is_typed_goes_before_a_file_and_that_before_what_was_handed_down(tmp_path, monkeypatch):
    monkeypatch.setenv("MER_SLURM", json.dumps({"partition": "a", "gpus": 1, "cpus": 1}))
    (tmp_path / "slurm.yaml").write_text("gpus: 2\ncpus: 2\nmemory: 7.5\n")
    found = chosen_settings("slurm", ["cpus=3", "extra=--qos=long --exclusive"], tmp_path / "slurm.yaml")
    assert found == SlurmSettings(partition="a", gpus=2, cpus=3, memory=7.5, extra="--qos=long --exclusive")
    assert found.options == {"qos": "long", "exclusive": True}
    monkeypatch.setenv("MER_SLURM_CONFIG", str(tmp_path / "slurm.yaml"))
    assert chosen_settings("slurm") == SlurmSettings(partition="a", gpus=2, cpus=2, memory=7.5)


def test_settings_reach_another_process_by_the_environment(monkeypatch):
    settings = SlurmSettings(partition="gpu", memory=1.5, extra="--qos='very long'", setup="module load 'x y'")
    for name, value in settings.environment(Path("/logs")).items():
        monkeypatch.setenv(name, value)
    assert chosen_settings() == settings and os.environ["MER_SLURM_LOGS"] == "/logs"
    assert settings.options == {"qos": "very long"}


@pytest.mark.parametrize(
    ("executor", "given", "words"),
    [
        ("slrum", [], r"--executor 'slrum' is unknown. Did you mean 'slurm'\?"),
        ("local", ["gpus=1"], "Add --executor slurm"),
        (None, ["gpus=1"], "Add --executor slurm"),
        ("slurm", ["gpu=1"], r"unknown setting 'gpu' of SLURM. Did you mean 'gpus'\?"),
        ("slurm", ["gpus"], "not NAME=VALUE; write for instance --slurm gpus=1"),
        ("slurm", ["gpus=1", "gpus=2"], "gpus is given twice"),
        ("slurm", ["gpus=one"], "gpus is 'one', expected a whole number"),
        ("slurm", ["gpus=1.5"], "gpus is '1.5', expected a whole number"),
        ("slurm", ["cpus=inf"], "cpus is 'inf', expected a whole number"),
        ("slurm", ["memory=much"], "memory is 'much', expected a number"),
        ("slurm", ["memory=nan"], "memory is nan, expected 0.001 GB or more"),
        ("slurm", ["memory=inf"], "memory is inf"),
        ("slurm", ["memory=0"], "memory is 0.0, expected 0.001 GB or more.*leave it away for the default"),
        ("slurm", ["memory=-1", "minutes=-5"], "memory is -1.0.*minutes is -5"),
        ("slurm", ["minutes=0"], "minutes is 0, expected 1 or more.*--slurm NAME=VALUE"),
        ("slurm", ["partition="], "partition is '', expected a name.*leave it away"),
        ("slurm", ["partition=gpu,"], "partition is 'gpu,', expected a name"),
        ("slurm", ["account= "], "account is ' ', expected a name"),
        ("slurm", ["cpus=0"], "cpus is 0, expected 1 or more"),
        ("slurm", ["gpus=-1", "retries=-2"], "gpus is -1.*retries is -2"),
        ("slurm", ["extra=qos=long"], "'qos=long' is no option of sbatch"),
        ("slurm", ["extra=--qos='a"], "cannot be read"),
    ],
)
def test_what_cannot_be_is_refused(executor, given, words):
    with pytest.raises(InputError, match=words):
        chosen_settings(executor, given)


def test_files_that_cannot_be_used_are_told(tmp_path, monkeypatch):
    with pytest.raises(MissingPath):
        chosen_settings("slurm", file=tmp_path / "none.yaml")
    file = tmp_path / "slurm.yaml"
    for text, words in (
        ("- 1", "holds list"),
        ("gpus: true", "gpus is True"),
        ("partition:", "partition is None, expected text"),
        ("partitoin: x", "mean 'partition'"),
    ):
        file.write_text(text)
        with pytest.raises(InputError, match=words):
            chosen_settings("slurm", file=file)
    monkeypatch.setenv("MER_SLURM", "{")
    with pytest.raises(InputError, match=r"\$MER_SLURM is no JSON"):
        chosen_settings("slurm")

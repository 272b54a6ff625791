"""What is refused before anything is submitted, from programs that stand for those of SLURM."""

import math
import time

import pytest

from mer.core.errors import InputError
from mer.core.executor import SlurmSettings
from mer.core.slurm import check
from mer.core.slurm.check import NoCluster, _gpus, _minutes, check_cluster

PARTITIONS = """cpu*|(null)|4|4000|infinite
gpu|(null)|64|4000|2-00:00:00
gpu|gpu:a100:4(S:0,2)|8|250000|2-00:00:00
old|(null)|2|1|30:00"""


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"partition": "gup"}, "no partition 'gup'. Did you mean 'gpu'"),
        ({"partition": "gpu,cup"}, "no partition 'cup'"),
        ({"extra": "--partition=gup"}, "no partition 'gup'"),
        ({"gpus": 1}, "no node of partition 'cpu' has GPUs. Those of gpu have: --slurm partition=gpu"),
        (
            {"partition": "gpu", "gpus": 99},
            r"gpus=99 .*than 4 GPUs. Ask for at most 4 \(--slurm gpus=4\). None has",
        ),
        ({"cpus": 65}, r"cpus=65 .*'cpu' has more than 4 CPUs. Ask for at most 4 .*None has"),
        ({"cpus": 64}, "Those of gpu have"),
        ({"memory": 4}, r"memory=4 .*more than 3.9 GB of memory. Ask for at most 3.9 .*Those of gpu"),
        ({"partition": "gpu", "minutes": 2881}, r"minutes=2881 .*ends every job after 2880 minutes.*minutes=2880"),
    ],
)
def test_what_the_cluster_does_not_have_is_refused(program, settings, words):
    program("sinfo", PARTITIONS)
    with pytest.raises(InputError, match=words):
        check_cluster(SlurmSettings(**settings))


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"cpus": 4, "memory": 3.906, "minutes": 10**6},
        {"partition": "gpu", "gpus": 4, "minutes": 2880},
        {"partition": "cpu,gpu", "gpus": 1, "cpus": 64, "minutes": 10**6},
        {"partition": "gpu", "minutes": 2881, "extra": "--qos=long"},
        {"partition": "old", "memory": 100},  # it does not say how much it has
    ],
)
def test_what_it_has_is_granted(program, settings):
    program("sinfo", PARTITIONS)
    check_cluster(SlurmSettings(**settings))


def test_gpus_of_all_types_count():
    assert _gpus("gpu:a100:4(S:0-1),gpu:v100:2,nvme:1") == 6
    assert _gpus("gpu:2,shard:8") == 2 and _gpus("gpu") == 1 and _gpus("(null)") == 0


def test_a_limit_is_read_in_minutes():
    assert [_minutes(text) for text in ("30:00", "1:30:30", "2-00:00:00")] == [30, 90.5, 2880]
    assert _minutes("infinite") == _minutes("n/a") == math.inf


def test_a_cluster_that_never_answers_is_told_before_anything_is_submitted(program, monkeypatch):
    program("sinfo", "slurm_load_partitions: Unable to contact slurm controller (connect failure)", fails=True)
    monkeypatch.setattr(check.time, "sleep", lambda seconds: None)
    told: list[str] = []
    with pytest.raises(NoCluster, match=r"does not answer, so nothing was submitted") as raised:
        check_cluster(SlurmSettings(), told.append, patience=0.2)
    assert told == ["The SLURM controller does not answer; trying again for 0 s."]
    assert "slurm_load_partitions" not in str(raised.value)


def test_a_cluster_that_hangs_is_not_waited_for_longer_than_there_is_patience(tmp_path, program, monkeypatch):
    program("sinfo", "")
    (tmp_path / "sinfo").write_text("#!/bin/sh\nexec sleep 20\n")
    monkeypatch.setattr(check, "_LEAST_SECONDS", 0.1)
    monkeypatch.setattr(check.time, "sleep", lambda seconds: None)
    begun = time.monotonic()
    with pytest.raises(NoCluster, match="does not answer"):
        check_cluster(SlurmSettings(), patience=0.5)
    assert time.monotonic() - begun < 10


def test_a_hidden_partition_can_be_asked_for(tmp_path, program):
    program("sinfo", "")
    (tmp_path / "sinfo").write_text(
        '#!/bin/sh\ncase "$*" in *--all*) echo "hidden|(null)|4|4000|infinite";; esac\n'
        'echo "cpu*|(null)|4|4000|infinite"\n'
    )
    check_cluster(SlurmSettings(partition="hidden"))


def test_a_machine_that_belongs_to_no_cluster_is_told_in_one_line(program):
    text = """sinfo: error: resolve_ctls_from_dns_srv: res_nsearch error: Unknown host
sinfo: error: fetch_config: DNS SRV lookup failed
sinfo: fatal: Could not establish a configuration source"""
    program("sinfo", text, fails=True)
    with pytest.raises(NoCluster, match=r"this machine belongs to no cluster.*leave --executor away") as raised:
        check_cluster(SlurmSettings())
    assert "sinfo" not in str(raised.value) and "\n" not in str(raised.value)
    program("sinfo", "sinfo: error: Protocol authentication error\nslurm_load_partitions: Zero", fails=True)
    with pytest.raises(NoCluster, match=r"cannot be asked. sinfo: Protocol authentication error; Zero\. Work"):
        check_cluster(SlurmSettings())


def test_programs_and_submitit_must_be_there(program, monkeypatch, tmp_path):
    monkeypatch.setattr(check, "find_spec", lambda name: None)
    program("sinfo", "")
    with pytest.raises(InputError, match="pip install submitit"):
        check_cluster(SlurmSettings())
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    with pytest.raises(NoCluster, match="there is no sbatch on PATH"):
        check_cluster(SlurmSettings())

"""A study whose machine does not suffice: it ends in words with the path or the need, and goes on once there is more.

Of `mer study` in a process of its own: a full disk, a folder that may only be read, limits of files and of memory.
"""

import os
import re
import resource
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from mer.core.memory import limit_words
from tests.endurance.study import Moment, Study
from tests.limits import full_disk, read_only

pytestmark = pytest.mark.slow
#: Two workers stand here, each with a fold finished; the third fold is then left.
TWO_FOLDS = Moment("renamed", r"/folds/[^/]+/fold\.json$")


@pytest.fixture(scope="module")
def reference(tmp_path_factory) -> Study:
    """One that is left alone."""
    study = Study(tmp_path_factory.mktemp("limits") / "reference")
    study.to_the_end(jobs=1)
    return study


def begin(study: Study, reference: Study) -> None:
    """Give a study all that the other has but the training."""
    unwanted = shutil.ignore_patterns("train", ".locks")
    shutil.copytree(reference.outputs, study.outputs, ignore=unwanted, dirs_exist_ok=True)


def limited(what: int, limit: int, most: int | None = None) -> Callable[[], None]:
    """To be called in the new process."""
    return lambda: resource.setrlimit(what, (limit, limit if most is None else most))


def everything(study: Study) -> dict[str, tuple[int, ...]]:
    """Inode, size and time of all files, and that there are no others."""
    found = {str(path): path.stat() for path in study.outputs.rglob("*")}
    return {name: (state.st_ino, state.st_size, state.st_mtime_ns) for name, state in found.items()}


def check_it_ended_as(reference: Study, study: Study, finished: dict[str, tuple[int, int]]) -> None:
    now = study.finished()
    assert {name: now[name] for name in finished} == finished, "what was finished was not done again"
    assert len(now) == 6
    assert study.results() == reference.results()
    assert study.leavings() == []


def test_what_cannot_work_is_refused_before_any_work(reference, tmp_path):
    study = Study(tmp_path / "study")
    begin(study, reference)
    before = everything(study)
    status, said = study.ended(preexec_fn=limited(resource.RLIMIT_NOFILE, 64))
    assert status == 2 and "Traceback" not in said
    assert "A process may have 64 files open here (ulimit -n), but a run needs 256." in said
    status, said = study.ended(preexec_fn=limited(resource.RLIMIT_AS, 2**31))
    assert status == 2 and "Traceback" not in said
    assert "A process may address 2.0 GB of memory here (ulimit -v), but a run needs at least 2.5 GB." in said
    assert everything(study) == before
    with read_only(study.outputs) as place:
        status, said = study.ended(place=place)
    assert status == 2 and "Traceback" not in said
    assert f"Cannot write to {study.folder}: Read-only file system. Choose another folder with MER_OUTPUTS" in said
    assert everything(study) == before


def test_a_disk_that_gets_full_in_the_training(reference, tmp_path):
    study = Study(tmp_path / "study")
    study.outputs.mkdir()
    with full_disk(study.outputs, 2**24) as place:
        study.outputs = place.outside
        begin(study, reference)
        files = limited(resource.RLIMIT_NOFILE, 64, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
        process = study.start(moment=TWO_FOLDS, place=place, preexec_fn=files)  # a limit that may be raised is raised
        study.comes_to(TWO_FOLDS, process, times=2)
        taken = place.fill()
        study.go_on()
        _, said = process.communicate(timeout=600)
        assert process.returncode == 1 and "Traceback" not in said
        assert f"Cannot write {place.folder}/tiny/train/folds/" in said
        assert "No space left on device" in said and "are free there" in said
        finished = study.finished()
        assert len(finished) == 5

        taken.unlink()
        taken = place.fill()  # also what was given back by those that failed
        status, said = study.ended(place=place)
        assert status == 2 and f"Cannot write to {place.folder}/tiny: No space left on device" in said
        assert study.finished() == finished

        taken.unlink()
        assert "[1/2] pretrain: up to date" in study.to_the_end(place=place)
        check_it_ended_as(reference, study, finished)


def test_a_full_disk_under_the_cache(reference, tmp_path):
    study = Study(tmp_path / "study")
    cache = study.outputs / "cache"
    cache.mkdir(parents=True)
    with full_disk(cache, 2**24) as place:
        taken = place.fill(leave=2**17)
        status, said = study.ended(place=place)
        assert status == 1 and "Traceback" not in said
        assert re.search(rf"synthetic-\w+ needs [\d.]+ [kM]B in {cache}/databases, but only \d+ kB are free", said)
        assert study.finished() == {} and not list(place.outside.rglob("clips.csv"))

        taken.unlink()
        study.to_the_end("--only", "pretrain", place=place)
        wanted = {name: content for name, content in reference.results().items() if name.startswith("pretrain/")}
        assert study.results() == wanted
        assert study.leavings() == [] and list(place.outside.rglob("*.part")) == []


def addresses(process: int) -> int:
    """Bytes that a process addresses."""
    return int(re.search(r"VmSize:\s*(\d+) kB", Path(f"/proc/{process}/status").read_text())[1]) * 2**10


def test_memory_that_does_not_suffice_in_the_training(reference, tmp_path):
    study = Study(tmp_path / "study")
    begin(study, reference)
    process = study.start(moment=TWO_FOLDS)
    for worker in study.comes_to(TWO_FOLDS, process, times=2):  # the next fold finds no more than there is
        resource.prlimit(worker, resource.RLIMIT_AS, (addresses(worker),) * 2)
    study.go_on()
    _, said = process.communicate(timeout=600)
    assert process.returncode == 1, said
    assert "The memory did not suffice: at most" in said and "Work with fewer workers (`n_jobs`)" in said
    assert limit_words() in said
    finished = study.finished()
    assert len(finished) == 5
    study.to_the_end()
    check_it_ended_as(reference, study, finished)


@pytest.mark.skipif("MER_ENDURANCE" not in os.environ, reason="as a worker is killed there too, only in make endurance")
def test_a_worker_that_is_killed_for_want_of_memory(reference, tmp_path):
    study = Study(tmp_path / "study")
    begin(study, reference)
    process = study.start(moment=TWO_FOLDS)
    os.kill(study.comes_to(TWO_FOLDS, process, times=2)[0], signal.SIGKILL)  # as a system without memory does
    _, said = process.communicate(timeout=600)
    assert process.returncode == 1
    assert "A process that is killed by the system has usually run out of memory: at most" in said
    assert f"{limit_words()}. Work with fewer workers (`n_jobs`)" in said
    finished = study.finished()
    assert len(finished) == 5
    study.to_the_end()
    check_it_ended_as(reference, study, finished)

"""Places of processes side by side."""

import multiprocessing
import os
import signal
import time
from pathlib import Path

import pytest

from mer.core import places
from mer.core.places import place, places_folder, taken_place


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    monkeypatch.setattr(places, "_last", 0)


def test_a_process_alone_is_in_place_0(tmp_path):
    assert place() == 0
    with taken_place(tmp_path, 3) as number:
        assert number == place() == 0


def test_places_held_by_others_are_passed_over_and_free_when_they_end(tmp_path):
    with taken_place(tmp_path, 3), taken_place(tmp_path, 3) as second, taken_place(tmp_path, 3) as third:
        assert (second, third) == (1, 2)
    with taken_place(tmp_path, 3) as number:
        assert number == 2, "a process stays where it was"


def test_one_that_was_in_a_place_that_is_no_more_takes_another(tmp_path):
    with taken_place(tmp_path, 2), taken_place(tmp_path, 2):
        pass
    assert place() == 1
    with taken_place(tmp_path, 1) as number:
        assert number == 0


def test_a_folder_of_places_is_gone_after_use_and_so_is_what_a_killed_process_left(tmp_path, monkeypatch):
    monkeypatch.setattr(places.tempfile, "tempdir", str(tmp_path))
    (tmp_path / "mer-places-left").mkdir()
    (tmp_path / "mer-places-left" / "held").touch()
    (tmp_path / "mer-places-begun").mkdir()  # by a process that has not yet come to hold it
    with places_folder() as one, places_folder() as other:
        assert {path.name for path in tmp_path.iterdir()} == {one.name, other.name, "mer-places-begun"}
    assert [path.name for path in tmp_path.iterdir()] == ["mer-places-begun"]


def _hold(folder: Path, told: Path) -> None:
    with taken_place(folder, 2) as number:
        told.write_text(str(number))
        time.sleep(600)


def test_the_place_of_a_killed_process_is_free(tmp_path):
    told = tmp_path / "told"
    (tmp_path / "places").mkdir()
    process = multiprocessing.get_context("spawn").Process(target=_hold, args=(tmp_path / "places", told))
    process.start()
    while not (told.is_file() and told.read_text()):
        assert process.is_alive()
        time.sleep(0.05)
    assert told.read_text() == "0"
    with taken_place(tmp_path / "places", 2) as number:
        assert number == 1
    places._last = 0
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    with taken_place(tmp_path / "places", 2) as number:
        assert number == 0

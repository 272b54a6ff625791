"""Jobs that are on record by a ticket, on a cluster that is only imagined (a real one: tests/cluster)."""

from pathlib import Path

import pytest

from mer.core.slurm import tickets
from mer.core.slurm.queue import JobState, Queue, Silent
from mer.core.slurm.tickets import is_ticket, new_name, resolved, revoke, sent, sent_calls, ticket, ticket_names


@pytest.fixture
def cancelled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Jobs that were ended; 9 is the number of every name."""
    found: list[str] = []
    monkeypatch.setattr(tickets, "own_jobs", lambda name, folder: ["9"])
    monkeypatch.setattr(tickets, "cancel", found.extend)
    return found


def write_sent(folder: Path, name: str) -> list[Path]:
    files = [sent(folder, name), sent_calls(folder, name)]
    for file in files:
        file.write_bytes(b"")
    return files


def test_a_name_is_one_of_its_own_and_no_list():
    one, other = new_name("mer-s-value=[1, 2]"), new_name("mer-s-value=[1, 2]")
    assert one != other and one.startswith("mer-s-value=_1__2_-") and "#" not in one
    assert is_ticket(ticket(one, 3)) and not is_ticket("12_3")
    assert ticket_names([ticket(one, 0), "12_3", ticket(one, 1), ticket(other, 0)]) == {one, other}


def test_tickets_become_the_numbers_of_jobs_under_way_and_at_an_end(tmp_path, monkeypatch, cancelled):
    files = write_sent(tmp_path, "a-1")
    states = {"12_0": JobState("COMPLETED"), "12_1": JobState("RUNNING"), "12_2": JobState("PENDING")}
    monkeypatch.setattr(Queue, "states", lambda self, name: states if name == "a-1" else {"7": JobState("RUNNING")})
    jobs = {"x": ticket("a-1", 0), "y": ticket("a-1", 1), "z": "3_1", "single": ticket("b-2", 0)}
    assert resolved(jobs, tmp_path, Queue()) == {"x": "12_0", "y": "12_1", "z": "3_1", "single": "7"}
    assert not cancelled and all(file.exists() for file in files), "they are waited for"


def test_what_no_job_is_found_for_cannot_be_computed_by_one_that_comes_late(tmp_path, monkeypatch, cancelled):
    files = write_sent(tmp_path, "a-1")
    monkeypatch.setattr(Queue, "states", lambda self, name: {"12": JobState("FAILED")})
    assert resolved({"x": ticket("a-1", 0), "y": ticket("a-1", 1)}, tmp_path, Queue()) == {"x": "12"}
    assert cancelled == ["9"] and not any(file.exists() for file in files)


def test_a_controller_that_falls_silent_is_waited_for_no_longer_than_the_queue_has_patience(tmp_path, monkeypatch):
    def silent(name: str, folder: Path) -> list[str]:
        asked.append(name)
        assert len(asked) < 9, "for ever"
        raise Silent

    asked: list[str] = []
    monkeypatch.setattr(tickets.time, "sleep", lambda seconds: None)
    monkeypatch.setattr(tickets, "own_jobs", silent)
    monkeypatch.setattr(Queue, "states", lambda self, name: {})
    with pytest.raises(Silent):
        resolved({"x": ticket("a-1", 0)}, tmp_path, Queue(patience=0))
    monkeypatch.setattr(Queue, "states", lambda self, name: asked.append(name) if len(asked) < 9 else pytest.fail())
    with pytest.raises(Silent):
        resolved({"x": ticket("a-1", 0)}, tmp_path, Queue(patience=0))


def test_what_was_sent_is_deleted_though_nobody_answers(tmp_path, monkeypatch):
    def silent(name: str, folder: Path) -> list[str]:
        raise Silent

    files = write_sent(tmp_path, "a-1")
    monkeypatch.setattr(tickets, "own_jobs", silent)
    with pytest.raises(Silent):
        revoke(tmp_path, "a-1")
    assert not any(file.exists() for file in files)

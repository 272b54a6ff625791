"""What a database holds is looked up once; that it cannot be is remembered for lists of runs alone."""

import pytest

from mer.core.errors import InputError
from mer.datasets.content import forget_content, known_clips, known_content

KEYS = frozenset({("casme2", "sub01", "a")})


@pytest.fixture
def tried(tmp_path, monkeypatch):
    """Names that were opened; ``bad`` cannot be."""
    monkeypatch.setenv("MER_DATABASES", str(tmp_path / "databases.yaml"))
    names = []

    def opened(name):
        names.append(name)
        if name == "bad":
            raise InputError("no sheet")
        if name == "unreadable":
            raise PermissionError("denied")
        return "print", KEYS

    monkeypatch.setattr("mer.datasets.registry.database_content", opened)
    forget_content()
    yield names
    forget_content()


def test_what_can_be_opened_is_opened_once(tried):
    assert known_clips("casme2") == KEYS and known_content("casme2") == ("print", KEYS)
    assert known_clips("casme2") == KEYS and tried == ["casme2"]


@pytest.mark.parametrize("name", ["bad", "unreadable"])
def test_a_failure_is_kept_until_places_or_time_change(tried, tmp_path, monkeypatch, name):
    now = [0.0]
    monkeypatch.setattr("mer.datasets.content.monotonic", lambda: now[0])
    for later, count in ((0.0, 1), (59.0, 1), (61.0, 2), (62.0, 2)):
        now[0] = later
        assert known_clips(name) is None and len(tried) == count, later
    (tmp_path / "databases.yaml").write_text("{}\n")
    assert known_clips(name) is None and known_clips(name) is None and len(tried) == 3
    forget_content()
    assert known_clips(name) is None and len(tried) == 4, "as a new process does"


def test_who_records_what_a_database_holds_always_tries(tried):
    assert known_clips("bad") is None
    for count in (2, 3):
        with pytest.raises(InputError, match="no sheet"):
            known_content("bad")
        assert len(tried) == count

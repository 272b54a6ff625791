"""``mer data clean``: what goes, what stays, and what it says."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

import mer
from mer.cli.data_clean import _known
from mer.cli.main import main
from mer.core import kept
from mer.core.kept import kept_folder


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("MER_CACHE", str(tmp_path))
    return tmp_path


def make(path, **changes):
    """A folder of the cache as this version leaves it, but for some of what its index says."""
    about = _known()[path.parent.name] | changes
    number = about.pop("format")
    kept_folder(path, number, lambda work: (work / "file").write_bytes(bytes(20_000)), about)
    os.close(kept._HELD.pop(path / "index.json"))  # this process is to hold nothing


def clean(*options):
    done = CliRunner().invoke(main, ["data", "clean", *options])
    assert done.exit_code == 0, done.output
    return done.output


def left(cache):
    return sorted(str(path.relative_to(cache)) for path in cache.glob("*/*") if not path.name.endswith(".lock"))


def test_what_older_versions_made_goes_and_the_rest_stays(cache):
    for name in _known():
        make(cache / name / "current")
    make(cache / "inputs" / "other-code", code="0")
    make(cache / "stores" / "older", format=3)
    make(cache / "stores" / "newer", format=99)
    (cache / "databases" / "unsealed").mkdir()
    (cache / "databases" / "unsealed" / "database.json").write_text("{}")
    make(cache / "databases" / "newer-renderer", generator=99)
    for unsealed in ("inputs/stacks-0.npy", "planes/0.npy", "apexes/0.json"):
        (cache / unsealed).write_bytes(b"x")
    (cache / "stores" / ".a.abc.part").mkdir()
    (cache / "theses").mkdir()
    (cache / "theses" / "mine").write_text("not of this suite")
    before = left(cache)
    said = clean("--dry-run")
    assert left(cache) == before and "would be freed" in said
    said = clean()
    stays = [f"{name}/current" for name in _known()] + ["databases/newer-renderer", "stores/newer", "theses/mine"]
    assert left(cache) == sorted(stays)
    assert "stores/older: of an older version, 21 kB, deleted" in said and "half made" in said
    assert clean() == f"0 kB freed in {cache}.\n"


def test_what_was_not_opened_for_long_goes_on_demand(cache):
    for name in ("old", "new"):
        make(cache / "stores" / name)
    then = time.time() - 40 * 86400
    os.utime(cache / "stores" / "old" / "index.json", (then, then))
    assert "0 kB freed" in clean() and "not opened for 40 days" in clean("--unused", "30")
    assert left(cache) == ["stores/new"]
    assert CliRunner().invoke(main, ["data", "clean", "--unused", "-1"]).exit_code == 2


USE = """
import sys
from pathlib import Path
from mer.core.folders import made_once
from mer.core.kept import open_kept
open_kept(Path(sys.argv[1]) / "used", int(sys.argv[2]), "")
def wait(work):
    print("ready", flush=True)
    sys.stdin.read()
made_once(Path(sys.argv[1]) / "made", wait)
"""


def test_what_a_living_process_uses_or_makes_stays(cache):
    stores = cache / "stores"
    make(stores / "used")
    command = [sys.executable, "-c", USE, str(stores), str(_known()["stores"]["format"])]
    user = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert user.stdout.readline() == "ready\n"
        said = clean("--unused", "0")
        assert said.count("in use, kept") == 2 and (stores / "used").is_dir() and list(stores.glob(".made.*.part"))
    finally:
        user.kill()
        user.communicate()
    clean("--unused", "0")
    assert left(cache) == []


def test_every_kind_of_folder_that_the_package_keeps_is_known():
    """Who adds one finds this test failing until `mer data clean` knows it and it is kept as the others are."""
    kinds = set()
    for file in sorted(Path(mer.__file__).parent.rglob("*.py")):
        text = file.read_text(encoding="utf-8")
        if found := re.findall(r'(?<!rmtree\()cache_dir\(\) / "(\w+)"', text):
            assert "kept_folder(" in text or "open_kept(" in text, f"{file} looks at no seal"
            kinds |= set(found)
    assert kinds == set(_known())

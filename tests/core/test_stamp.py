import re
import subprocess
import sys

from mer.core import stamp


def test_versions_leave_out_what_is_absent(monkeypatch):
    monkeypatch.setattr(stamp, "PACKAGES", ("numpy", "no-such-package-of-mer"))
    assert set(stamp.versions()) == {"mer", "numpy"}


def test_a_folder_without_a_repository_has_no_commit(tmp_path):
    assert stamp.commit(tmp_path) == {}


def test_changed_files_are_told_but_not_the_records_of_benchmarks(tmp_path):
    def git(*words):
        identity = ("-c", "user.name=x", "-c", "user.email=x@x")
        subprocess.run(["git", "-C", str(tmp_path), *identity, *words], check=True, capture_output=True)

    record, code = tmp_path / stamp.RECORDS / "pair-cpu.json", tmp_path / "mer" / "code.py"
    for path in (record, code):
        path.parent.mkdir(parents=True)
        path.write_text("1")
    git("init")
    git("add", ".")
    git("commit", "-m", "first")
    assert stamp.commit(code.parent)["changed_files"] is False
    record.write_text("2")
    assert stamp.commit(code.parent)["changed_files"] is False
    code.write_text("2")
    assert stamp.commit(code.parent)["changed_files"] is True


def test_the_machine_and_the_time():
    found = stamp.machine()
    assert found["cores"] >= 1 and found["memory_gb"] > 0 and re.match(r"3\.\d+", found["python"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", stamp.now())
    assert stamp.peak_memory_mb() > 1


def test_a_missing_program_prints_nothing():
    assert stamp._output("no-such-program-of-mer") == ""


def test_the_memory_of_whoever_started_a_process_is_not_its_own():
    code = "from mer.core.stamp import peak_memory_mb; print(peak_memory_mb())"
    large = "import subprocess, sys; held = bytearray(900 * 2**20); held[::4096] = b'1' * len(held[::4096]);"
    call = f"subprocess.run([sys.executable, '-c', {code!r}])"
    said = subprocess.run([sys.executable, "-c", large + call], capture_output=True, text=True, check=True)
    assert 1 < int(said.stdout) < 500, said

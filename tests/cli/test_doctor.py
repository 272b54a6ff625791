import json
import resource
import sys

import pytest
from click.testing import CliRunner

from mer.cli import check_installation, check_machine, doctor
from mer.cli.checks import Check
from mer.cli.main import main


def only(checks):
    found = list(checks)
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize(
    ("error", "package"),
    [
        ("ImportError: libGL.so.1: cannot open shared object file: No such file or directory", "libgl1"),
        ("ImportError: libgthread-2.0.so.0: cannot open shared object file", "libglib2.0-0"),
        ("OSError: libGLESv2.so.2: cannot open shared object file", "libgles2"),
        ("ImportError: libfancy.so.3: cannot open shared object file", "apt-file search libfancy.so.3"),
    ],
)
def test_a_missing_library_names_its_package(error, package):
    check = check_installation.import_check("cv2", "Traceback (most recent call last):\n  ...\n" + error)
    assert check.state == "fail"
    assert package in check.remedy


def test_two_opencv_wheels_are_a_fault(monkeypatch):
    found = {"opencv-python-headless", "opencv-contrib-python", "numpy"}
    monkeypatch.setattr(check_installation, "_distributions", lambda: found)
    check = only(check_installation.opencv())
    assert check.state == "fail"
    assert "opencv-python-headless" in check.found
    assert "uninstall -y opencv-contrib-python opencv-python-headless" in check.remedy


def test_an_opencv_without_contributed_modules_is_told(monkeypatch):
    broken = "AttributeError: module 'cv2' has no attribute 'optflow'"
    monkeypatch.setattr(
        check_installation, "_imports", lambda name, code: check_installation.import_check(name, broken)
    )
    assert "overwrote" in only(check_installation.opencv_imports()).remedy


def test_the_lock_is_read_with_its_markers():
    text = (
        "# words\nnumpy==2.4.6\ntorch==2.13.0  # CPU and CUDA\nwinpty==1.0 ; sys_platform == 'win32'\n\n"
        "x-y==1 ; python_version >= '3'"
    )
    assert check_installation.locked_versions(text) == {"numpy": "2.4.6", "torch": "2.13.0", "x-y": "1"}


def test_limits_that_do_not_suffice(monkeypatch):
    assert only(check_machine.process_limits()).state == "ok"
    monkeypatch.setattr(resource, "getrlimit", lambda what: (64, 64))
    check = only(check_machine.process_limits())
    assert check.state == "fail" and check.found.startswith("A process may have 64 files open here (ulimit -n)")


def test_too_small_a_disk_and_unwritable_outputs(monkeypatch):
    monkeypatch.setattr(check_machine, "DISK_GB", 10**9)
    monkeypatch.setenv("MER_OUTPUTS", "/proc/no/such")
    check = only(check_machine.disk_space())
    assert check.state == "fail"
    assert "/proc" in check.found
    check = only(check_machine.writable_outputs())
    assert check.state == "fail"
    assert "MER_OUTPUTS" in check.remedy


def test_a_wrong_python_is_a_fault(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 13, 0))
    assert only(check_installation.python_version()).state == "fail"


def test_an_executed_notebook_is_untrusted_until_signed(tmp_path, monkeypatch):
    import nbformat
    from nbformat.sign import NotebookNotary

    monkeypatch.setenv("MER_OUTPUTS", str(tmp_path / "outputs"))
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    folder = tmp_path / "outputs" / "s" / "a"
    folder.mkdir(parents=True)
    book = nbformat.v4.new_notebook()
    nbformat.write(book, folder / "n.ipynb")
    (tmp_path / "data").mkdir()
    check = only(check_machine.trusted_notebooks())
    assert check.state == "warn"
    assert "jupyter trust" in check.remedy
    assert not list((tmp_path / "data").iterdir()), "looking changes nothing"
    NotebookNotary(data_dir=str(tmp_path / "data")).sign(nbformat.read(folder / "n.ipynb", as_version=4))
    assert only(check_machine.trusted_notebooks()).state == "ok"


def test_the_worst_comes_first_with_its_remedy_and_the_status_says_so(monkeypatch):
    def bad():
        yield Check("Disk", "fail", "full", "free some")

    def good():
        yield Check("Python", "ok", "3.11")

    def broken():
        raise RuntimeError("odd")
        yield

    monkeypatch.setattr(doctor, "QUICK_CHECKS", [good, bad, broken])
    result = CliRunner().invoke(main, ["doctor", "--quick"])
    assert result.exit_code == 1
    assert result.output.splitlines()[:2] == ["FAIL  Disk: full", "      free some"]
    assert "WARN  broken: could not be checked (RuntimeError: odd)" in result.output
    assert result.output.splitlines()[-1] == "Machine: 1 to mend, 1 to know about, 1 well."
    monkeypatch.setattr(doctor, "QUICK_CHECKS", [good])
    assert CliRunner().invoke(main, ["doctor", "--quick"]).output == "Machine: 0 to mend, 0 to know about, 1 well.\n"
    result = CliRunner().invoke(main, ["doctor", "--quick", "--json"])
    assert result.exit_code == 0
    assert json.loads(result.output) == [{"name": "Python", "state": "ok", "found": "3.11", "remedy": ""}]


def test_a_real_examination_finds_the_parts(monkeypatch, tmp_path):
    monkeypatch.setenv("MER_OUTPUTS", str(tmp_path))
    names = {check.name for check in doctor.examine(quick=True)}
    assert {"Python", "OpenCV", "Disk", "Memory", "Results", "Jupyter kernel", "Head model"} <= names

"""Outputs that may only be read, and a full disk at the start of a run: both are said, without a traceback."""

from tests.limits import PROJECT, full_disk, read_only
from tests.runs.board_runs import FINISH
from tests.runs.conftest import Project


def mer(project: Project, place, *words: str):
    code = f"import os; os.chdir({str(project.folder)!r}); from mer.cli.main import main; main({list(words)!r})"
    jupyter = str(project.folder / "jupyter")
    return place.python(
        code, {"MER_OUTPUTS": str(place.folder), "JUPYTER_DATA_DIR": jupyter, "PYTHONPATH": str(PROJECT)}
    )


def test_outputs_that_may_only_be_read_are_refused_before_any_work(project):
    project.notebook("01_first", FINISH)
    project.study("s", [{"run": "first", "notebook": "01_first"}])
    disk = project.folder / "disk"
    disk.mkdir()
    with read_only(disk) as place:
        done = mer(project, place, "study", "s")
        assert done.returncode == 2 and f"Cannot write to {place.folder}" in done.stderr
        assert "MER_OUTPUTS" in done.stderr and "Traceback" not in done.stderr
        assert mer(project, place, "runs").returncode == 0


def test_a_lock_on_a_full_disk_is_an_error_with_the_path(tmp_path):
    with full_disk(tmp_path, 64 * 1024) as place:
        code = (
            "from pathlib import Path; from mer.core.errors import InputError; from mer.runs.folder import RunFolder\n"
            f"folder = RunFolder(Path({str(tmp_path)!r}), 's', 'a')\n"
            "with folder.lock(): pass\n"
            "open(folder.outputs / 's/.locks/a.lock', 'w').close()\n"
            f"taken = open({str(tmp_path / 'taken')!r}, 'wb', buffering=0)\n"
            "try:\n while True: taken.write(bytes(4096))\n"
            "except OSError: pass\n"
            "try:\n with folder.lock(): print('held')\n"
            "except InputError as error: print(error)\n"
        )
        done = place.python(code)
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith(
            f"Cannot write {tmp_path}/s/.locks/a.lock: No space left on device. Free some space"
        )

"""Checks of the machine: room, memory, graphics card, browser, trust of notebooks."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from mer.cli.checks import Check
from mer.core.errors import InputError
from mer.core.paths import outputs_dir
from mer.core.process_limits import check_process_limits

DISK_GB = 3
MEMORY_GB = 6


def disk_space() -> Iterator[Check]:
    """Room for results."""
    place = outputs_dir()
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free / 2**30
    if free < DISK_GB:
        yield Check("Disk", "fail", f"{free:.1f} GB free at {place}, {DISK_GB} needed", "free some, or set MER_OUTPUTS")
    else:
        yield Check("Disk", "ok", f"{free:.0f} GB free")


def memory() -> Iterator[Check]:
    """Memory for the main job."""
    import psutil

    found = psutil.virtual_memory()
    if found.total < MEMORY_GB * 0.9 * 2**30:
        yield Check("Memory", "warn", f"{found.total / 2**30:.1f} GB, {MEMORY_GB} wanted", "close other programs")
    else:
        yield Check("Memory", "ok", f"{found.total / 2**30:.0f} GB, {found.available / 2**30:.0f} free")


def writable_outputs() -> Iterator[Check]:
    """Whether results can be written."""
    folder = outputs_dir()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".doctor-{os.getpid()}"
        probe.write_bytes(b"x")
        probe.unlink()
    except OSError as error:
        remedy = "choose a folder you may write to: export MER_OUTPUTS=..."
        yield Check("Results", "fail", f"cannot write to {folder} ({error.strerror or error})", remedy)
    else:
        yield Check("Results", "ok", f"written to {folder}")


def process_limits() -> Iterator[Check]:
    """Whether a process may have what the kernel of a notebook takes (``ulimit``)."""
    try:
        check_process_limits()
    except InputError as error:
        yield Check(
            "Limits", "fail", str(error).partition(". ")[0], "raise that limit: ulimit -n 1024; ulimit -v unlimited"
        )
    else:
        yield Check("Limits", "ok", "open files and addresses suffice")


def graphics_card() -> Iterator[Check]:
    """A GPU that torch can use, where there is one."""
    import torch

    if torch.cuda.is_available():
        yield Check("GPU", "ok", torch.cuda.get_device_name(0))
    elif shutil.which("nvidia-smi") and _runs(["nvidia-smi", "-L"]):
        built = f"CUDA {torch.version.cuda}" if torch.version.cuda else "the CPU alone"
        remedy = "install torch for the driver's CUDA version (see README), then mer doctor again"
        yield Check(
            "GPU", "warn", f"there is one, but torch {torch.__version__} (built for {built}) cannot use it", remedy
        )
    else:
        yield Check("GPU", "warn", "none; everything runs on the CPU, the paper's configuration only slowly")


def browser() -> Iterator[Check]:
    """A Chromium, which only the tests of widgets use."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = os.environ.get("BROWSER_PATH") or next((path for name in names if (path := shutil.which(name))), None)
    if found:
        yield Check("Browser", "ok", found)
    else:
        yield Check("Browser", "warn", "no Chromium; only tests of the widgets need one", "apt-get install chromium")


def trusted_notebooks() -> Iterator[Check]:
    """Executed notebooks that JupyterLab will show without their widgets."""
    from jupyter_core.paths import jupyter_data_dir
    from nbformat import read
    from nbformat.sign import NotebookNotary

    executed = [path for path in outputs_dir().glob("*/*/*.ipynb") if path.is_file()]
    if not executed:
        yield Check("Trusted notebooks", "ok", "no executed notebook yet")
        return
    strange = executed
    if (Path(jupyter_data_dir()) / "nbsignatures.db").is_file():  # else nothing was ever trusted, and none is made here
        notary = NotebookNotary(data_dir=jupyter_data_dir())
        strange = [path for path in executed if not notary.check_signature(read(path, as_version=4))]
    if strange:
        found = f"{len(strange)} of {len(executed)} executed notebooks are not; their saved widgets stay hidden"
        yield Check("Trusted notebooks", "warn", found, f"jupyter trust {outputs_dir()}/*/*/*.ipynb")
    else:
        yield Check("Trusted notebooks", "ok", f"all {len(executed)}")


def _runs(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, timeout=20).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False

"""What numbers must say of where they come from: versions, commit, machine, time; for runs and benchmarks alike."""

import platform
import re
import resource
import subprocess
import sys
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from mer import __version__
from mer.core.processors import processors

PACKAGES = (
    "torch",
    "numpy",
    "scipy",
    "pandas",
    "scikit-learn",
    "opencv-contrib-python",
    "mediapipe",
    "matplotlib",
    "umap-learn",
    "captum",
    "papermill",
    "ipykernel",
)


def versions() -> dict[str, str]:
    """Installed version of the packages that a result may depend on; those not installed are left out."""
    found = {"mer": __version__}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def machine() -> dict[str, Any]:
    """Processor, cores, memory, GPU, system and Python of this machine."""
    import psutil

    return {
        "system": platform.platform(),
        "processor": _processor_name(),
        "cores": processors(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
        "gpu": _gpu_name(),
        "python": platform.python_version(),
    }


#: Kept records of benchmarks: what one run has just written does not make the code of the next one another.
RECORDS = "data_manifests/benchmarks"


def commit(folder: Path) -> dict[str, Any]:
    """Git commit of ``folder`` and whether files differ from it; empty where git or a repository is missing."""
    head = _git(folder, "rev-parse", "HEAD")
    if not head:
        return {}
    files = ("--", ":(top)", f":(top,exclude){RECORDS}")
    return {
        "commit": head,
        "changed_files": bool(_git(folder, "status", "--porcelain", "--untracked-files=no", *files)),
    }


def now() -> str:
    """The time, UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def peak_memory_mb() -> int:
    """Largest resident memory of this process or one of its finished children, in MiB."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return round(max(_own_peak(), children) / (2**20 if sys.platform == "darwin" else 2**10))


def peak_addresses_mb() -> int:
    """Most addresses that this process has had, resident or not, in MiB; 0 where the system does not say."""
    return _kilobytes("VmPeak") // 2**10


def _own_peak() -> int:
    # What Linux counts as ``ru_maxrss`` begins with that of the process this one was started by; VmHWM is its own.
    return _kilobytes("VmHWM") or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _kilobytes(name: str) -> int:
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return 0
    found = re.search(rf"^{name}:\s*(\d+) kB$", status, re.MULTILINE)
    return int(found[1]) if found else 0


def _processor_name() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _gpu_name() -> str | None:
    """Asked of the driver: importing torch for a name costs seconds and hundreds of megabytes."""
    names = _output("nvidia-smi", "--query-gpu=name", "--format=csv,noheader").splitlines()
    return names[0] if names else None


def _git(folder: Path, *arguments: str) -> str:
    return _output("git", "-C", str(folder), *arguments)


def _output(*command: str) -> str:
    """What a command prints; nothing where it is missing or fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""

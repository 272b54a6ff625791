"""What the bits of a result may depend on beside code and data: packages, variables, processor, device, workers."""

import os
import platform
import re
from collections.abc import Mapping
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

from mer.core.stamp import machine

#: Variables that change how numbers are computed. Where things lie (`MER_OUTPUTS` and the like) changes none.
_VARIABLES = re.compile(
    r"(OMP|KMP|GOMP|MKL|OPENBLAS|BLIS|NUMEXPR|NUMBA|VECLIB|DNNL|ONEDNN|ATEN|TORCH|PYTORCH|CUBLAS|CUDNN|NVIDIA)_\w+"
    r"|CUDA_VISIBLE_DEVICES|CUDA_LAUNCH_BLOCKING|PYTHONHASHSEED|PYTHONOPTIMIZE|MER_MANIFESTS|MER_FIGURE_\w+"
)
#: Set by libraries themselves once they are imported; no number depends on them.
_SET_BY_LIBRARIES = ("KMP_INIT_AT_FORK", "KMP_DUPLICATE_LIB_OK")
#: Instructions of which libraries of linear algebra choose their kernels (x86: flags, ARM: Features).
_INSTRUCTIONS = re.compile(r"sse\w*|ssse3|avx\w*|fma\w*|f16c|bmi\d|amx\w*|asimd\w*|sve\w*|bf16|i8mm")
#: They install packages and are in no computation; a new environment has its own.
_INSTALLERS = ("pip", "setuptools", "wheel", "uv", "mer")
_MOST_NAMES = 6
_WORDS = {
    "python": "Python",
    "libc": "the C library",
    "processor": "the processor",
    "gpu": "the GPU",
    "workers": "the number of processors that may be used",
}


def surroundings() -> dict[str, Any]:
    """What surrounds a run that starts now.

    Returns:
        ``distributions`` (canonical name to version, all that are installed), ``variables``, ``instructions`` (sorted
        names), ``python``, ``libc``, ``processor``, ``gpu`` (None without one), ``workers``; and ``lock``, the text of
        the project's ``requirements.lock``, None where the package was installed without it.
    """
    found = machine()
    lock = Path(__file__).parents[2] / "requirements.lock"
    return {
        "distributions": dict(_distributions()),
        "variables": {name: os.environ[name] for name in sorted(os.environ) if _counts(name)},
        "instructions": _instructions(),
        "python": found["python"],
        "libc": " ".join(platform.libc_ver()),
        "processor": found["processor"],
        "gpu": found["gpu"],
        "workers": found["cores"],
        "lock": lock.read_text(encoding="utf-8") if lock.is_file() else None,
    }


def surroundings_differ(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """How these surroundings differ, a line each without a full stop; none where a result must be the same bits.

    Args:
        before: `surroundings` of a run.
        now: `surroundings` of this process.
    """
    packages, variables = (_both(before, now, name) for name in ("distributions", "variables"))
    other = [
        f"{name} {new or 'is absent'} (was {old or 'absent'})"
        for name, (old, new) in packages.items()
        if name not in _INSTALLERS
    ]
    more = f" and {len(other) - _MOST_NAMES} more" if len(other) > _MOST_NAMES else ""
    said = [f"packages: {', '.join(other[:_MOST_NAMES])}{more}"] if other else []
    said += [
        f"{words} is {now.get(key)}, was {before.get(key)}" for key, words in _WORDS.items() if _other(before, now, key)
    ]
    missing = sorted(set(before.get("instructions") or ()) - set(now["instructions"]))
    added = sorted(set(now["instructions"]) - set(before.get("instructions") or ()))
    if missing or added:
        parts = [f"without {', '.join(missing)}" if missing else "", f"with {', '.join(added)}" if added else ""]
        said.append(f"the processor's instructions: here {' and '.join(filter(None, parts))}")
    said += [f"{name} is {_set(new)}, was {_set(old)}" for name, (old, new) in variables.items()]
    return said


@lru_cache(maxsize=1)
def _distributions() -> tuple[tuple[str, str], ...]:
    """All that is installed, as found first on the path; read once a process, for it takes a third of a second."""
    found: dict[str, str] = {}
    for one in metadata.distributions():
        if name := one.metadata["Name"]:
            found.setdefault(re.sub(r"[-_.]+", "-", name).lower(), one.version)
    return tuple(sorted(found.items()))


def _counts(variable: str) -> bool:
    return bool(_VARIABLES.fullmatch(variable)) and variable not in _SET_BY_LIBRARIES


def _instructions() -> list[str]:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    listed = next((line.partition(":")[2] for line in lines if line.lower().startswith(("flags", "features"))), "")
    return sorted(word for word in set(listed.split()) if _INSTRUCTIONS.fullmatch(word))


def _both(before: Mapping[str, Any], now: Mapping[str, Any], key: str) -> dict[str, tuple[Any, Any]]:
    """Names whose values differ in the two mappings under ``key``, with both values."""
    old, new = dict(before.get(key) or {}), dict(now.get(key) or {})
    names = sorted({*old, *new})
    return {name: (old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name)}


def _other(before: Mapping[str, Any], now: Mapping[str, Any], key: str) -> bool:
    return key in before and before[key] != now.get(key)


def _set(value: Any) -> str:
    return "not set" if value is None else repr(value)

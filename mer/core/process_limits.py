"""What the system lets one process have (``ulimit``), asked before a notebook's kernel is started."""

import resource

from mer.core.errors import InputError

#: Files that the kernel of a notebook may have open: some 60 of its own, 2 for each worker, and those that it reads.
OPEN_FILES = 256
#: To which a lower limit is raised where that is allowed; what most Linux systems begin with.
_USUAL_OPEN_FILES = 1024
#: Bytes of addresses that a kernel takes with its libraries; measured on the CPU: 1.8 GiB are too few, 2.4 are enough.
ADDRESSES = 5 * 2**29
_GB = 2**30


def check_process_limits() -> None:
    """Refuse to start notebooks where their kernels could not work; a limit that this user may raise is raised.

    Without this a kernel dies at its start, or in the middle, and says of it whatever part of it failed.

    Raises:
        InputError: a limit is lower than what any run needs; the message says both.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if _lower(soft, OPEN_FILES) and not _lower(hard, OPEN_FILES):
        soft = _USUAL_OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, _USUAL_OPEN_FILES)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if _lower(soft, OPEN_FILES):
        raise InputError(
            f"A process may have {soft} files open here (ulimit -n), but a run needs {OPEN_FILES}. Raise that limit, "
            "or ask whoever runs this machine; nothing was run."
        )
    addresses, _ = resource.getrlimit(resource.RLIMIT_AS)
    if _lower(addresses, ADDRESSES):
        raise InputError(
            f"A process may address {addresses / _GB:.1f} GB of memory here (ulimit -v), but a run needs at least "
            f"{ADDRESSES / _GB:.1f} GB. Raise that limit (ulimit -v unlimited); nothing was run."
        )


def _lower(limit: int, need: int) -> bool:
    return limit != resource.RLIM_INFINITY and limit < need

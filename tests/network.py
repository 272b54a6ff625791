"""What goes over the network: a recorder that every Python process carries, and a place where the network is cut.

The recorder hears what Python's sockets do (audit events), in all processes that inherit its variables, on any system.
The cut is a network of its own that has loopback alone, and also stops what is no Python; not every system allows it.
"""

import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

_FILE = "MER_TEST_CONNECTIONS"
_SITE = """
import os, sys

def _heard(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = arguments[-1]
        if not isinstance(address, tuple):  # a file (unix), or the other end is known already
            return
        host = address[0]
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = arguments[0]
    else:
        return
    host = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if host in (None, "", "localhost", "::1", "0.0.0.0", "::") or str(host).startswith("127."):
        return
    if event.startswith("socket.get") and host == os.uname().nodename:  # its own name
        return
    with open(os.environ["MER_TEST_CONNECTIONS"], "a") as file:
        file.write(f"{event} {host} {os.getpid()} {' '.join(sys.argv)[:100]}\\n")

if "MER_TEST_CONNECTIONS" in os.environ:
    sys.addaudithook(_heard)
"""
#: Sets loopback up (the flags of an interface, by ioctl), then becomes the command.
_ENTER = """
import fcntl, os, socket, struct, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
    flags = struct.unpack("16sh", fcntl.ioctl(one, 0x8913, struct.pack("16sh", b"lo", 0)))[1]
    fcntl.ioctl(one, 0x8914, struct.pack("16sh", b"lo", flags | 1))
os.execvp(sys.argv[1], sys.argv[1:])
"""
#: Nobody has this address: it is for documents (RFC 5737).
NOBODY = "192.0.2.1"
_PROBE = f"""
import socket
with socket.create_server(("127.0.0.1", 0)) as server:
    socket.create_connection(server.getsockname(), 5).close()
try:
    socket.create_connection(("{NOBODY}", 9), 0.2)
except OSError as error:
    print(error.errno)
"""


def recorder(folder: Path) -> dict[str, str]:
    """Variables for the processes that are to be heard; the folder keeps what is heard."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sitecustomize.py").write_text(_SITE, encoding="utf-8")
    return {"PYTHONPATH": str(folder), _FILE: str(folder / "connections.txt")}


def heard(variables: Mapping[str, str]) -> list[str]:
    """Every call to another machine so far: what, whom, process, command."""
    path = Path(variables[_FILE])
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


@cache
def cut() -> tuple[tuple[str, ...], str]:
    """What to put before a command so that its network is loopback alone; empty, and the reason, where none may."""
    said = "no unshare on this machine"
    for how in ("-n", "-rn"):
        enter = ("unshare", how, sys.executable, "-c", _ENTER)
        try:
            done = subprocess.run([*enter, sys.executable, "-c", _PROBE], capture_output=True, text=True, timeout=60)
        except OSError:
            break
        if done.returncode == 0 and done.stdout.strip() == "101":  # the network is unreachable
            return enter, ""
        said = (done.stderr.strip().splitlines() or ["the network was still there"])[-1]
    return (), f"this kernel gives no network of one's own: {said}"

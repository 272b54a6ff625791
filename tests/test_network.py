"""Nothing is sent anywhere: by a whole study, and by `make lab`; and the instruments that say so do hear."""

import json
import os
import re
import shlex
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tests.network import NOBODY, cut, heard, recorder
from tests.tiny_world import PROJECT, shared_world

_CALL = f"import socket; one = socket.socket(); one.settimeout(0.05); one.connect_ex(('{NOBODY}', 9))"
#: A user's own settings that open everything.
_OPEN = """
c.ServerApp.ip = "0.0.0.0"
c.ServerApp.allow_remote_access = True
c.ServerApp.token = ""
c.ServerApp.password = ""
c.IdentityProvider.token = ""
c.PasswordIdentityProvider.token = ""
c.PasswordIdentityProvider.hashed_password = ""
c.ServerApp.identity_provider_class = "jupyter_server.auth.identity.IdentityProvider"
"""
_START_SECONDS = 180


def test_the_recorder_hears_a_call_of_a_process_of_a_process(tmp_path: Path) -> None:
    variables = recorder(tmp_path)
    outer = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {_CALL!r}], check=True)"
    subprocess.run([sys.executable, "-c", outer], env=os.environ | variables, check=True)
    (line,) = heard(variables)
    assert line.startswith(f"socket.connect {NOBODY} ")
    name = "import socket\ntry: socket.getaddrinfo('somewhere.invalid', 80)\nexcept OSError: pass"
    subprocess.run([sys.executable, "-c", name], env=os.environ | variables, check=True)
    assert heard(variables)[1].startswith("socket.getaddrinfo somewhere.invalid ")


def test_the_recorder_passes_over_loopback(tmp_path: Path) -> None:
    variables = recorder(tmp_path)
    code = "import socket; one = socket.create_server(('127.0.0.1', 0)); socket.create_connection(one.getsockname())"
    subprocess.run([sys.executable, "-c", code], env=os.environ | variables, check=True)
    assert heard(variables) == []


def test_where_the_network_is_cut_only_loopback_is_left() -> None:
    enter, reason = cut()
    if reason:
        pytest.skip(reason)
    call = _CALL.replace("connect_ex", "connect")
    done = subprocess.run([*enter, sys.executable, "-c", call], capture_output=True)
    assert done.returncode != 0 and b"unreachable" in done.stderr


def test_the_demo_study_asks_no_other_machine(tmp_path_factory: pytest.TempPathFactory) -> None:
    world = shared_world(tmp_path_factory)
    kept = world.outputs.parent / "network" / "said.json"
    if not kept.is_file():
        pytest.skip("these runs were not made by this session")
    said = json.loads(kept.read_text(encoding="utf-8"))
    assert not world.unfinished() and said["heard"] == []


def test_the_demo_study_runs_with_the_network_cut(tmp_path_factory: pytest.TempPathFactory) -> None:
    world = shared_world(tmp_path_factory)
    kept = world.outputs.parent / "network" / "said.json"
    if not kept.is_file():
        pytest.skip("these runs were not made by this session")
    said = json.loads(kept.read_text(encoding="utf-8"))
    if not said["cut"]:
        pytest.skip(said["reason"])
    assert not world.unfinished()


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[psutil.Process, str, str, dict[str, str]]]:
    """The command of `make lab` with settings of a user that open everything: process, address, token, recorder."""
    folder = tmp_path_factory.mktemp("lab")
    said = subprocess.run(["make", "-n", "lab"], cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    (command,) = [line for line in said.splitlines() if "lab.py" in line]
    words = [sys.executable if word == ".venv/bin/python" else word for word in shlex.split(command)]
    (folder / "config").mkdir()
    for name in ("jupyter_server_config.py", "jupyter_lab_config.py"):
        (folder / "config" / name).write_text(_OPEN, encoding="utf-8")
    variables = recorder(folder / "heard")
    own = {f"JUPYTER_{name}_DIR": str(folder / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
    own |= {"JUPYTERLAB_SETTINGS_DIR": str(folder / "s"), "JUPYTERLAB_WORKSPACES_DIR": str(folder / "w")}
    own |= {"IPYTHONDIR": str(folder / "ipython"), "JUPYTER_TOKEN": ""}
    log = folder / "lab.log"
    with log.open("w", encoding="utf-8") as stream:
        process = subprocess.Popen(
            [*words, "--no-browser", "--ServerApp.port=0"],
            cwd=PROJECT,
            env=os.environ | own | variables,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        end, found = time.monotonic() + _START_SECONDS, None
        while found is None and process.poll() is None and time.monotonic() < end:
            found = re.search(r"(http://127\.0\.0\.1:\d+)/lab\S*\?token=(\w+)", log.read_text(encoding="utf-8"))
            time.sleep(0.2)
        assert found, log.read_text(encoding="utf-8")[-3000:]
        yield psutil.Process(process.pid), found[1], found[2], variables
    finally:
        for child in psutil.Process(process.pid).children(recursive=True) if process.poll() is None else ():
            child.kill()
        process.kill()
        process.wait(60)


def _status(address: str, token: str = "") -> int:
    headers = {"Authorization": f"token {token}"} if token else {}
    try:
        with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=60) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_the_lab_listens_on_this_machine_only(lab) -> None:
    process, _, _, _ = lab
    family = [process, *process.children(recursive=True)]
    open_at = []
    for member in family:
        with suppress(psutil.NoSuchProcess):  # a short one that has ended meanwhile
            open_at += [one for one in member.net_connections("inet") if one.status == psutil.CONN_LISTEN]
    assert open_at and {one.laddr.ip for one in open_at} == {"127.0.0.1"}


def test_the_lab_answers_nobody_without_its_token(lab) -> None:
    process, address, token, _ = lab
    for path in ("api/contents", "api/kernels", "lab/api/settings", "lab/api/extensions"):
        assert _status(f"{address}/{path}") == 403, path
        assert _status(f"{address}/{path}", "wrong") == 403, path
    assert _status(f"{address}/api/contents", token) == 200
    assert len(token) == 48 and token not in " ".join(process.cmdline()), "others on this machine can read arguments"


def test_the_lab_asks_nobody_for_news_or_extensions(lab) -> None:
    _, address, token, variables = lab
    answers = {path: _status(f"{address}/{path}", token) for path in ("lab/api/news", "lab/api/update")}
    assert set(answers.values()) <= {200, 404}, answers
    _status(f"{address}/lab/api/extensions?query=widgets&refresh=1", token)
    assert _status(f"{address}/lab", token) == 200
    assert heard(variables) == []

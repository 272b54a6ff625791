"""A real SLURM on loopback: a controller, two nodes, keys and state of its own, all below one folder.

No service of the system is touched, and several may run side by side: ports are free ones, ``SLURM_CONF`` says where
the cluster is. Its node ``n2`` has two "GPUs", devices that SLURM counts and assigns as it does real ones.
"""

import ctypes
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "sinfo", "scontrol")
PATIENCE = 120  # seconds that anything may take on a machine that is busy
_CONF = """
ClusterName=mer
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
CryptoType=crypto/munge
AuthInfo=socket={folder}/munge.socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
MpiDefault=none
SwitchType=switch/none
ReturnToService=2
KillWait=5
MessageTimeout=20
SlurmctldTimeout=60
SlurmdTimeout=120
SlurmdParameters=config_overrides
GresTypes=gpu
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SchedulerParameters=sched_interval=1,batch_sched_delay=0
NodeName=n1 NodeHostname={host} NodeAddr=127.0.0.1 Port={n1} CPUs=4 RealMemory=4000 State=UNKNOWN
NodeName=n2 NodeHostname={host} NodeAddr=127.0.0.1 Port={n2} CPUs=4 RealMemory=4000 Gres=gpu:2 State=UNKNOWN
PartitionName=all Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP
PartitionName=cpu Nodes=n1 MaxTime=INFINITE State=UP
PartitionName=gpu Nodes=n2 MaxTime=INFINITE State=UP
"""


def missing() -> str:
    """Why no cluster can be started here; empty where one can."""
    absent = [name for name in PROGRAMS if _program(name) is None]
    if absent:
        return f"No SLURM ({', '.join(absent)}): apt-get install slurm-wlm munge."
    return ""


class Slurm:
    """The cluster.

    Args:
        folder: for all that belongs to it; its path must be short, for it holds a socket.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._servers: dict[str, subprocess.Popen[bytes]] = {}
        for name in ("state", "spool-n1", "spool-n2"):
            (folder / name).mkdir(parents=True)
        (folder / "munge.key").write_bytes(secrets.token_bytes(1024))
        (folder / "munge.key").chmod(0o600)
        ports = dict(zip(("controller", "n1", "n2"), _free_ports(3), strict=True))
        host, user = socket.gethostname().split(".")[0], _user()
        (folder / "slurm.conf").write_text(_CONF.format(folder=folder, host=host, user=user, **ports))
        gpus = ("/dev/null", "/dev/zero")
        (folder / "gres.conf").write_text("".join(f"NodeName=n2 Name=gpu File={device}\n" for device in gpus))
        if _version() >= (23, 2):  # before that nothing asks for control groups
            (folder / "cgroup.conf").write_text("CgroupPlugin=disabled\n")

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to find it."""
        return {"SLURM_CONF": str(self.folder / "slurm.conf")}

    def start(self) -> None:
        """Start everything; returns when both nodes are idle."""
        own = {name: f"{self.folder}/munge.{name}" for name in ("socket", "pid", "log", "seed")}
        self._serve(
            "munged",
            *("--foreground", "--force", f"--key-file={self.folder}/munge.key", f"--socket={own['socket']}"),
            *(f"--pid-file={own['pid']}", f"--log-file={own['log']}", f"--seed-file={own['seed']}"),
        )
        wait_for(lambda: (self.folder / "munge.socket").exists(), "munged")
        self.start_controller()
        for node in ("n1", "n2"):
            self._serve("slurmd", "-D", "-N", node, label=node)
        wait_for(lambda: self.nodes() == {"n1": "idle", "n2": "idle"}, self.told)

    def stop(self) -> None:
        """Cancel all jobs and end every process of it."""
        if self._servers.get("slurmctld"):
            self.run("scancel", f"--user={_user()}", check=False)
            end = time.monotonic() + 20
            while self.run("squeue", "--noheader", check=False).strip() and time.monotonic() < end:
                time.sleep(0.3)
        for name in [*self._servers][::-1]:
            self._end(name)

    def start_controller(self) -> None:
        """Start the controller; it takes up what it knew."""
        self._serve("slurmctld", "-D")

    def stop_controller(self) -> None:
        """Stop the controller: nobody answers, jobs go on."""
        self._end("slurmctld")

    def stop_node(self, node: str) -> None:
        """Kill a node's daemon, as when its machine is switched off; processes of its jobs must be killed apart."""
        self._end(node, signal.SIGKILL)

    def start_node(self, node: str) -> None:
        """Start it again."""
        self._serve("slurmd", "-D", "-N", node, label=node)

    def nodes(self) -> dict[str, str]:
        """State of each node."""
        text = self.run("sinfo", "--noheader", "-N", "--format=%N|%T", check=False)
        return dict(line.strip().split("|") for line in text.splitlines() if "|" in line)

    def resume(self) -> None:
        """Let both nodes work again, if they do not."""
        for node, state in self.nodes().items():
            if state.startswith(("drain", "down")):
                self.run("scontrol", "update", f"nodename={node}", "state=resume", check=False)
        wait_for(lambda: not any(state.startswith(("drain", "down")) for state in self.nodes().values()), self.told)

    def jobs(self, states: str = "PENDING,RUNNING") -> list[dict[str, str]]:
        """Jobs in these states: id, name, state, node, and what GPUs they asked for."""
        text = self.run(
            "squeue", "--noheader", "--array", f"--states={states}", "--format=%i|%j|%T|%N|%b|%r", check=False
        )
        names = ("id", "name", "state", "node", "gpus", "reason")
        return [dict(zip(names, line.strip().split("|"), strict=True)) for line in text.splitlines() if "|" in line]

    def run(self, *command: str, check: bool = True) -> str:
        """What one of its programs prints."""
        done = subprocess.run(
            command, env=os.environ | self.environment, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        assert done.returncode == 0 or not check, f"{' '.join(command)}: {done.stderr}{self.told()}"
        return done.stdout

    def told(self) -> str:
        """The ends of its logs."""
        logs = sorted(self.folder.glob("*.log"))
        return "\n".join(f"{log.name}:\n{log.read_text(errors='replace')[-1500:]}" for log in logs)

    def _serve(self, program: str, *arguments: str, label: str = "") -> None:
        path = _program(program)
        assert path
        with open(self.folder / f"{label or program}.out.log", "ab") as log:
            self._servers[label or program] = subprocess.Popen(
                [path, *arguments],
                env=os.environ | self.environment,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_ends_with_its_parent,
            )

    def _end(self, name: str, how: int = signal.SIGTERM) -> None:
        process = self._servers.pop(name)
        process.send_signal(how)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(true: Callable[[], Any], what: str | Callable[[], str] = "", seconds: float = PATIENCE) -> Any:
    """Wait until something is true, and return it; fails after a long time."""
    end = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < end, f"waited {seconds} s: {what() if callable(what) else what}"
        time.sleep(0.1)
    return found


def _ends_with_its_parent() -> None:
    """Nothing of a cluster outlives tests that are killed."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def _program(name: str) -> str | None:
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


def _version() -> tuple[int, ...]:
    """For instance (22, 5, 8); the program says ``slurm-wlm 22.05.8``."""
    path = _program("slurmctld")
    assert path
    said = subprocess.run([path, "-V"], capture_output=True, text=True, check=True).stdout
    return tuple(int(word) for word in said.split()[-1].split(".") if word.isdigit())


def _user() -> str:
    import pwd

    return pwd.getpwuid(os.getuid()).pw_name


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports

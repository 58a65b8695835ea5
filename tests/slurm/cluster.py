"""A real SLURM on this machine, with CPUs, memory and GPUs that are not there, for the tests.

Two GPU nodes of two devices and a CPU node, in three partitions: cpu, gpu, and urgent, whose jobs
preempt those of gpu. Its daemons listen on loopback alone; no systemd, no database, and nothing
outside its folder. By hand, until Ctrl-C:

    .venv/bin/python tests/slurm/cluster.py
"""

import ctypes
import getpass
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

SBIN = "/usr/sbin"  # where Debian has the daemons; not in every user's PATH
DAEMONS = ("munged", "slurmctld", "slurmd")
CLIENTS = (
    "sacct",
    "sacctmgr",
    "sbatch",
    "scancel",
    "scontrol",
    "sinfo",
    "squeue",
    "srun",
    "sshare",
)

DEVICES = {"gpu1": 2, "gpu2": 2, "cpu1": 0}  # GPUs of each node
CPUS = 8  # of each node
MEMORY = 256_000  # of each node, in MB

CONFIGURATION = """\
ClusterName=tests
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmUser={user}
SlurmdUser={user}
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
PlugStackConfig={folder}/plugstack.conf
MailProg=/bin/true
MpiDefault=none
SwitchType=switch/none
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none

# A requeued job waits until its credential has expired: 5 s is the least, 120 s the default.
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/munge/socket,cred_expire=5

# Nodes have what is written here, whatever the machine has.
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
GresTypes=gpu

SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=0,sched_min_interval=0
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
KillWait=3
Prolog={folder}/record
Epilog={folder}/record
MinJobAge=86400
ReturnToService=2

{nodes}
PartitionName=cpu Nodes=cpu1 Default=YES
PartitionName=gpu Nodes=gpu1,gpu2 PriorityTier=10
PartitionName=urgent Nodes=gpu1,gpu2 PriorityTier=50 PreemptMode=OFF
"""

# What SLURM runs on a node before a job starts there, and after its end.
RECORD = """\
#!/bin/sh
event="$SLURM_JOB_ID $(date +%s.%N) $SLURMD_NODENAME $SLURM_JOB_GPUS"
echo "$SLURM_SCRIPT_CONTEXT $event" >> {folder}/record.txt
"""


@dataclass
class Start:
    """A start of a job on a node, of which a requeued job has several; times in s."""

    job: str
    node: str
    devices: frozenset[str]  # node and index of each GPU
    started: float
    ended: float | None = None

    def overlaps(self, other: "Start") -> bool:
        """Whether both ran at some time."""
        return self.started < other.ended and other.started < self.ended


class Cluster:
    """A cluster that is up inside a `with` statement.

    `environment`: that of a process that talks to it. RuntimeError: it does not come up.
    """

    def __init__(self):
        # A short name, for a socket's path has no more than 107 letters.
        self.folder = Path(tempfile.mkdtemp(prefix="slurm-", dir="/tmp"))
        self.folder.chmod(0o711)  # else munged refuses it
        self.environment = os.environ | {"PATH": f"{self.folder}/bin:{os.environ['PATH']}:{SBIN}"}
        self._daemons: list[subprocess.Popen] = []

    def __enter__(self) -> "Cluster":
        try:
            self._write_files()
            munge = self.folder / "munge"
            options = [f"--key-file={munge}/key", f"--socket={munge}/socket"]
            options += [f"--pid-file={munge}/pid", f"--seed-file={munge}/seed"]
            self._start("munged", "--foreground", f"--log-file={munge}/log", *options)
            self._wait_for((munge / "socket").exists)
            configuration = ("-f", str(self.folder / "slurm.conf"))
            self._start("slurmctld", "-D", "-c", *configuration)
            for node in DEVICES:
                self._start("slurmd", "-D", *configuration, "-N", node)
            self._wait_for(self._is_up)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exception) -> None:
        """End all jobs, because they outlive their daemon; then the daemons, and processes that SLURM
        has lost.

        Without cgroups it loses a process of a job whose parent was killed before.
        """
        if len(self._daemons) == len(DAEMONS) - 1 + len(DEVICES):
            self.run("scancel", f"--user={getpass.getuser()}")
            self._wait_for(lambda: not self.run("squeue", "--noheader"))
        while self._daemons:
            daemon = self._daemons.pop()
            daemon.terminate()
            try:
                daemon.wait(5)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()
        for process in self._processes():
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, *command: str) -> str:
        """What one of SLURM's commands prints."""
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=60
        )
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(command)}: {done.stderr}")
        return done.stdout

    def jobs(self) -> list[dict[str, str]]:
        """SLURM's records of all jobs, ended ones too, in the order of their submission."""
        lines = self.run("scontrol", "show", "jobs", "--details", "--oneliner").splitlines()
        records = [dict(re.findall(r"(\S+?)=(\S*)", line)) for line in lines]
        return sorted(records, key=lambda record: int(record["JobId"]))

    def starts(self) -> list[Start]:
        """All starts of jobs, in their order."""
        starts: list[Start] = []
        for line in (self.folder / "record.txt").read_text().splitlines():
            event, job, time_, node, *indices = line.split()
            if event == "prolog_slurmd":
                indices = indices[0].split(",") if indices else []
                devices = frozenset(f"{node}:{index}" for index in indices)
                starts.append(Start(job, node, devices, float(time_)))
            else:
                next(s for s in reversed(starts) if s.job == job).ended = float(time_)
        return starts

    def _write_files(self) -> None:
        ports = _free_ports(1 + len(DEVICES))
        host = socket.gethostname()
        nodes, devices = [], ["AutoDetect=off"]
        for (name, gpus), port in zip(DEVICES.items(), ports[1:], strict=True):
            gres = f"Gres=gpu:{gpus}" if gpus else ""
            nodes.append(
                f"NodeName={name} NodeHostname={host} NodeAddr=127.0.0.1 Port={port}"
                f" CPUs={CPUS} RealMemory={MEMORY} {gres}"
            )
            for index in range(gpus):
                # Must be a device, or SLURM does not set CUDA_VISIBLE_DEVICES.
                device = self.folder / f"dev/{name}/nvidia{index}"
                device.parent.mkdir(parents=True, exist_ok=True)
                device.symlink_to("/dev/null")
                devices.append(f"NodeName={name} Name=gpu File={device}")
        files = {
            "slurm.conf": CONFIGURATION.format(
                host=host,
                controller_port=ports[0],
                user=getpass.getuser(),
                folder=self.folder,
                nodes="\n".join(nodes),
            ),
            "gres.conf": "\n".join(devices) + "\n",
            "plugstack.conf": "",
            "record": RECORD.format(folder=self.folder),
        }
        for name, text in files.items():
            (self.folder / name).write_text(text)
        (self.folder / "record").chmod(0o755)
        for name in ("state", "munge", "bin"):
            (self.folder / name).mkdir()
        (self.folder / "state").chmod(0o700)
        (self.folder / "munge").chmod(0o711)
        key = self.folder / "munge/key"
        key.touch(0o600)
        key.write_bytes(os.urandom(128))
        for name in CLIENTS:
            # Inside a job the variable SLURM_CONF is lost: the plugin removes it before it calls srun.
            client = self.folder / "bin" / name
            setting = f"SLURM_CONF='{self.folder}/slurm.conf'"
            client.write_text(f'#!/bin/sh\n{setting} exec {shutil.which(name)} "$@"\n')
            client.chmod(0o755)

    def _processes(self) -> list[int]:
        """Ids of all processes that were started with the cluster's environment, at any remove."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):  # it has ended, or is another user's
                if f"{self.folder}/bin".encode() in (process / "environ").read_bytes():
                    found.append(int(process.name))
        return found

    def _start(self, name: str, *options: str) -> None:
        number = len(self._daemons)
        with open(self.folder / f"{number}-{name}.log", "w") as log:
            daemon = subprocess.Popen(
                [shutil.which(name, path=self.environment["PATH"]), *options],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_end_with_parent,
            )
        self._daemons.append(daemon)

    def _is_up(self) -> bool:
        command = ["sinfo", "--noheader", "--Node", "--states=idle", "--format=%N"]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True)
        return set(done.stdout.split()) == set(DEVICES)

    def _wait_for(self, condition, seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            ended = [daemon.args[0] for daemon in self._daemons if daemon.poll() is not None]
            if ended or time.monotonic() > deadline:
                logs = [log.read_text()[-1000:] for log in sorted(self.folder.glob("*.log"))]
                raise RuntimeError(f"SLURM is not up; ended: {ended}\n" + "\n".join(logs))
            time.sleep(0.1)


def why_not() -> str | None:
    """The reason for which there can be no cluster on this machine, if there is one."""
    missing = [
        name
        for name in (*DAEMONS, *CLIENTS)
        if not shutil.which(name, path=f"{os.environ['PATH']}:{SBIN}")
    ]
    if missing:
        return f"not installed: {', '.join(missing)}; `make test-slurm` installs SLURM, as root on Debian"
    name = socket.gethostname()
    try:
        address = socket.gethostbyname(name)
    except OSError:
        address = "no address"
    if not address.startswith("127."):
        return (
            f"the host name {name} is not on loopback, where SLURM is to listen, but has {address}"
        )
    return None


def call_host_localhost() -> None:
    """Where allowed, let this process and its children, and no others, see the host name localhost.

    SLURM listens where the host name says.
    """
    new_uts_namespace = 0x04000000
    if sys.platform == "linux" and ctypes.CDLL(None).unshare(new_uts_namespace) == 0:
        socket.sethostname("localhost")


def _end_with_parent() -> None:
    """End this process when its parent ends, so that even a killed test leaves no daemon behind."""
    set_parent_death_signal = 1
    ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGTERM)


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def main() -> None:
    """Bring a cluster up, say how to talk to it, and take it down at Ctrl-C."""
    call_host_localhost()
    if reason := why_not():
        raise SystemExit(reason)
    with Cluster() as cluster:
        print(cluster.run("sinfo", "--Node", "--format=%N %P %c %m %G"))
        print(f"export PATH={cluster.folder}/bin:$PATH", flush=True)
        stops = {signal.SIGINT, signal.SIGTERM}
        signal.pthread_sigmask(signal.SIG_BLOCK, stops)
        signal.sigwait(stops)


if __name__ == "__main__":
    main()

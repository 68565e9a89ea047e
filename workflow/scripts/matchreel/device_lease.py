"""Lease GPUs of this machine for one command: python -m matchreel.device_lease 1 python -m train_model ...

Snakemake counts `gpu` but tells no job which device is its own, so two jobs would meet on the first one. This
module takes one file lock per device id, sets CUDA_VISIBLE_DEVICES to what it got and becomes the command, so
torch is imported after that. The command inherits the open lock files: the kernel frees the devices with the
process, however it ends. It imports the standard library and the errors; no step imports it.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from matchreel.errors import ConfigError, InputError, MatchreelError, OutputError, from_os_error

# Devices that stand for real ones, in tests: "0,1".
PRETEND = "MATCHREEL_DEVICES"
# A folder for the locks, where the usual one will not do.
LEASES_DIR = "MATCHREEL_LEASES_DIR"
VISIBLE = "CUDA_VISIBLE_DEVICES"
EXIT_USER_ERROR = 2
_PROC_GPUS = Path("/proc/driver/nvidia/gpus")
# An index, or the (abbreviated) UUID of a GPU or a MIG instance, as CUDA_VISIBLE_DEVICES may name them.
_DEVICE_ID = re.compile(r"\d+|(GPU|MIG)-[\w/.-]+")
_POLL_SECONDS = 0.5


def device_ids(environment: Mapping[str, str]) -> list[str]:
    """The devices this process may use, by id: what CUDA_VISIBLE_DEVICES allows, else all of the machine.

    As CUDA reads the list, what follows an entry that names no device is not visible.
    """
    named = environment.get(VISIBLE, environment.get(PRETEND))
    if named is None:
        return _devices_of_machine()
    ids = list[str]()
    for word in (entry.strip() for entry in named.split(",")):
        if not _DEVICE_ID.fullmatch(word):
            break
        ids.append(word)
    return list(dict.fromkeys(ids))


def lease_devices(num_gpus: int, *, environment: Mapping[str, str]) -> dict[str, str]:
    """Hold `num_gpus` devices until this process ends; the variables that tell the command which.

    Waits, with a line on stderr, while too few are free. Takes all or none, so that two jobs of two devices
    never wait for each other. Where the machine has fewer, all of them; without any, an empty mapping: the
    step works on the CPU. Devices that SLURM gave to a job of its own need no lock.
    """
    ids = device_ids(environment) if num_gpus > 0 else []
    wanted = min(num_gpus, len(ids))
    if not wanted:
        return {}
    if "SLURM_JOB_ID" in environment and wanted == len(ids):
        _say(f"GPU {', '.join(ids)} given by SLURM")
        return {VISIBLE: ",".join(ids)}
    folder = leases_dir(environment)
    held = _take(ids, wanted, folder)
    if not held:
        _say(f"waiting for {wanted} of the GPUs {', '.join(ids)}: other jobs have them")
    while not held:
        time.sleep(_POLL_SECONDS)
        held = _take(ids, wanted, folder)
    _say(f"GPU {', '.join(held)} leased")
    return {VISIBLE: ",".join(held)}


def leases_dir(environment: Mapping[str, str]) -> Path:
    """The folder of the locks: of this user, this machine and, under SLURM, this job.

    A SLURM job's devices are its own already, and may be counted from 0 in every job; the steps of a run
    inside one allocation still need leases among them.

    Raises OutputError where the folder belongs to someone else.
    """
    if LEASES_DIR in environment:
        folder = Path(environment[LEASES_DIR])
        folder.mkdir(parents=True, exist_ok=True)
        return folder
    words = ["matchreel-gpus", str(os.getuid()), socket.gethostname(), environment.get("SLURM_JOB_ID", "")]
    # ASSUME: all jobs of a user on a machine see one /tmp; TMPDIR may differ from job to job.
    base = Path("/tmp") if Path("/tmp").is_dir() else Path(tempfile.gettempdir())
    folder = base / "-".join(word for word in words if word)
    folder.mkdir(mode=0o700, exist_ok=True)
    held = folder.lstat()
    if held.st_uid != os.getuid() or not stat.S_ISDIR(held.st_mode):
        raise OutputError(
            "the folder of the GPU leases belongs to someone else",
            where=folder,
            remedy=f"Remove it, or name another in {LEASES_DIR}",
        )
    return folder


def _take(ids: Sequence[str], wanted: int, folder: Path) -> list[str]:
    """Lock `wanted` of the devices and leave their files open for the command; none if too few are free."""
    # One job at a time tries: two that want two devices would else take one each, again and again.
    with (folder / "door.lock").open("w") as door:
        fcntl.flock(door, fcntl.LOCK_EX)
        return _take_in_turn(ids, wanted, folder)


def _take_in_turn(ids: Sequence[str], wanted: int, folder: Path) -> list[str]:
    locks = dict[str, int]()
    for device_id in ids:
        lock = os.open(folder / f"{device_id.replace('/', '_')}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            continue
        locks[device_id] = lock
        if len(locks) == wanted:
            for held in locks.values():
                os.set_inheritable(held, True)
            return list(locks)
    for held in locks.values():
        os.close(held)
    return []


def _devices_of_machine() -> list[str]:
    try:
        done = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return [str(index) for index, _gpu in enumerate(_PROC_GPUS.glob("*"))]
    return listed_devices(done.stdout)


def listed_devices(listing: str) -> list[str]:
    """Device ids in what `nvidia-smi -L` prints: an index per GPU, or the UUIDs of its MIG instances."""
    ids = list[str]()
    # Split before each GPU's line; its instances, if it is cut into some, are the lines below it.
    for block in re.split(r"^(?=GPU \d+:)", listing, flags=re.MULTILINE):
        index = re.match(r"GPU (\d+):", block)
        if index:
            ids += re.findall(r"UUID: (MIG-[^)\s]+)", block) or [index[1]]
    return ids


def _say(text: str) -> None:
    sys.stderr.write(f"matchreel: {text}\n")
    sys.stderr.flush()


def main(arguments: Sequence[str]) -> None:
    """Lease arguments[0] devices and become the command that follows; 2 and one line where that cannot be."""
    try:
        if len(arguments) < 2 or not arguments[0].isdigit():
            raise ConfigError(
                f"{' '.join(arguments[:1]) or 'nothing'} is no number of GPUs before a command",
                where="matchreel.device_lease",
                remedy="Call it as: python -m matchreel.device_lease 1 COMMAND ...",
            )
        program = shutil.which(arguments[1])
        if not program:
            raise InputError("no such program", where=arguments[1], remedy="Check its name and PATH")
        found = lease_devices(int(arguments[0]), environment=os.environ)
        os.execve(program, list(arguments[1:]), {**os.environ, **found})
    except OSError as error:
        _say(str(from_os_error(error)))
    except MatchreelError as error:
        _say(str(error))
    sys.exit(EXIT_USER_ERROR)


if __name__ == "__main__":
    main(sys.argv[1:])

"""GPUs of one machine: each job its own, freed with the process, by real processes on pretend devices."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from matchreel.device_lease import device_ids, leases_dir, listed_devices
from support.dryrun import snakemake

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "workflow/scripts"
SAY = (sys.executable, "-c", "import os; print(os.environ.get('CUDA_VISIBLE_DEVICES', 'none'), flush=True)")
HOLD = (*SAY[:2], f"{SAY[2]}; import time; time.sleep(60)")
# Two jobs at once: each waits for the other to have begun, so they hold their devices at the same time.
WORKFLOW = """
rule all:
    input: expand("seen-{job}", job=JOBS)
rule train:
    output: "seen-{job}"
    resources: gpu=1
    params: others=lambda wildcards: [job for job in JOBS if job != wildcards.job]
    shell:
        "python -m matchreel.device_lease {resources.gpu} bash -c '"
        "touch begun-{wildcards.job}; n=0;"
        "until [ -e begun-{params.others} ] || [ $n = 200 ]; do sleep 0.1; n=$((n + 1)); done;"
        "[ $n -lt 200 ] && echo $CUDA_VISIBLE_DEVICES > {output}'"
"""

LISTING = """GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-5d5ba0d6-d33d-2b2c-524d-9e3d8d2b8a77)
  MIG 1g.5gb      Device  0: (UUID: MIG-c6d4f1ef-42e4-5de3-91c7-45d71c87eb3f)
  MIG 1g.5gb      Device  1: (UUID: MIG-cba663e8-9bed-5b25-b243-5985ef7c9beb)
GPU 1: NVIDIA A100-SXM4-40GB (UUID: GPU-4d3e2c1b-0000-1111-2222-333344445555)
"""


def environment(tmp_path: Path, **changes: str) -> dict[str, str]:
    held = {
        name: value
        for name, value in os.environ.items()
        if name not in ("CUDA_VISIBLE_DEVICES", "SLURM_JOB_ID")
    }
    held |= {"MATCHREEL_LEASES_DIR": str(tmp_path / "leases"), "MATCHREEL_DEVICES": "0,1"}
    return held | {"PYTHONPATH": str(SCRIPTS)} | changes


def leased(tmp_path: Path, gpus: int, command: tuple[str, ...], **changes: str) -> subprocess.Popen[str]:
    words = [sys.executable, "-m", "matchreel.device_lease", str(gpus), *command]
    return subprocess.Popen(
        words,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(tmp_path, **changes),
    )


def said(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    return out.strip()


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ("0,1", ["0", "1"]),
        (" 2 , 0", ["2", "0"]),
        ("", []),
        ("-1", []),
        ("NoDevFiles", []),
        ("1,-1,0", ["1"]),
        ("1,1", ["1"]),
        ("GPU-5d5ba0d6,MIG-c6d4f1ef-42e4", ["GPU-5d5ba0d6", "MIG-c6d4f1ef-42e4"]),
        ("MIG-GPU-5d5ba0d6/1/0", ["MIG-GPU-5d5ba0d6/1/0"]),
    ],
)
def test_the_visible_list_is_read_as_cuda_reads_it(named, expected):
    assert device_ids({"CUDA_VISIBLE_DEVICES": named, "MATCHREEL_DEVICES": "7"}) == expected


def test_the_devices_of_a_machine_are_those_that_it_lists():
    assert listed_devices(LISTING) == [
        "MIG-c6d4f1ef-42e4-5de3-91c7-45d71c87eb3f",
        "MIG-cba663e8-9bed-5b25-b243-5985ef7c9beb",
        "1",
    ]
    assert listed_devices("No devices were found\n") == []


def test_a_slurm_job_leases_among_its_own_steps_only():
    plain, first, second = (leases_dir(held) for held in ({}, {"SLURM_JOB_ID": "a"}, {"SLURM_JOB_ID": "b"}))
    try:
        assert len({plain, first, second}) == 3
        assert first.stat().st_mode & 0o777 == 0o700
    finally:
        first.rmdir(), second.rmdir()


def test_what_slurm_gave_to_one_step_needs_no_lock(tmp_path):
    """And leaves nothing behind on the node, also where another job holds the device of the same number."""
    holder = leased(tmp_path, 2, HOLD)
    try:
        assert holder.stdout.readline().strip() == "0,1"
        given = {"SLURM_JOB_ID": "7", "CUDA_VISIBLE_DEVICES": "0"}
        assert said(leased(tmp_path, 1, SAY, **given)) == "0"
    finally:
        holder.kill()
        holder.communicate()


def test_two_holders_two_devices_and_a_third_waits_until_one_is_killed(tmp_path):
    holders = [leased(tmp_path, 1, HOLD) for _ in range(2)]
    try:
        devices = [holder.stdout.readline().strip() for holder in holders]
        assert sorted(devices) == ["0", "1"]
        third = leased(tmp_path, 1, SAY)
        assert third.stderr.readline() == "matchreel: waiting for 1 of the GPUs 0, 1: other jobs have them\n"
        assert third.poll() is None
        # No handler, no finally: the kernel alone frees the device.
        holders[1].send_signal(signal.SIGKILL)
        assert said(third) == devices[1]
    finally:
        for holder in holders:
            holder.kill()
            holder.communicate()


def test_a_child_that_outlives_the_step_is_not_the_step(tmp_path):
    """Processes that Python starts do not inherit the lock: a stray helper keeps no device."""
    code = "import subprocess, sys; subprocess.Popen(['sleep', '30'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)"
    assert said(leased(tmp_path, 2, (sys.executable, "-c", code))) == ""
    assert said(leased(tmp_path, 2, SAY)) == "0,1"


@pytest.mark.parametrize(
    ("gpus", "changes", "expected"),
    [
        (1, {}, "0"),
        (2, {}, "0,1"),
        (3, {}, "0,1"),
        (1, {"CUDA_VISIBLE_DEVICES": "3"}, "3"),
        (1, {"CUDA_VISIBLE_DEVICES": "GPU-5d5ba0d6,0"}, "GPU-5d5ba0d6"),
        (0, {}, "none"),
        (1, {"MATCHREEL_DEVICES": ""}, "none"),
    ],
)
def test_a_lease_is_within_what_is_allowed(tmp_path, gpus, changes, expected):
    assert said(leased(tmp_path, gpus, SAY, **changes)) == expected


def test_a_job_of_two_devices_waits_for_both_and_holds_none_meanwhile(tmp_path):
    holder = leased(tmp_path, 1, HOLD)
    try:
        assert holder.stdout.readline().strip() == "0"
        both = leased(tmp_path, 2, SAY)
        assert "waiting for 2 of" in both.stderr.readline()
        assert said(leased(tmp_path, 1, SAY)) == "1"
    finally:
        holder.kill()
        holder.communicate()
    assert said(both) == "0,1"


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["one", "true"], "one is no number of GPUs before a command. Call it as"),
        (["1", "no-such-command"], "no-such-command: no such program. Check its name and PATH."),
    ],
)
def test_a_wrong_call_is_one_line(tmp_path, arguments, text):
    command = [sys.executable, "-m", "matchreel.device_lease", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=environment(tmp_path), check=False)
    assert done.returncode == 2
    assert text in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(("allowed", "expected"), [("0,1", ["0", "1"]), ("1,4,5", ["1", "4"])])
def test_snakemake_runs_two_gpu_jobs_on_two_devices(tmp_path, allowed, expected):
    file = tmp_path / "Snakefile"
    file.write_text("JOBS = ['a', 'b']\n" + WORKFLOW, encoding="utf-8")
    done = snakemake(
        tmp_path,
        "all",
        snakefile=file,
        options=["--resources", "gpu=2"],
        environment=environment(tmp_path, CUDA_VISIBLE_DEVICES=allowed)
        | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
    )
    assert done.returncode == 0, done.stderr
    assert sorted((tmp_path / f"seen-{job}").read_text().strip() for job in "ab") == expected


def test_every_step_that_takes_gpus_leases_them():
    found = 0
    for path in (ROOT / "rules").glob("*.smk"):
        for block in path.read_text(encoding="utf-8").split("\nrule ")[1:]:
            if "--gpu " in block:
                found += 1
                assert "--gpu {params.gpus}" in block, block[:40]
                assert '"python -m matchreel.device_lease {params.gpus}"' in block, block[:40]
    assert found == 6

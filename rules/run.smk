# What a run says at its start and its end. No rules: they stand in the other files.
import atexit
import hashlib
import time

from matchreel import preflight
from matchreel.failures import UnfinishedJob, failure_lines

RUN_STARTED_SECONDS = time.time()


def start_run(workflow):
    """Preflight and announcement of downloads; WorkflowError for what surely fails. Never in a job's own process."""
    jobs = list(workflow.dag.needrun_jobs())
    announce_downloads([job for job in jobs if job.rule.name == "download_game"])
    found = preflight.check(
        list(map(planned_job, jobs)), circumstances_of_run(workflow)
    )
    for line in found.warnings:
        print(f"warning: {line}", file=sys.stderr)
    if found.fatal:
        raise WorkflowError("\n".join(found.fatal))


def planned_job(job):
    """What the preflight wants to know of a job."""
    names = job.wildcards_dict
    memory = job.resources.get("mem_mb")
    megabytes = float(memory) if isinstance(memory, (int, float)) else 0.0
    return preflight.PlannedJob(
        job.rule.name, names.get("game", ""), names.get("part", ""), megabytes
    )


def circumstances_of_run(workflow):
    """Whether steps run here, and which rules a profile gives a GPU."""
    given = workflow.resource_settings.overwrite_resources or {}
    return preflight.Circumstances(
        ffmpeg=CONFIG["ffmpeg"],
        download_source=CONFIG["download"]["source"],
        is_local=workflow.local_exec
        and not workflow.deployment_settings.deployment_method,
        gpu_rules=frozenset(rule for rule, held in given.items() if "gpu" in held),
    )


def mark_outdated(workflow):
    """What should have been made anew but lost an input to a failed step counts as incomplete from now on.

    Snakemake removes a step's old outputs when it starts. If the step then fails, what was made of them before looks
    up to date to the next run: the same command would find nothing to do.
    """
    for job in workflow.dag.needrun_jobs():
        has_lost = any(not Path(path).exists() for path in job.input)
        if has_lost and any(Path(path).exists() for path in job.output):
            workflow.persistence.started(job)


def say_failures_last(workflow):
    """Print why steps failed when this process ends."""
    jobs = [
        UnfinishedJob(
            " ".join([job.rule.name, *job.wildcards_dict.values()]),
            tuple(map(Path, job.log)),
        )
        for job in workflow.dag.needrun_jobs()
    ]
    for line in reversed(failure_lines(jobs, since_seconds=RUN_STARTED_SECONDS)):
        atexit.register(print, line, file=sys.stderr)


def benchmarks_digest(wildcards):
    """Changes with the records of finished jobs. As inputs they would have their jobs run again where stale."""
    held = sorted(Path("results/benchmarks").rglob("*.jsonl"))
    facts = [
        (path.as_posix(), path.stat().st_size, path.stat().st_mtime_ns)
        for path in held
        if path.stem != "operations"
    ]
    return hashlib.sha256(repr(facts).encode()).hexdigest()

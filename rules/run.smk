# What a run says at its start and its end. No rules: they stand in the other files.
import atexit
import hashlib
import time

from snakemake_interface_executor_plugins.settings import ExecMode

from matchreel import preflight
from matchreel.failures import UnfinishedJob, failure_lines
from matchreel.run_notes import GameOfRun, note_lines

RUN_STARTED_SECONDS = time.time()
# Snakemake goes back to where it was called before the process ends.
WORKING_DIR = Path.cwd()


def start_run(workflow):
    """Preflight and announcement of downloads; WorkflowError for what surely fails. Never in a job's own process."""
    end_planning()
    jobs = list(workflow.dag.needrun_jobs())
    announce_downloads([job for job in jobs if job.rule.name == "download_game"])
    made = {str(path) for job in jobs for path in job.output}
    planned = [planned_job(job, made) for job in jobs]
    found = preflight.check(planned, circumstances_of_run(workflow))
    for line in found.warnings:
        print(f"warning: {line}", file=sys.stderr)
    if found.fatal:
        raise WorkflowError("\n".join(found.fatal))


def planned_job(job, made):
    """What the preflight wants to know of a job; made: what this run's jobs make."""
    names = job.wildcards_dict
    memory = job.resources.get("mem_mb")
    megabytes = float(memory) if isinstance(memory, (int, float)) else 0.0
    return preflight.PlannedJob(
        job.rule.name,
        names.get("game", ""),
        names.get("part", ""),
        megabytes,
        tuple(path for path in map(str, job.input) if path not in made),
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
    # What is registered last is said first.
    atexit.unregister(say_notes)
    say_notes_at_end(workflow)


def say_notes_at_end(workflow):
    """Have what was noted of each game's recordings and reel printed when this process ends, whatever was to do."""
    atexit.register(say_notes, workflow)


def say_notes(workflow):
    """Print it; nothing in dry runs, in jobs' own processes, and where Snakemake was asked for something else."""
    is_run = workflow.scheduler is not None and not workflow.dryrun
    if is_run and workflow.exec_mode == ExecMode.DEFAULT:
        for line in note_lines(games_of_run(workflow.dag)):
            print(line, file=sys.stderr)


def games_of_run(dag):
    """The games that jobs of this run worked on; all that its targets need where nothing was to do."""
    jobs = [job for job in dag.jobs if "game" in job.wildcards_dict]
    ran = {job for job in jobs if dag.needrun(job) or dag.finished(job)}
    shown = {job.wildcards_dict["game"] for job in ran or jobs}
    reels = {
        job.wildcards_dict["game"]: WORKING_DIR / job.output[0] / "highlights.json"
        for job in jobs
        if job.rule.name == "cut_highlights" and (job not in ran or dag.finished(job))
    }
    return [
        GameOfRun(
            slug,
            reels.get(slug),
            tuple(
                WORKING_DIR / path
                for path in of_parts("results/media/{game}/{part}.json", game)
            ),
        )
        for slug, game in GAMES.items()
        if slug in shown
    ]


def benchmarks_digest(wildcards):
    """Changes with the records of finished jobs. As inputs they would have their jobs run again where stale."""
    held = sorted(Path("results/benchmarks").rglob("*.jsonl"))
    facts = [
        (path.as_posix(), path.stat().st_size, path.stat().st_mtime_ns)
        for path in held
        if path.stem != "operations"
    ]
    return hashlib.sha256(repr(facts).encode()).hexdigest()

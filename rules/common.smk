# What all stages share: the checked config, the games, and the functions that name inputs and params.
# Functions of wildcards and constants only: Snakemake tracks nothing else in params.
import json
import shlex
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError

# Of this file, not of a workflow that uses this one as a module.
BASE_DIR = Path(str(workflow.current_basedir)).parent
if not BASE_DIR.is_dir():
    raise WorkflowError(
        f"matchreel is used from {BASE_DIR}, but its library is needed too: clone the repository, and name the "
        "clone's Snakefile in the module statement."
    )
if workflow.modifier.path_modifier.replace_prefix("results") != "results":
    raise WorkflowError(
        "matchreel's module statement has a prefix, but games are looked for in resources/games: leave the prefix "
        "out, or run it in a folder of its own with `snakemake --directory`."
    )
STEPS_DIR = BASE_DIR / "workflow/scripts"
sys.path.insert(0, str(STEPS_DIR))

from matchreel.ablation.variants import load_variants
from matchreel.config import (
    UNTRAINED_SCORERS,
    checked_config,
    prepare_environment,
    step_settings,
    with_defaults,
)
from matchreel.errors import MatchreelError, from_os_error
from matchreel.games import load_games, pattern_of
from matchreel.parts import unplaced_videos
from matchreel.provenance import code_digest, rules_digest
from matchreel.reel_length import search_seconds_of
from matchreel.step_settings import STEP_SETTINGS


def in_braces(text):
    """Text in which Snakemake finds none of its own names: single braces are theirs."""
    return text.replace("{", "{{").replace("}", "}}")


prepare_environment(STEPS_DIR)
# In a conda environment Snakemake clears PYTHONPATH, so each command finds the steps by itself.
# Its own prefix, the strict mode, is written out: this one takes its place. PYTHONSAFEPATH: no file of the working
# folder (soundfile.py, matchreel/) is imported in place of a module, as `python -m` would otherwise do.
shell.prefix(
    f"set -euo pipefail; export PYTHONSAFEPATH=1 PYTHONPATH={in_braces(shlex.quote(str(STEPS_DIR)))}"
    "${{PYTHONPATH:+:$PYTHONPATH}}; "
)


def escape_env_files(workflow):
    """Name the conda files by their whole path, escaped, where that path has braces: it is taken for a pattern."""
    has_braces = in_braces(str(BASE_DIR)) != str(BASE_DIR)
    for known in workflow.rules if has_braces else ():
        if known.conda_env and Path(str(known.basedir)) == BASE_DIR / "rules":
            env_name = Path(str(known.conda_env)).name
            known.conda_env = in_braces(str(BASE_DIR / "envs" / env_name))


def first_existing(path):
    """A path of the working directory, else of the workflow's own folder."""
    return Path(path) if Path(path).exists() else BASE_DIR / path


try:
    # A workflow that uses this one as a module hands on what it wants otherwise, not every key.
    CONFIG = checked_config(
        with_defaults(config, defaults_path=BASE_DIR / "config/config.yaml"),
        schema_path=BASE_DIR / "config/schemas/config.schema.yaml",
    )
    GAMES_PATH = first_existing(CONFIG["games_table"])
    GAMES = load_games(
        table_path=GAMES_PATH,
        schema_path=BASE_DIR / "config/schemas/games.schema.yaml",
        games_dir=Path("resources/games"),
        resolution=CONFIG["download"]["resolution"],
    )
except (MatchreelError, OSError) as error:
    problem = from_os_error(error) if isinstance(error, OSError) else error
    raise WorkflowError(str(problem)) from None


def trackable(path):
    """A path as an input; nothing where it has braces, which Snakemake takes for wildcards, escaped or not."""
    return [] if "{" in str(path) else [str(path)]


def one_of(names):
    """A wildcard constraint that matches these names and nothing else."""
    return pattern_of(names)


def games_from(*sources, splits=("train", "valid", "test", "none")):
    """Slugs of the games of these sources and splits of which something can be made, in the table's order."""
    return [
        slug
        for slug, game in GAMES.items()
        if game.source in sources and game.split in splits and not game.problem
    ]


def models_of(kind):
    """Names of the models of a kind."""
    return [name for name, model in CONFIG["models"].items() if model["kind"] == kind]


wildcard_constraints:
    game="[a-z0-9-]+",
    part="1|2|full",
    scorer="[a-z0-9_]+",
    model=one_of(CONFIG["models"]),
    feature_set=one_of({*CONFIG["feature_sets"], *CONFIG["models"]}),


RULE_FILES = [BASE_DIR / "Snakefile", *sorted(BASE_DIR.glob("rules/*.smk"))]


def code(step):
    """The digest of a step's code: a comment changes nothing, an edit reruns the step."""
    return code_digest(STEPS_DIR / f"{step}.py")


def settings(step, **extra):
    """A step's config values as JSON; `extra` adds functions of wildcards (facts from games.tsv)."""

    def of_wildcards(wildcards):
        names = dict(wildcards.items())
        if "feature_set" in names:
            names["feature_set"] = feature_set_of(names["feature_set"])
        held = json.loads(step_settings(CONFIG, step, **names))
        held |= {key: value(wildcards) for key, value in extra.items()}
        return json.dumps(held, ensure_ascii=False)

    return of_wildcards


def growing(amount):
    """A resource that a second try gets twice, a third thrice: of memory or minutes, where a cluster killed a job."""
    return lambda wildcards, attempt: attempt * amount


def gpus(wildcards, resources):
    """How many GPUs a job has: `gpu`, or what `gres` says where a cluster knows only that. Reruns nothing."""
    kind, *words = str(resources.get("gres", "")).split(":")
    if kind != "gpu":
        return resources.gpu
    return int(words[-1]) if words and words[-1].isdigit() else 1


def untracked(function):
    """A param whose change reruns nothing: Snakemake tracks no function of input. For downloads only."""
    return lambda wildcards, input: function(wildcards)

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
    """Slugs of the games of these sources and splits, in the table's order."""
    return [
        slug
        for slug, game in GAMES.items()
        if game.source in sources and game.split in splits
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


def game_of(wildcards):
    """The game of a target, or one line that says how to add it."""
    if wildcards.game not in GAMES:
        videos = unplaced_videos(Path("resources/games") / wildcards.game)
        there = f" ({', '.join(videos)} says no part)" if videos else ""
        raise WorkflowError(
            f"unknown game {wildcards.game!r}: no row of {CONFIG['games_table']} and no recording in "
            f"resources/games/{wildcards.game}/{there}. Put one there (full.mp4, or 1.mp4 and 2.mp4), or run "
            "`make reel VIDEO=match.mp4`."
        )
    return GAMES[wildcards.game]


def video_of(wildcards):
    """The recording of one part."""
    game = game_of(wildcards)
    if wildcards.part not in game.parts:
        raise WorkflowError(
            f"game {game.slug!r} has no part {wildcards.part!r}: it has {', '.join(game.parts)}."
        )
    return game.parts[wildcards.part]


def videos_of(wildcards):
    """The recordings of all parts of a game."""
    return list(game_of(wildcards).parts.values())


def labels_of(wildcards):
    """The label file of a game."""
    return labels_path_of(game_of(wildcards))


def labels_path_of(game):
    """The same, of a game's record."""
    if not game.labels_path:
        raise WorkflowError(
            f"game {game.slug!r} has no labels: put Labels-v2.json or events.csv beside its recording."
        )
    return game.labels_path


def truth_of(wildcards):
    """A rendered game's truth, which knows its replays; nothing for real ones."""
    game = game_of(wildcards)
    return f"resources/games/{game.slug}/truth.json" if game.source == "demo" else []


def of_parts(pattern, game, **names):
    """One path per part of a game."""
    return [pattern.format(game=game.slug, part=part, **names) for part in game.parts]


def of_games(pattern, slugs, **names):
    """One path per part of each game."""
    return [path for slug in slugs for path in of_parts(pattern, GAMES[slug], **names)]


def scorer_of(game):
    """The scorer that config names for where a game comes from."""
    return CONFIG["scorers"][game.source]


def model_of(wildcards):
    """The model of a target: the wildcard `model`, or `scorer` where a model scores."""
    return CONFIG["models"][dict(wildcards.items()).get("model") or wildcards.scorer]


def feature_set_of(name):
    """The feature set of that name; a fine-tuned model's own features are made as its feature set says."""
    return CONFIG["models"][name]["feature_set"] if name in CONFIG["models"] else name


def features_name(model_name):
    """The folder of the features that a model scores: its own where it fine-tuned the backbone."""
    model = CONFIG["models"][model_name]
    return model_name if model["finetune"] else model["feature_set"]


def scored_window(wildcards):
    """Length of the windows that a classifier scores: its own, else scoring.window_seconds."""
    model = model_of(wildcards)
    ends = [model["window_before_seconds"], model["window_after_seconds"]]
    return CONFIG["scoring"]["window_seconds"] if None in ends else sum(ends)


def scored_features(wildcards):
    """The shard that a model scores."""
    return f"results/features/{features_name(wildcards.model)}/{wildcards.game}/{wildcards.part}.safetensors"


def pretrained(feature_set):
    """The file of a backbone's ImageNet weights; none where they come inside a package."""
    backbone = CONFIG["feature_sets"][feature_set]["backbone"]
    packaged = backbone == "efficientnet_lite0"
    return [] if packaged else f"resources/weights/{backbone}.pth"


def weights_of(wildcards):
    """The backbone's weights: from the fine-tuned model, else the pretrained ones."""
    if wildcards.feature_set in CONFIG["models"]:
        return f"results/models/{wildcards.feature_set}/model.safetensors"
    return pretrained(wildcards.feature_set)


def pretrained_of(wildcards):
    """The pretrained ones alone; nothing where a model's own backbone takes their place."""
    own = wildcards.feature_set in CONFIG["models"]
    return [] if own else pretrained(wildcards.feature_set)


def training_weights(wildcards):
    """Where fine-tuning starts; nothing where the backbone stays as it is."""
    model = model_of(wildcards)
    return pretrained(model["feature_set"]) if model["finetune"] else []


def missing_kickoffs(wildcards):
    """Estimates for the parts whose kick-off games.tsv does not give."""
    game = game_of(wildcards)
    missing = [part for part in game.parts if part not in game.kickoff_seconds]
    return [f"results/media/{game.slug}/{part}.kickoff.json" for part in missing]


def edits_of(wildcards):
    """The reel as a person put it together on its page; nothing where nobody did."""
    path = f"config/edits/{wildcards.game}.json"
    # Of this working folder alone: another project's game of that name is another game.
    return [path] if Path(path).exists() else []


def trained_sources(scorer):
    """Where the games come from that a scorer was trained on."""
    return CONFIG["models"][scorer]["trains_on"] if scorer in CONFIG["models"] else []


def search_seconds(wildcards):
    """Around how much action cuts are looked for: the same for all reels of up to five minutes."""
    return search_seconds_of(CONFIG["reel"]["max_duration_seconds"])


def game_facts(wildcards):
    """What games.tsv says of a game, for titles and match minutes."""
    game = game_of(wildcards)
    return {
        "home": game.home,
        "away": game.away,
        "date": game.date,
        "kickoff_seconds": dict(game.kickoff_seconds),
        "score_seconds": {
            part: list(map(list, rows)) for part, rows in game.score_seconds.items()
        },
        "source": game.source,
        "trained_sources": trained_sources(scorer_of(game)),
    }


def prunable_games(wildcards):
    """Games that have a reel and that no model may learn from: a shard made again would train it again."""
    return [
        slug
        for slug, game in GAMES.items()
        if game.split not in ("train", "valid")
        and Path(f"results/highlights/{slug}").is_dir()
    ]


def finished_reels(wildcards):
    """Their reels: made anew first where they are out of date."""
    return [f"results/highlights/{slug}" for slug in prunable_games(wildcards)]


def announce_downloads(jobs):
    """One line on stderr: parts, gigabytes, hours and free disk of the downloads of this run."""
    if not jobs:
        return
    from matchreel.soccernet.sizes import estimate

    paths = [Path(job.output[0]) for job in jobs]
    resolution = CONFIG["download"]["resolution"]
    print(
        estimate(paths, resolution=resolution, games_dir=Path("resources/games")),
        file=sys.stderr,
    )

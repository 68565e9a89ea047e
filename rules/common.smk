# What all stages share: the checked config, the games, and the functions that name inputs and params.
# Functions of wildcards and constants only: Snakemake tracks nothing else in params.
import json
import shlex
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError

BASE_DIR = Path(str(workflow.basedir))
STEPS_DIR = BASE_DIR / "workflow/scripts"
sys.path.insert(0, str(STEPS_DIR))

from matchreel.ablation.variants import load_variants
from matchreel.config import (
    UNTRAINED_SCORERS,
    checked_config,
    prepare_environment,
    step_settings,
)
from matchreel.errors import MatchreelError
from matchreel.games import load_games, pattern_of
from matchreel.provenance import code_digest
from matchreel.step_settings import STEP_SETTINGS

prepare_environment(STEPS_DIR)
# In a conda environment Snakemake clears PYTHONPATH, so each command finds the steps by itself.
# Its own prefix, the strict mode, is written out: this one takes its place.
shell.prefix(
    f"set -euo pipefail; export PYTHONPATH={shlex.quote(str(STEPS_DIR))}"
    "${{PYTHONPATH:+:$PYTHONPATH}}; "
)


def first_existing(path):
    """A path of the working directory, else of the workflow's own folder."""
    return Path(path) if Path(path).exists() else BASE_DIR / path


try:
    CONFIG = checked_config(
        config, schema_path=BASE_DIR / "config/schemas/config.schema.yaml"
    )
    GAMES = load_games(
        table_path=first_existing(CONFIG["games_table"]),
        schema_path=BASE_DIR / "config/schemas/games.schema.yaml",
        games_dir=Path("resources/games"),
        resolution=CONFIG["download"]["resolution"],
    )
except MatchreelError as error:
    raise WorkflowError(str(error)) from None


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
        raise WorkflowError(
            f"unknown game {wildcards.game!r}: no row of {CONFIG['games_table']} and no recording in "
            f"resources/games/{wildcards.game}/. Put one there (full.mp4, or 1.mp4 and 2.mp4), or run "
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


def training_weights(wildcards):
    """Where fine-tuning starts; nothing where the backbone stays as it is."""
    model = model_of(wildcards)
    return pretrained(model["feature_set"]) if model["finetune"] else []


def training_games(model_name, *splits):
    """Games that a model learns from: train and valid rows of its sources, never test."""
    model = CONFIG["models"][model_name]
    games = games_from(*model["trains_on"], splits=splits)
    if not games:
        raise WorkflowError(
            f"model {model_name!r} has no game to train on: no row of {CONFIG['games_table']} with split "
            f"{' or '.join(splits)} and source {' or '.join(model['trains_on'])}. Add rows, or name a "
            f"trained file in models.{model_name}.checkpoint."
        )
    return games


def given_checkpoint(model_name):
    """The path of a checkpoint trained elsewhere, or None where this workflow trains the model."""
    choice = CONFIG["models"][model_name]["checkpoint"]
    return None if choice in ("best", "last") or choice.startswith("epoch:") else choice


def training_features(wildcards):
    """Shards of the train and valid games; none where a classifier trains from decoded clips."""
    model = model_of(wildcards)
    if model["finetune"] and model["kind"] == "clip_classifier":
        return []
    return of_games(
        "results/features/{feature_set}/{game}/{part}.safetensors",
        [
            *training_games(wildcards.model, "train"),
            *training_games(wildcards.model, "valid"),
        ],
        feature_set=model_of(wildcards)["feature_set"],
    )


def training_videos(wildcards):
    """For each shard of a spotter that trains its backbone, the recording; none for another."""
    if not model_of(wildcards)["finetune"]:
        return []
    games = [
        *training_games(wildcards.model, "train"),
        *training_games(wildcards.model, "valid"),
    ]
    return [path for slug in games for path in GAMES[slug].parts.values()]


def training_probes(wildcards):
    """For each of those recordings, its probe."""
    if not model_of(wildcards)["finetune"]:
        return []
    games = [
        *training_games(wildcards.model, "train"),
        *training_games(wildcards.model, "valid"),
    ]
    return of_games("results/media/{game}/{part}.json", games)


def labels_of_features(wildcards):
    """For each shard that a spotter learns from, the labels of its game."""
    games = [
        *training_games(wildcards.model, "train"),
        *training_games(wildcards.model, "valid"),
    ]
    return [
        labels_path_of(GAMES[slug]) for slug in games for _part in GAMES[slug].parts
    ]


def truths_of_training(wildcards):
    """The truths of the rendered games among those a model learns from."""
    games = training_games(wildcards.model, "train", "valid")
    return [
        f"resources/games/{slug}/truth.json"
        for slug in games
        if GAMES[slug].source == "demo"
    ]


def training_clips(wildcards):
    """Clip tables of the train and valid games."""
    games = [
        *training_games(wildcards.model, "train"),
        *training_games(wildcards.model, "valid"),
    ]
    return of_games("results/clips/{game}/{part}/clips.csv", games)


def checked_games(wildcards):
    """The labelled games that a model learns from, train and valid."""
    return training_games(wildcards.model, "train", "valid")


def training_splits(wildcards):
    """Game -> train or valid."""
    return {
        slug: split
        for split in ("train", "valid")
        for slug in training_games(wildcards.model, split)
    }


def training_feature_set(wildcards):
    """The model's feature set, with the sound's rate, as its file will record it."""
    name = model_of(wildcards)["feature_set"]
    held = dict(CONFIG["feature_sets"][name])
    return {"name": name, **held, "sample_rate_hz": CONFIG["audio"]["sample_rate_hz"]}


def chosen_checkpoint(wildcards):
    """What pack_model packs: best, last, the folder of epochs, or a file trained elsewhere."""
    given = given_checkpoint(wildcards.model)
    if given:
        return given
    choice, folder = (
        model_of(wildcards)["checkpoint"],
        f"results/models/{wildcards.model}",
    )
    return (
        f"{folder}/{choice}.safetensors"
        if choice in ("best", "last")
        else f"{folder}/epochs"
    )


def evaluated_games(scorer):
    """The labelled games that a scorer is judged on: those it may serve, of evaluation.split."""
    sources = (
        CONFIG["models"][scorer]["trains_on"] if scorer in CONFIG["models"] else None
    )
    games = games_from(
        *(sources or CONFIG["evaluation"]["sources"]),
        splits=[CONFIG["evaluation"]["split"]],
    )
    if not games:
        raise WorkflowError(
            f"no game to evaluate {scorer!r} on: no row of {CONFIG['games_table']} with split "
            f"{CONFIG['evaluation']['split']} and a source it serves."
        )
    return games


def compared_scorers(scorer):
    """The scorer, the compared models that are trained on a source it is, and the two without training."""
    own = set(trained_sources(scorer))
    models = [
        name
        for name in CONFIG["evaluation"]["compare"]
        if own & set(trained_sources(name))
    ]
    return list(dict.fromkeys([scorer, *models, *UNTRAINED_SCORERS]))


def evaluated_scores(wildcards):
    """Scores of every compared scorer for every evaluated part."""
    games = evaluated_games(wildcards.scorer)
    return [
        path
        for scorer in compared_scorers(wildcards.scorer)
        for path in of_games(
            "results/scores/{scorer}/{game}/{part}.npz", games, scorer=scorer
        )
    ]


def evaluated_scorers(wildcards):
    """Whose scores evaluated_scores names, in its order."""
    return compared_scorers(wildcards.scorer)


def evaluated_parts(wildcards):
    """Game -> parts, in the order of evaluated_scores. Short: a command line holds it all."""
    return {slug: list(GAMES[slug].parts) for slug in evaluated_games(wildcards.scorer)}


def exported_games(scorer):
    """The games whose spots are handed in: SoccerNet's where there are any, else all that it is judged on."""
    games = evaluated_games(scorer)
    own = [slug for slug in games if GAMES[slug].source == "soccernet"]
    return own or games


def exported_parts(wildcards):
    """SoccerNet's path of each exported game, or its slug where it has none -> its parts."""
    games = [GAMES[slug] for slug in exported_games(wildcards.scorer)]
    return {game.soccernet_path or game.slug: list(game.parts) for game in games}


def ablation_config(wildcards):
    """What decides a league of the ablation: everything but downloads, reels and where scores are used."""
    left_out = ("games_table", "scorers", "download", "reel", "ablation")
    held = {key: value for key, value in CONFIG.items() if key not in left_out}
    return json.loads(json.dumps(held, sort_keys=True))


def ablation_weights(wildcards):
    """Weights of the backbones that the variants want: fetched, unless random ones may stand for them."""
    variants = load_variants(first_existing(CONFIG["ablation"]["variants"]))
    paths = [f"resources/weights/{name}.pth" for name in variants.backbones_to_fetch()]
    may_be_random = CONFIG["ablation"]["random_weights"]
    return [path for path in paths if Path(path).is_file() or not may_be_random]


def missing_kickoffs(wildcards):
    """Estimates for the parts whose kick-off games.tsv does not give."""
    game = game_of(wildcards)
    missing = [part for part in game.parts if part not in game.kickoff_seconds]
    return [f"results/media/{game.slug}/{part}.kickoff.json" for part in missing]


def edits_of(wildcards):
    """The reel as a person put it together on its page; nothing where nobody did."""
    path = first_existing(f"config/edits/{wildcards.game}.json")
    return [str(path)] if path.exists() else []


def trained_sources(scorer):
    """Where the games come from that a scorer was trained on."""
    return CONFIG["models"][scorer]["trains_on"] if scorer in CONFIG["models"] else []


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

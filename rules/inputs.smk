# Functions of wildcards that name the inputs and facts of a target.


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


def score_bug_of(wildcards):
    """Where the score bug of a part is; nothing where config does not want it read."""
    path = f"results/features/score_bug/{wildcards.game}/{wildcards.part}.json"
    return path if CONFIG["scoreboard"]["read"] else []


def scoreboards_of(wildcards):
    """What the score bug says in each part; nothing where config does not want it read."""
    pattern = "results/features/scoreboard/{game}/{part}.json"
    paths = of_parts(pattern, game_of(wildcards))
    return paths if CONFIG["scoreboard"]["read"] else []


def kickoffs_for_read(wildcards):
    """The estimates that stand in where some part's score bug could not be read; nothing where none is read."""
    return missing_kickoffs(wildcards) if CONFIG["scoreboard"]["read"] else []


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


def clock_facts(wildcards):
    """Of these what comes before the score bug; nothing where none is read."""
    facts = game_facts(wildcards) if CONFIG["scoreboard"]["read"] else {}
    return {name: facts[name] for name in ("kickoff_seconds", "score_seconds") if facts}


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

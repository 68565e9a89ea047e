# What training steps read, by model. No rules: they stand in training.smk and spotting.smk.


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


def training_recordings(wildcards):
    """The files that these recordings were given in."""
    if not model_of(wildcards)["finetune"]:
        return []
    games = training_games(wildcards.model, "train", "valid")
    return [path for slug in games for path in sources_of(GAMES[slug])]


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


def checked_labels(wildcards):
    """Their label files, game by game."""
    return [GAMES[slug].labels_path for slug in checked_games(wildcards)]


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


def chosen_files(wildcards):
    """A checkpoint that was trained elsewhere; nothing where this workflow trains the model."""
    return given_checkpoint(wildcards.model) or []

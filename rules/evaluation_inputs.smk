# What evaluation steps read, by scorer. No rules: they stand in evaluation.smk.


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
    left_out = (
        "games_table",
        "scorers",
        "download",
        "reel",
        "vertical",
        "ablation",
    )
    held = {key: value for key, value in CONFIG.items() if key not in left_out}
    return json.loads(json.dumps(held, sort_keys=True))


def ablation_weights(wildcards):
    """Weights of the backbones that the variants want: fetched, unless random ones may stand for them."""
    variants = load_variants(first_existing(CONFIG["ablation"]["variants"]))
    paths = [f"resources/weights/{name}.pth" for name in variants.backbones_to_fetch()]
    may_be_random = CONFIG["ablation"]["random_weights"]
    return [path for path in paths if Path(path).is_file() or not may_be_random]

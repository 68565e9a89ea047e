# What evaluation steps read, by scorer. No rules: they stand in evaluation.smk.

from matchreel.evaluation.splits import games_of

VARIANTS_PATH = first_existing(CONFIG["ablation"]["variants"])


def served_sources(scorer):
    """Where the games come from that a scorer is judged on."""
    return trained_sources(scorer) or CONFIG["evaluation"]["sources"]


def evaluated_games(scorer):
    """The labelled games that a scorer is judged on: those it may serve, of evaluation.split."""
    if CONFIG["evaluation"]["split"] == "challenge":
        raise WorkflowError(
            "SoccerNet keeps the labels of its challenge games to itself: nothing can be evaluated on them. "
            f"Make results/predictions/{scorer}.zip for its servers, or set evaluation.split to test."
        )
    games = games_from(*served_sources(scorer), splits=[CONFIG["evaluation"]["split"]])
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


def evaluated_labels(wildcards):
    """Their label files, game by game."""
    return [GAMES[slug].labels_path for slug in evaluated_games(wildcards.scorer)]


def challenge_games():
    """The rows of SoccerNet's challenge games, by SoccerNet's own list: their split in games.tsv is none."""
    listed = set(games_of(["challenge"]))
    return [slug for slug, game in GAMES.items() if game.soccernet_path in listed]


def exported_games(scorer):
    """The games whose spots are handed in, which need no labels.

    SoccerNet's of evaluation.split where there are any, else all that the scorer is judged on. The challenge's
    where that is the split, or where the table has no others.
    """
    split, sources = CONFIG["evaluation"]["split"], served_sources(scorer)
    games = [] if split == "challenge" else games_from(*sources, splits=[split])
    own = [slug for slug in games if GAMES[slug].source == "soccernet"]
    challenge = [] if games else challenge_games()
    if not games and not challenge:
        raise WorkflowError(
            f"no game to export for {scorer!r}: no row of {CONFIG['games_table']} with split {split} and source "
            f"{' or '.join(sources)}. Add rows with workflow/scripts/plan_downloads.py --splits {split}."
        )
    return own or games or challenge


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
    variants = load_variants(VARIANTS_PATH)
    paths = [f"resources/weights/{name}.pth" for name in variants.backbones_to_fetch()]
    may_be_random = CONFIG["ablation"]["random_weights"]
    return [path for path in paths if Path(path).is_file() or not may_be_random]


def ablation_files(wildcards):
    """What a person wrote for it: the variants and the table of games."""
    names = (CONFIG["ablation"]["variants"], CONFIG["games_table"])
    return [str(first_existing(name)) for name in names]

"""Made-up games judged by three scorers, for tests of the page that shows it."""

from __future__ import annotations

from matchreel.evaluation.counts import Rules
from matchreel.evaluation.intervals import Bootstrap
from matchreel.evaluation.judge import JudgeRules, LabelledGame, ScorerTally
from matchreel.evaluation.page import PageFacts
from matchreel.evaluation.reels import ReelRules
from matchreel.events import Event
from matchreel.finding import finding_rules
from support.views import made_scores

CLASSES = ("Goal", "Shots on target")
RULES = JudgeRules(
    Rules(finding_rules(0.5, "calibrated", 8, 5, "soft", 6), 0.2, (5.0, 10.0), CLASSES),
    ReelRules((1, 10), 45, 2, 0, 0),
    calibration_seconds=5,
)


def facts(num_games=2, seen=None, trained_on=("far",)):
    """What the page of my_<model> shows: a goal in each game, and a trained scorer that finds one of two."""
    games = [
        LabelledGame(f"game-{i}", {"1": [Event("1", 40.0, "Goal", "home", "visible", 0)]}, {})
        for i in range(num_games)
    ]
    bootstrap = Bootstrap([game.game for game in games], num_samples=30, seed=0)
    judged = []
    for scorer, games_of in (("my_<model>", trained_on), ("excitement", ()), ("random", ())):
        tally = ScorerTally(scorer, RULES)
        for index, game in enumerate(games):
            shares = [0.1] * 96
            shares[10 + index] = 0.9
            tally.add(game, {"1": made_scores(shares, trained_on=games_of, scorer=scorer)})
        judged.append(tally.judgement(bootstrap))
    return PageFacts(tuple(judged), tuple(games), RULES, seen or {})

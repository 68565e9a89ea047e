"""What judging and handing in need, by dry runs: which scorers stand beside which, and no more than asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from matchreel.evaluation.splits import games_of
from support.dryrun import planned, snakemake
from support.tiers import quick_only
from support.tiny import GAMES, tiny_config

SOCCERNET_ROWS = """sn-a\ttrain\tsoccernet\tengland_epl/2014-2015/2015-02-21 - 18-00 Chelsea 1 - 1 Burnley\t\t\t\t
sn-b\tvalid\tsoccernet\tengland_epl/2014-2015/2015-02-21 - 18-00 Crystal Palace 1 - 2 Arsenal\t\t\t\t
sn-c\ttest\tsoccernet\tspain_laliga/2014-2015/2015-02-14 - 20-00 Real Madrid 1 - 0 Other\t\t\t\t
"""


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "games.tsv").write_text(GAMES + SOCCERNET_ROWS, encoding="utf-8")
    return tmp_path


def scored(jobs):
    """Whose scores are made: folders of results/scores."""
    outputs = [output for job in jobs for output in job.output]
    return {Path(output).parts[2] for output in outputs if output.startswith("results/scores/")}


@pytest.mark.parametrize(
    ("scorer", "compare", "beside"),
    quick_only(
        [
            ("demo_spotter", None, {"demo_classifier"}),
            ("demo_spotter", [], set()),
            ("demo_classifier", ["demo_spotter", "demo_classifier"], {"demo_spotter"}),
            ("spotter", ["demo_classifier", "clip_classifier"], {"clip_classifier"}),
            ("excitement", ["demo_classifier"], set()),
        ],
        lambda case: case[1] is None,
    ),
)
def test_compared_models_are_trained_on_the_same_sources(folder, scorer, compare, beside):
    changes = {} if compare is None else {"evaluation": {"compare": compare}}
    jobs = planned(folder, f"results/evaluation/{scorer}/index.html", config=tiny_config(**changes))
    assert scored(jobs) == {scorer, *beside, "excitement", "random"}
    judging = [job for job in jobs if job.rule == "evaluate"]
    assert len(judging) == 1 and len(judging[0].output) == 5


@pytest.mark.parametrize(
    ("scorer", "games", "names"),
    quick_only(
        [
            ("demo_spotter", {"tiny-test"}, ["tiny-test"]),
            ("spotter", {"sn-c"}, ["spain_laliga/2014-2015/2015-02-14 - 20-00 Real Madrid 1 - 0 Other"]),
        ],
        lambda case: case[0] == "spotter",
    ),
)
def test_what_is_handed_in(folder, scorer, games, names):
    jobs = planned(folder, f"results/predictions/{scorer}.zip", config=tiny_config())
    assert scored(jobs) == {scorer}
    scoring = [job for job in jobs if job.rule.startswith("score_")]
    assert {job.wildcards["game"] for job in scoring} == games
    assert "slice_clips" not in {job.rule for job in jobs}, "labels of what is handed in are not asked for"


CHALLENGE = games_of(["challenge"])[:2]


@pytest.mark.slow
@pytest.mark.parametrize(("split", "others"), [("challenge", True), ("test", False)])
def test_challenge_games_are_handed_in_without_labels(folder, split, others):
    """Asked for by name, or where the table has no game of evaluation.split."""
    rows = "".join(f"c-{i}\tnone\tsoccernet\t{path}\t\t\t\t\n" for i, path in enumerate(CHALLENGE))
    table = folder / "games.tsv"
    held = table.read_text() if others else GAMES.replace("\ttest\t", "\tvalid\t")
    table.write_text(held + rows)
    (folder / "given.safetensors").write_bytes(b"model")
    config = tiny_config(evaluation={"split": split}, models={"spotter": {"checkpoint": "given.safetensors"}})
    jobs = planned(folder, "results/predictions/spotter.zip", config=config)
    scoring = [job for job in jobs if job.rule == "score_spotter"]
    assert {job.wildcards["game"] for job in scoring} == {"c-0", "c-1"} and len(scoring) == 4
    assert not {"download_labels", "slice_clips", "evaluate"} & {job.rule for job in jobs}


@pytest.mark.parametrize(
    ("target", "split", "words"),
    [
        ("results/evaluation/spotter/metrics.json", "challenge", "keeps the labels of its challenge games"),
        ("results/predictions/spotter.zip", "valid", "no game to export for 'spotter'"),
    ],
)
def test_what_cannot_be_judged_or_handed_in_is_said(folder, target, split, words):
    (folder / "games.tsv").write_text(GAMES)
    config = tiny_config(evaluation={"split": split})
    done = snakemake(folder, target, config=config, options=["-n"])
    assert done.returncode != 0 and words in done.stdout + done.stderr
    assert "Traceback (most" not in done.stdout + done.stderr

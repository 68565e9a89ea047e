"""Write config/README.md from the schema, the shipped config and the table of step settings.

python workflow/commands/config_readme.py          # writes it
python workflow/commands/config_readme.py --check  # fails if it is out of date
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from matchreel.step_settings import STEP_SETTINGS

ROOT = Path(__file__).resolve().parents[2]
README_PATH = ROOT / "config/README.md"
# Keys that the Snakefile itself reads, and what follows from a change.
READ_BY_SNAKEFILE = {
    "games_table": "what the changed rows touch",
    "scorers": "find_moments, find_cuts, select_highlights, cut_highlights of that source's games",
    "download.resolution": "download_game",
    "feature_sets.<name>.backbone": "download_weights",
    "models.<name>.trains_on": "TRAINING, cut_highlights",
    "models.<name>.feature_set": "cache_tensors, TRAINING",
    "models.<name>.finetune": "cache_tensors, TRAINING",
    "models.<name>.checkpoint": "pack_model",
    "models.<name>.window_before_seconds": "score_windows",
    "models.<name>.window_after_seconds": "score_windows",
    "scoreboard.read": "cache_cues",
    "reel.max_duration_seconds": "find_cuts where either length is above 300",
    "evaluation.compare": "evaluate",
    "evaluation.sources": "evaluate, export_spotting",
    "evaluation.split": "evaluate, export_spotting",
    "ablation.variants": "ablation",
}
# Steps that only one kind of model has, its training first.
STEPS_OF_KIND = {
    "clip_classifier": ("train_model", "score_windows"),
    "spotter": ("train_spotter", "score_spotter"),
}
HEAD = """# config/

`config.yaml` holds every setting. The schemas beside it are closed: a misspelt key is an error that names it.
Override single keys in a file of your own with `snakemake --configfile my.yaml ...` (deep-merged; `--config`
would make text of numbers). `games.tsv` lists the games that the workflow owns; a recording dropped into
`resources/games/<game>/` needs no row. `seed.yaml` is the seed project's set-up, repaired. `ablation.yaml`
lists what `snakemake results/ablation/table.csv` compares. `edits/<game>.json` is a reel made by hand:
the reel's page saves it, and the same command then cuts anew, without scoring; remove the file to undo.

## games.tsv

| column | holds |
|---|---|
| game | slug: `a-z`, `0-9`, `-` |
| split | train, valid, test or none |
| source | soccernet, local or demo |
| soccernet_path | SoccerNet's own path, for soccernet games |
| home, away, date | for titles; may be empty: teams are then read from the screen |
| kickoff_seconds | `part:seconds;part:seconds`; read from the screen or estimated where empty |
| score | `part:seconds=home-away;...`, one for each goal, for the lower thirds; the column may be left out |

## config.yaml

A change reruns the steps in the last column and what depends on their results, nothing else.

| key | unit | default | meaning | which steps rerun |
|---|---|---|---|---|
"""


def leaves(
    schema: dict[str, Any], prefix: str = "", definitions: dict[str, Any] | None = None
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every key with its schema, in the schema's order; <name> stands for a name of the user's.

    Models of every kind have rows of their own.
    """
    definitions = definitions or schema.get("$defs", {})
    for name, entry in schema.get("properties", {}).items():
        path = f"{prefix}{name}"
        nested = entry.get("additionalProperties")
        if isinstance(nested, dict) and "then" in nested:
            for kind in nested["properties"]["kind"]["enum"]:
                yield from leaves(definitions[kind], f"{path}.<{kind}>.", definitions)
        elif isinstance(nested, dict):
            yield from leaves(nested, f"{path}.<name>.", definitions)
        elif "properties" in entry and "title" not in entry:
            yield from leaves(entry, f"{path}.", definitions)
        else:
            yield path, entry


def default_of(config: dict[str, Any], path: str) -> Any:
    """The shipped value; of the first named entry (of that kind) where names are free."""
    value: Any = config
    for word in path.split("."):
        if word == "<name>":
            value = next(iter(value.values()))
        elif word.startswith("<"):
            value = next(entry for entry in value.values() if entry["kind"] == word.strip("<>"))
        else:
            value = value[word]
    return value


def steps_of(path: str) -> str:
    """The steps that get this key."""
    kind = re.match(r"models\.<(\w+)>", path)
    table_path = re.sub(r"models\.<\w+>", "models.{model}", path)
    table_path = table_path.replace("feature_sets.<name>", "feature_sets.{feature_set}")
    others = {step for name, own in STEPS_OF_KIND.items() for step in own if kind and name != kind[1]}
    steps = [
        step
        for step, table in STEP_SETTINGS.items()
        if table_path in {key for keys in table.values() for key in keys.split("|")} and step not in others
    ]
    training = STEPS_OF_KIND[kind[1]][0] if kind else ""
    by_snakefile = READ_BY_SNAKEFILE.get(re.sub(r"<\w+>", "<name>", path), "").replace("TRAINING", training)
    return ", ".join(dict.fromkeys([*([by_snakefile] if by_snakefile else []), *steps]))


def text() -> str:
    """The whole page."""
    schema = yaml.safe_load((ROOT / "config/schemas/config.schema.yaml").read_text(encoding="utf-8"))
    config = yaml.safe_load((ROOT / "config/config.yaml").read_text(encoding="utf-8"))
    rows = []
    for path, entry in leaves(schema):
        value = json.dumps(default_of(config, path), ensure_ascii=False)
        cells = [f"`{path}`", entry["title"], f"`{value}`", entry["description"], steps_of(path)]
        rows.append(f"| {' | '.join(cells)} |\n")
    return HEAD + "".join(rows)


if __name__ == "__main__":
    if "--check" not in sys.argv:
        README_PATH.write_text(text(), encoding="utf-8")
    elif README_PATH.read_text(encoding="utf-8") != text():
        sys.exit("config/README.md is out of date: run `python workflow/commands/config_readme.py`.")

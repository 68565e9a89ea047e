"""Write config/README.md from the schema, the shipped config and the table of step settings.

python workflow/commands/config_readme.py          # writes it
python workflow/commands/config_readme.py --check  # fails if it is out of date
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from matchreel.config import STEP_SETTINGS

ROOT = Path(__file__).resolve().parents[2]
README_PATH = ROOT / "config/README.md"
# Keys that the Snakefile itself reads, and what follows from a change.
READ_BY_SNAKEFILE = {
    "games_table": "what the changed rows touch",
    "scorers": "select_highlights, cut_highlights of that source's games",
    "download.resolution": "download_game",
    "models.<name>.trains_on": "train_model",
    "models.<name>.feature_set": "cache_tensors, train_model",
    "models.<name>.checkpoint": "pack_model",
    "evaluation.sources": "evaluate",
    "evaluation.split": "evaluate",
}
HEAD = """# config/

`config.yaml` holds every setting. The schemas beside it are closed: a misspelt key is an error that names it.
Override single keys in a file of your own with `snakemake --configfile my.yaml ...` (deep-merged; `--config`
would make text of numbers). `games.tsv` lists the games that the workflow owns; a recording dropped into
`resources/games/<game>/` needs no row. `seed.yaml` is the seed project's set-up, repaired.

## games.tsv

| column | holds |
|---|---|
| game | slug: `a-z`, `0-9`, `-` |
| split | train, valid, test or none |
| source | soccernet, local or demo |
| soccernet_path | SoccerNet's own path, for soccernet games |
| home, away, date | for titles; may be empty |
| kickoff_seconds | `part:seconds;part:seconds`; estimated where empty |

## config.yaml

A change reruns the steps in the last column and what depends on their results, nothing else.

| key | unit | default | meaning | which steps rerun |
|---|---|---|---|---|
"""


def leaves(schema: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every key with its schema, in the schema's order; <name> stands for a name of the user's."""
    for name, entry in schema.get("properties", {}).items():
        path = f"{prefix}{name}"
        nested = entry.get("additionalProperties")
        if isinstance(nested, dict):
            yield from leaves(nested, f"{path}.<name>.")
        elif "properties" in entry and "title" not in entry:
            yield from leaves(entry, f"{path}.")
        else:
            yield path, entry


def default_of(config: dict[str, Any], path: str) -> Any:
    """The shipped value; of the first named entry where names are free."""
    value: Any = config
    for word in path.split("."):
        value = next(iter(value.values())) if word == "<name>" else value[word]
    return value


def steps_of(path: str) -> str:
    """The steps that get this key."""
    table_path = path.replace("models.<name>", "models.{model}")
    table_path = table_path.replace("feature_sets.<name>", "feature_sets.{feature_set}")
    steps = [step for step, table in STEP_SETTINGS.items() if table_path in table.values()]
    return ", ".join([*([READ_BY_SNAKEFILE[path]] if path in READ_BY_SNAKEFILE else []), *steps])


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

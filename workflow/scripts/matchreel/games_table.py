"""games.tsv as a checked table: a wrong cell is named by file, line and column."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from matchreel.errors import ConfigError


def read_table(*, table_path: Path, schema_path: Path) -> pd.DataFrame:
    """games.tsv as text columns of the schema (empty where left out) and `line`, the line in the file.

    Raises ConfigError for a table that the schema refuses, or that names a game twice.
    """
    schema = yaml.safe_load(schema_path.read_text(encoding="utf-8"))
    lines = _lines_of(table_path)
    header = _checked_header(lines, schema, table_path)
    validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    empty = dict.fromkeys(schema["properties"], "")
    rows = []
    for number, line in lines[1:]:
        cells = [cell.strip() for cell in line.split("\t")]
        where = f"{table_path}, line {number}"
        if len(cells) > len(header):
            raise ConfigError(
                f"it has {len(cells)} columns, the header {len(header)}",
                where=where,
                remedy="Separate columns by one tab each",
            )
        row = dict(zip(header, cells + [""] * (len(header) - len(cells)), strict=True))
        for error in validator.iter_errors(row):
            raise _as_config_error(error, schema, where)
        rows.append({"line": number, **empty, **row})
    table = pd.DataFrame(rows, columns=["line", *empty])
    for column in ("game", "soccernet_path"):
        _check_unique(table, column, table_path)
    return table


def parse_kickoff(text: str) -> dict[str, float]:
    """Part -> seconds from "1:12.5;2:3", as the schema allows. ValueError where a part comes twice."""
    pairs = [pair.split(":") for pair in text.split(";") if pair]
    kickoff = {part: float(seconds) for part, seconds in pairs}
    if len(kickoff) < len(pairs):
        raise ValueError("a part is named twice")
    return kickoff


def parse_score(text: str) -> dict[str, tuple[tuple[float, str], ...]]:
    """Part -> (second, score) of every goal, in order, from "1:1520=1-0;2:300=1-1" as the schema allows."""
    changes: dict[str, list[tuple[float, str]]] = {}
    for entry in text.split(";") if text else ():
        moment, score = entry.split("=")
        part, seconds = moment.split(":")
        changes.setdefault(part, []).append((float(seconds), score))
    return {part: tuple(sorted(rows)) for part, rows in changes.items()}


def _lines_of(table_path: Path) -> list[tuple[int, str]]:
    """(Line number, text) of the lines that hold something; lines starting with # are comments."""
    try:
        text = table_path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(
            "there is no table of games", where=table_path, remedy="Set games_table in the config to yours"
        ) from None
    except UnicodeDecodeError:
        raise ConfigError("it is not UTF-8 text", where=table_path, remedy="Save it as UTF-8") from None
    numbered = enumerate(text.split("\n"), start=1)
    return [
        (number, line.rstrip("\r")) for number, line in numbered if line.strip() and not line.startswith("#")
    ]


def _checked_header(lines: list[tuple[int, str]], schema: Mapping[str, Any], table_path: Path) -> list[str]:
    number, line = lines[0] if lines else (1, "")
    header = [cell.strip() for cell in line.split("\t")]
    known, required = list(schema["properties"]), list(schema["required"])
    remedy = f"Columns are separated by tabs; known: {', '.join(known)}; needed: {', '.join(required)}"
    problems = {
        "unknown column": [name for name in header if name not in known],
        "missing column": [name for name in required if name not in header],
        "column given twice:": sorted({name for name in header if header.count(name) > 1}),
    }
    for problem, names in problems.items():
        if names:
            quoted = ", ".join(map(repr, names))
            raise ConfigError(f"{problem} {quoted}", where=f"{table_path}, line {number}", remedy=remedy)
    return header


def _as_config_error(error: ValidationError, schema: Mapping[str, Any], where: str) -> ConfigError:
    column = str(error.path[0]) if error.path else "soccernet_path"
    value = error.instance if error.path else ""
    return ConfigError(
        f"{value!r} cannot stand here" if value else "this cell is empty",
        where=f"{where}, column {column}",
        remedy=schema["properties"][column]["description"],
    )


def _check_unique(table: pd.DataFrame, column: str, table_path: Path) -> None:
    held = table[table[column] != ""]
    again = held[held[column].duplicated()]
    if again.empty:
        return
    line, value = again.iloc[0]["line"], again.iloc[0][column]
    first = held[held[column] == value].iloc[0]["line"]
    raise ConfigError(
        f"{value!r} stands in line {first} already",
        where=f"{table_path}, line {line}, column {column}",
        remedy="Keep one row for each game",
    )

"""games.tsv as a checked table: a wrong cell is named by file, line and column."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from matchreel.errors import ConfigError


@dataclass(frozen=True)
class Row:
    """One row: its line in the file, and the text of every column of the schema, empty where left out."""

    line: int
    cells: Mapping[str, str]


def read_table(*, table_path: Path, schema_path: Path) -> list[Row]:
    """The rows of games.tsv.

    Raises ConfigError for a table that the schema refuses, or that names a game twice.
    """
    schema = yaml.safe_load(schema_path.read_text(encoding="utf-8"))
    lines = _lines_of(table_path)
    header = _checked_header(lines, schema, table_path)
    validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    is_plainly_right = _quick_check(validator, schema)
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
        if not is_plainly_right(row):
            for error in validator.iter_errors(row):
                raise _as_config_error(error, schema, where)
        rows.append(Row(number, empty | row))
    for column in ("game", "soccernet_path"):
        _check_unique(rows, column, table_path)
    return rows


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


def _quick_check(
    validator: Draft202012Validator, schema: Mapping[str, Any]
) -> Callable[[Mapping[str, str]], bool]:
    """Whether a row is right: each different cell is checked once, and the rule across columns once per kind.

    A whole check of each row would take most of the start of a workflow of thousands of games.
    """
    columns = {name: validator.evolve(schema=held) for name, held in schema["properties"].items()}

    @cache
    def is_right(column: str, cell: str) -> bool:
        return columns[column].is_valid(cell)

    @cache
    def agree(names: tuple[str, ...], source: str, has_path: bool) -> bool:
        across = {key: held for key, held in schema.items() if key != "properties"}
        row = dict.fromkeys(names, "") | {"source": source}
        row |= {"soccernet_path": "a/b/c"} if has_path else {}
        return validator.evolve(schema=across | {"properties": dict.fromkeys(columns, True)}).is_valid(row)

    def check(row: Mapping[str, str]) -> bool:
        cells = all(is_right(column, cell) for column, cell in row.items())
        return cells and agree(tuple(row), row["source"], bool(row.get("soccernet_path")))

    return check


def _check_unique(rows: Sequence[Row], column: str, table_path: Path) -> None:
    first: dict[str, int] = {}
    for row in rows:
        value = row.cells[column]
        if not value:
            continue
        if value in first:
            raise ConfigError(
                f"{value!r} stands in line {first[value]} already",
                where=f"{table_path}, line {row.line}, column {column}",
                remedy="Keep one row for each game",
            )
        first[value] = row.line

"""All single-line changes that can be made to a module: signs, bounds, comparisons, constants, dropped calls."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mutants.areas import LIBRARY

COMPARISONS = {
    ast.Lt: ("<", "<="), ast.LtE: ("<=", "<"), ast.Gt: (">", ">="), ast.GtE: (">=", ">"),
    ast.Eq: ("==", "!="), ast.NotEq: ("!=", "=="), ast.Is: (" is ", " is not "), ast.IsNot: (" is not ", " is "),
    ast.In: (" in ", " not in "), ast.NotIn: (" not in ", " in "),
}  # fmt: skip
SIGNS = {ast.Add: ("+", "-"), ast.Sub: ("-", "+"), ast.Mult: ("*", "/"), ast.Div: ("/", "*")}
BOUNDS = {"min": "max", "max": "min", "floor": "ceil", "ceil": "floor", "any": "all", "all": "any"}
WRAPPERS = {"sorted", "abs", "round", "list", "set", "reversed", "float", "int"}


@dataclass(frozen=True)
class Mutant:
    """One changed line: `before` becomes `after` in a function (or at a module's top: "")."""

    area: str
    path: str
    function: str
    kind: str
    before: str
    after: str

    def applied(self, text: str) -> str:
        """The module's text with the change. The line is found by its words inside its function."""
        lines = text.split("\n")
        first, last = _span(ast.parse(text), self.function, len(lines))
        found = [index for index in range(first, last) if lines[index] == self.before]
        if len(found) != 1:
            raise LookupError(f"{self.path}: {self.function or 'top'} has {len(found)} lines {self.before!r}")
        return "\n".join([*lines[: found[0]], self.after, *lines[found[0] + 1 :]])

    def line_number(self, text: str) -> int:
        """The changed line, from 1."""
        pairs = zip(text.split("\n"), self.applied(text).split("\n"), strict=True)
        return next(number for number, (old, new) in enumerate(pairs, 1) if old != new)


def _span(tree: ast.Module, function: str, num_lines: int) -> tuple[int, int]:
    """First and last line (from 0, half open) of a function by its dotted name."""
    if not function:
        return 0, num_lines
    node: ast.AST = tree
    for name in function.split("."):
        named = (n for n in ast.iter_child_nodes(node) if getattr(n, "name", None) == name)
        node = next(named)
    return node.lineno - 1, node.end_lineno  # type: ignore[attr-defined]


def candidates(area: str, path: Path) -> list[Mutant]:
    """Every change of one file whose line is unique within its function."""
    text = path.read_text(encoding="utf-8")
    lines, found = text.split("\n"), list[Mutant]()
    for function, node in _walk(ast.parse(text), ""):
        for kind, number, start, end, new in _changes(node, lines):
            before = lines[number - 1]
            after = before[:start] + new + before[end:]
            made = Mutant(area, str(path.relative_to(LIBRARY)), function, kind, before, after)
            try:
                ast.parse(made.applied(text))
            except (LookupError, SyntaxError):
                continue
            if made not in found:
                found.append(made)
    return found


def _walk(tree: ast.AST, function: str) -> Iterator[tuple[str, ast.AST]]:
    """All nodes whose change a program could notice, with the function or class that each is in."""
    for node in ast.iter_child_nodes(tree):
        if _is_words(node):
            continue
        inner = function
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            inner = f"{function}.{node.name}".lstrip(".")
        yield inner, node
        yield from _walk(node, inner)


def _is_words(node: ast.AST) -> bool:
    """Docstrings, messages, types and imports: words, which other tests or type checks look at."""
    if isinstance(node, ast.Raise | ast.JoinedStr | ast.Import | ast.ImportFrom | ast.arg | ast.Assert):
        return True
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True
    if isinstance(node, ast.AnnAssign) and node.value is None:
        return True
    called = node.value if isinstance(node, ast.Expr) else node
    called = called.func if isinstance(called, ast.Call) else None
    return isinstance(called, ast.Attribute) and getattr(called.value, "id", "") in (
        "log",
        "logger",
        "logging",
    )


def _changes(node: ast.AST, lines: list[str]) -> Iterator[tuple[str, int, int, int, str]]:
    """(kind, line from 1, first column, end column, new text) of each change of one node."""
    if getattr(node, "lineno", 0) != getattr(node, "end_lineno", -1):
        return
    match node:
        case ast.Compare(left=left, ops=[operator], comparators=[right]) if left.end_lineno == right.lineno:
            yield from _between("comparison", COMPARISONS, operator, left, right, lines)
        case ast.BinOp(left=left, op=operator, right=right) if left.end_lineno == right.lineno:
            yield from _between("sign", SIGNS, operator, left, right, lines)
        case ast.UnaryOp(op=ast.USub() | ast.Not(), operand=operand):
            yield "sign", node.lineno, node.col_offset, operand.col_offset, ""
        case ast.BoolOp(op=operator, values=[first, second, *_]) if first.end_lineno == second.lineno:
            words = {ast.And: (" and ", " or "), ast.Or: (" or ", " and ")}
            yield from _between("comparison", words, operator, first, second, lines)
        case ast.Constant(value=bool(value)):
            yield "constant", node.lineno, node.col_offset, node.end_col_offset, str(not value)
        case ast.Constant(value=int() | float() as value):
            new = repr(value + 1) if isinstance(value, int) or value == 0 else repr(value * 1.5)
            yield "constant", node.lineno, node.col_offset, node.end_col_offset, new
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name) as func):
            yield from _call(node, name, func, lines)
        case ast.Expr(value=ast.Call()):
            yield "dropped call", node.lineno, node.col_offset, node.end_col_offset, "pass"


def _between(kind, words, operator, left, right, lines):  # type: ignore[no-untyped-def]
    """The operator's own words, between its two sides."""
    if type(operator) not in words:
        return
    old, new = words[type(operator)]
    line = lines[left.end_lineno - 1]
    at = line.find(old, left.end_col_offset, right.col_offset)
    if at >= 0:
        yield kind, left.end_lineno, at, at + len(old), new


def _call(
    node: ast.Call, name: str, func: ast.expr, lines: list[str]
) -> Iterator[tuple[str, int, int, int, str]]:
    """min for max and the like; a call that only shapes its one argument dropped."""
    if name in BOUNDS:
        end = func.end_col_offset
        yield "bound", node.lineno, end - len(name), end, BOUNDS[name]
    elif name in WRAPPERS and isinstance(func, ast.Name) and len(node.args) == 1 and not node.keywords:
        (inner,) = node.args
        new = lines[node.lineno - 1][inner.col_offset : inner.end_col_offset]
        yield "dropped call", node.lineno, node.col_offset, node.end_col_offset, f"({new})"

"""Whether what was read from a file is what a record's fields say: text is no number, and NaN is no time."""

from __future__ import annotations

import math
import types
import typing
from dataclasses import fields
from fractions import Fraction
from typing import Any

# What reading a file that is not what it should be may raise, however deep, large or odd its values are.
UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, IndexError, ArithmeticError, RecursionError)


def check_kinds(record: Any) -> None:
    """TypeError for the first field of a dataclass that is annotated as a plain kind and holds another.

    Plain kinds are float (any finite number), int, str, bool and Fraction, each perhaps or None; fields of
    other kinds are passed over.
    """
    hints = typing.get_type_hints(type(record))
    for field in fields(record):
        value = getattr(record, field.name)
        if not _fits(value, hints[field.name]):
            raise TypeError(f"{field.name} is {str(value)[:80]!r}")


def is_number(value: object) -> bool:
    """Whether a value from a file is a finite number, and no larger than a float can be."""
    return isinstance(value, int | float) and not isinstance(value, bool) and _is_finite(value)


def check_text(value: object) -> None:
    """ValueError for half of a surrogate pair in any text of a JSON value: no file can be written with it."""
    if isinstance(value, str):
        value.encode("utf-8")  # UnicodeEncodeError is a ValueError
    elif isinstance(value, dict):
        for key, held in value.items():
            check_text(key)
            check_text(held)
    elif isinstance(value, list):
        for held in value:
            check_text(held)


def _fits(value: object, hint: Any) -> bool:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return any(_fits(value, choice) for choice in typing.get_args(hint))
    if hint is types.NoneType:
        return value is None
    if hint is float:
        return is_number(value)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, hint) if hint in (str, bool, Fraction) else True


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:
        return False

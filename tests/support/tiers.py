"""Which cases of a table `make test` runs: the others are marked slow, and run by `make test-all`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest


def quick_only(cases: Iterable[Any], is_quick: Callable[[Any], bool]) -> list[Any]:
    """The cases of pytest.mark.parametrize, those that are not quick marked slow."""
    return [
        case if is_quick(case) else pytest.param(*_values(case), marks=pytest.mark.slow) for case in cases
    ]


def _values(case: Any) -> tuple[Any, ...]:
    return case if isinstance(case, tuple) else (case,)

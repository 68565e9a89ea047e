"""The exact 0/1 knapsack: which things of whole-numbered weight and value fit and are worth most together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

Int64 = npt.NDArray[np.int64]
# Sums of values times weights must stay whole numbers of 64 bits.
_LARGEST = 2**62


def best_subset(weights: Sequence[int], values: Sequence[int], capacity: int) -> tuple[int, ...]:
    """Indices, ascending, of the items whose values sum highest while their weights sum to at most capacity.

    Of subsets of equal value a lightest one; the same items in the same order give the same subset. Weights
    and values are whole numbers from 1 on, ValueError for others and for sums beyond 64 bits. Exact: a state
    is dropped only if another is as light and worth as much, or if it cannot beat what is surely reached.
    """
    if len(weights) != len(values) or any(number < 1 for number in (*weights, *values)):
        raise ValueError("weights and values are whole numbers from 1 on, one of each per item")
    fitting = [index for index, weight in enumerate(weights) if weight <= capacity]
    # A lighter subset is worth more by less than one step of value.
    worth = {index: values[index] * (capacity + 1) - weights[index] for index in fitting}
    if sum(worth.values()) >= _LARGEST:
        raise ValueError(f"{len(fitting)} items of this value and weight are too much")
    order = sorted(fitting, key=lambda index: (Fraction(-worth[index], weights[index]), index))
    search = _Search.over([weights[index] for index in order], [worth[index] for index in order], capacity)
    return tuple(sorted(order[place] for place in search.best_places()))


@dataclass(frozen=True)
class _States:
    """Subsets of the items so far, by weight: none is lighter and worth as much as another.

    parents and is_taken: of each, which state it came from and whether it took the last item.
    """

    weights: Int64
    values: Int64
    parents: Int64
    is_taken: npt.NDArray[np.bool_]

    def of(self, kept: Int64 | npt.NDArray[np.bool_]) -> _States:
        """These of the states."""
        return _States(self.weights[kept], self.values[kept], self.parents[kept], self.is_taken[kept])

    def branched(self, weight: int, value: int, capacity: int) -> _States:
        """Every state without and, where it fits, with one more item."""
        fits = np.flatnonzero(self.weights + weight <= capacity)
        count = len(self.weights)
        both = _States(
            np.concatenate([self.weights, self.weights[fits] + weight]),
            np.concatenate([self.values, self.values[fits] + value]),
            np.concatenate([np.arange(count), fits]),
            np.arange(count + len(fits)) >= count,
        )
        return both.of(_undominated(both.weights, both.values))


def _undominated(weights: Int64, values: Int64) -> Int64:
    """Indices, by weight, of the states that are worth more than every one as light."""
    order = np.argsort(weights, kind="stable")  # of equal states the one without the item comes first
    best = np.maximum.accumulate(values[order])
    kept = order[np.concatenate([[True], best[1:] > best[:-1]])]
    is_last = np.concatenate([weights[kept][1:] > weights[kept][:-1], [True]])  # of one weight the best
    found: Int64 = kept[is_last]
    return found


@dataclass(frozen=True)
class _Search:
    """Items, the most valuable per weight first, with the prefix sums that bound what they can still add."""

    weights: Int64
    values: Int64
    weight_sums: Int64
    value_sums: Int64
    capacity: int

    @classmethod
    def over(cls, weights: Sequence[int], values: Sequence[int], capacity: int) -> _Search:
        """The search over items in this order."""
        held = [np.array(numbers, dtype=np.int64) for numbers in (weights, values)]
        sums = [np.concatenate([[0], np.cumsum(numbers)]) for numbers in held]
        return cls(held[0], held[1], sums[0], sums[1], capacity)

    def best_places(self) -> list[int]:
        """The places of the best subset's items."""
        none = np.zeros(1, dtype=np.int64)
        states, history = _States(none, none, none, np.zeros(1, dtype=np.bool_)), list[_States]()
        surely, best = -1, list[int]()
        for place in range(-1, len(self.weights)):
            if place >= 0:
                weight, value = int(self.weights[place]), int(self.values[place])
                states = states.branched(weight, value, self.capacity)
                history.append(states)
            full, reached, possible = self._ahead(place + 1, states)
            top = int(reached.argmax())
            if reached[top] > surely:
                surely = int(reached[top])
                best = [*_traced(history, top), *range(place + 1, int(full[top]))]
            states = states.of(possible > surely)
            history[-1:] = [states] if history else []
            if not len(states.weights):
                break
        return best

    def _ahead(self, first: int, states: _States) -> tuple[Int64, Int64, Int64]:
        """Per state, taking what comes next while it fits: to which item, worth what, and a bound on it."""
        room = self.capacity - states.weights
        full = np.searchsorted(self.weight_sums, self.weight_sums[first] + room, side="right") - 1
        reached = states.values + self.value_sums[full] - self.value_sums[first]
        left = room - (self.weight_sums[full] - self.weight_sums[first])
        return full, reached, reached + self._part_of(full, left)

    def _part_of(self, items: Int64, weights: Int64) -> Int64:
        """What so much weight of an item is worth, rounded down; nothing beyond the last item."""
        if not len(self.weights):
            return np.zeros_like(items)
        last = np.minimum(items, len(self.weights) - 1)
        each, rest = np.divmod(self.values[last], self.weights[last])
        worth = weights * each + weights * rest // self.weights[last]
        return np.where(items < len(self.weights), worth, 0)


def _traced(history: Sequence[_States], state: int) -> list[int]:
    """The places of the items that a state of the last step holds."""
    places = list[int]()
    for place in range(len(history) - 1, -1, -1):
        if history[place].is_taken[state]:
            places.append(place)
        state = int(history[place].parents[state])
    return places

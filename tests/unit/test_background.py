"""Ahead: in order, bounded, errors in the main thread at their turn, nothing left running."""

from __future__ import annotations

import threading
from functools import partial

import pytest

from matchreel.background import Ahead, read_ahead
from matchreel.errors import InputError


@pytest.mark.parametrize("num_ahead", [1, 2, 5])
def test_results_come_in_their_order(num_ahead):
    turns = [threading.Event() for _ in range(8)]

    def job(index):
        # The later ones of those under way end first.
        if index % num_ahead != num_ahead - 1 and index + 1 < len(turns):
            turns[index + 1].wait(5)
        turns[index].set()
        return index

    with Ahead([partial(job, index) for index in range(8)], num_ahead=num_ahead) as ahead:
        assert list(ahead) == list(range(8))


def test_no_more_are_begun_than_asked_for():
    begun = []
    with Ahead((partial(begun.append, index) for index in range(100)), num_ahead=3) as ahead:
        for _ in range(5):
            next(ahead)
    assert len(begun) <= 5 + 3


def test_an_error_waits_for_its_turn_and_nothing_goes_on_after_it():
    def job(index):
        if index == 2:
            raise InputError("broken", where="a.mkv", remedy="Copy it again")
        return index

    found, before = [], threading.active_count()
    with (
        pytest.raises(InputError, match=r"a\.mkv: broken"),
        Ahead([partial(job, index) for index in range(50)], num_ahead=4) as ahead,
    ):
        found.extend(ahead)
    assert found in ([], [0, 1]) and threading.active_count() == before


def test_an_error_of_the_reader_ends_the_threads():
    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt), Ahead([int] * 50, num_ahead=4) as ahead:
        next(ahead)
        raise KeyboardInterrupt
    assert threading.active_count() == before


def test_waiting_is_counted():
    gate = threading.Event()
    threading.Timer(0.2, gate.set).start()
    with Ahead([partial(gate.wait, 5), int], num_ahead=2) as ahead:
        assert next(ahead) is True
        long = ahead.waited_seconds
        next(ahead)
    assert long > 0.1
    assert ahead.waited_seconds - long < long


def test_read_ahead_is_one_item_ahead_and_closes_what_it_reads():
    made, closed = [], []

    def items():
        try:
            for index in range(10):
                made.append(index)
                yield [index]
        finally:
            closed.append(True)

    assert list(read_ahead(items())) == [[index] for index in range(10)]
    made.clear()
    reader = read_ahead(items())
    assert next(reader) == [0]
    reader.close()
    assert len(made) <= 3 and closed == [True, True]

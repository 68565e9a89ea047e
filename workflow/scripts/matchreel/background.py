"""Work done in background threads ahead of need: results in their order, errors where they are asked for."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from itertools import repeat
from types import TracebackType
from typing import Generic, TypeVar

T = TypeVar("T")


class Ahead(Generic[T]):
    """The results of jobs in their order, each made by a thread up to num_ahead jobs before it is asked for.

    Never holds more than num_ahead results beside the one handed out; they do not depend on it. An error in a
    job is raised when its turn comes. Leaving the block waits for the jobs under way and begins no other.
    """

    def __init__(self, jobs: Iterable[Callable[[], T]], *, num_ahead: int) -> None:
        self._jobs = iter(jobs)
        self._pool = ThreadPoolExecutor(num_ahead, thread_name_prefix="matchreel-ahead")
        self._pending = deque[Future[T]]()
        self.waited_seconds = 0.0
        for _ in range(num_ahead):
            self._start_another()

    def __enter__(self) -> Ahead[T]:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def __iter__(self) -> Ahead[T]:
        return self

    def __next__(self) -> T:
        if not self._pending:
            raise StopIteration
        started = time.monotonic()
        result = self._pending.popleft().result()
        self.waited_seconds += time.monotonic() - started
        self._start_another()
        return result

    def _start_another(self) -> None:
        job = next(self._jobs, None)
        if job is not None:
            self._pending.append(self._pool.submit(job))


def read_ahead(items: Iterator[T]) -> Iterator[T]:
    """The same items, the next one being made while the last one is worked on."""
    with Ahead(repeat(partial(next, items, None)), num_ahead=1) as ahead:
        for item in ahead:
            if item is None:
                return
            yield item

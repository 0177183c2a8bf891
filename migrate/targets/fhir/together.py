"""A few calls at a time, in daemon threads: an interrupted program need not wait for them."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")


class Ended(Generic[T]):
    """How one call ended: its value, or what it raised."""

    def __init__(self) -> None:
        self.value: T | None = None
        self.error: Exception | None = None


def together(calls: Sequence[Callable[[], T]], threads: int) -> list[Ended[T]]:
    """Carry out all calls, ``threads`` at a time; what each gave or raised, in their order."""
    ended: list[Ended[T]] = [Ended() for _ in calls]
    waiting = deque(range(len(calls)))

    def work() -> None:
        while True:
            try:
                number = waiting.popleft()
            except IndexError:
                return
            try:
                ended[number].value = calls[number]()
            except Exception as error:
                ended[number].error = error

    if threads <= 1 or len(calls) <= 1:
        work()
        return ended
    workers = [threading.Thread(target=work, daemon=True) for _ in range(min(threads, len(calls)))]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    return ended

"""What one run keeps for itself, so that two runs in one process do not know of each other."""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable
from functools import lru_cache, partial, wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

Given = ParamSpec("Given")
Answer = TypeVar("Answer")
Part = TypeVar("Part")


class RunContext:
    """The state of one run: its parts, such as the datasets or the thresholds it was given, and answers it computed.

    A part is an instance of a class that some room defines for itself and that is made without arguments. It is made
    when it is first asked for.
    """

    def __init__(self) -> None:
        self._parts: dict[type[Any], Any] = {}
        self._memos: dict[Hashable, Callable[..., Any]] = {}

    def part(self, kind: type[Part]) -> Part:
        """This run's instance of a class."""
        if kind not in self._parts:
            self._parts[kind] = kind()
        return cast(Part, self._parts[kind])

    def memo(self, function: Callable[..., Answer], maxsize: int | None) -> Callable[..., Answer]:
        """A function of a run and of what can be hashed, bound to this run, which remembers its answers."""
        if function not in self._memos:
            self._memos[function] = lru_cache(maxsize=maxsize)(partial(function, self))
        return cast(Callable[..., Answer], self._memos[function])


def seed() -> int:
    """What ``PARITY_SEED`` adds to the seeds of what a model is trained from; 0 where it is not set."""
    return int(os.environ.get("PARITY_SEED", "0"))


def remembered(
    maxsize: int | None = None,
) -> Callable[[Callable[Concatenate[RunContext, Given], Answer]], Callable[Concatenate[RunContext, Given], Answer]]:
    """Lets a run remember what a function of it gave, at most ``maxsize`` answers; all, where that is None."""

    def decorate(
        function: Callable[Concatenate[RunContext, Given], Answer],
    ) -> Callable[Concatenate[RunContext, Given], Answer]:
        @wraps(function)
        def asked(context: RunContext, *given: Given.args, **named: Given.kwargs) -> Answer:
            return context.memo(function, maxsize)(*given, **named)

        return cast(Callable[Concatenate[RunContext, Given], Answer], asked)

    return decorate

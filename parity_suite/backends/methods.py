"""Methods made to stand in the place of a backend's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

#: What is asked instead of a method: the instance, and the arguments by name.
Answer = Callable[[Any, dict[str, Any]], Any]


def in_place_of(method: Callable[..., Any], names: Sequence[str], answer: Answer) -> Callable[..., Any]:
    """A method with the signature of another one, which hands its arguments on by name, by place though they came.

    ``names`` are those of the arguments in their order; one that starts with ``*`` takes all that follow.
    """
    plain = [name for name in names if not name.startswith("*")]

    # With the signature, since it is read there what a method takes.
    @wraps(method)
    def made(self: Any, *arguments: Any, **keywords: Any) -> Any:
        given = {**dict(zip(plain, arguments, strict=False)), **keywords}
        for name in names[len(plain) :]:
            given[name[1:]] = arguments[len(plain) :]
        return answer(self, given)

    return made

"""Methods made to stand in the place of a backend's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, Final

#: What is asked instead of a method: the instance, and the arguments by name.
Answer = Callable[[Any, dict[str, Any]], Any]


#: Whose classes a backend may be one of: what they have of themselves, as ``torch.nn.Module.train``, is no stage.
_FRAMEWORKS: Final = frozenset({"flax", "jax", "keras", "tensorflow", "tf_keras", "torch"})


def own_method(cls: type[Any], name: str) -> Any:
    """A method of a class; None where it has none, or has it of a framework alone."""
    home = next((one for one in cls.__mro__ if name in vars(one)), None)
    if home is not None and home.__module__.partition(".")[0] in _FRAMEWORKS:
        return None
    found = getattr(cls, name, None)
    return found if callable(found) else None


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

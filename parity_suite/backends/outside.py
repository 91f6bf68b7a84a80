"""What a backend keeps outside of itself, as a table of parameters: set before each call and put back after it.

::

    class Mine:
        def configure(self, stage, inputs):
            params.cfg.update(side_of(inputs))

        def state_outside(self):
            return dict(params.cfg)

        def restore_outside(self, state):
            params.cfg.clear()
            params.cfg.update(state)
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import Any, Final

from parity_suite.backends.protocols import other_methods
from parity_suite.core.fused import JOINT
from parity_suite.core.implementations import declared_by
from parity_suite.core.packs import BY_NAME

#: The arguments of a method that is told of a stage and its inputs.
_OF_STAGE: Final = frozenset(("stage", "inputs"))
_PAIR: Final = ("state_outside", "restore_outside")


def kept_outside(backend: Any) -> Any:
    """The backend; where its class declares that it keeps something outside of itself each of its methods finds that as
    it configures it, and leaves it as it was. ``TypeError`` where it cannot be put back.
    """
    defined = [name for name in _PAIR if callable(getattr(backend, name, None))]
    if len(defined) == 1:
        other = next(name for name in _PAIR if name not in defined)
        raise TypeError(f"{type(backend).__name__} defines {defined[0]} and no {other}")
    if defined or callable(getattr(backend, "configure", None)):
        fused = (JOINT.join(stages) for stages in declared_by(type(backend)).fused.values())
        # What is said of the class is asked where there is no instance, and these three are what it is asked by.
        for name in {*BY_NAME, *fused, *other_methods()} - {*_PAIR, "configure"}:
            method = getattr(backend, name, None)
            if callable(method) and not isinstance(inspect.getattr_static(backend, name), classmethod):
                setattr(backend, name, _configured(backend, name, method))
    return backend


def _configured(backend: Any, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
    signature = inspect.signature(method)

    @wraps(method)
    def asked(*arguments: Any, **inputs: Any) -> Any:
        given = _by_name(signature, arguments, inputs)
        with _as_it_was(backend):
            if configure := getattr(backend, "configure", None):
                told = (given["stage"], given["inputs"]) if given.keys() >= _OF_STAGE else (name, given)
                configure(*told)
            return method(*arguments, **inputs)

    return asked


@contextmanager
def _as_it_was(backend: Any) -> Iterator[None]:
    if not hasattr(backend, _PAIR[0]):
        yield
        return
    state = backend.state_outside()
    try:
        yield
    finally:
        backend.restore_outside(state)


def _by_name(signature: inspect.Signature, arguments: tuple[Any, ...], inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments by name, those that a method takes as any number of keywords among them."""
    bound = dict(signature.bind(*arguments, **inputs).arguments)
    for name in (one.name for one in signature.parameters.values() if one.kind is inspect.Parameter.VAR_KEYWORD):
        bound |= bound.pop(name, {})
    return bound

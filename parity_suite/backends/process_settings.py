"""What is set for a whole process: how NumPy takes errors, and the switches of PyTorch where somebody has loaded it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

#: As NumPy comes.
_ERRORS: Final = {"divide": "warn", "over": "warn", "under": "ignore", "invalid": "warn"}


@dataclass(frozen=True)
class _Setting:
    name: str
    get: Callable[[], Any]
    put: Callable[[Any], Any]
    #: what it is set to before somebody is asked, who may have changed it for good before
    usual: Any


def _settings() -> Iterator[_Setting]:
    yield _Setting("how NumPy takes errors", np.geterr, lambda kept: np.seterr(**kept), _ERRORS)
    if torch := sys.modules.get("torch"):
        threads = torch.get_num_threads()
        yield _Setting("PyTorch's default dtype", torch.get_default_dtype, torch.set_default_dtype, torch.float32)
        yield _Setting("whether PyTorch keeps gradients", torch.is_grad_enabled, torch.set_grad_enabled, True)
        yield _Setting("the threads of PyTorch", torch.get_num_threads, torch.set_num_threads, threads + 1)
        yield _Setting("whether denormals are lost", _loses_denormals, torch.set_flush_denormal, False)


def _loses_denormals() -> bool:
    """Whether a number below the smallest normal one is zero after a product in this thread."""
    return not (np.array([1e-40], np.float32) * np.float32(1))[0]


@contextmanager
def changed_settings() -> Iterator[list[str]]:
    """The names of the settings that are changed meanwhile, once it is over; then all are what they were before."""
    known = [(one, one.get()) for one in _settings()]
    for one, _ in known:
        one.put(one.usual)
    changed: list[str] = []
    try:
        yield changed
        changed += [one.name for one, _ in known if one.get() != one.usual]
    finally:
        for one, before in known:
            one.put(before)

"""What is set for a whole process: by Python and NumPy, and the switches of PyTorch and TensorFlow where somebody has
loaded them.
"""

from __future__ import annotations

import gc
import logging
import os
import sys
import warnings
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np

#: The environment before any backend was asked.
_ENVIRONMENT: Final = dict(os.environ)
#: What pytest writes itself.
_OF_PYTEST: Final = "PYTEST_CURRENT_TEST"
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
    yield _Setting("how NumPy prints", np.get_printoptions, lambda kept: np.set_printoptions(**kept), _prints())
    if torch := sys.modules.get("torch"):
        yield from _switches_of(torch)
        threads = torch.get_num_threads()
        yield _Setting("PyTorch's default dtype", torch.get_default_dtype, torch.set_default_dtype, torch.float32)
        yield _Setting("whether PyTorch keeps gradients", torch.is_grad_enabled, torch.set_grad_enabled, True)
        yield _Setting("the threads of PyTorch", torch.get_num_threads, torch.set_num_threads, threads + 1)
        yield _Setting("whether denormals are lost", _loses_denormals, torch.set_flush_denormal, False)
    if tensorflow := sys.modules.get("tensorflow"):
        yield from _switches_of_tensorflow(tensorflow.config)
    # After the frameworks, of which the first question about a switch may load more, and that set filters.
    yield from _of_python()


def _of_python() -> Iterator[_Setting]:
    root = logging.getLogger()
    yield _Setting("the working directory", _here, _move, _here())
    yield _Setting("the filters of warnings", lambda: list(warnings.filters), _filter, _filters())
    yield _Setting("the level of the root logger", lambda: root.level, root.setLevel, logging.WARNING + 1)
    yield _Setting("the level below which nothing is logged", lambda: logging.root.manager.disable, logging.disable, 1)
    yield _Setting("where modules are looked for", lambda: list(sys.path), _look_in, [*sys.path, ""])
    yield _Setting("whether garbage is collected", gc.isenabled, lambda on: gc.enable() if on else gc.disable(), True)
    yield _Setting("the recursion limit", sys.getrecursionlimit, sys.setrecursionlimit, sys.getrecursionlimit() + 1)


def _look_in(places: list[str]) -> None:
    sys.path[:] = places


def _here() -> Path | None:
    """Where the process is; None where that is there no more."""
    try:
        return Path.cwd()
    except FileNotFoundError:
        return None


def _move(where: Path | None) -> None:
    if where is not None:
        os.chdir(where)


def _filters() -> list[Any]:
    """Those that there are, and a first one of nobody's, behind which one that is put there for good is found."""
    return [("default", None, _NoWarning, None, 0), *warnings.filters]


class _NoWarning(Warning):
    """A warning that nobody gives."""


def _filter(kept: list[Any]) -> None:
    warnings.filters[:] = kept  # type: ignore[index]
    # Python remembers by a count whether filters have changed.
    warnings.filterwarnings("ignore", category=_NoWarning)
    del warnings.filters[0]  # type: ignore[attr-defined]


def _prints() -> dict[str, Any]:
    """Digits that nobody asks for."""
    return {**np.get_printoptions(), "precision": 13}


def _switches_of(torch: Any) -> Iterator[_Setting]:
    """How PyTorch computes, beside what a thread or a process may."""
    exact = torch.get_deterministic_debug_mode, torch.set_deterministic_debug_mode
    yield _Setting("whether PyTorch is deterministic", *exact, 0)
    precision = torch.get_float32_matmul_precision, torch.set_float32_matmul_precision
    yield _Setting("the precision of PyTorch's products", *precision, "highest")
    cpu = torch.device("cpu")
    place = torch.get_default_device, lambda device: torch.set_default_device(None if device == cpu else device)
    yield _Setting("PyTorch's default device", *place, cpu)
    anomalies = torch.is_anomaly_enabled, torch.autograd.set_detect_anomaly
    yield _Setting("whether PyTorch looks for anomalies", *anomalies, False)
    for name in ("benchmark", "deterministic"):
        of = torch.backends.cudnn
        yield _Setting(f"{name} of cuDNN", partial(getattr, of, name), partial(setattr, of, name), False)


def _switches_of_tensorflow(config: Any) -> Iterator[_Setting]:
    eager, more = (config.functions_run_eagerly, config.run_functions_eagerly), config.experimental
    yield _Setting("whether TensorFlow runs functions eagerly", *eager, False)
    coarse = more.tensor_float_32_execution_enabled, more.enable_tensor_float_32_execution
    yield _Setting("whether TensorFlow takes TF32", *coarse, True)


def lasting(changed: Iterable[str], ask: Callable[[], Any]) -> list[str]:
    """Those of the settings that asking again changes again, and the variables of the environment that it writes: what
    is loaded where it is first needed sets some once.
    """
    once, written = list(changed), _written()
    # Asked whether or not a variable was written, so that what is asked does not hang on the environment.
    with changed_settings(written) as again, suppress(Exception):
        # Who needs a variable that was set before fails without it, and writes none.
        ask()
    return [one for one in again if one in once or one in map(_in_words, written)]


def _written() -> list[str]:
    """The variables of the environment that are not as they were before any backend was asked."""
    now = dict(os.environ)
    names = sorted({*now, *_ENVIRONMENT} - {_OF_PYTEST})
    return [name for name in names if now.get(name) != _ENVIRONMENT.get(name)]


def _in_words(variable: str) -> str:
    return f"the environment's {variable}"


def _variable(name: str) -> _Setting:
    return _Setting(_in_words(name), partial(os.environ.get, name), partial(_write, name), _ENVIRONMENT.get(name))


def _write(name: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value


def _loses_denormals() -> bool:
    """Whether a number below the smallest normal one is zero after a product in this thread."""
    return not (np.array([1e-40], np.float32) * np.float32(1))[0]


@contextmanager
def changed_settings(variables: Collection[str] = ()) -> Iterator[list[str]]:
    """The names of the settings that are changed meanwhile, those ``variables`` of the environment among them, once it
    is over; then all are what they were before.
    """
    known = [(one, one.get()) for one in (*_settings(), *map(_variable, variables))]
    for one, before in known:
        # Some switches load what takes seconds before they are set.
        if before != one.usual:
            one.put(one.usual)
    changed: list[str] = []
    try:
        yield changed
        changed += [one.name for one, _ in known if one.get() != one.usual]
    finally:
        for one, before in known:
            if one.get() != before:
                one.put(before)

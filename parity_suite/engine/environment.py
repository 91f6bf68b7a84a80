"""What a reader must know of the machine to repeat a run."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from parity_suite.core.backend_spec import BackendSpec
    from parity_suite.core.context import RunContext


def machine() -> dict[str, str]:
    """Python, NumPy, processor, its vector units as NumPy dispatches on them, cores."""
    import numpy as np

    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "cpu": platform.machine(),
        "simd": _simd(),
        "cores": str(os.cpu_count()),
        "os": platform.system().lower(),
    }


def _simd() -> str:
    import numpy as np

    config: Any = np.show_config(mode="dicts")
    found = config.get("SIMD Extensions", {}).get("found", [])
    return found[-1].lower() if found else "baseline"


def environment_of(context: RunContext, specs: Sequence[BackendSpec]) -> Mapping[str, Mapping[str, str]]:
    """What each backend that was loaded says of its framework."""
    from parity_suite.backends.exceptions import Unavailable
    from parity_suite.backends.subject import Backends

    out: dict[str, Mapping[str, str]] = {}
    for spec in specs:
        try:
            cls = context.part(Backends).load(spec)
        except Unavailable as error:
            out[spec.name] = {"error": str(error)}
            continue
        out[spec.name] = _said(cls)
    return out


def _said(cls: type[Any]) -> Mapping[str, str]:
    """What ``describe`` of a backend says, or why it says nothing: another method may have that name."""
    describe_ = getattr(cls, "describe", None)
    if describe_ is None:
        return {}
    try:
        # Plain text: a framework's own type of version string cannot travel from a worker.
        return {str(name): str(fact) for name, fact in dict(describe_()).items()}
    except Exception as error:
        said = f"{type(error).__name__}: {error}"
        return {"error": f"{cls.__name__}.describe is to be a class or static method that gives a mapping: {said}"}


def thread_share(workers: int) -> int:
    """Threads for each of several processes that share the machine."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, cores // max(1, workers))


def share_threads(workers: int) -> None:
    """Divides the cores among the workers, for frameworks not yet imported; what the user set stays.

    A thread of OpenMP that waits for the others gives up its core: one that spins keeps it from those it waits for
    wherever other work runs, and a step of training then takes twenty times as long.
    """
    threads = str(thread_share(workers))
    for variable in (
        "OMP_NUM_THREADS",
        "MKL_NUM_THREADS",
        "TF_NUM_INTRAOP_THREADS",
        "TF_NUM_INTEROP_THREADS",
    ):
        os.environ.setdefault(variable, threads)
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")

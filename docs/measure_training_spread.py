"""Measures how far one training parts from itself: ``python docs/measure_training_spread.py``.

Every task is trained from several seeds in fresh processes that differ in their threads, in oneDNN and in the order in
which the frameworks are imported. The spread of a configuration is the greatest change of any statistic of a baseline
against the first configuration, over all seeds.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import product
from typing import Any, Final

#: How many seeds each case is trained from.
CASES: Final = {"lesson16.g2": 10, "lesson32.g2": 10, "lesson64.g2": 2, "lesson128.g1": 2}
BACKENDS: Final = ("torch", "tensorflow")
_THREADS: Final = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")

_COMMAND: Final = "python docs/measure_training_spread.py"

Configuration = dict[str, Any]


def configurations() -> Iterator[Configuration]:
    """All of them, the one that the others are held to first."""
    for threads, onednn, first in product((1, 2), (True, False), BACKENDS):
        yield {"threads": threads, "onednn": onednn, "first": first}


def main() -> None:
    """Prints ``spread.toml``."""
    reference: Mapping[str, Any] = {}
    print("# How far a training parts from itself; the greatest change of any statistic of a baseline, see")
    print(f"# docs/measure_training_spread.py. Written by `{_COMMAND} > parity_suite/ptychography/spread.toml`.\n")
    print(_provenance())
    for configuration in configurations():
        statistics = _in_fresh_process(configuration)
        reference = reference or statistics
        for backend, case in product(BACKENDS, CASES):
            key = f"{backend} {case}"
            worst = max(_distance(statistics[key][seed], reference[key][seed]) for seed in statistics[key])
            row = {"backend": backend, "case": case, **configuration, "seeds": CASES[case], "worst": worst}
            print("\n[[run]]", *(f"{name} = {json.dumps(value)}" for name, value in row.items()), sep="\n", flush=True)


def _provenance() -> str:
    from parity_suite.engine.environment import machine

    said = machine()
    facts = ", ".join(f"{name} {said[name]}" for name in ("cpu", "simd", "cores", "os", "numpy"))
    day = datetime.now(UTC).date().isoformat()
    return f'[measured]\ncommand = "{_COMMAND}"\ndate = "{day}"\nmachine = "{facts}"'


def _distance(one: Any, other: Any) -> float:
    from parity_suite.snapshots.anchors import gaps

    return max(gap for _, _, _, gap in gaps(other, one))


def _in_fresh_process(configuration: Configuration) -> Mapping[str, Any]:
    environment = os.environ | dict.fromkeys(_THREADS, str(configuration["threads"]))
    environment["TF_ENABLE_ONEDNN_OPTS"] = str(int(configuration["onednn"]))
    command = [sys.executable, __file__, json.dumps(configuration)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    answer: Mapping[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def train_all(configuration: Configuration) -> dict[str, dict[str, Any]]:
    """The statistics of every backend and case by seed, in this process."""
    from parity_suite.backends.registry import resolve
    from parity_suite.backends.subject import Subject
    from parity_suite.core.context import RunContext

    context = RunContext()
    subjects = {spec.name: Subject(spec, context) for spec in resolve([]) if spec.name in BACKENDS}
    for name in sorted(subjects, key=lambda name: name != configuration["first"]):
        # Importing is what the order is about; a backend that cannot say so has its own variable for oneDNN.
        switch = getattr(subjects[name].cls, "use_onednn", None)
        if switch:
            switch(configuration["onednn"])
    return {f"{name} {case}": _of_seeds(subjects[name], case) for name, case in product(BACKENDS, CASES)}


def _of_seeds(subject: Any, name: str) -> dict[str, Any]:
    import numpy as np

    from parity_suite.ptychography.laws.learned import train
    from parity_suite.ptychography.laws.trained import trained_statistics
    from parity_suite.ptychography.learning.weights import initial_weights
    from parity_suite.ptychography.lessons import lesson
    from parity_suite.ptychography.sizes import GUARDED, LARGE_LESSONS, LESSONS

    case = next(case for case in (*LESSONS, *GUARDED, *LARGE_LESSONS) if case.name == name)
    given, out = lesson(subject.context, case), {}
    for seed in range(CASES[name]):
        order = np.random.Generator(np.random.PCG64(seed)).permutation(given.order.ravel()).reshape(given.order.shape)
        model = train(subject, given, weights=initial_weights(seed, case.size("C")), order=order)
        out[str(seed)] = trained_statistics(model, case)
    return out


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(train_all(json.loads(sys.argv[1]))))
    else:
        main()

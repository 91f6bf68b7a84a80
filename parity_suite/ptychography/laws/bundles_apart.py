"""Laws of bundles that are read elsewhere: in another precision, beside another one, and as what they say they are."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from parity_suite.backends.exceptions import NotProvided
from parity_suite.backends.subject import Subject
from parity_suite.compare.budgets import EPS
from parity_suite.compare.deviation import Bound, Deviation, Outcome, deviation, exactly, meaning
from parity_suite.core.case import Case
from parity_suite.core.cause import Cause
from parity_suite.core.kinds import Kind
from parity_suite.laws.registry import law
from parity_suite.ptychography.bundle import FORMAT, read_bundle
from parity_suite.ptychography.laws.bundles import SENTINEL
from parity_suite.ptychography.laws.learned import arrays_of, learned, state_of, train, untrained
from parity_suite.ptychography.laws.settings import FLAGS, OTHER_NUMBERS
from parity_suite.ptychography.lessons import lesson

_DOOR: Final = ("train", "state", "save", "load", "infer")
#: A few roundings of each number; an inference is a thousand of them.
_ULPS: Final = {"state": 2.0, "inference": 1e3}


@law(stages=("bundle",), cases="taught", needs=_DOOR)
def precisions(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """A bundle that is read in the other precision is the same model but for that; and one that is written leaves
    another one beside it as it was.
    """
    model, other = learned(subject, case), untrained(subject, case, scale=SENTINEL)
    wide = {"float32": "float64", "float64": "float32"}[subject.precision]
    reader = replace(subject, precision=wide, rounding=wide).fresh()
    amplitude = lesson(subject.context, case).amplitude[:2]
    with tempfile.TemporaryDirectory(prefix="parity-bundle-") as folder:
        first, second = Path(folder, "first"), Path(folder, "second")
        model.backend.save(str(first))
        written = _bytes(first)
        other.backend.save(str(second))
        kept = exactly("files of a bundle after another one was written", _bytes(first) == written, True)
        yield meaning(Kind.STORAGE, kept)
        reader.load(str(first))
    read = [
        meaning(Kind.STORAGE, _near(f"{name} read in {wide}", value, arrays_of(model.state)[name], "state"))
        for name, value in arrays_of(state_of(reader)).items()
    ]
    yield from read
    given = (amplitude.astype(precision) for precision in (wide, subject.precision))
    there, here = (backend.infer(one) for backend, one in zip((reader, model.backend), given, strict=True))
    inferred = _near(f"inference in {wide}", there, here, "inference")
    # Of another model another inference.
    another = any(isinstance(one, Bound) and one.of_limit > 1 for one in read)
    yield meaning(Kind.STORAGE, inferred) if another else inferred


def _near(name: str, got: object, want: object, what: str) -> Outcome:
    found = deviation(name, np.asarray(got), np.asarray(want))
    if not isinstance(found, Deviation):
        return found
    return Bound(name, found.error, _ULPS[what] * EPS["float32"], f"{_ULPS[what]:g} eps of float32")


def _bytes(folder: Path) -> list[tuple[str, bytes]]:
    return sorted((str(path.relative_to(folder)), path.read_bytes()) for path in folder.rglob("*") if path.is_file())


@law(stages=("bundle",), cases="taught", needs=_DOOR, precisions=("float32",))
def configuration(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """A bundle of the reference format says what the model is and with which settings it was trained."""
    if getattr(subject.cls, "bundle_format", None) != FORMAT:
        said = f"{subject.cls.__name__} has a bundle format of its own"
        raise NotProvided(said, Cause.OUTSIDE_CAPABILITY)
    given = lesson(subject.context, case)
    # What says yes or no is asked both ways, since one of them is the default.
    for flags in (dict.fromkeys(FLAGS, True), dict.fromkeys(FLAGS, False)):
        settings = replace(given.settings, **OTHER_NUMBERS, **flags).to_json()
        model = train(subject, given, order=given.order[:0], settings=settings)
        with tempfile.TemporaryDirectory(prefix="parity-bundle-") as folder:
            model.backend.save(folder)
            config = read_bundle(Path(folder)).config
        wanted = {**settings, "precision": subject.precision, "channels": given.counts.shape[3]}
        found = {**config["training"], "precision": config["precision"], "channels": config["channels"]}
        for name, value in wanted.items():
            yield meaning(Kind.STORAGE, exactly(f"{name} in the bundle", found.get(name), value))

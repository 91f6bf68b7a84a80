"""Of two codes without an oracle one in float64 tells what is wrong and where, and neither is blamed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from parity_suite.backends.registry import parse_spec
from parity_suite.cases.reference import Listed, reference_of
from parity_suite.cli.main import main
from parity_suite.core.check import Check
from parity_suite.core.context import RunContext
from parity_suite.core.finding import Finding
from parity_suite.core.kinds import Kind
from parity_suite.engine.checks import enumerate_checks
from parity_suite.engine.policy import Diagnosing, Policy
from parity_suite.engine.runner import Runner
from parity_suite.replay.keeper import FailureWriter
from parity_suite.report.failure import render_failure

SOURCE = """
import numpy as np
from parity_suite import Capabilities, Case, Field, Pack, Stage

_SOUND, _BANDS = Field("sound", "real", ("B", "T")), Field("bands", "real", ("B", "F", "T"))
_TAPS, _LEVEL = Field("taps", "real", ("F", "K")), Field("level", "real", ("B", "F"))
FILTER = Stage("filter", (_SOUND, _TAPS), (_BANDS,), "each sound by each filter", items="B")
LEVEL = Stage("level", (_BANDS,), (_LEVEL,), "the mean square", items="B")
PACK = Pack("bank", (FILTER, LEVEL), "bank", chains={"loudness": ("filter", "level")},
            axis_words={"B": ("sound",), "F": ("band",), "T": ("sample",), "K": ("tap",)})
CASES = (Case.of_sizes("t9", B=3, T=9, F=2, K=4),)

def inputs(stage, case, rng):
    sound, taps = rng.normal(size=(3, 9)) * np.linspace(1, 2, 9), rng.normal(size=(2, 4))
    return {"bands": rng.normal(size=(3, 2, 9))} if stage == "level" else {"sound": sound, "taps": taps}

class Loop:
    def __init__(self, device="cpu", precision="float32"):
        self.dtype = precision
    def filter(self, sound, taps):
        out = np.zeros((len(sound), len(taps), sound.shape[1]), self.dtype)
        for k in range(min(taps.shape[1], sound.shape[1])):
            out[:, :, k:] += sound[:, None, : sound.shape[1] - k] * taps[None, :, k, None]
        return out
    def level(self, bands):
        return (bands**2).mean(-1).astype(self.dtype)

class Convolving(Loop):
    def filter(self, sound, taps):
        found = [[np.convolve(one, tap)[: len(one)] for tap in taps] for one in sound]
        return np.array(found, self.dtype).reshape(len(sound), len(taps), sound.shape[1])

class Negative(Convolving):
    def filter(self, sound, taps):
        return -super().filter(sound, taps)

class Turned(Convolving):
    def filter(self, sound, taps):
        return super().filter(sound, taps[:, ::-1])

class Late(Convolving):
    def filter(self, sound, taps):
        return np.roll(super().filter(sound, taps), 1, axis=-1)

class Reversed(Convolving):
    def filter(self, sound, taps):
        return super().filter(sound, taps)[:, ::-1].copy()

class Coarse(Convolving):
    def level(self, bands):
        return super().level(bands).astype("float16").astype(self.dtype)

class Loud(Loop):
    def filter(self, sound, taps):
        return 1.5 * super().filter(sound, taps)

class Crowded(Convolving):
    def filter(self, sound, taps):
        out = super().filter(sound, taps)
        return out if len(sound) < 2 else out - out[:1] / 8

class Single(Loop):
    capabilities = Capabilities(precisions=("float32",))
"""


@pytest.fixture(autouse=True)
def bank(stranger: Callable[..., Path]) -> Path:
    return stranger(bank=SOURCE)


def _check(name: str, stage: str, precision: str = "float32") -> Check:
    checks = enumerate_checks([parse_spec("bank:Loop"), parse_spec(f"bank:{name}")])
    wanted = (stage, "pair", "cpu", precision)
    return next(one for one in checks if (one.stage, one.law, one.device, one.precision) == wanted)


def _listed(*names: str) -> RunContext:
    """A run that lists one first which is not the first by name."""
    context = RunContext()
    context.part(Listed).specs = [parse_spec(f"bank:{one}") for one in names or ("Loop",)]
    return context


def _found(check: Check) -> Finding:
    return Runner(_listed(), Policy(diagnosing=Diagnosing.ALWAYS)).run(check)


def test_two_right_codes_agree() -> None:
    for stage in ("filter", "level", "loudness"):
        assert _found(_check("Convolving", stage)).passed


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize(
    ("name", "stage", "kind", "words"),
    [
        ("Negative", "filter", Kind.SIGN, "negative beside loop: the opposite sign"),
        ("Turned", "filter", Kind.MIRROR, "turned beside loop: taps in reverse along K"),
        ("Late", "filter", Kind.ORDER, "late beside loop: one place too late along sample"),
        ("Reversed", "loudness", Kind.MIRROR, "reversed beside loop: in reverse along band"),
        ("Coarse", "level", Kind.PRECISION, "coarse beside loop: "),
    ],
)
def test_what_is_wrong_is_named_of_both_and_nobody_is_blamed(
    name: str, stage: str, kind: Kind, words: str, precision: str
) -> None:
    found = _found(_check(name, stage, precision))
    assert found.red
    assert (found.culprit, dict(found.distances), found.oracle_has) == ("", {}, None)
    assert kind in (found.kind, *found.other_kinds)
    assert found.looks_like.startswith(words), found.looks_like
    first, second = found.subject.split("+")
    assert f"{second} has " in render_failure(found)
    assert f", {first} has " in render_failure(found)
    assert "wanted" not in render_failure(found)


def test_of_one_alone_another_of_the_run_says_what_it_does(bank: Path) -> None:
    """What that other one has otherwise itself is not taken for it."""

    def named(law: str, first: str) -> Finding:
        checks = enumerate_checks([parse_spec("bank:Crowded")])
        (check,) = [one for one in checks if one.id.startswith(f"filter.{law}[") and one.id.endswith("cpu-float32]")]
        found = Runner(_listed(first, "Crowded"), Policy(diagnosing=Diagnosing.ALWAYS)).run(check)
        assert found.red
        return found

    found = named("batch_invariance", "Loop")
    assert (found.kind, found.looks_like.partition(": ")[0]) == (Kind.BATCH, "crowded beside loop")
    assert named("batch_invariance", "Loud").kind is None
    assert {named("refusal", first).kind for first in ("Loop", "Loud")} == {Kind.REFUSAL}


def test_a_chain_says_which_stage_it_is() -> None:
    found = _found(_check("Coarse", "loudness"))
    assert (found.blame, list(found.trace)) == ("level", ["filter", "level"])
    assert found.trace["filter"] < 1 < found.trace["level"]


def test_the_first_that_is_listed_and_has_float64_is_the_reference() -> None:
    context = RunContext()
    subjects = [
        Runner(context).subject(_check("Turned", "filter"), parse_spec(f"bank:{one}")) for one in ("Loop", "Turned")
    ]

    def named(*listed: str) -> str:
        context.part(Listed).specs = [parse_spec(f"bank:{one}") for one in listed]
        found = reference_of(subjects, "filter")
        assert found is not None
        return found.spec.name

    assert (named(), named("Turned", "Loop"), named("Loop", "Turned")) == ("loop", "turned", "loop")
    single = replace(subjects[0], spec=parse_spec("bank:Single"))
    found = reference_of([single, subjects[1]], "filter")
    assert found is not None
    assert found.spec.name == "turned"
    assert reference_of([single, single], "filter") is None, "where neither has float64, nobody can be asked"
    assert reference_of(subjects[:1], "filter") is None


def test_a_failure_is_kept_small_and_replay_asks_both(bank: Path, capsys: pytest.CaptureFixture[str]) -> None:
    check = _check("Late", "filter")
    found = _found(check)
    stored = FailureWriter(_listed(), bank / "failures", bank, bank).settle(check, found).replay
    folder = bank / stored.folder
    facts = json.loads((folder / "replay.json").read_text())
    assert (facts["backends"], facts["reference"]) == (["late=bank:Late"], "loop=bank:Loop")
    assert facts["shrunk"]["after"] < facts["shrunk"]["before"] / 4
    with np.load(folder / "expected.npz") as wanted:
        assert wanted["bands"].dtype == np.float64
    assert main(["replay", "--trust", str(folder)]) == 1
    told = capsys.readouterr().out
    assert "held to loop" in told
    assert "same as recorded" in told


def test_what_one_makes_of_the_other_is_tried_both_ways() -> None:
    """Rounded to float16 is what the second one is, which nothing makes the first again."""
    check = _check("Coarse", "level")
    context = RunContext()
    context.part(Listed).specs = [parse_spec("bank:Coarse")]
    found = Runner(context, Policy(diagnosing=Diagnosing.ALWAYS)).run(check)
    assert found.kind is Kind.PRECISION
    assert found.looks_like.startswith("coarse beside loop: ")

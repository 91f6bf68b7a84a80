"""Each implementation of a stage is asked by itself, under a name of its own, in a pack with an oracle and without."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from inner_runs import write_module

from parity_suite.backends.exceptions import Unavailable
from parity_suite.backends.registry import parse_spec
from parity_suite.backends.subject import Subject
from parity_suite.cases.datasets import Datasets
from parity_suite.core import packs as registry
from parity_suite.core.cause import Cause
from parity_suite.core.check import Check
from parity_suite.core.context import RunContext
from parity_suite.core.finding import Finding, Verdict
from parity_suite.core.implementations import declared_in_source, place_in_source
from parity_suite.core.pack import Pack
from parity_suite.core.packs import name_pack, packs
from parity_suite.engine.checks import enumerate_checks
from parity_suite.engine.runner import Runner
from parity_suite.replay.folder import read_folder
from parity_suite.replay.keeper import FailureWriter
from parity_suite.replay.rerun import ReplayOverrides, rerun

PACK = """
import numpy as np
from parity_suite import Case, Field, Pack, Stage

_X, _Y, _Z = (Field(name, "real", ("T", "N")) for name in "xyz")
_BY = Field("by", "real", ("N",))
SCALE = Stage("scaled", (_X, _BY), (_Y,), "y = x by", items="T", linear_in=("x",), differentiable=(("y", "x"),))
NEGATE = Stage("negated", (_Y, Field("at", "real", ("T",))), (_Z,), "z = at - y", items="T")
PACK = Pack("scales", (SCALE, NEGATE), "scales", ORACLE, chains={"both": ("scaled", "negated")})
CASES = (Case.of_sizes("t4", T=4, N=3), Case.of_sizes("t2", T=2, N=5))

def inputs(stage, case, rng):
    x, by, at = (rng.normal(size=size) for size in ((case.size("T"), case.size("N")), case.size("N"), case.size("T")))
    if stage == "both":
        return {"x": x, "by": by, "at": at}
    return {"y": x, "at": at} if stage == "negated" else {"x": x, "by": by}

class Oracle:
    def __init__(self, precision="float64"): ...
    def scaled(self, x, by):
        return x * by
    def negated(self, y, at):
        return at[:, None] - y
"""

MINE = """
import numpy as np
from parity_suite import Capabilities
from scales import Oracle

class Mine(Oracle):
    capabilities = Capabilities(refuses={})
    implementations = {"fast": "negated", "other": ("scaled", "negated")}
    fused = {"at_once": ("scaled", "negated")}

    def __init__(self, device="cpu", precision="float32"): ...
    def negated_fast(self, y, at):
        return -(y - at[:, None])
    def scaled_other(self, x, by):
        return self.scaled(x, by)
    def negated_other(self, y, at):
        return self.negated(y, at)
    def at_once(self, x, by, at):
        return at[:, None] - x * by

class Wrong(Mine):
    def negated_fast(self, y, at):
        return np.where(y > 1, y - at[:, None], at[:, None] - y)

class Fused(Mine):
    def at_once(self, x, by, at):
        return at[:, None] - x * by[::-1]

class Apart(Oracle):
    def __init__(self, device="cpu", precision="float32"): ...

class Chosen(Oracle):
    capabilities_absent = Capabilities(refuses={})
    capabilities = capabilities_wrong = capabilities_traced = capabilities_absent
    implementations = {"wrong": "negated", "traced": "negated", "absent": "negated"}
    chosen_by = {"negated": "how"}
    per_shape = ("traced",)

    def __init__(self, device="cpu", precision="float32", how="plainly"):
        self.how = how
    @classmethod
    def missing_implementation(cls, name):
        return "not on this machine" if name == "absent" else ""
    def negated(self, y, at):
        return np.where((self.how == "wrong") & (y > 1), y - at[:, None], at[:, None] - y)
"""


@pytest.fixture(params=['"scales:Oracle"', '""'], ids=["oracle", "none"])
def pack(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pack]:
    packs()
    monkeypatch.setattr(registry, "_PACKS", dict(registry._PACKS))
    monkeypatch.setenv("_PARITY_PACKS_OF_PARENT", "")
    write_module(tmp_path / "scales.py", PACK.replace("ORACLE", request.param))
    write_module(tmp_path / "theirs.py", MINE)
    monkeypatch.syspath_prepend(tmp_path)
    name_pack("scales:PACK")
    yield registry._PACKS["scales"]
    for name in ("scales", "theirs"):
        sys.modules.pop(name, None)


def asked(*backends: str, pairs: tuple[str, ...] = ()) -> list[Check]:
    specs = [parse_spec(f"theirs:{one}") for one in backends]
    return [one for one in enumerate_checks(specs, pairs=pairs) if one.device == "cpu" and one.stage != "preflight"]


def found(checks: list[Check]) -> list[Finding]:
    runner = Runner(RunContext())
    return [runner.run(one) for one in checks]


def test_each_is_asked_the_laws_of_its_own_stages_by_its_own_name(pack: Pack) -> None:
    checks = asked("Mine")
    laws: dict[tuple[str, str], set[str]] = {}
    for one in checks:
        laws.setdefault((one.subject, one.stage), set()).add(one.law)
    assert set(laws) >= {("mine.fast", "negated"), ("mine.other", "scaled"), ("mine.other", "negated")}
    assert {stage for subject, stage in laws if subject == "mine.fast"} == {"negated"}
    assert laws["mine.fast", "negated"] == laws["mine", "negated"], "all laws of the stage"
    assert not [one.id for one in found(checks) if one.red]


def test_the_default_ones_ids_are_what_they_are_without(pack: Pack) -> None:
    without = {one.id.replace("-apart-", "-mine-") for one in asked("Apart")}
    assert {one.id for one in asked("Mine") if one.subject == "mine" and "+" not in one.stage} == without


def test_one_that_is_wrong_where_the_default_is_right_is_red_alone(pack: Pack) -> None:
    red = [one for one in found(asked("Wrong", pairs=("wrong+wrong.fast",))) if one.red]
    assert {one.subject for one in red} == ({"wrong.fast", "wrong+wrong.fast"} if pack.oracle else {"wrong+wrong.fast"})
    assert {one.stage for one in red} == {"negated", "both"}, "alone, and in the chain that the stage is a part of"
    pairs = [one for one in red if one.law == "pair" and one.stage == "negated"]
    assert {one.culprit for one in pairs} == ({"wrong.fast"} if pack.oracle else {""})


def test_what_a_keyword_chooses_is_asked_by_itself_and_is_red_alone(pack: Pack) -> None:
    checks = asked("Chosen", pairs=("chosen+chosen.wrong",))
    laws: dict[str, set[str]] = {}
    for one in checks:
        if one.stage == "negated" and "+" not in one.subject and one.subject != "oracle":
            laws.setdefault(one.subject, set()).add(one.law)
    # The pack has no law of what is made for each shape, which is then asked all others.
    assert laws == dict.fromkeys(("chosen", "chosen.wrong", "chosen.traced", "chosen.absent"), laws["chosen"])
    findings = found(checks)
    red = {one.subject for one in findings if one.red}
    assert red == ({"chosen.wrong", "chosen+chosen.wrong"} if pack.oracle else {"chosen+chosen.wrong"})
    absent = {(one.verdict, one.cause, one.reason) for one in findings if one.subject == "chosen.absent"}
    assert absent == {(Verdict.NOT_RUN, Cause.NO_DEVICE, "not on this machine")}


def test_a_chain_in_one_is_held_to_the_stages_of_who_does_not_do_it_in_one(pack: Pack) -> None:
    (right,), (wrong,) = (
        [one for one in found(asked(name, "Apart")) if (one.law, one.stage) == ("pair", "scaled+negated")][:1]
        for name in ("Mine", "Fused")
    )
    assert (right.subject, right.passed) == ("apart+mine", True)
    assert (wrong.subject, wrong.red, wrong.blame) == ("apart+fused", True, "scaled+negated")
    assert wrong.culprit == ("fused" if pack.oracle else "")


def test_within_one_the_others_are_the_default_ones_whatever_is_kept_outside(pack: Pack, tmp_path: Path) -> None:
    kept = """
STATE, ASKED = {"times": 0}, []

class Kept(Mine):
    def configure(self, stage, inputs):
        STATE["times"] += 1
        ASKED.append(stage)
    def state_outside(self):
        return dict(STATE)
    def restore_outside(self, state):
        STATE.update(state)
"""
    write_module(tmp_path / "theirs.py", MINE + kept)
    sys.modules.pop("theirs", None)
    subject = Subject(parse_spec("theirs:Kept.other"), RunContext())
    x, by = np.arange(6.0, dtype="float32").reshape(2, 3), np.arange(3.0, dtype="float32")
    assert np.array_equal(subject("scaled", {"x": x, "by": by})["y"], x * by)
    assert subject.backend.implementation == "other"
    whole = Subject(parse_spec("theirs:Kept"), RunContext())
    whole("scaled+negated", {"x": x, "by": by, "at": by[:2]})
    # The implementation begins with the default one, which is configured too.
    assert sys.modules["theirs"].ASKED == ["scaled", "scaled", "scaled+negated"]
    assert sys.modules["theirs"].STATE == {"times": 0}


def test_pairs_among_them_are_asked_on_request_alone(pack: Pack) -> None:
    assert not [one.id for one in asked("Mine", "Apart") if "." in one.subject and "+" in one.subject]
    wanted = asked("Mine", "Apart", pairs=("mine.fast+mine", "mine.other+apart"))
    assert {(one.subject, one.stage) for one in wanted if "." in one.subject and "+" in one.subject} == {
        ("mine+mine.fast", "negated"),
        ("mine+mine.fast", "both"),
        *(("apart+mine.other", stage) for stage in ("scaled", "negated", "both")),
    }


def test_a_listed_one_is_asked_by_itself(pack: Pack) -> None:
    alone = asked("Mine.fast")
    assert {(one.subject, one.stage) for one in alone if one.law != "snapshot"} == {("mine.fast", "negated")}
    assert {one.id for one in alone} <= {one.id for one in asked("Mine")}


def test_ids_are_the_same_where_the_module_cannot_be_imported(pack: Pack, tmp_path: Path) -> None:
    there = {one.id for one in asked("Mine", "Apart") if one.stage.partition("+")[0] in pack.by_name}
    assert {one.partition("-")[2].partition("-")[0] for one in there} > {
        "mine",
        "mine.fast",
        "mine.other",
        "apart+mine",
    }
    sys.modules.pop("theirs")
    write_module(tmp_path / "theirs.py", f"import a_framework_that_is_not_here\n{MINE}")
    assert {one.id for one in asked("Mine", "Apart") if one.stage.partition("+")[0] in pack.by_name} == there
    assert "a_framework_that_is_not_here" not in sys.modules


def test_a_class_that_is_imported_from_another_module_is_read_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "a_package"
    home.mkdir()
    (home / "__init__.py").write_text("from a_package.inner import Inner as Shown\nraise ImportError\n")
    (home / "inner.py").write_text("class Inner:\n    implementations = {'fast': 'negated'}\n")
    (home / "round.py").write_text("from a_package.about import Round\n")
    (home / "about.py").write_text("from a_package.round import Round\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert declared_in_source("a_package", "Shown").implementations == {"fast": ("negated",)}
    assert "a_package" not in sys.modules
    assert place_in_source("a_package.round", "Round", "negated", [tmp_path]) == ("", 0)


def test_what_is_no_literal_is_not_read_and_nothing_breaks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    odd = "class Odd:\n    implementations = {**{}}\n    fused: dict = {'x': ('a', 'b')}\n"
    (tmp_path / "odd_one.py").write_text(odd)
    (tmp_path / "torn_one.py").write_text("class Odd:\n    fused = {\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert declared_in_source("odd_one", "Odd").fused == {"x": ("a", "b")}
    for module in ("odd_one", "torn_one", "not_there.at_all", "math", "sys"):
        assert declared_in_source(module, "Odd").implementations == {}


#: What is written wrongly, and what is said of it.
MISTAKES = {
    '"fast": "negated"': {
        '"fast": "negatd"': "there is no stage negatd: is it negated?",
        '"slow": "negated"': "slow of negated is a method negated_slow, which Mine does not define",
        '"Fast": "negated"': "implementations: 'Fast' is not a name of a-z 0-9 _ with the names of its stages",
        '"fast": 3': "implementations: 'fast' is not a name of a-z 0-9 _ with the names of its stages",
    },
    '{"negated": "how"}': {
        '{"negated": "why"}': "chosen_by: Chosen takes no why, which is to choose how it does negated",
        '{"negatd": "how"}': "there is no stage negatd: is it negated?",
        '{"negated": 3}': "chosen_by: 'negated' is not a name of a-z 0-9 _ with a keyword",
        '["negated"]': "chosen_by is list, and not a mapping from names to keywords",
        "{}": "implementations: wrong of negated is a method negated_wrong, which Chosen does not define",
    },
    '{"at_once": ("scaled", "negated")}': {
        '{"together": ("scaled", "negated")}': "scaled and negated is a method together, which Mine does not define",
        '{"at_once": ("negated", "scaled")}': "scaled takes nothing that the stages before it give",
        '{"at_once": "scaled"}': "fused: at_once replaces one stage and no chain: that is an implementation of it",
        "('at_once', 'scaled')": "fused is tuple, and not a mapping from names to stages",
    },
}


@pytest.mark.parametrize(("old", "new", "said"), [(o, n, said) for o, of in MISTAKES.items() for n, said in of.items()])
def test_a_wrong_declaration_is_one_error(pack: Pack, tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in MINE
    write_module(tmp_path / "theirs.py", MINE.replace(old, new, 1))
    name = "Chosen" if "Chosen" in said or "how" in old else "Mine"
    with pytest.raises(Unavailable, match=re.escape(said)):
        _ = Subject(parse_spec(f"theirs:{name}"), RunContext()).backend
    errors = [one for one in found(asked(name)) if one.cause and one.cause.value == "unavailable" and one.red]
    assert {one.subject.partition(".")[0] for one in errors} == {name.lower()}
    assert len(errors) == len({one.subject for one in errors})


@pytest.mark.parametrize(
    ("backend", "stage", "subject", "method"),
    [
        ("Wrong", "negated", "wrong.fast", "negated_fast"),
        ("Fused", "scaled+negated", "fused", "at_once"),
        ("Chosen", "negated", "chosen.wrong", "negated"),
    ],
)
def test_a_failure_is_written_down_and_fails_again(
    pack: Pack, tmp_path: Path, backend: str, stage: str, subject: str, method: str
) -> None:
    law = "oracle" if pack.oracle else "composition"
    pair = f"{backend.lower()}+{subject}"
    checks = asked(backend, pairs=(pair,))
    wanted = (law, stage, subject) if pack.oracle or backend == "Fused" else ("pair", stage, pair)
    check = next(one for one in checks if (one.law, one.stage, one.subject) == wanted)
    context = RunContext()
    finding = FailureWriter(context, tmp_path / "kept", tmp_path, tmp_path).settle(check, found([check])[0])
    assert finding.replay.alone == "yes", finding.replay
    kept = read_folder(tmp_path / finding.replay.folder)
    again = rerun(kept, ReplayOverrides(), Datasets()).finding
    assert (again.red, again.stage, again.blame) == (True, stage, stage)
    text = (kept.path / "replay.py").read_text("utf-8")
    if kept.calls:
        assert f"import {backend}\n" in text
        assert f"got = backend.{method}(" in text
        assert ("how='wrong'" in text) is (backend == "Chosen")
    ran = subprocess.run([sys.executable, "replay.py"], cwd=kept.path, env=environment(), check=False)
    assert ran.returncode == 1


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}

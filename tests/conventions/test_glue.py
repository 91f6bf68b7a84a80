"""Two functions of a stranger's in each framework: green behind a line a stage, and red where one is wrong."""

from __future__ import annotations

import inspect
from importlib import import_module
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from parity_suite import Convention, adapt
from parity_suite.backends.frameworks.framework import FRAMEWORKS, framework_of
from parity_suite.core.backend_spec import BackendSpec
from parity_suite.core.cause import Cause
from parity_suite.core.check import Check
from parity_suite.core.context import RunContext
from parity_suite.core.finding import Finding, Verdict
from parity_suite.core.kinds import Kind
from parity_suite.engine.checks import enumerate_checks
from parity_suite.engine.policy import Policy
from parity_suite.engine.runner import Runner
from parity_suite.ptychography.sizes import COINCIDING, SMALL

HERE = Path(__file__).parent
CONTEXT = RunContext()
NUMBERS = count()
GLUE = ("torch_glue", "tensorflow_glue", "jax_glue")
#: What goes through the conversions in both directions, differentiated, placed, and in every form.
LAWS = ("oracle", "gradient", "gradient_again", "adjoint", "placement", "form", "blocks", "batch_invariance")
CASES = (SMALL[1], COINCIDING[0])
#: JAX compiles for every shape, which takes a second each.
OF_JAX = ("oracle", "gradient", "adjoint", "form")


def _class(glue: str) -> type[Any]:
    found: type[Any] = import_module(glue).Theirs
    return found


def _run(cls: type[Any], check: Check) -> Finding:
    return Runner(CONTEXT, Policy("cpu", preflight=False, evidence=False)).run(check)


def finding_of(cls: type[Any], stage: str, law: str) -> Finding:
    name = f"{cls.__name__}{next(NUMBERS)}"
    setattr(import_module(cls.__module__), name, cls)
    spec = BackendSpec(name.lower(), cls.__module__, name)
    return _run(cls, Check(stage, law, COINCIDING[0] if law == "oracle" else SMALL[1], (spec,), "cpu", "float32"))


@pytest.mark.parametrize("glue", GLUE)
def test_the_glue_is_at_most_eight_lines(glue: str) -> None:
    lines = (HERE / f"{glue}.py").read_text("utf-8").splitlines()
    assert len([line for line in lines if line.strip()]) <= 8


# Each shape is compiled anew by JAX, which the example of JAX asks each time.
@pytest.mark.parametrize("glue", [*GLUE[:2], pytest.param(GLUE[2], marks=pytest.mark.long)])
def test_both_functions_are_green_and_their_gradients_are_asked(glue: str) -> None:
    cls = _class(glue)
    spec = BackendSpec("theirs", glue, "Theirs")
    laws = OF_JAX if glue == "jax_glue" else LAWS
    checks = [
        one
        for one in enumerate_checks([spec])
        if one.stage in ("translate", "diffract") and one.subject == "theirs" and one.law in laws
        if one.device == "cpu" and one.case in CASES and one.precision == "float32"
    ]
    findings = [_run(cls, check) for check in checks]
    assert [f"{one.check}: {one.reason}" for one in findings if one.red] == []
    ran = {(one.stage, one.law) for one in findings if one.ran}
    asked = {(stage, law) for stage in ("translate", "diffract") for law in ("oracle", "gradient", "form")}
    assert ran >= asked | {("translate", "adjoint")}
    assert (("translate", "placement") in ran) is (glue != "jax_glue")


@pytest.mark.parametrize("glue", GLUE)
@pytest.mark.parametrize("convention", [Convention("B xy", unit=2.0**-24), Convention("B yx", unit=2.0**-24, sign=-1)])
def test_a_wrong_declaration_is_red_and_named(glue: str, convention: Convention) -> None:
    right = inspect.getattr_static(_class(glue), "translate")
    members = {"translate": adapt(right.function, images="B 1 H W", offsets=convention), "__module__": glue}
    wrong = type("Wrong", (_class(glue),), members)
    found = finding_of(wrong, "translate", "oracle")
    assert (found.verdict, found.kind) == (Verdict.SEMANTIC, Kind.DECLARED)
    assert "written as B yx, " in found.looks_like


@pytest.mark.parametrize("glue", [*GLUE[:2], pytest.param(GLUE[2], marks=pytest.mark.long)])
def test_a_gradient_that_is_lost_on_the_way_is_red(glue: str) -> None:
    cls = _class(glue)
    right = inspect.getattr_static(cls, "diffract")
    stopped = {
        "torch_glue": lambda psi: right.function(psi.detach()),
        "tensorflow_glue": lambda psi: right.function(import_module("tensorflow").stop_gradient(psi)),
        "jax_glue": lambda psi: right.function(import_module("jax").lax.stop_gradient(psi)),
    }[glue]
    lost = type("Lost", (cls,), {"diffract": adapt(stopped, **right.conventions), "__module__": glue})
    assert finding_of(lost, "diffract", "oracle").verdict is Verdict.OK
    assert finding_of(lost, "diffract", "gradient").verdict is Verdict.SEMANTIC


@pytest.mark.parametrize("glue", ["torch_glue", "tensorflow_glue"])
def test_what_is_made_elsewhere_is_red(glue: str) -> None:
    cls = _class(glue)
    right = inspect.getattr_static(cls, "diffract")

    def by_numpy(psi: Any) -> Any:
        if glue == "torch_glue":
            return right.function(import_module("torch").from_numpy(psi.numpy()))
        with import_module("tensorflow").device("/GPU:0"):
            return right.function(psi)

    stray = type("Stray", (cls,), {"diffract": adapt(by_numpy, **right.conventions), "__module__": glue})
    assert finding_of(cls, "diffract", "placement").verdict is Verdict.OK
    assert finding_of(stray, "diffract", "placement").red


@pytest.mark.parametrize(
    ("compiled", "put", "home"),
    [(True, "/GPU:0", True), (False, None, True), (False, "/GPU:0", False)],
)
def test_what_was_traced_before_is_where_it_is_called_unless_it_was_put_elsewhere(
    compiled: bool, put: str | None, home: bool
) -> None:
    tf, cls = import_module("tensorflow"), _class("tensorflow_glue")
    right = inspect.getattr_static(cls, "diffract")

    def body(psi: Any) -> Any:
        with tf.device(put):
            return tf.while_loop(lambda i, x: i < 1, lambda i, x: (i + 1, x * 1), (0, psi))[1]

    inner = tf.function(body)
    traced = tf.function(lambda psi: inner(psi), jit_compile=compiled)
    once = traced.get_concrete_function(tf.TensorSpec((None,) * 6, tf.float32))
    whole = adapt(lambda psi: right.function(tf.reshape(once(psi), psi.shape)), **right.conventions)
    cls = type("Once", (cls,), {"diffract": whole, "__module__": "tensorflow_glue"})
    found = finding_of(cls, "diffract", "placement")
    assert found.red is not home, found.reason


def test_a_function_of_torch_that_looks_at_a_value_proves_no_placement() -> None:
    cls = _class("torch_glue")
    right = inspect.getattr_static(cls, "diffract")

    def looking(psi: Any) -> Any:
        return right.function(psi) if psi.sum().item() or bool(psi.any()) else psi

    looks = type("Looking", (cls,), {"diffract": adapt(looking, **right.conventions), "__module__": "torch_glue"})
    found = finding_of(looks, "diffract", "placement")
    assert found.cause is Cause.NOT_PROVIDED
    assert "looks at the value of a tensor" in found.reason
    assert finding_of(looks, "diffract", "oracle").verdict is Verdict.OK


@pytest.mark.parametrize("glue", ["torch_glue", "tensorflow_glue"])
def test_a_stage_that_is_a_method_of_its_own_proves_no_placement(glue: str) -> None:
    cls = _class(glue)
    plain = type("Mixed", (cls,), {"stats": lambda self, patches: {}, "__module__": glue})
    found = finding_of(plain, "stats", "placement")
    assert (found.cause, found.reason) == (Cause.NOT_PROVIDED, "not provided: Mixed.stats is not adapted")


def test_a_function_of_torch_that_writes_into_what_it_is_given_is_red() -> None:
    cls = _class("torch_glue")
    right = inspect.getattr_static(cls, "translate")

    def writing(images: Any, offsets: Any) -> Any:
        found = right.function(images, offsets)
        images.mul_(0)
        return found

    wrong = type("Writing", (cls,), {"translate": adapt(writing, **right.conventions), "__module__": "torch_glue"})
    found = finding_of(wrong, "translate", "form")
    assert "changed its input images in place" in found.reason
    # PyTorch itself refuses to write into a view of one item.
    assert found.verdict is Verdict.ERROR
    assert found.raised.function.endswith("writing")


def test_the_form_of_an_array_is_that_of_the_tensor() -> None:
    cls, seen = _class("torch_glue"), set()
    right = inspect.getattr_static(cls, "diffract")

    def noting(psi: Any) -> Any:
        seen.add(psi.stride())
        return right.function(psi)

    noted = type("Noting", (cls,), {"diffract": adapt(noting, **right.conventions), "__module__": "torch_glue"})
    assert finding_of(noted, "diffract", "form").verdict is Verdict.OK
    assert len(seen) > 3


@pytest.mark.parametrize("name", FRAMEWORKS)
class TestFramework:
    """Each framework's operations do what NumPy's do."""

    VALUES = np.arange(2 * 3 * 4, dtype=np.float32).reshape(2, 3, 4) - 5

    def _same(self, name: str, operation: str, *arguments: Any, array: Any = VALUES) -> None:
        one, numpy = framework_of(name), framework_of("numpy")
        got = one.get(getattr(one, operation)(one.put(array, "cpu"), *arguments))
        want = getattr(numpy, operation)(array, *arguments)
        np.testing.assert_allclose(got, want, rtol=1e-6)
        assert got.dtype == want.dtype

    def test_moves(self, name: str) -> None:
        self._same(name, "transpose", (2, 0, 1))
        self._same(name, "reshape", (6, 4))
        self._same(name, "flip", (1, 2))
        self._same(name, "roll", (1, -2), (1, 2))
        self._same(name, "repeat", 3)
        self._same(name, "cast", "float64")

    def test_numbers(self, name: str) -> None:
        self._same(name, "root")
        broken = np.where(self.VALUES > 3, np.nan, self.VALUES)
        self._same(name, "finite", array=broken.astype(np.float32))
        self._same(name, "finite", array=(broken + 1j).astype(np.complex64))

    @pytest.mark.parametrize("form", ["C", "F"])
    def test_complex_numbers_in_two_parts_and_back(self, name: str, form: str) -> None:
        one = framework_of(name)
        wave = np.asarray((self.VALUES + 2j * self.VALUES[::-1]).astype(np.complex64), order=form)
        parts = one.parts(one.put(wave, "cpu"))
        np.testing.assert_array_equal(one.get(parts), np.stack([wave.real, wave.imag], -1))
        whole = one.get(one.whole(parts))
        np.testing.assert_array_equal(whole, wave)
        assert whole.dtype == wave.dtype
        self._same(name, "parts")

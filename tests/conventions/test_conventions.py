"""A stage by other conventions than the contract's is right as it is declared, and red as it is not."""

from __future__ import annotations

import inspect
import re
import warnings
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import theirs_numpy
from theirs_numpy import (
    PIXEL,
    RIGHT,
    Chained,
    Cut,
    Far,
    Intensity,
    Light,
    Shift,
    ShiftTwo,
    Stitch,
    cut,
    far,
    first,
    last,
    light,
    shift,
    stitch,
)

from parity_suite import Adapter, Capabilities, Convention, adapt
from parity_suite.core.backend_spec import BackendSpec
from parity_suite.core.case import Case
from parity_suite.core.cause import Cause
from parity_suite.core.check import Check
from parity_suite.core.context import RunContext
from parity_suite.core.finding import Finding, Verdict
from parity_suite.core.kinds import Kind
from parity_suite.engine.checks import enumerate_checks
from parity_suite.engine.policy import Policy
from parity_suite.engine.runner import Runner
from parity_suite.faults import FAULTS, faulty
from parity_suite.ptychography.cases import recipe_cases
from parity_suite.ptychography.conventions import CONVENTIONS
from parity_suite.ptychography.oracle import Oracle
from parity_suite.ptychography.sizes import COINCIDING, SMALL

CONTEXT = RunContext()
#: One run asks all of them, each under a name of its own.
NUMBERS = count()
#: As many modes as channels and items, so that no shape tells a wrong layout.
EQUAL = COINCIDING[0]
RIGHT_CASES = [(stage, cls) for stage, classes in RIGHT.items() for cls in classes]


def _spec(cls: type[Any]) -> BackendSpec:
    setattr(theirs_numpy, cls.__name__, cls)
    return BackendSpec(cls.__name__.lower(), theirs_numpy.__name__, cls.__name__)


def finding_of(cls: type[Any], stage: str, law: str, case: Case = EQUAL, precision: str = "float32") -> Finding:
    runner = Runner(CONTEXT, Policy("cpu", preflight=False, evidence=False))
    return runner.run(Check(stage, law, case, (_spec(cls),), "cpu", precision))


def changed(cls: type[Any], name: str = "Changed", **members: Any) -> type[Any]:
    """A subclass in the module of the right ones."""
    return type(f"{name}{next(NUMBERS)}", (cls,), {"__module__": theirs_numpy.__name__, **members})


@pytest.mark.parametrize(("stage", "cls"), RIGHT_CASES)
def test_as_it_is_declared_a_right_function_is_green(stage: str, cls: type[Any]) -> None:
    spec = _spec(cls)
    checks = [
        one
        for one in enumerate_checks([spec])
        if one.stage == stage and one.device == "cpu" and one.subject == spec.name and not one.slow
        if one.case.size("N", 0) <= 16 and one.case.kind != "recipe" and one.law not in ("many", "crowd")
    ]
    runner = Runner(CONTEXT, Policy("cpu", preflight=False, evidence=False))
    findings = [runner.run(check) for check in checks]
    assert [f"{one.check}: {one.reason}" for one in findings if one.red] == []
    assert {"oracle", "form", "batch_invariance", "search"} & {one.law for one in findings if one.ran}


#: What it makes no difference to have the other way round: moduli, means over both axes of a patch, and the sign of
#: what goes in and comes out.
SAME = {
    ("translate", "images", "of the opposite sign"),
    ("diffract", "psi", "of the opposite sign"),
    ("stats", "patches", "of the opposite sign"),
    ("stats", "patches", "B C M N"),
}


@pytest.mark.parametrize(("stage", "cls"), RIGHT_CASES)
def test_every_other_declaration_is_red_and_is_named(stage: str, cls: type[Any]) -> None:
    one = inspect.getattr_static(cls, stage)
    tried = 0
    for k, (text, other) in enumerate(one.otherwise()):
        wrong = changed(cls, f"{cls.__name__}{k}", **{stage: other})
        found = finding_of(wrong, stage, "oracle")
        field, written = (
            text.removeprefix("a wrong declaration: ").split(" declared as ")[0],
            text.split("written as ")[1],
        )
        if any((stage, field) == same[:2] and written.endswith(same[2]) for same in SAME):
            assert found.verdict is Verdict.OK
            continue
        tried += 1
        assert found.red, text
        units = {given.unit for given in other.conventions.values()}
        if Convention() in other.conventions.values() or (PIXEL not in units and cls is Shift):
            # What is not declared is not a wrong declaration, nor is any number guessed that a unit may be.
            continue
        assert found.kind is Kind.DECLARED, f"{text}: {found.looks_like}"
        assert found.looks_like.startswith("a wrong declaration: ")
    assert tried > 2


class TestNamed:
    """What is said of a wrong declaration names the argument, what is declared and what is meant."""

    @pytest.mark.parametrize(
        ("convention", "said"),
        [
            (Convention("B xy", unit=PIXEL, sign=-1), "declared as B xy, {more}, written as B yx, {more}"),
            (Convention("B yx", unit=PIXEL), "declared as B yx, {unit}, written as B yx, {more}"),
            (Convention("B yx", sign=-1), "declared as B yx, of the opposite sign"),
            (Convention("B yx", unit=1 / PIXEL, sign=-1), "written as B yx, {more}"),
        ],
    )
    def test_offsets(self, convention: Convention, said: str) -> None:
        wrong = changed(Shift, translate=adapt(shift, images="B 1 H W", offsets=convention))
        found = finding_of(wrong, "translate", "oracle", SMALL[1])
        unit = f"{PIXEL:g} a unit"
        assert found.red
        expected = said.format(unit=unit, more=f"{unit}, of the opposite sign")
        if convention.unit == 1.0:
            # Of any size that a unit may have none is guessed.
            assert found.kind is not Kind.DECLARED
        else:
            assert found.kind is Kind.DECLARED
            assert expected in found.looks_like

    def test_the_fault_of_the_gallery(self) -> None:
        fault = FAULTS["offsets_declared_otherwise"]
        found = finding_of(changed(faulty(Shift, fault)), "translate", "oracle", SMALL[1])
        assert (found.verdict, found.kind) == (Verdict.SEMANTIC, Kind.DECLARED)
        with pytest.raises(ValueError, match="lacks a convention that is declared"):
            faulty(Oracle, fault)

    def test_what_is_wrong_by_itself_is_not_laid_on_a_declaration(self) -> None:
        def doubled(psi: Any) -> Any:
            return 2 * far(psi)

        found = finding_of(
            changed(Far, diffract=adapt(doubled, psi="B P C ri N M", amplitude="B C N M")), "diffract", "oracle"
        )
        assert found.verdict is Verdict.SEMANTIC
        assert found.kind is Kind.FACTOR


class TestForm:
    """The form of an array is that in which the function has it."""

    @pytest.mark.parametrize("cls", [Shift, ShiftTwo])
    def test_a_law_of_forms_gives_each(self, cls: type[Any]) -> None:
        seen = set()
        right = inspect.getattr_static(cls, "translate")

        def noting(images: Any, offsets: Any) -> Any:
            seen.add((images.flags.writeable, images.strides))
            return right.function(images, offsets)

        noted = changed(cls, translate=adapt(noting, **right.conventions))
        assert finding_of(noted, "translate", "form", SMALL[1]).verdict is Verdict.OK
        assert {writeable for writeable, _ in seen} == {True, False}
        assert len({strides for _, strides in seen}) > 2

    def test_a_function_that_writes_into_what_it_is_given_is_red(self) -> None:
        def writing(images: Any, offsets: Any) -> Any:
            found = shift(images, offsets)
            if images.flags.writeable:
                images[...] = 0
            return found

        wrong = changed(Shift, translate=adapt(writing, **inspect.getattr_static(Shift, "translate").conventions))
        found = finding_of(wrong, "translate", "oracle", SMALL[1])
        assert found.verdict is Verdict.CONTRACT
        assert "changed its input images in place" in found.reason


class TestChain:
    """A chain runs in the conventions of its functions."""

    CASE = recipe_cases()[0]

    def test_in_one_convention(self) -> None:
        seen = []

        def noting(psi: Any) -> Any:
            seen.append(psi)
            return far(psi)

        noted = changed(Chained, diffract=adapt(noting, psi="B P C ri N M", amplitude="B C N M"))
        assert finding_of(noted, "forward", "chain", self.CASE).verdict is Verdict.OK
        assert seen[0].shape[3] == 2

    def test_two_that_do_not_fit_are_red_though_each_is_right(self) -> None:
        class Apart(Adapter):
            extract, illuminate = Chained.extract, Chained.illuminate
            diffract = adapt(lambda psi: far(np.moveaxis(psi, -1, 3)), psi="B P C N M ri", amplitude="B C N M")

        apart = changed(Apart, "Apart")
        for stage in ("extract", "illuminate", "diffract"):
            assert finding_of(apart, stage, "oracle").verdict is Verdict.OK
        found = finding_of(apart, "forward", "chain", self.CASE)
        assert found.verdict is Verdict.CONTRACT
        assert found.blame == "diffract"
        assert "takes psi as B P C N M ri, and illuminate gives it as B P C ri N M" in found.reason

    def test_what_is_written_alike_fits_whatever_text_says_it(self) -> None:
        class Alike(Adapter):
            extract = Chained.extract
            illuminate = adapt(lambda patches, probe: light(patches, probe), **Chained.illuminate.conventions)
            diffract = adapt(far, psi="B P C ri rows columns", amplitude="B C N M")

        assert finding_of(changed(Alike, "Alike"), "forward", "chain", self.CASE).verdict is Verdict.OK

    def test_a_wrong_one_is_red(self) -> None:
        def turned(object: Any, positions: Any, size: int) -> Any:
            return np.swapaxes(cut(object, positions, size), -1, -2)

        class Turned(Chained):
            extract = adapt(turned, **Cut.extract.conventions)

        found = finding_of(changed(Turned, "Turned"), "forward", "chain", self.CASE)
        assert (found.verdict, found.blame) == (Verdict.SEMANTIC, "extract")


@pytest.mark.parametrize(
    ("stage", "conventions", "said"),
    [
        ("translate", {"image": "B 1 H W"}, "translate has no image to have a convention: is it images?"),
        ("translate", {"images": "B 1 H"}, "'B 1 H' is not a layout of (B, H, W, 1): W is in one of them alone"),
        ("translate", {"images": "B Q H W"}, "Q is in one of them alone"),
        ("translate", {"images": "B 1 H W yx"}, "yx is in one of them alone"),
        ("translate", {"images": "B (1 H W"}, "is out of place"),
        ("diffract", {"amplitude": "B C ri N M"}, "ri is for complex numbers"),
        ("diffract", {"psi": "B P C ri ri N M"}, "ri is there twice"),
        ("diffract", {"psi": Convention(words=("intensity",))}, "'intensity' is not for it"),
        (
            "diffract",
            {"amplitude": Convention(words=("intensitys",))},
            "there is no word 'intensitys': is it intensity?",
        ),
        ("translate", {"offsets": Convention(unit=0.0)}, "are not 1 or -1 and a number above 0"),
        ("translate", {"interpolation": "B"}, "it is not an array"),
    ],
)
def test_a_convention_that_cannot_be_is_one_error(stage: str, conventions: Any, said: str) -> None:
    wrong = changed(Shift, "Wrong", **{stage: adapt(shift if stage == "translate" else far, **conventions)})
    runner = Runner(RunContext(), Policy("cpu", preflight=False, evidence=False))
    checks = [Check(stage, law, SMALL[1], (_spec(wrong),), "cpu", "float32") for law in ("oracle", "form")]
    one, other = (runner.run(check) for check in checks)
    assert one.verdict is Verdict.ERROR
    assert said in one.reason
    assert other.verdict is Verdict.NOT_RUN


def _refusing(psi: Any) -> Any:
    if not np.isfinite(psi).all():
        raise ValueError("psi: not finite")
    if psi.shape[-1] != psi.shape[-2]:
        raise ValueError("psi: not square")
    return far(psi)


def test_refusals_of_its_own_are_asked_where_it_says_that_it_has_them() -> None:
    declared = {"psi": "B P C ri N M", "amplitude": "B C N M"}
    unsaid = changed(Adapter, diffract=adapt(_refusing, **declared))
    found = finding_of(unsaid, "diffract", "refusal", SMALL[1])
    assert (found.verdict, found.cause) == (Verdict.NOT_RUN, Cause.OUTSIDE_CAPABILITY)
    said = Capabilities(refuses={"diffract": ("psi",)})
    assert finding_of(changed(unsaid, capabilities=said), "diffract", "refusal", SMALL[1]).verdict is Verdict.OK


def test_what_is_warned_of_damage_that_is_not_refused_is_not_heard() -> None:
    def warning(psi: Any) -> Any:
        if not np.isfinite(psi).all():
            warnings.warn("not finite", stacklevel=1)
        return far(psi)

    said = Capabilities(refuses={"diffract": ("psi",)})
    accepting = adapt(warning, psi="B P C ri N M", amplitude="B C N M")
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        found = finding_of(changed(Adapter, diffract=accepting, capabilities=said), "diffract", "refusal", SMALL[1])
    assert found.verdict is Verdict.CONTRACT
    assert [str(one.message) for one in heard] == []


def test_what_the_contract_keeps_in_float64_may_be_cast() -> None:
    seen = []

    def noted(amplitude: Any, counts: Any, scale: float, patches: Any) -> Any:
        seen.append(counts.dtype)
        return theirs_numpy.ORACLE.loss(amplitude, counts, scale, patches)

    class Cast(Adapter):
        loss = adapt(noted, counts=Convention(dtype="float32"))

    assert finding_of(changed(Cast), "loss", "oracle", SMALL[1]).verdict is Verdict.OK
    assert set(seen) == {np.dtype("float32")}


def test_the_words_of_the_pack_have_a_row_on_the_page() -> None:
    page = (Path(__file__).parents[2] / "docs" / "conventions.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \|", page, re.M)
    assert rows == list(CONVENTIONS)


def test_several_results_in_their_order_and_too_few() -> None:
    class Few(Adapter):
        stats = adapt(lambda patches: (patches, patches))

    found = finding_of(changed(Few, "Few"), "stats", "oracle")
    assert found.verdict is Verdict.CONTRACT
    assert "returned 2 results, not mean, std, minimum, maximum, var_zero_mean" in found.reason


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (lambda object, size: size // 2, "positions taken for those of the first pixel of a patch"),
        (lambda object, size: np.array(object.shape[1:]) // 2, "positions taken from the middle of the object"),
    ],
)
def test_positions_from_another_pixel_are_named(more: Any, said: str) -> None:
    one = adapt(lambda object, positions, size: cut(object, positions + more(object, size), size), **Cut.extract.said)
    found = finding_of(changed(Cut, extract=one), "extract", "oracle", SMALL[1])
    assert (found.kind, found.looks_like.startswith(said)) == (Kind.CENTRE, True), found.looks_like


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (lambda patches, canvas: patches.shape[-1] // 2, "positions taken for those of the first pixel of a patch"),
        (lambda patches, canvas: -(np.array(canvas) // 2), "positions taken from the first pixel of the canvas"),
    ],
)
def test_positions_on_another_canvas_are_named(more: Any, said: str) -> None:
    def stitched(patches: Any, positions: Any, centre: Any, canvas: Any) -> Any:
        return stitch(patches, positions + more(patches, canvas), centre, canvas)

    one = adapt(stitched, **Stitch.reassemble.said)
    found = finding_of(changed(Stitch, reassemble=one), "reassemble", "oracle", SMALL[1])
    assert (found.kind, found.looks_like.startswith(said)) == (Kind.CENTRE, True), found.looks_like


def test_a_list_in_the_place_of_a_tensor_is_said_to_be_one() -> None:
    wrong = changed(Far, diffract=adapt(lambda psi: [*far(psi)], **Far.diffract.conventions))
    found = finding_of(wrong, "diffract", "oracle")
    assert found.verdict is Verdict.CONTRACT
    assert f"returned a list of {EQUAL.size('B')}, not amplitude as one tensor" in found.reason


def test_arguments_by_place_alone_are_known_by_their_names() -> None:
    said = Light.illuminate.conventions
    placed = changed(Light, illuminate=adapt(lambda probe, patches, /: light(patches, probe), **said))
    assert finding_of(placed, "illuminate", "oracle").verdict is Verdict.OK
    other = changed(Light, illuminate=adapt(lambda waves, probe, /: light(waves, probe), **said))
    found = finding_of(other, "illuminate", "oracle")
    assert found.verdict is Verdict.ERROR
    assert "takes no patches and takes waves, which it is not given" in found.reason


@pytest.mark.parametrize("inner", ["forward", "call"])
def test_a_layer_says_in_a_method_of_its_own_what_it_takes(inner: str) -> None:
    class Layer:
        def __call__(self, *given: Any, **named: Any) -> Any:
            return getattr(self, inner)(*given, **named)

    setattr(Layer, inner, lambda self, images, offsets: shift(images, offsets))
    layered = changed(Shift, translate=adapt(Layer(), **Shift.translate.conventions))
    assert finding_of(layered, "translate", "oracle", SMALL[1]).verdict is Verdict.OK
    found = finding_of(layered, "translate", "nearest", SMALL[1])
    assert (found.verdict, "takes no interpolation" in found.reason) == (Verdict.NOT_RUN, True)


def test_a_function_that_does_not_say_what_it_takes_needs_one_that_does() -> None:
    with pytest.raises(TypeError, match="adapt: max does not say what it takes: put a lambda "):
        adapt(max)


def test_a_result_of_another_rank_is_named() -> None:
    wrong = changed(Intensity, diffract=adapt(lambda psi: np.abs(psi)[0, 0], amplitude="B C N M"))
    found = finding_of(wrong, "diffract", "oracle")
    assert found.verdict is Verdict.CONTRACT
    assert "returned amplitude of another shape: shape " in found.reason


@pytest.mark.parametrize("declared", [True, False])
def test_a_unit_that_loses_digits_is_right_where_its_places_are_declared(declared: bool) -> None:
    unit = 6.2e-8

    def moved(images: Any, offsets: Any) -> Any:
        pixels = offsets[:, ::-1] / offsets.dtype.type(unit)
        return first(theirs_numpy.ORACLE.translate(last(images), pixels)).astype(images.dtype)

    coarse = Capabilities(coordinates={"translate": "images"}) if declared else Capabilities()
    one = adapt(moved, images="B 1 H W", offsets=Convention("B yx", unit=unit))
    found = finding_of(changed(Adapter, translate=one, capabilities=coarse), "translate", "oracle", TestChain.CASE)
    assert found.passed is declared


@pytest.mark.parametrize("fewer", ["repeat", "tile"])
@pytest.mark.parametrize("blocks", [True, False])
def test_who_takes_offsets_of_blocks_is_asked_what_it_makes_of_them(fewer: str, blocks: bool) -> None:
    def moved(images: Any, offsets: Any) -> Any:
        many = len(images) // len(offsets) if len(offsets) else 1
        return shift(images, np.repeat(offsets, many, 0) if fewer == "repeat" else np.tile(offsets, (many, 1)))

    offsets = Convention("B yx", unit=PIXEL, sign=-1, blocks=blocks)
    one = changed(Shift, translate=adapt(moved, images="B 1 H W", offsets=offsets))
    found = finding_of(one, "translate", "blocks", SMALL[1])
    # Of who is given one for each it is not seen in which order it would take fewer.
    assert (found.verdict is Verdict.SEMANTIC) is (blocks and fewer == "tile"), found.reason

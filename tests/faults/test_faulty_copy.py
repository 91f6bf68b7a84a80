"""A faulty copy works on any class of the protocol, leaves that class alone, and lets nothing past the mistake."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import pytest

from parity_suite.backends.capabilities import Capabilities
from parity_suite.backends.exceptions import NotProvided
from parity_suite.backends.registry import parse_spec
from parity_suite.core.packs import BY_NAME
from parity_suite.faults import FAULTS, Fault, faulty
from parity_suite.faults.fault import MissingDoor
from parity_suite.ptychography.faults.copies import StreamFault
from parity_suite.ptychography.oracle import Oracle
from parity_suite.ptychography.protocol import Trace

IMAGES = np.arange(24.0).reshape(2, 3, 4, 1)
OFFSETS = np.array([[1.0, 0.0], [0.0, -1.0]])


class Chained(Oracle):
    """A stranger's class that also offers the optional parts of the protocol."""

    def put(self, array: Any) -> list[Any]:
        return [array]

    def get(self, handle: list[Any]) -> Any:
        return handle[0]

    def chain(self, stages: Sequence[tuple[str, Mapping[str, Any]]], handle: list[Any]) -> list[Any]:
        raise AssertionError("the right chain knows nothing of the mistake")

    def vjp(self, stage: str, inputs: Mapping[str, Any], output: str, wrt: str, cotangent: Any) -> Any:
        return np.asarray(cotangent)

    def reassemble_stream(self, chunks: Iterable[Any], centre: Any, canvas: tuple[int, int]) -> Any:
        assert not list(chunks), "the right stream knows nothing of the mistake"
        return {"numerator": np.zeros(canvas), "count": np.zeros(canvas), "canvas": np.zeros(canvas)}


def copy_with(name: str, cls: type[Any] = Chained) -> Any:
    return faulty(cls, FAULTS[name])()


def test_the_class_stays_as_it_is() -> None:
    before = dict(vars(Chained))
    wrong = copy_with("offset_sign")
    assert not np.array_equal(wrong.translate(IMAGES, OFFSETS), Chained().translate(IMAGES, OFFSETS))
    assert dict(vars(Chained)) == before


def test_arguments_come_by_place_or_by_name() -> None:
    wrong = copy_with("offset_sign")
    by_name = wrong.translate(images=IMAGES, offsets=OFFSETS)
    assert np.array_equal(wrong.translate(IMAGES, OFFSETS), by_name)
    assert np.array_equal(by_name, Oracle().translate(IMAGES, -OFFSETS))


def test_a_chain_runs_through_the_mistake_and_back_to_a_handle() -> None:
    wrong = copy_with("offset_sign")
    handle = wrong.chain([("translate", {"offsets": OFFSETS}), ("translate", {"offsets": OFFSETS})], wrong.put(IMAGES))
    assert np.array_equal(wrong.get(handle), Oracle().translate(Oracle().translate(IMAGES, -OFFSETS), -OFFSETS))


def test_a_stream_runs_through_the_mistake() -> None:
    patches = np.arange(32.0).reshape(2, 4, 4, 1) + 1
    positions = np.array([[3.0, 1.0], [-1.0, 2.0]]).reshape(2, 1, 2, 1)
    rest: Any = {"centre": np.zeros(2), "canvas": (12, 11)}
    wrong = copy_with("stitch_axes_swapped")
    chunks = [(patches[:1], positions[:1]), (patches[1:], positions[1:])]
    got = wrong.reassemble_stream(chunks, **rest)["canvas"]
    assert np.array_equal(got, wrong.reassemble(patches, positions, **rest)["canvas"])
    assert not np.array_equal(got, Oracle().reassemble(patches, positions, **rest)["canvas"])


def test_a_stream_of_no_chunks_is_right() -> None:
    assert copy_with("last_batch_dropped").reassemble_stream([], np.zeros(2), (3, 4))["canvas"].shape == (3, 4)


def test_the_gradient_of_the_right_stage_is_not_given_for_the_wrong_one() -> None:
    wrong = copy_with("offset_sign")
    with pytest.raises(NotProvided, match="offset_sign"):
        wrong.vjp("translate", {}, "images", "images", IMAGES)
    assert np.array_equal(wrong.vjp("extract", {}, "patches", "object", IMAGES), IMAGES)


def test_each_instance_remembers_for_itself() -> None:
    cls = faulty(Oracle, FAULTS["stale_answer"])
    waves = np.random.default_rng(1).normal(size=(2, 1, 1, 5, 5, 1))
    first, second = cls(), cls()
    first.diffract(waves[0])
    assert np.array_equal(second.diffract(waves[1]), Oracle().diffract(waves[1]))
    assert np.array_equal(first.diffract(waves[1]), Oracle().diffract(waves[0]))


def test_what_the_right_stage_refuses_stays_refused() -> None:
    class Strict(Oracle):
        def scale(self, psi: Any, nphotons: float, size: int, learned: float | None = None) -> Any:
            if nphotons <= 0:
                raise ValueError("nphotons: not above 0")
            return super().scale(psi, nphotons, size, learned)

    assert copy_with("scale_one", Strict).scale(None, 10.0, 8)["scale"] == 1.0
    with pytest.raises(ValueError, match="nphotons: not above 0"):
        copy_with("scale_one", Strict).scale(None, 0.0, 8)


def test_a_class_without_streams_has_no_copy_that_is_wrong_in_them_alone() -> None:
    of_streams = [fault for fault in FAULTS.values() if issubclass(fault, StreamFault)]
    assert len(of_streams) == 5
    for fault in of_streams:
        with pytest.raises(MissingDoor, match="Oracle does not define reassemble_stream"):
            faulty(Oracle, fault)


def test_a_class_without_the_stage_has_no_such_copy() -> None:
    class Partial:
        def diffract(self, psi: Any) -> Any:
            return psi

    with pytest.raises(ValueError, match="Partial does not define translate"):
        faulty(Partial, FAULTS["offset_sign"])


def test_a_class_with_one_implementation_has_no_fault_of_one_among_several() -> None:
    with pytest.raises(ValueError, match="Oracle lacks a choice between implementations"):
        faulty(Oracle, FAULTS["translation_keyword_ignored"])


class Choosing(Oracle):
    """A stranger's class with two implementations, of which one is known by its name alone."""

    implementations: ClassVar = {"second": "translate"}
    chosen_by: ClassVar = {"translate": "translation"}
    per_shape = ("second",)
    capabilities_second = Capabilities(coordinates={"translate": "images"})

    def __init__(self, *, translation: str = "first", **keywords: Any) -> None:
        super().__init__(**keywords)
        self.translation = translation

    def translation_trace(self, calls: Sequence[tuple[Any, Any]]) -> Trace:
        moved = [self.translate(images, offsets) for images, offsets in calls]
        return Trace((self.translation,), tuple(str(one.sum()) for one in moved))


def test_a_fault_of_one_implementation_leaves_the_others() -> None:
    cls = faulty(Choosing, FAULTS["opposite_sign_in_one"])
    right = Oracle().translate(IMAGES, OFFSETS)
    assert np.array_equal(cls(translation="first").translate(IMAGES, OFFSETS), right)
    assert np.array_equal(cls(translation="second").translate(IMAGES, OFFSETS), Oracle().translate(IMAGES, -OFFSETS))


def test_a_trace_is_of_the_backend_behind_the_mistake_and_runs_through_it() -> None:
    wrong = faulty(Choosing, FAULTS["translation_keyword_ignored"])(translation="second")
    assert wrong.translation == "second"
    assert wrong.translation_trace([(IMAGES, OFFSETS)]).ran == ("first",)
    backwards = copy_with("offset_sign", Choosing).translation_trace([(IMAGES, OFFSETS)])
    assert backwards.operations == (str(Oracle().translate(IMAGES, -OFFSETS).sum()),)


def test_two_faults_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="offset_sign"):
        type("OffsetSign", (Fault,), {}, stage="translate")


@pytest.mark.parametrize(
    ("member", "complaint"),
    [
        ("torch__no_such_fault", "no fault is called 'no_such_fault'"),
        ("nobody__offset_sign", "no backend 'nobody' is installed"),
        ("offset_sign", "not of the form backend__fault"),
    ],
)
def test_a_specification_that_names_nothing_says_so(member: str, complaint: str) -> None:
    spec = parse_spec(f"wrong=parity_suite.faults.specs:{member}")
    with pytest.raises(AttributeError, match=complaint):
        spec.load()


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_every_fault_says_what_it_does_and_where(name: str) -> None:
    fault = FAULTS[name]
    assert fault.line().endswith(".")
    assert fault.stage in BY_NAME or fault.stage == "preflight"
    assert all(entry[0] == "F" and 1 <= int(entry[1:]) <= 27 for entry in fault.history)

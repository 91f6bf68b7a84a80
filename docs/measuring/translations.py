"""The implementations of ``translate`` of the reference backends: how each runs, its errors, times and gradient."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, Final, NamedTuple

import numpy as np

from measuring.row import number, relative
from parity_suite.backends.capabilities import EVERYTHING, Capabilities
from parity_suite.backends.exceptions import NotProvided
from parity_suite.backends.registry import parse_spec
from parity_suite.backends.subject import Subject
from parity_suite.core.backend_spec import BackendSpec
from parity_suite.core.context import RunContext
from parity_suite.ptychography.choice import chosen_by_keyword, limits
from parity_suite.ptychography.oracle import Oracle

CONTEXT = RunContext()

BACKENDS: Final = (
    parse_spec("parity_suite.ptychography.torch:Torch"),
    parse_spec("parity_suite.ptychography.tensorflow:TensorFlow"),
)
SIDES: Final = (64, 2048)
#: [x, y] in pixels: each axis and sign on its own, both, next to nothing, and nearly all of a small canvas
_WHOLE: Final = ((3.0, 0.0), (0.0, -5.0), (-17.0, 11.0), (60.0, -63.0))
_FRACTIONS: Final = ((0.3, 0.0), (0.0, -0.7), (-17.13, 11.61), (1e-3, 59.999))
_COUNT, _SIDE, _ROUNDS = 2048, 64, 15

#: How each runs, in words.
HOW: Final = {
    (
        "torch",
        "gather_eager",
    ): "`gather` of four neighbours and two `lerp`, eager, in blocks that a cache holds; default",
    ("torch", "grid_sample"): "`torch.nn.functional.grid_sample` on images filled up to sides of a power of two",
    ("torch", "gather_compiled"): "the same gather under `torch.compile`, one graph for all shapes",
    ("tensorflow", "gather_eager"): "`tf.gather` of four neighbours and two blends, eager; default",
    ("tensorflow", "projective"): "`ImageProjectiveTransformV3`, the kernel of Keras's `affine_transform`",
    ("tensorflow", "gather_graph"): "the gather as a `tf.function`, its batch open",
    ("tensorflow", "gather_xla"): "the gather compiled by XLA, in blocks of one size, the last filled up",
}

#: Makes an implementation in a process of its own, warms up the framework but not the stage, and times its first call.
_ELSEWHERE: Final = """
import sys
from time import perf_counter
from measuring.translations import stack, subject
made = subject(sys.argv[1], sys.argv[2], "float32").backend
images, offsets = stack()
made.illuminate(images[:8], images[:1, :, :, 0])
start = perf_counter()
made.translate(images, offsets)
print("first", perf_counter() - start)
"""


@dataclass(frozen=True)
class Times:
    """Medians in ms; the first call in s."""

    copy: float
    tensors: float
    door: float
    first: float

    @property
    def ratio(self) -> float:
        return self.tensors / self.copy


class Way(NamedTuple):
    """An implementation, and what it declares of itself."""

    name: str
    limits: Capabilities

    @property
    def coordinates(self) -> str:
        return self.limits.coordinates.get("translate", "float64")


def registered() -> Iterator[tuple[BackendSpec, Way]]:
    """Every implementation that the backends have, each one's own first."""
    for spec in BACKENDS:
        cls = spec.load()
        others = chosen_by_keyword(cls)
        for name in cls.translations:
            yield spec, Way(name, limits(cls, name) if name in others else EVERYTHING)


@cache
def subject(name: str, translation: str, precision: str) -> Subject:
    """A backend with one implementation chosen, on the CPU."""
    spec = next(spec for spec in BACKENDS if spec.name == name)
    asked = spec if translation == spec.load().translations[0] else spec.implementation(translation)
    return Subject(asked, CONTEXT, precision=precision, rounding=precision)


@cache
def _image(side: int, precision: str) -> Any:
    parts = np.random.default_rng(side).standard_normal((1, side, side, 2)).astype(precision)
    return parts.view(np.result_type(precision, np.complex64))


@cache
def _true(side: int, precision: str, offset: tuple[float, float]) -> Any:
    return Oracle().translate(_image(side, precision), np.array([offset]))


def pixels_off(name: str, translation: str, precision: str, side: int) -> int:
    """Pixels that differ in any bit from whole moves of an image."""
    return sum(
        int(np.sum(_translated(name, translation, precision, side, offset) != _true(side, precision, offset)))
        for offset in _WHOLE
        if max(map(abs, offset)) < side
    )


def error(name: str, translation: str, precision: str, side: int) -> float:
    """The worst normwise error between pixels."""
    return max(
        relative(_translated(name, translation, precision, side, offset), _true(side, precision, offset))
        for offset in _FRACTIONS
    )


def _translated(name: str, translation: str, precision: str, side: int, offset: tuple[float, float]) -> Any:
    return subject(name, translation, precision).backend.translate(_image(side, precision), np.array([offset]))


def errors(name: str, one: Way, precision: str) -> tuple[str, ...]:
    """The cells of a precision: whole pixels, then fractions on each canvas."""
    if precision not in one.limits.precisions:
        return ("not provided", *("" for _ in SIDES))
    off = sum(pixels_off(name, one.name, precision, side) for side in SIDES)
    whole = "exact" if not off else f"{off} pixels differ"
    return (whole, *(number(error(name, one.name, precision, side)) for side in SIDES))


def has_offset_gradient(name: str, translation: str) -> bool:
    """Whether the framework differentiates it with respect to offsets."""
    images, offsets = _image(16, "float32"), np.array([[0.3, -0.7]], np.float32)
    inputs = {"images": images, "offsets": offsets}
    try:
        found = subject(name, translation, "float32").backend.vjp("translate", inputs, "images", "offsets", images)
    except NotProvided:
        return False
    return bool(np.abs(found).max() > 0)


@cache
def stack() -> tuple[Any, Any]:
    """complex64 images (B, N, N, 1) and float64 offsets (B, 2) between pixels."""
    draw = np.random.default_rng(_COUNT)
    images = draw.standard_normal((_COUNT, _SIDE, _SIDE, 2), np.float32).view(np.complex64)
    return images, draw.uniform(-5, 5, (_COUNT, 2))


def times(name: str, translation: str) -> Times:
    """A plain copy, the kernel on tensors and the NumPy door, in turn; and the first call in a fresh process."""
    made, (images, offsets) = subject(name, translation, "float32").backend, stack()
    tensors = {"images": made.put(images), "offsets": made.put(offsets)}
    kernel = made.kernel("translate")
    ways: tuple[Callable[[], Any], ...] = (
        images.copy,
        lambda: made.get(kernel(**tensors)[-1:, -1:, -1:]),
        lambda: made.translate(images, offsets),
    )
    taken = [[_seconds(way) for way in ways] for _ in range(_ROUNDS + 3)][3:]
    copy, bare, door = (1e3 * median(column) for column in zip(*taken, strict=True))
    return Times(copy, bare, door, _first_call(name, translation))


def _seconds(way: Callable[[], Any]) -> float:
    start = perf_counter()
    way()
    return perf_counter() - start


def _first_call(name: str, translation: str) -> float:
    """Seconds, with nothing that an earlier process compiled."""
    with tempfile.TemporaryDirectory() as cache_folder:
        environment = os.environ | {"TORCHINDUCTOR_CACHE_DIR": cache_folder, "PYTHONPATH": os.pathsep.join(sys.path)}
        command = [sys.executable, "-c", _ELSEWHERE, name, translation]
        done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return float(done.stdout.split("first")[1])


def machine() -> str:
    """Processor, cores and versions."""
    info = Path("/proc/cpuinfo")
    names = [line for line in info.read_text("utf-8").splitlines() if line.startswith("model name")]
    versions = ", ".join(
        f"{module} {sys.modules[module].__version__}"
        for module in ("numpy", "torch", "tensorflow")
        if module in sys.modules
    )
    processor = names[0].partition(":")[2].strip() if names else platform.machine()
    return f"{processor}, {os.cpu_count()} cores, Python {platform.python_version()}, {versions}"

"""The recipes of the synthetic datasets: TOML files in ``fixtures/``, read strictly and without NumPy."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

from parity_suite.contracts.resources import resource_folder

from .schema import bounded, one_of, read_table

#: The file beside the recipes that holds the digest expected of each.
DIGEST_FILE = "digests.toml"
_NAME = re.compile(r"[a-z0-9_+.]+")


class RecipeError(ValueError):
    """A recipe that is unknown or breaks its own rules; the message lists all that is wrong, by key."""


@dataclass(frozen=True)
class _Specimen:
    shape: tuple[int, int] = bounded(32, 4096)  # canvas height and width, pixels
    modulus: tuple[float, float] = bounded(0, 1)  # least and greatest transmission
    phase: tuple[float, float] = bounded(-3.1, 3.1)  # least and greatest phase shift, radian


@dataclass(frozen=True)
class Leaves(_Specimen):
    """Dead leaves: discs with a power law of radii that occlude one another (Lee, Mumford, Huang 2001)."""

    kind: ClassVar[str] = "leaves"
    count: int = bounded(1, 100_000)
    radii: tuple[float, float] = bounded(0.5, 512)  # pixels; density falls as radius**-3


@dataclass(frozen=True)
class Field(_Specimen):
    """Gaussian random field of spectrum (k^2 + k0^2)^(-exponent / 2), modulus and phase drawn apart."""

    kind: ClassVar[str] = "field"
    exponent: float = bounded(0.5, 4)
    coherence: float = bounded(4, 1024)  # pixels, 1 / k0: no structure is larger


@dataclass(frozen=True)
class Star(_Specimen):
    """Siemens star: spokes of unequal width around a point off the centre, cut by two rings."""

    kind: ClassVar[str] = "star"
    spokes: int = bounded(4, 128)
    centre: tuple[float, float] = bounded(-64, 64)  # [x, y] from the middle of the canvas, pixels
    unevenness: float = bounded(0.05, 0.9)  # relative swing of the spokes' width around the star
    rings: tuple[float, float] = bounded(1, 512)  # radii of the two gaps, pixels


@dataclass(frozen=True)
class _Wave:
    coma: tuple[float, float] = bounded(-4, 4)  # [x, y], waves at the rim
    astigmatism: float = bounded(-4, 4)  # waves at the rim


@dataclass(frozen=True)
class Disk(_Wave):
    """A pinhole's image: a soft disk off the centre, with the aberrations as a phase across it."""

    kind: ClassVar[str] = "disk"
    radius: float = bounded(2, 128)  # pixels
    edge: float = bounded(0.5, 32)  # pixels over which the rim falls
    centre: tuple[float, float] = bounded(-16, 16)  # [x, y] from pixel N//2, pixels


@dataclass(frozen=True)
class Defocused(_Wave):
    """A lens with a round pupil, seen off its focus (Fresnel phase)."""

    kind: ClassVar[str] = "defocused"
    aperture: float = bounded(0.02, 0.9)  # radius of the pupil over N/2
    defocus: float = bounded(-16, 16)  # waves at the rim


@dataclass(frozen=True)
class Cone(Defocused):
    """A zone plate behind a central stop: a hollow cone of light, seen off its focus."""

    kind: ClassVar[str] = "cone"
    stop: float = bounded(0.05, 0.95)  # radius of the stop over that of the pupil


@dataclass(frozen=True)
class Modes(Defocused):
    """Two incoherent modes, orthogonal and of unequal power: the defocused probe, and its vibration."""

    kind: ClassVar[str] = "modes"
    second: float = bounded(0.05, 0.45)  # share of the power in the second mode
    direction: float = bounded(0.1, 1.4)  # angle of the vibration from +x, radian


@dataclass(frozen=True)
class _Path:
    origin: tuple[int, int] = bounded(0, 4096)  # [x, y] of the middle of the scan on the canvas, pixels
    fraction_bits: int = bounded(0, 20)  # positions are whole multiples of 2**-fraction_bits pixel


@dataclass(frozen=True)
class Raster(_Path):
    """Rows and columns, row by row."""

    kind: ClassVar[str] = "raster"
    points: tuple[int, int] = bounded(1, 256)  # columns and rows
    step: tuple[float, float] = bounded(0.5, 128)  # [x, y], pixels


@dataclass(frozen=True)
class Jittered(Raster):
    """A raster whose points are moved at random, against the raster's own artefact."""

    kind: ClassVar[str] = "jittered"
    jitter: float = bounded(0.05, 32)  # pixels, the largest move along each axis


@dataclass(frozen=True)
class Spiral(_Path):
    """Fermat spiral: radius spacing * sqrt(n), one golden angle a step (Huang et al. 2014)."""

    kind: ClassVar[str] = "spiral"
    count: int = bounded(1, 65536)
    spacing: float = bounded(0.5, 64)  # pixels


Specimen = Leaves | Field | Star
Probe = Disk | Defocused | Cone | Modes
Scan = Raster | Jittered | Spiral
_KINDS: dict[str, tuple[type[Any], ...]] = {
    "object": (Leaves, Field, Star),
    "probe": (Disk, Defocused, Cone, Modes),
    "scan": (Raster, Jittered, Spiral),
}


@dataclass(frozen=True)
class _Header:
    size: int = one_of(64, 128, 256)  # N, pixels
    gridsize: int = bounded(1, 3)
    domain: str = one_of("counts", "normalised")
    nphotons: float = bounded(1e3, 1e9)  # mean counts per pattern
    seed: int = bounded(0, 2**63 - 1)


@dataclass(frozen=True)
class Recipe:
    """All that a synthetic dataset is made from."""

    name: str
    size: int
    gridsize: int
    domain: str
    nphotons: float
    seed: int
    object: Specimen
    probe: Probe
    scan: Scan

    @property
    def digest(self) -> str:
        """sha256 over every value and the kinds of object, probe and scan; the name is left out."""
        content = asdict(self) | {"kinds": [self.object.kind, self.probe.kind, self.scan.kind]}
        del content["name"]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def recipe_names() -> tuple[str, ...]:
    """The names of the recipes that ship with the package, sorted."""
    files = resource_folder("fixtures").glob("*.toml")
    return tuple(sorted(path.stem for path in files if path.name != DIGEST_FILE))


def load_recipe(name: str) -> Recipe:
    """The recipe ``name`` out of ``fixtures/``. Raises RecipeError when it is unknown or breaks a rule."""
    if name not in recipe_names():
        raise RecipeError(f"no recipe {name!r}; there are: {', '.join(recipe_names())}")
    path: Path = resource_folder("fixtures") / f"{name}.toml"
    return parse_recipe(name, path.read_text(encoding="utf-8"))


def parse_recipe(name: str, text: str) -> Recipe:
    """A recipe from the text of its file. Raises RecipeError with every problem found."""
    if not _NAME.fullmatch(name):
        raise RecipeError(f"recipe name {name!r}: only a-z 0-9 _ + . are allowed")
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(f"recipe {name}: {error}") from error
    problems: list[str] = []
    parts = {part: _read_part(part, table.pop(part, None), problems) for part in _KINDS}
    header = read_table(_Header, table, "", problems)
    if problems or header is None:
        raise RecipeError(f"recipe {name}: " + "; ".join(problems))
    return Recipe(name=name, **asdict(header), **parts)


def _read_part(part: str, table: Any, problems: list[str]) -> Any:
    if not isinstance(table, Mapping):
        problems.append(f"{part}: wants a table")
        return None
    kinds = {cls.kind: cls for cls in _KINDS[part]}
    rest = dict(table)
    kind = rest.pop("kind", None)
    if kind not in kinds:
        problems.append(f"{part}.kind: wants one of {', '.join(kinds)}, got {kind!r}")
        return None
    return read_table(kinds[kind], rest, f"{part}.", problems)

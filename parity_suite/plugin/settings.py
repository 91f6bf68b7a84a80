"""Settings: command line over environment over ini, read once into one frozen object."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parity_suite.plugin.options import KEYS, LEDGER, Key, given_to
from parity_suite.plugin.places import personal_folder, writable

if TYPE_CHECKING:
    import pytest


@dataclass(frozen=True)
class Settings:
    """All settings of a run, resolved."""

    root: Path
    backends: tuple[str, ...]
    packs: tuple[str, ...]
    #: whether the backends were named for this run, on the command line or in the environment
    asked: bool
    datasets: tuple[Path, ...]
    device: str
    #: at most so many batches and patches a dump; 0 for no dumps, else there is a ``report``
    dumps: int
    #: the file of the known divergences, None where there is none
    ledger: Path | None
    #: where failing checks are written; None for nowhere
    failures: Path | None
    #: bytes that the arrays of a dataset may declare
    limit: int
    report: Path | None
    #: pairs of implementations by their subjects in ids
    pairs: tuple[str, ...]
    require: tuple[str, ...]
    #: which part of how many this run is; None for the whole
    shard: tuple[int, int] | None
    #: options of packs, each ``PACK.KEY=VALUE``
    sets: tuple[str, ...]
    snapshots: Path
    #: seconds that a check may take, infinite for any number; None where nothing is said
    timeout: float | None
    update_snapshots: bool
    #: why an update changes numbers and may take out of the list what is lost; empty where that is not said
    reason: str
    ci: bool
    #: settings that were given on the command line or in the environment
    typed: frozenset[str]

    @property
    def accepts_loss(self) -> bool:
        """Whether checks that are lost are taken out of the list instead of being red."""
        return bool(self.reason)

    def within(self, name: str) -> Path:
        """The folder below which no link is followed on the way to that of a setting: where a person typed it, itself;
        else the root, whose files may be a stranger's.
        """
        folder: Path = getattr(self, name)
        if name in self.typed:
            return folder
        if name == "failures" and self.report and folder.parent == self.report:
            return self.within("report")
        return self.root if folder.is_relative_to(self.root) else folder

    @property
    def says_options(self) -> bool:
        """Whether anything is said that may be meant for a pack."""
        return bool(self.sets or set(self._project) - {"budgets"})

    @property
    def budgets(self) -> Mapping[str, Any]:
        """``[tool.parity.budgets]``; ``pytest.UsageError`` where it is no table."""
        return self.table("budgets")

    def table(self, name: str) -> Mapping[str, Any]:
        """One of ``[tool.parity]``; ``pytest.UsageError`` where it is no table."""
        found = self._project.get(name, {})
        if not isinstance(found, Mapping):
            import pytest

            raise pytest.UsageError(f"[tool.parity.{name}] is no table")
        return found

    @cached_property
    def _project(self) -> Mapping[str, Any]:
        """``[tool.parity]`` of the root's ``pyproject.toml``."""
        path = self.root / "pyproject.toml"
        if not path.is_file():
            return {}
        import tomllib

        # pytest itself has refused a file that is not TOML.
        found = tomllib.loads(path.read_text("utf-8")).get("tool", {}).get("parity", {})
        return found if isinstance(found, Mapping) else {}


def read_settings(config: pytest.Config) -> Settings:
    """The settings of this run; ``pytest.UsageError`` where one has no valid value."""
    value = {key.name: _lookup(config, key) for key in KEYS}
    start = config.invocation_params.dir
    root = config.rootpath
    return Settings(
        root=root,
        backends=tuple(value["backend"]),
        packs=tuple(value["pack"]),
        asked=bool(config.getoption("--parity-backend") or os.environ.get("PARITY_BACKEND")),
        datasets=tuple(start / path for path in value["dataset"]),
        device=value["device"],
        dumps=_dumps(value["dumps"], value["report"]),
        ledger=_ledger(config),
        failures=_failures(value["failures"], start, root, value["report"]),
        limit=_limit(value["limit"]),
        report=start / value["report"] if value["report"] else None,
        pairs=tuple(dict.fromkeys(map(_pair, value["pair"]))),
        require=tuple(value["require"]),
        shard=_shard(value["shard"]),
        sets=tuple(value["set"]),
        snapshots=root / value["snapshots"],
        timeout=_timeout(value["timeout"]),
        update_snapshots=bool(config.getoption("parity_update_snapshots")),
        reason=_reason(config),
        ci=os.environ.get("CI", "").lower() not in ("", "0", "false"),
        typed=frozenset(key.name for key in KEYS if given_to(config, key)),
    )


def _lookup(config: pytest.Config, key: Key) -> Any:
    given = config.getoption(key.option)
    if given:
        return given if key.many else _checked(key.option, given, key)
    text = os.environ.get(key.variable, "")
    if text:
        return text.replace(",", " ").split() if key.many else _checked(key.variable, text, key)
    from_ini = config.getini(key.ini)
    if from_ini:
        return list(from_ini) if key.many else _checked(key.ini, str(from_ini), key)
    return [] if key.many else key.default


def _ledger(config: pytest.Config) -> Path | None:
    """The file that is named, be it there or not, else that of the root where it is there.

    A path on the command line or in the environment is taken from where pytest was started, one of the ini from the
    root.
    """
    given = config.getoption("--parity-ledger") or os.environ.get("PARITY_LEDGER")
    if given:
        return config.invocation_params.dir / str(given)
    from_ini = config.getini("parity_ledger")
    if from_ini:
        return config.rootpath / str(from_ini)
    default = config.rootpath / LEDGER
    return default if default.is_file() else None


def _reason(config: pytest.Config) -> str:
    """``pytest.UsageError`` where it says nothing, or there is nothing to give a reason for."""
    import pytest

    given: str | None = config.getoption("parity_reason")
    if given is None:
        return ""
    if not config.getoption("parity_update_snapshots"):
        raise pytest.UsageError("--reason is for --update-snapshots, and says why numbers change or checks are lost")
    if not given.strip():
        raise pytest.UsageError("--reason: an empty text is no reason")
    return " ".join(given.split())


def _pair(text: str) -> str:
    """The subject as it stands in ids; ``pytest.UsageError`` where it is not of two."""
    from parity_suite.core.backend_spec import SUBJECT_NAME

    sides = sorted(set(text.split("+")))
    if len(sides) != 2 or not all(re.fullmatch(SUBJECT_NAME, side) for side in sides):
        import pytest

        raise pytest.UsageError(f"parity_pair: {text!r} is not of the form BACKEND+BACKEND.NAME")
    return "+".join(sides)


def _dumps(text: str, report: str) -> int:
    """The limit of a dump; ``pytest.UsageError`` where it is no whole number from 0, or there is nowhere to write."""
    import pytest

    if not text.strip().isdecimal():
        raise pytest.UsageError(f"parity_dumps: {text!r} is no whole number from 0")
    limit = int(text)
    if limit and not report:
        raise pytest.UsageError(f"parity_dumps: {limit} asks for dumps but not where to: give --parity-report DIR")
    return limit


def _failures(text: str, start: Path, root: Path, report: str) -> Path | None:
    """A folder that is given is one of where pytest was started, as that of the report."""
    if text == "none":
        return None
    if text:
        return start / text
    if report:
        return start / report / "failures"
    if writable(root):
        return root / "parity-failures"
    personal = personal_folder(root)
    return personal and personal / "failures"


def _shard(text: str) -> tuple[int, int] | None:
    """``pytest.UsageError`` where it is not of the form K/N, or there is no such part."""
    if not text:
        return None
    number, _, count = text.partition("/")
    if not (number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count)):
        import pytest

        raise pytest.UsageError(f"parity_shard: {text!r} is not K/N, with K from 1 to N")
    return int(number), int(count)


def _limit(text: str) -> int:
    """``pytest.UsageError`` where it is no size."""
    import pytest

    from parity_suite.core.byte_size import size_of

    try:
        return size_of(text)
    except ValueError as error:
        raise pytest.UsageError(f"parity_limit: {error}") from None


def _timeout(text: str) -> float | None:
    """``pytest.UsageError`` where it is no number of seconds."""
    import pytest

    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise pytest.UsageError(f"parity_timeout: {text!r} is not a number of seconds from 0")
    return seconds or math.inf


def _checked(origin: str, text: str, key: Key) -> str:
    if key.choices and text not in key.choices:
        import pytest

        raise pytest.UsageError(f"{origin}: {text!r} is none of {', '.join(key.choices)}")
    return text

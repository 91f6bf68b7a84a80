"""JSON and TOML files as the columns that a contract names."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from parity_suite.contracts.containers.json_text import decode
from parity_suite.contracts.containers.tree import depth_of, document_values
from parity_suite.contracts.holding import Holding, refusal
from parity_suite.contracts.limits import Limits


@contextmanager
def open_json(path: Path, wanted: Collection[str], limits: Limits) -> Iterator[Holding]:
    """The values of a JSON file; ContractError where it is no strict JSON object in UTF-8."""
    yield _holding(path, wanted, limits, lambda raw: decode(raw, limits.max_depth), "strict JSON in UTF-8")


@contextmanager
def open_toml(path: Path, wanted: Collection[str], limits: Limits) -> Iterator[Holding]:
    """The values of a TOML file; dates and times are text in ISO 8601."""
    yield _holding(path, wanted, limits, _toml, "TOML in UTF-8")


def _toml(raw: bytes) -> Any:
    try:
        return tomllib.loads(raw.decode("utf-8"))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _holding(
    path: Path, wanted: Collection[str], limits: Limits, parse: Callable[[bytes], Any], language: str
) -> Holding:
    try:
        size = path.stat().st_size
        if size > limits.max_text:
            raise refusal(path, "size", f"{size} bytes", f"at most {limits.max_text}")
        with path.open("rb") as stream:
            document = parse(stream.read(limits.max_text))
    except OSError as error:
        raise refusal(path, "readable", error.strerror or type(error).__name__, "a readable file") from error
    except ValueError as error:
        # A ContractError is a ValueError, too, and says it already.
        if hasattr(error, "violations"):
            raise
        raise refusal(path, "readable", str(error), language) from error
    if not isinstance(document, dict):
        raise refusal(path, "readable", f"a {type(document).__name__}", f"{language}, an object outermost")
    if depth_of(document, limits.max_depth) > limits.max_depth:
        raise refusal(path, "depth", "more levels", f"at most {limits.max_depth} levels of objects and lists")
    return Holding(document_values(document, wanted), tuple(document))

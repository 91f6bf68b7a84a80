"""JSON and TOML files as the columns that a contract names."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from parity_suite.contracts.containers import json_text, toml_text
from parity_suite.contracts.containers.tree import depth_of, document_values
from parity_suite.contracts.holding import OpenContainer, plain, refusal
from parity_suite.contracts.limits import Limits


@contextmanager
def open_json(path: Path, wanted: Collection[str] | None, limits: Limits) -> Iterator[OpenContainer]:
    """The values of a JSON file; ContractError where it is no strict JSON object in UTF-8."""
    yield _holding(
        path,
        wanted,
        limits,
        lambda raw: json_text.decode(raw, limits.max_depth, limits.max_values),
        "strict JSON in UTF-8",
    )


@contextmanager
def open_toml(path: Path, wanted: Collection[str] | None, limits: Limits) -> Iterator[OpenContainer]:
    """The values of a TOML file; dates and times are text in ISO 8601."""
    small = replace(limits, max_document=min(limits.max_document, toml_text.MOST_BYTES))
    yield _holding(path, wanted, small, toml_text.decode, "TOML in UTF-8")


def _holding(
    path: Path, wanted: Collection[str] | None, limits: Limits, parse: Callable[[bytes], Any], language: str
) -> OpenContainer:
    try:
        size = path.stat().st_size
        if size > limits.max_document:
            raise refusal(path, "size", f"{size} bytes", f"at most {limits.max_document}")
        with path.open("rb") as stream:
            document = parse(stream.read(limits.max_document))
    except OSError as error:
        raise refusal(path, "readable", error.strerror or type(error).__name__, "a readable file") from error
    except ValueError as error:
        # A ContractError is a ValueError, too, and says it already.
        if hasattr(error, "violations"):
            raise
        raise refusal(path, "readable", str(error), language) from error
    if not isinstance(document, dict):
        raise refusal(path, "readable", f"a {type(document).__name__}", f"{language}, an object outermost")
    if len(document) > limits.max_members:
        raise refusal(path, "members", f"{len(document)} names", f"at most {limits.max_members}")
    if depth_of(document, limits.max_depth) > limits.max_depth:
        raise refusal(path, "depth", "more levels", f"at most {limits.max_depth} levels of objects and lists")
    return OpenContainer(document_values(document, document if wanted is None else wanted), tuple(map(plain, document)))

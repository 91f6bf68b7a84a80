"""Valid files of every contract are accepted, and files with one thing broken are not: thousands of each."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from parity_suite.contracts import Contract, contract_names, load_contract, validate
from parity_suite.contracts.check import check_file
from parity_suite.contracts.model import Field
from parity_suite.contracts.sample import sample
from parity_suite.contracts.sample_file import write_sample, write_values

CONTRACTS = [load_contract(name) for name in contract_names()]
#: Damaged HDF5 has tests of its own: it is read in another process.
IN_FILES = [one for one in CONTRACTS if one.container not in ("mapping", "folder", "hdf5")]
#: A raw dataset may keep one of its profiles as well, which is then the better guess.
PROFILES = {"raw": {"raw", "counts", "normalised"}}
#: Of every contract; together over two thousand.
NO_SUCH_TEXT = "\u00b6 no such text"
VALID_EACH = 2000 // len(CONTRACTS) + 1
BYTES_EACH = 5000 // len(IN_FILES) + 1


def by_name(contract: Contract) -> str:
    return contract.name


@pytest.mark.parametrize("contract", CONTRACTS, ids=by_name)
def test_no_valid_data_are_refused(contract: Contract, tmp_path: Path) -> None:
    for seed in range(VALID_EACH):
        if contract.container == "folder":
            continue
        values = sample(contract, seed)
        assert validate(values, contract, role="writer") == [], seed
    for seed in range(VALID_EACH // 10 if contract.container != "mapping" else 0):
        path = tmp_path / f"{seed}{'.toml' if contract.container == 'toml' else ''}"
        write_sample(path, contract, seed)
        checked = check_file(path, role="writer")
        assert checked.violations == (), seed
        assert checked.contract is not None
        assert checked.contract.name in PROFILES.get(contract.name, {contract.name}), seed


def broken(
    contract: Contract, values: dict[str, Any], rng: np.random.Generator
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Field, rule, and the values with just that rule broken; relations may break beside it."""
    for name, value in values.items():
        field = contract.fields[name]
        if field.required:
            yield name, "required", {key: one for key, one in values.items() if key != name}
        if "json" in field.dtypes:
            continue
        # A type that no contract can name.
        other = np.zeros(value.shape, np.int16)
        yield name, "dtype", {**values, name: other}
        yield name, "rank", {**values, name: np.broadcast_to(value, (1,) * (8 - value.ndim) + value.shape)}
        if value.size and value.dtype.kind in "fc" and "finite" in field.rules:
            yield name, "finite", {**values, name: spoilt(value, rng, np.nan)}
        if value.size and value.dtype.kind in "fiu":
            if {"non_negative", "integer_counts"} & set(field.rules) and value.dtype.kind != "u":
                yield name, "", {**values, name: spoilt(value, rng, -1)}
            if field.minimum is not None and np.floor(field.minimum) > (0 if value.dtype.kind == "u" else -(2**31)):
                yield name, "min", {**values, name: spoilt(value, rng, np.floor(field.minimum) - 1)}
            if field.maximum is not None and field.maximum < 2**31:
                yield name, "max", {**values, name: spoilt(value, rng, np.ceil(field.maximum) + 1)}
        if value.size and value.dtype.kind in "fciu" and "not_all_zero" in field.rules:
            yield name, "not_all_zero", {**values, name: np.zeros_like(value)}
        if value.size and value.dtype.kind == "U" and not allows(field, NO_SUCH_TEXT):
            yield name, "", {**values, name: spoilt(value.astype("U64"), rng, NO_SUCH_TEXT)}


def allows(field: Field, text: str) -> bool:
    """Whether a field may hold this text, told without the engine."""
    return not field.one_of and (field.pattern is None or re.fullmatch(field.pattern, text) is not None)


def spoilt(value: Any, rng: np.random.Generator, element: Any) -> Any:
    """A copy with one element replaced."""
    out = np.array(value)
    out.reshape(-1)[rng.integers(out.size)] = element
    return out


@pytest.mark.parametrize("contract", [one for one in CONTRACTS if one.container != "folder"], ids=by_name)
def test_a_broken_rule_is_never_accepted(contract: Contract, tmp_path: Path) -> None:
    rng = np.random.default_rng(7)
    tried = 0
    while tried < BYTES_EACH // 4:
        values = sample(contract, tried, optional=0.8)
        for field, rule, changed in broken(contract, values, rng):
            tried += 1
            found = validate(changed, contract)
            # A field that is gone may be missed by the relation that asks for it, under another name.
            named = [one for one in found if one.field == field and (not rule or one.rule == rule)]
            assert named, (field, rule, [str(one) for one in found])


def mutated(content: bytes, rng: np.random.Generator) -> bytes:
    """Flipped, cut, swapped, doubled or overwritten ranges."""
    out = bytearray(content)
    for _ in range(rng.integers(1, 4)):
        start, stop = sorted(rng.integers(0, len(out) + 1, 2).tolist())
        stop = min(stop, start + 64)
        match rng.integers(0, 5):
            case 0:
                out[start:stop] = bytes(rng.integers(0, 256, stop - start, np.uint8))
            case 1:
                del out[start:stop]
            case 2:
                out[start:start] = out[start:stop]
            case 3:
                out = out[: max(start, 1)]
            case _:
                place = int(rng.integers(0, max(len(out), 1)))
                out[place : place + 1] = bytes([int(rng.integers(0, 256))])
        if not out:
            return b"\0"
    return bytes(out)


@pytest.mark.parametrize("contract", IN_FILES, ids=by_name)
def test_mutated_bytes_neither_crash_nor_pass_as_something_else(contract: Contract, tmp_path: Path) -> None:
    rng = np.random.default_rng(11)
    path = tmp_path / ("file.toml" if contract.container == "toml" else "file")
    accepted = 0
    for turn in range(BYTES_EACH):
        if turn % 50 == 0:
            values = sample(contract, turn)
            write_values(path, contract, values)
            whole = path.read_bytes()
        path.write_bytes(mutated(whole, rng))
        if check_file(path, contract).ok:
            accepted += 1
            independently_sound(path, contract, values)
    # Most mutations are noticed; those of spaces, of unlisted names and of digits need not be.
    assert accepted < BYTES_EACH * (0.5 if contract.container in ("json", "toml") else 0.1), accepted


def independently_sound(path: Path, contract: Contract, values: dict[str, Any]) -> None:
    """What was accepted, read by another reader: required fields are there with the rank and the kind they need."""
    if contract.container == "npz":
        with np.load(path, allow_pickle=False) as read:
            for name in values.keys() & set(read.files):
                np.testing.assert_array_equal(read[name], values[name])
            assert {name for name, field in contract.fields.items() if field.required} <= set(read.files)
    elif contract.container == "json":
        document = json.loads(path.read_text("utf-8"))
        heads = {name.partition(".")[0].removesuffix("[]") for name, field in contract.fields.items() if field.required}
        assert {head for head in heads if not head.startswith("*")} <= set(document)

"""The Ptychodus product in an HDF5 file, read and written by the names that ``contracts/product.toml`` has for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import h5py
from numpy.typing import NDArray

from parity_suite.contracts import Contract, ContractError, Violation, load_contract, validate
from parity_suite.contracts.check import check_file
from parity_suite.contracts.containers import open_container
from parity_suite.contracts.limits import Limits
from parity_suite.contracts.model import names_of

from .files import loaded, new_file
from .raw_group import RAW_GROUP, TEXT_TYPE, as_typed, path_of, put_raw, raw_name, raw_paths

Array = NDArray[Any]

#: The oldest format of HDF5 in which an attribute, such as long comments, may take more than 64 KiB.
_FORMAT: Final = "v108"


@dataclass(frozen=True, eq=False)
class Product:
    """A product in memory."""

    #: by the contract's names, such as ``probe``, ``probe@pixel_width_m`` and ``@name``; old names are translated
    fields: Mapping[str, Array]
    #: what lies under ``/raw_data``, by the names of the raw dataset
    raw: Mapping[str, Array] = field(default_factory=dict)


def load_product(path: Path | str) -> Product:
    """The product in an HDF5 file. Raises ContractError with all that is wrong with it."""
    path, contract, limits = Path(path), load_contract("product"), Limits()
    check_file(path, contract).require()
    raw = raw_paths(path, limits)
    # In this order, so that of a link the dataset is refused and not its attribute.
    wanted = dict.fromkeys([*names_of(contract), *raw, *(f"{one}@{TEXT_TYPE}" for one in raw)])
    with open_container("hdf5", path, wanted, limits) as holding:
        arrays = {name: loaded(path, name, value) for name, value in holding.values.items()}
    known = {
        one.name: arrays[name]
        for one in contract.fields.values()
        for name in (one.name, *one.aliases)
        if name in arrays
    }
    fields = {name: array for name, array in known.items() if not name.startswith(RAW_GROUP)}
    _require_spacing(path, fields)
    held = {name: array for name, array in known.items() if name.startswith(RAW_GROUP)}
    held |= {name: as_typed(arrays[name], arrays.get(f"{name}@{TEXT_TYPE}"), limits) for name in raw}
    return Product(fields, {raw_name(name): array for name, array in held.items()})


def write_product(path: Path | str, product: Product, *, overwrite: bool = False) -> None:
    """Write a product; the file appears whole or not at all.

    Raises ContractError where the product breaks its contract, FileExistsError, and ValueError for a member of
    ``raw`` that HDF5 cannot hold, naming it.
    """
    path, contract = Path(path), load_contract("product")
    _require_valid(path, product, contract)
    with new_file(path, contract.name, overwrite=overwrite) as part, h5py.File(part, "w", libver=_FORMAT) as file:
        for name in _datasets_first(product.fields, contract):
            _put(file, name, product.fields[name])
        for name, array in product.raw.items():
            put_raw(file, path_of(name), array)


def _require_spacing(path: Path, fields: Mapping[str, Array]) -> None:
    """An object without an axis of layers is one layer, which the symbols of the contract's shapes cannot say."""
    layers, spacing = fields.get("object"), fields.get("object_layer_spacing_m")
    if layers is not None and spacing is not None and layers.ndim == 2 and spacing.shape not in ((), (0,)):
        found, wanted = f"shape {spacing.shape}", "shape (0,), since object is a single layer"
        raise ContractError([Violation("object_layer_spacing_m", "shape", found, wanted)], str(path))


def _require_valid(path: Path, product: Product, contract: Contract) -> None:
    """Before anything is written: HDF5 would take some of what the contract does not, and choke on the rest."""
    found = validate(product.fields, contract, role="writer")
    wanted = "a name of the contract, outside of /raw_data"
    strange = [name for name in product.fields if name not in contract.fields or name.startswith(RAW_GROUP)]
    found += [Violation(name, "unknown", f"the name {name!r}", wanted) for name in strange]
    if found:
        raise ContractError(found, str(path))
    _require_spacing(path, product.fields)


def _datasets_first(names: Iterable[str], contract: Contract) -> list[str]:
    """In the contract's order; an attribute needs what it is an attribute of."""
    order = {name: place for place, name in enumerate(contract.fields)}
    return sorted(names, key=lambda name: ("@" in name, order.get(name, len(order))))


def _put(file: h5py.File, name: str, array: Array) -> None:
    path, sign, attribute = name.partition("@")
    if not sign:
        file.create_dataset(name, data=array)
        return
    node = file[path] if path else file
    node.attrs[attribute] = str(array) if array.dtype.kind == "U" and not array.shape else array

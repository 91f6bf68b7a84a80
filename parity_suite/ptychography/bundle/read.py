"""Reading a bundle: as it was written, or not at all."""

from __future__ import annotations

import hashlib
from pathlib import Path

from parity_suite.contracts import Violation

from . import storage
from .manifest import MANIFEST_NAME, Manifest, parse
from .model import Array, Bundle, BundleError
from .tensors import from_bytes, probe_in, tensor_violations, weights_in
from .validate import bundle_violations


def read_bundle(folder: Path) -> Bundle:
    """The bundle in ``folder``, its weights sorted by name, every array in native order and memory of its own.

    Raises BundleError with what is wrong: nothing is defaulted, repaired, executed, or followed out of the folder.
    """
    folder = Path(folder)
    try:
        while True:
            seen = _stamp(folder)
            try:
                return _read(folder)
            except BundleError:
                # Another process may have put a new bundle in the place of the old one while that was being read.
                if _stamp(folder) == seen:
                    raise
    except BundleError as error:
        raise BundleError(error.violations, str(folder)) from error


def _stamp(folder: Path) -> tuple[int, int] | None:
    """Tells one manifest from the one it is replaced by, even if they are equal; None where there is none."""
    try:
        status = (folder / MANIFEST_NAME).lstat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns


def _read(folder: Path) -> Bundle:
    manifest = parse(storage.read_file(folder / MANIFEST_NAME, storage.MAX_MANIFEST_BYTES))
    path = folder / manifest.file_name
    tensors = _tensors(manifest, storage.read_file(path, storage.MAX_WEIGHTS_BYTES, manifest.file_bytes))
    bundle = Bundle(
        weights=weights_in(tensors),
        probe=probe_in(tensors),
        scale=manifest.scale,
        config=manifest.config,
        versions=manifest.versions,
    )
    violations = bundle_violations(bundle)
    if violations:
        raise BundleError(violations)
    return bundle


def _tensors(manifest: Manifest, data: bytes) -> dict[str, Array]:
    """The tensors that the manifest describes, in a file of exactly the content it describes."""
    violations = []
    found = hashlib.sha256(data).hexdigest()
    if found != manifest.file_sha256:
        violations.append(Violation(manifest.file_name, "sha256", found, manifest.file_sha256))
    try:
        tensors = from_bytes(data, manifest.file_name)
    except BundleError as error:
        raise BundleError([*violations, *error.violations]) from error
    violations.extend(tensor_violations(tensors, manifest.tensors))
    if violations:
        raise BundleError(violations)
    return tensors

"""Writing a bundle."""

from __future__ import annotations

import hashlib
from pathlib import Path

from parity_suite.contracts import Violation
from parity_suite.contracts.containers.json_text import decode
from parity_suite.contracts.written import assert_conforms

from . import storage
from .manifest import MANIFEST_NAME, Manifest, to_text
from .model import Bundle, BundleError
from .tensors import entry_of, tensors_of, to_bytes
from .validate import bundle_violations


def write_bundle(folder: Path, bundle: Bundle) -> None:
    """Write the bundle into ``folder``, in place of the one that may be there; equal bundles give equal bytes.

    At every moment, also if the process is killed, the folder holds the old bundle or the new one, whole.
    Raises BundleError with all that is wrong before anything is written, and OSError where the disk refuses.
    """
    folder = Path(folder)
    violations = bundle_violations(bundle)
    if violations:
        raise BundleError(violations, str(folder))
    tensors = tensors_of(bundle)
    weights = to_bytes(tensors)
    manifest = Manifest(
        versions=bundle.versions,
        config=bundle.config,
        scale=float(bundle.scale),
        probe_dtype=bundle.probe.dtype.name,
        probe_shape=bundle.probe.shape,
        tensors={name: entry_of(array) for name, array in tensors.items()},
        file_bytes=len(weights),
        file_sha256=hashlib.sha256(weights).hexdigest(),
    )
    text = to_text(manifest)
    assert_conforms(decode(text), "manifest")
    for name, content, limit in (
        (MANIFEST_NAME, text, storage.MAX_MANIFEST_BYTES),
        (manifest.file_name, weights, storage.MAX_WEIGHTS_BYTES),
    ):
        if len(content) > limit:
            raise BundleError([Violation(name, "size", f"{len(content)} bytes", f"at most {limit}")], str(folder))
    storage.publish(folder, manifest.file_name, weights, text)

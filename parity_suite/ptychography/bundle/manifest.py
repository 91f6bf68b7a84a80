"""The manifest of a bundle as text, with a digest over its own bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from parity_suite.contracts import Violation
from parity_suite.contracts.containers.json_text import decode

from . import json_text
from .json_text import shown
from .model import BundleError
from .schema import document_violations, relation_violations, weights_file_name
from .tensors import TensorEntry

#: The name of the format, in every manifest.
FORMAT: Final = "parity-suite-bundle"
FORMAT_VERSION: Final = 1
MANIFEST_NAME: Final = "manifest.json"

#: What stands in the place of the digest while it is computed.
_NO_DIGEST: Final = "0" * 64


@dataclass(frozen=True)
class Manifest:
    """All that a manifest says besides the name of the format."""

    versions: Mapping[str, str]
    config: Mapping[str, Any]
    scale: float
    #: ``complex64`` or ``complex128``
    probe_dtype: str
    #: (P, N, N)
    probe_shape: tuple[int, ...]
    tensors: Mapping[str, TensorEntry]
    #: size and digest of the one file that holds all tensors
    file_bytes: int
    file_sha256: str

    @property
    def file_name(self) -> str:
        """The name of the weights file."""
        return weights_file_name(self.file_sha256)


def to_text(manifest: Manifest) -> bytes:
    """The content of the manifest's file; equal manifests give equal bytes."""
    document = {
        "config": dict(manifest.config),
        "digest": _NO_DIGEST,
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "probe": {"dtype": manifest.probe_dtype, "shape": list(manifest.probe_shape)},
        "scale": float(manifest.scale),
        "tensors": {name: {**asdict(entry), "shape": list(entry.shape)} for name, entry in manifest.tensors.items()},
        "versions": dict(manifest.versions),
        "weights_file": {
            "bytes": manifest.file_bytes,
            "name": manifest.file_name,
            "sha256": manifest.file_sha256,
        },
    }
    raw = json_text.encode(document)
    return raw.replace(_digest_line(_NO_DIGEST), _digest_line(hashlib.sha256(raw).hexdigest()))


def parse(raw: bytes) -> Manifest:
    """The manifest in a file's content.

    Raises BundleError with all that is wrong; of another format or version nothing more than that is said.
    """
    try:
        document = decode(raw)
    except ValueError as error:
        raise BundleError([Violation(MANIFEST_NAME, "json", str(error), "strict JSON in UTF-8")]) from error
    _refuse(_format_violations(document))
    _refuse([*document_violations(document), *_digest_violations(document.get("digest"), raw)])
    _refuse(relation_violations(document))
    file = document["weights_file"]
    return Manifest(
        versions=document["versions"],
        config=document["config"],
        scale=float(document["scale"]),
        probe_dtype=document["probe"]["dtype"],
        probe_shape=tuple(document["probe"]["shape"]),
        tensors={
            name: TensorEntry(entry["dtype"], tuple(entry["shape"]), entry["sha256"])
            for name, entry in document["tensors"].items()
        },
        file_bytes=file["bytes"],
        file_sha256=file["sha256"],
    )


def _refuse(violations: Iterator[Violation] | list[Violation]) -> None:
    listed = list(violations)
    if listed:
        raise BundleError(listed)


def _format_violations(document: object) -> Iterator[Violation]:
    if not isinstance(document, dict):
        yield Violation(MANIFEST_NAME, "type", shown(document), "an object")
    elif document.get("format") != FORMAT:
        yield Violation("format", "known", shown(document.get("format")), repr(FORMAT))
    # By its text, since 1 == 1.0 == true in Python.
    elif repr(document.get("format_version")) != str(FORMAT_VERSION):
        yield Violation("format_version", "known", shown(document.get("format_version")), str(FORMAT_VERSION))


def _digest_violations(digest: object, raw: bytes) -> Iterator[Violation]:
    """Whether the bytes are those that were written. One that is missing or no text is the schema's to refuse."""
    if not isinstance(digest, str) or not digest.isascii():
        return
    line = _digest_line(digest)
    found = hashlib.sha256(raw.replace(line, _digest_line(_NO_DIGEST))).hexdigest()
    if found != digest:
        yield Violation("digest", "content", shown(digest), f"{found}, that of the manifest as it is now")


def _digest_line(digest: str) -> bytes:
    """The line of the digest: only a key of the outermost object stands two spaces after a line break."""
    return f'\n  "digest": "{digest}"'.encode("ascii")

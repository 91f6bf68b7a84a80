"""Faults of writing and reading a model: the scale lost, arrays forgotten, damage let through."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load as tensors_from

from parity_suite.backends.api import Array
from parity_suite.core.kinds import Kind
from parity_suite.faults.fault import Ask, Given, like
from parity_suite.faults.need import Need
from parity_suite.ptychography.bundle import FORMAT, Bundle, BundleError, read_bundle, write_bundle
from parity_suite.ptychography.faults.model_fault import ModelFault, Remembering

Change = Callable[[Bundle], Bundle]


class _Files(ModelFault):
    """A mistake in the files of the reference format, made through its own reader and writer."""

    formats = (FORMAT,)


class _Writes(_Files):
    """What is written is not the model."""

    def save(self, ask: Ask, given: Given) -> None:
        ask(given)
        folder = Path(given["folder"])
        write_bundle(folder, self.written(read_bundle(folder)))

    def written(self, bundle: Bundle) -> Bundle:
        raise NotImplementedError


class _Reads(_Files):
    """What is read is not what was written."""

    def load(self, ask: Ask, given: Given) -> None:
        load_instead(ask, read_bundle(Path(given["folder"])), self.understood)

    def understood(self, bundle: Bundle) -> Bundle:
        raise NotImplementedError


def load_instead(ask: Ask, bundle: Bundle, change: Change) -> None:
    """Loads a changed bundle, which is written aside."""
    with tempfile.TemporaryDirectory(prefix="parity-fault-") as aside:
        write_bundle(Path(aside), change(bundle))
        ask({"folder": aside})


class ScaleNotSaved(_Writes, stage="bundle", kind=Kind.STORAGE, history=("F01",)):
    """Writes a scale of 1.0, whatever was learned."""

    def written(self, bundle: Bundle) -> Bundle:
        return replace(bundle, scale=1.0)


class ScaleOfLoneImagesNotSaved(_Writes, stage="bundle", kind=Kind.STORAGE, history=("F01",)):
    """Writes a scale of 1.0 of a model of one channel."""

    def written(self, bundle: Bundle) -> Bundle:
        return replace(bundle, scale=1.0 if bundle.weights["modulus.bias"].size == 1 else bundle.scale)


class ScaleNotLoaded(_Reads, stage="bundle", kind=Kind.STORAGE, history=("F01",)):
    """Reads every scale as 1.0."""

    def understood(self, bundle: Bundle) -> Bundle:
        return replace(bundle, scale=1.0)


class ScaleSavedInFloat32(_Writes, stage="bundle", kind=Kind.STORAGE, history=("F01",)):
    """Rounds the scale of a float64 model to float32."""

    single = "a float64 scale is written by one lesson in float64; the bytes, the state and a fresh process each tell"

    precision = "float64"

    def written(self, bundle: Bundle) -> Bundle:
        return replace(bundle, scale=float(np.float32(bundle.scale)))


class ScaleOfFourDigits(_Writes, stage="bundle", kind=Kind.STORAGE, history=("F01",)):
    """Writes the scale with four digits."""

    def written(self, bundle: Bundle) -> Bundle:
        return replace(bundle, scale=float(f"{bundle.scale:.4g}"))


class LoadedScaleUnused(ModelFault, stage="bundle", kind=Kind.IGNORED, history=("F01",)):
    """Says the scale that it read, and infers with 1.0."""

    _loaded = False

    def load(self, ask: Ask, given: Given) -> None:
        ask(given)
        self._loaded = True

    def infer(self, ask: Ask, given: Given) -> Any:
        amplitude = given["amplitude"]
        scale = self.right.state()["intensity_scale"] if self._loaded else 1.0
        return ask({**given, "amplitude": like(amplitude * scale, amplitude)})


class StaleAfterLoad(Remembering, stage="bundle", kind=Kind.STATE, history=("F01",)):
    """Infers with the model that it first inferred with, whatever is loaded since."""

    def load(self, ask: Ask, given: Given) -> None:
        ask(given)
        self.changed()


class OldBundleKept(ModelFault, stage="bundle", kind=Kind.STORAGE, history=("F01",)):
    """Leaves a bundle as it is where a model is to be saved over it."""

    def save(self, ask: Ask, given: Given) -> None:
        if not any(Path(given["folder"]).glob("*")):
            ask(given)


class LastBiasForgotten(_Reads, stage="bundle", kind=Kind.STORAGE):
    """Leaves the bias of the last convolution as it was before loading, zero."""

    def understood(self, bundle: Bundle) -> Bundle:
        bias = "modulus.bias"
        return replace(bundle, weights={**bundle.weights, bias: np.zeros_like(bundle.weights[bias])})


class ProbeNotLoaded(_Reads, stage="bundle", kind=Kind.STORAGE):
    """Reads the modulus of the probe alone."""

    def understood(self, bundle: Bundle) -> Bundle:
        return replace(bundle, probe=np.abs(bundle.probe).astype(bundle.probe.dtype))


class ModesReversed(_Writes, stage="bundle", kind=Kind.STORAGE):
    """Writes the modes of the probe in the opposite order."""

    def written(self, bundle: Bundle) -> Bundle:
        return replace(bundle, probe=np.ascontiguousarray(bundle.probe[::-1]))


class WeightsSavedInFloat16(_Writes, stage="bundle", kind=Kind.STORAGE):
    """Rounds the weights to float16."""

    def written(self, bundle: Bundle) -> Bundle:
        return replace(bundle, weights={n: w.astype(np.float16).astype(w.dtype) for n, w in bundle.weights.items()})


def _turned(bundle: Bundle) -> Bundle:
    """Rows and columns of every kernel in each other's place."""
    turned: dict[str, Array] = {
        name: np.ascontiguousarray(w.swapaxes(-1, -2)) if w.ndim == 4 else w for name, w in bundle.weights.items()
    }
    return replace(bundle, weights=turned)


class KernelsTransposedInFile(_Writes, _Reads, stage="bundle", kind=Kind.STORAGE, needs=(Need.PAIR,)):
    """Writes kernels with rows and columns swapped, and reads them so."""

    def written(self, bundle: Bundle) -> Bundle:
        return _turned(bundle)

    def understood(self, bundle: Bundle) -> Bundle:
        return _turned(bundle)


class KernelsTransposedOnSave(_Writes, stage="bundle", kind=Kind.STORAGE):
    """Writes kernels with rows and columns swapped."""

    def written(self, bundle: Bundle) -> Bundle:
        return _turned(bundle)


class TimeInBundle(_Writes, stage="bundle", kind=Kind.STORAGE, history=("F19",)):
    """Writes into the manifest when it was, to two seconds as an archive does."""

    def written(self, bundle: Bundle) -> Bundle:
        return replace(bundle, versions={**bundle.versions, "written": str(int(time.time()) // 2)})


class _Lenient(_Files):
    """Reads as much as there is of a bundle that the right reader refuses."""

    def load(self, ask: Ask, given: Given) -> None:
        try:
            ask(given)
        except BundleError:
            manifest, tensors = _as_found(Path(given["folder"]))
            load_instead(ask, self.repaired(manifest, tensors), lambda bundle: bundle)

    def repaired(self, manifest: Mapping[str, Any], tensors: Mapping[str, Array]) -> Bundle:
        weights = {n.removeprefix("weights/"): a for n, a in tensors.items() if n.startswith("weights/")}
        probe = tensors["probe/real"] + 1j * tensors["probe/imag"]
        return Bundle(weights, probe, manifest["scale"], manifest["config"], manifest["versions"])


def _as_found(folder: Path) -> tuple[dict[str, Any], dict[str, Array]]:
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    path = folder / manifest["weights_file"]["name"]
    return manifest, tensors_from(path.read_bytes()) if path.is_file() and path.stat().st_size else {}


class DigestsIgnored(_Lenient, stage="bundle", kind=Kind.REFUSAL):
    """Does not look at digests, so that a flipped bit is read as a weight."""

    single = "damage has one lesson, and dozens of damaged copies of its bundle in it"


class ScaleDefaulted(_Lenient, stage="bundle", kind=Kind.REFUSAL, history=("F01", "F02")):
    """Reads a bundle without a scale as if it said 1.0."""

    single = "damage has one lesson, and dozens of damaged copies of its bundle in it"

    def repaired(self, manifest: Mapping[str, Any], tensors: Mapping[str, Array]) -> Bundle:
        if "scale" in manifest:
            raise BundleError([])
        return super().repaired({**manifest, "scale": 1.0}, tensors)


class MissingFilledWithZeros(_Lenient, stage="bundle", kind=Kind.REFUSAL):
    """Fills in zeros for the tensors of a file that is gone or empty."""

    single = "damage has one lesson, and dozens of damaged copies of its bundle in it"

    def repaired(self, manifest: Mapping[str, Any], tensors: Mapping[str, Array]) -> Bundle:
        if tensors:
            raise BundleError([])
        blank = {n: np.zeros(one["shape"], one["dtype"]) for n, one in manifest["tensors"].items()}
        return super().repaired(manifest, blank)


class RefusedLoadForgets(ModelFault, stage="bundle", kind=Kind.STORAGE):
    """Loses the model that was held when a load is refused."""

    single = "a refused load has one lesson, with every way to refuse in it"

    _lost = False

    def load(self, ask: Ask, given: Given) -> None:
        self._lost = True
        ask(given)
        self._lost = False

    def infer(self, ask: Ask, given: Given) -> Any:
        return np.zeros_like(ask(given)) if self._lost else ask(given)


class MissingFolderLoaded(ModelFault, stage="bundle", kind=Kind.REFUSAL):
    """Keeps silent where there is nothing to load."""

    single = "a refused load has one lesson, with every way to refuse in it"

    def load(self, ask: Ask, given: Given) -> None:
        if any(Path(given["folder"]).glob("*")):
            ask(given)

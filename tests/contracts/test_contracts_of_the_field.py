"""The contracts that ship: what this suite writes keeps them, and so do data made by its oracle."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from parity_suite.contracts import Violation, check_file, load_contract, validate
from parity_suite.contracts.resources import resource_folder
from parity_suite.core.finding import Finding, Measured, Verdict
from parity_suite.ptychography.bundle import Bundle, write_bundle
from parity_suite.ptychography.datasets import OverlapSettings, load_synthetic, overlap_metrics
from parity_suite.ptychography.dumps import PatchDump
from parity_suite.ptychography.oracle import Oracle
from parity_suite.report.record import write_record

Data = dict[str, Any]

#: By name, the container that each describes.
FIELD = {
    "raw": "npz",
    "counts": "npz",
    "normalised": "npz",
    "grouped": "mapping",
    "training": "mapping",
    "batch": "mapping",
    "bundle": "folder",
    "manifest": "json",
    "dump": "folder",
    "stats": "json",
    "offsets": "json",
    "canvas": "json",
    "patch_statistics": "json",
    "comparison": "json",
    "overlap": "json",
    "record": "json",
    "ledger": "toml",
    "anchor": "json",
}


def said(violations: Iterable[Violation]) -> list[str]:
    return list(map(str, violations))


def written(path: Path, document: Any) -> Path:
    path.write_text(json.dumps(document, allow_nan=False), "utf-8")
    return path


@pytest.mark.parametrize("name", FIELD)
def test_each_says_what_it_describes_and_what_each_field_means(name: str) -> None:
    contract = load_contract(name)
    assert (contract.name, contract.container) == (name, FIELD[name])
    assert all((contract.doc, contract.writer, contract.reader))
    docs = [
        *(field.doc for field in contract.fields.values()),
        *(dim.doc for dim in contract.dims.values()),
        *(part.doc for part in contract.files.values()),
        *(relation.doc for relation in contract.relations),
    ]
    # Of one or two words nobody learns what a number is.
    assert [doc for doc in docs if len(doc.split()) < 3] == []


def test_what_is_stored_in_this_repository_keeps_the_contract_of_anchors() -> None:
    contract = load_contract("anchor")
    paths = [path for folder in ("anchors", "baselines") for path in (resource_folder("snapshots") / folder).iterdir()]
    assert len(paths) > 50
    assert {path.name: said(check_file(path, contract, role="writer").violations) for path in paths} == {
        path.name: [] for path in paths
    }


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    rng = np.random.default_rng(5)
    probe = (rng.normal(size=(2, 8, 8)) + 1j * rng.normal(size=(2, 8, 8))).astype(np.complex64)
    weights = {"encoder.kernel": rng.normal(size=(3, 2)).astype(np.float32), "gain": np.array(1.5)}
    model = Bundle(weights=weights, probe=probe, scale=9.882118, config={"gridsize": 2}, versions={"numpy": "2.0"})
    write_bundle(tmp_path / "bundle", model)
    return tmp_path / "bundle"


def test_a_bundle(bundle: Path) -> None:
    checked = check_file(bundle, role="writer")
    assert checked.contract == load_contract("bundle")
    assert said(checked.violations) == []


def test_a_bundle_that_lost_its_scale(bundle: Path) -> None:
    manifest = json.loads((bundle / "manifest.json").read_text("utf-8"))
    del manifest["scale"]
    written(bundle / "manifest.json", manifest)
    assert said(check_file(bundle).violations) == [
        "manifest.json: scale: required: found no such key among config, digest, format, format_version, probe, "
        "tensors, versions, weights_file, wanted float64 of shape ()"
    ]


def cut(positions: Any) -> Any:
    """Patches of the leaves, cut by the oracle."""
    truth: Any = load_synthetic("leaves64").object
    return Oracle().extract(truth, positions, 64)


def patches() -> tuple[Any, Any]:
    """Two groups of four patches, and their positions (2, 1, 2, 4)."""
    positions = load_synthetic("leaves64").positions[:8].reshape(2, 4, 2).transpose(0, 2, 1)[:, None]
    return cut(positions), positions


def test_a_dump_of_a_training_without_a_canvas(tmp_path: Path) -> None:
    images, positions = patches()
    dump = PatchDump(tmp_path, "training", limit=3)
    for _ in range(2):
        dump.batch(images, positions)
    dump.close(None, None)
    checked = check_file(tmp_path / "training", role="writer")
    assert checked.contract == load_contract("dump")
    assert said(checked.violations) == []


def test_a_dump_of_an_inference_with_dead_and_spoilt_patches(tmp_path: Path) -> None:
    images, positions = patches()
    centre = positions.mean(axis=(0, 1, 3))
    dump = PatchDump(tmp_path, "inference", limit=50)
    dump.batch(np.full_like(images, 0.1), np.full_like(positions, 0.1))
    images[0, 3, 4, 1] = np.nan
    dump.batch(images, positions)
    dump.close(Oracle().reassemble(images, positions, centre, (100, 110)), centre)
    assert said(check_file(tmp_path / "inference", "dump", role="writer").violations) == []


def test_a_dump_of_nothing(tmp_path: Path) -> None:
    PatchDump(tmp_path, "training", limit=1).close(None, None)
    assert said(check_file(tmp_path / "training", "dump", role="writer").violations) == []


def test_a_dump_whose_sums_do_not_fit_its_list(tmp_path: Path) -> None:
    dump = PatchDump(tmp_path, "training", limit=3)
    dump.batch(*patches())
    dump.close(None, None)
    path = tmp_path / "training" / "stats.json"
    stats = json.loads(path.read_text("utf-8"))
    stats["per_patch"][1]["std"] *= np.sqrt(4096 / 4095)
    stats["patches"]["recorded"] = 4
    assert [text.partition(", wanted")[0] for text in said(check_file(written(path, stats)).violations)] == [
        "patches.recorded: count: found 4",
        "patches.recorded: ordered: found 4",
        f"per_patch[].var_zero_mean: square: found {stats['per_patch'][1]['var_zero_mean']!r} (1 of 3 values) at [1]",
    ]


def patch_statistics() -> Data:
    found = Oracle().stats(patches()[0])
    return {"definition": "population", **{name: value.tolist() for name, value in found.items()}}


def test_patch_statistics(tmp_path: Path) -> None:
    checked = check_file(written(tmp_path / "s.json", patch_statistics()), role="writer")
    assert checked.contract == load_contract("patch_statistics")
    assert said(checked.violations) == []


def test_patch_statistics_that_divide_by_one_less(tmp_path: Path) -> None:
    statistics = patch_statistics()
    statistics["std"] = (np.array(statistics["std"]) * np.sqrt(4096 / 4095)).tolist()
    (violation,) = check_file(written(tmp_path / "s.json", statistics)).violations
    assert (violation.field, violation.rule, violation.where) == ("var_zero_mean", "square", "[0, 0]")
    assert violation.found.endswith("(8 of 8 values)")
    assert violation.wanted.endswith(", std^2")


def grouped() -> Data:
    """All of a scan in groups of four, by the oracle."""
    dataset = load_synthetic("leaves64")
    found = Oracle().group(dataset.positions, 2, 6, None)
    images = np.moveaxis(dataset.diff3d[found["indices"]], 1, 3).astype(np.float32)
    common = {"gridsize": 2, "domain": dataset.domain, "nphotons": dataset.nphotons, "probe": dataset.probe}
    return {**common, **found, "positions": dataset.positions, "diffraction": images}


def training() -> Data:
    data = grouped()
    kept = ("gridsize", "domain", "nphotons", "probe", "indices", "coords_offsets", "coords_relative")
    truth = cut(data["coords_offsets"] - data["coords_relative"])
    split = {"Y": truth, "Y_I": np.abs(truth), "Y_phi": np.angle(truth).astype(np.float32)}
    return {**{name: data[name] for name in kept}, "X": data["diffraction"], **split, "intensity_scale": 1.0}


def batch() -> tuple[Any, ...]:
    """As a loader hands it over: a tuple, channels before rows and columns."""
    data = grouped()
    fields = {
        "images": np.moveaxis(data["diffraction"][:3], 3, 1),
        "coords_relative": np.moveaxis(data["coords_relative"][:3], 3, 1),
        "coords_offsets": np.moveaxis(data["coords_offsets"][:3], 3, 1),
        "indices": data["indices"][:3],
    }
    probe = np.broadcast_to(data["probe"], (3, 4, *data["probe"].shape))
    return fields, probe, np.ones((3, 1, 1, 1), np.float32)


@pytest.mark.parametrize(("name", "made"), [("grouped", grouped), ("training", training), ("batch", batch)])
def test_data_in_memory(name: str, made: Callable[[], Any]) -> None:
    assert said(validate(made(), load_contract(name), role="writer")) == []


def test_a_reader_takes_the_names_that_older_code_gave_to_grouped_data_and_a_writer_does_not() -> None:
    data = grouped()
    for new, old in (("indices", "nn_indices"), ("coords_offsets", "coords_start_offsets")):
        data[old] = data.pop(new)
    contract = load_contract("grouped")
    assert said(validate(data, contract)) == []
    assert said(validate(data, contract, role="writer")) == [
        "indices: alias: found the old name 'nn_indices', wanted a writer to use 'indices'",
        "coords_offsets: alias: found the old name 'coords_start_offsets', wanted a writer to use 'coords_offsets'",
    ]


def test_groups_of_another_size_than_their_gridsize_says() -> None:
    found = said(validate({**grouped(), "gridsize": 3}, load_contract("grouped")))
    assert found == [
        f"{name}: shape: found C = 4 on axis {axis}, wanted C = 9 = gridsize**2"
        for name, axis in (("diffraction", 3), ("indices", 1), ("coords_relative", 3))
    ]


def test_a_batch_with_its_channels_last() -> None:
    fields, probe, scaling = batch()
    fields["images"] = np.moveaxis(fields["images"], 1, 3)
    assert said(validate((fields, probe, scaling), load_contract("batch"))) == [
        "tensor_dict.images: axis_order: found shape (3, 64, 64, 4), which is (B, N, N, C) with B = 3, C = 4, N = 64 "
        "from the other fields, wanted axes in the order (B, C, N, N)"
    ]


def profile(name: str) -> Data:
    """The measured counts of a scan, or its amplitudes without their dose."""
    dataset = load_synthetic("leaves64")
    data: Data = {
        "scale_contract_version": np.int64(1),
        "xcoords": dataset.positions[:, 0],
        "ycoords": dataset.positions[:, 1],
        "probeGuess": dataset.probe,
        "objectGuess": dataset.object,
    }
    if name == "counts":
        counts = np.rint(dataset.diff3d**2)
        return {**data, "measurement_domain": np.array("count_intensity"), "diffraction": counts}
    power = np.mean(np.sum(dataset.diff3d**2, axis=(1, 2)))
    scaled = dataset.diff3d * 32 / np.sqrt(power)
    domain = np.array("normalized_amplitude")
    return {**data, "measurement_domain": domain, "diffraction": scaled, "nphotons": np.float64(power)}


@pytest.mark.parametrize("name", ["counts", "normalised"])
def test_a_profile_is_a_raw_dataset_and_the_better_guess(name: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "scan.npz", **profile(name))
    assert said(check_file(tmp_path / "scan.npz", "raw", role="writer").violations) == []
    checked = check_file(tmp_path / "scan.npz", role="writer")
    assert checked.contract == load_contract(name)
    assert said(checked.violations) == []


@pytest.mark.parametrize(("name", "other"), [("counts", "normalised"), ("normalised", "counts")])
def test_a_profile_is_not_the_other(name: str, other: str) -> None:
    found = {(one.field, one.rule) for one in validate(profile(name), load_contract(other))}
    assert ("measurement_domain", "one_of") in found
    assert found & {("diffraction", "integer_counts"), ("diffraction", "normalised_power")}


@pytest.mark.parametrize("left", ["scale_contract_version", "measurement_domain"])
def test_half_of_the_pair_is_refused_by_the_raw_contract_too(left: str) -> None:
    data = profile("counts")
    lost = ({"scale_contract_version", "measurement_domain"} - {left}).pop()
    del data[lost]
    together = f"{lost}: together: found {left} without {lost}, wanted all or none of scale_contract_version and "
    assert together + "measurement_domain" in said(validate(data, load_contract("raw")))


def test_overlap_metrics(tmp_path: Path) -> None:
    dataset = load_synthetic("leaves64")
    for gridsize in (1, 2):
        found = overlap_metrics(dataset.positions, OverlapSettings(gridsize=gridsize), dataset.probe)
        checked = check_file(written(tmp_path / "overlap.json", found.to_json()), role="writer")
        assert checked.contract == load_contract("overlap")
        assert said(checked.violations) == []


def findings() -> list[Finding]:
    """One that held, one that could not be compared, and one that did not run."""
    parts = ("diffract", "oracle", "leaves64", "torch", "cpu", "float32")
    close = Measured("amplitude", 1e-7, 2e-7, 1e-6, (0, 3, 4, 1), 0.5, 0.50000001, 1.2)
    apart = Measured("scale", float("inf"), float("inf"), 0.0, (), float("nan"), 1.0, float("inf"), bound="at most")
    return [
        Finding("diffract.oracle[a-torch-cpu-float32]", *parts, Verdict.OK, measured=(close,), seconds=0.25),
        Finding("diffract.oracle[b-torch-cpu-float32]", *parts, Verdict.SEMANTIC, "why", measured=(apart, close)),
        Finding("diffract.oracle[c-torch-cpu-float32]", *parts, Verdict.NOT_RUN, "none", facts={"a": None, "b": [1]}),
    ]


@pytest.mark.parametrize("count", [0, 1, 3])
def test_the_record_of_a_run(tmp_path: Path, count: int) -> None:
    environment = {"machine": {"cores": 2}, "backends": {"torch": None}}
    inputs = {"recipe leaves64": load_synthetic("leaves64").digest}
    checked = check_file(write_record(tmp_path, tmp_path, findings()[:count], environment, inputs), role="writer")
    assert checked.contract == load_contract("record")
    assert said(checked.violations) == []


UNPINNED = """
[[unpinned]]
check = "train.pair[lesson32.g2-*]"
reason = "Keras adds Adam's epsilon elsewhere"
owner = "someone@example.org"
added = 2026-02-01
expires = 2026-06-30
verdict = "semantic"
"""
ENTRY = """
[[entries]]
reason = "Keras adds Adam's epsilon elsewhere"
owner = "someone@example.org"
added = 2026-02-01
expires = 2026-06-30
cause = { subject = "a", stage = "train", implementation = "", exception = "", function = "", rule = "", kind = "" }
checks = [
    { check = "train.pair[lesson32.g2-a+b-cpu-float32]", verdict = "semantic", fails = { rules = [["", "", ""]] } },
    { check = "train.pair[lesson16.g2-a+b-cpu-float32]", verdict = "error", fails = { raised = ["", "", "", ""] } },
]
"""


@pytest.mark.parametrize(
    "entries",
    [
        "",
        ENTRY,
        UNPINNED + ENTRY + ENTRY.replace(".g2", ".g3").replace("2026-02-01", '"2026-02-01"'),
        UNPINNED + UNPINNED.replace("g2", "g3").replace("2026-02-01", '"2026-02-01"'),
    ],
)
def test_a_ledger(tmp_path: Path, entries: str) -> None:
    path = tmp_path / "parity-ledger.toml"
    path.write_text(f"format = 2\n{entries}", "utf-8")
    checked = check_file(path, "ledger", role="writer")
    assert said(checked.violations) == []


@pytest.mark.parametrize("entry", [UNPINNED, ENTRY], ids=["unpinned", "entries"])
@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ('owner = "someone@example.org"\n', "", "owner: required: found no such key in 1 of 2 records at [1]"),
        ("2026-06-30", "2026-01-31", "expires: not_before: found 2026-01-31 at [1]"),
        ("2026-06-30", "2026-06-31", "file: readable: found"),
    ],
)
def test_an_entry_that_could_go_stale(tmp_path: Path, entry: str, old: str, new: str, found: str) -> None:
    path = tmp_path / "parity-ledger.toml"
    second = entry.replace(".g2", ".g3")
    assert old in second
    path.write_text(f"format = 2\n{entry}{second.replace(old, new)}", "utf-8")
    (text,) = said(check_file(path, "ledger").violations)
    assert text.removeprefix("entries[].").removeprefix("unpinned[].").startswith(found)


@pytest.mark.parametrize(
    ("entry", "old", "new", "found"),
    [
        (UNPINNED, '"semantic"', '"ok"', "unpinned[].verdict: one_of: found 'ok' (1 of 2 values) at [1]"),
        (ENTRY, '"semantic"', '"ok"', "entries[].checks[].verdict: one_of: found 'ok' (1 of 4 values) at [2]"),
        (UNPINNED, "lesson32.g3-*", "lesson32.g2-*", "unpinned[].check: unique: found 'train.pair[lesson32.g2-*]'"),
        (ENTRY, "lesson32.g3", "lesson32.g2", "entries[].checks[].check: unique: found 'train.pair[lesson32.g2-a+b-"),
        (ENTRY, ', kind = ""', "", "entries[].cause.kind: required: found no such key in 1 of 2 records at [1]"),
        (ENTRY, 'verdict = "error", ', "", "entries[].checks[].verdict: required: found no such key in 1 of 4"),
    ],
)
def test_an_entry_that_lacks_or_repeats(tmp_path: Path, entry: str, old: str, new: str, found: str) -> None:
    path = tmp_path / "parity-ledger.toml"
    second = entry.replace(".g2", ".g3")
    assert old in second
    path.write_text(f"format = 2\n{entry}{second.replace(old, new)}", "utf-8")
    (text,) = said(check_file(path, "ledger").violations)
    assert text.startswith(found)

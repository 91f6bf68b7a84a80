"""Damaged copies: each differs from the whole in one way, whatever files a bundle is made of."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from parity_suite.ptychography.laws.damage import damaged_copies

MANIFEST = {
    "intensity_scale": 9.882118,
    "layers": [{"width": 8}, {"scales": [1, 2], "name": "head"}],
    "config": {"probe": {"scale_of_probe": {"scale": 4}}},
}


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    whole = tmp_path / "whole"
    (whole / "deep" / "er").mkdir(parents=True)
    (whole / "manifest.json").write_text(json.dumps(MANIFEST), "utf-8")
    (whole / "deep" / "er" / "weights.bin").write_bytes(bytes(range(200, 256)))
    return whole


def _files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_every_copy_differs_from_the_whole_in_one_file(bundle: Path, tmp_path: Path) -> None:
    whole = _files(bundle)
    copies = dict(damaged_copies(bundle, tmp_path / "copies"))
    for what, copy in copies.items():
        found = _files(copy)
        differs = {name for name in whole if found.get(name) != whole[name]}
        assert len(differs) == 1, what
        assert set(found) <= set(whole)
        assert what.startswith(differs.pop())
    assert _files(bundle) == whole
    assert len({tuple(_files(copy).items()) for copy in copies.values()}) == len(copies)


def test_each_file_suffers_each_damage(bundle: Path, tmp_path: Path) -> None:
    done = {what for what, _ in damaged_copies(bundle, tmp_path / "copies")}
    flips = {f"with a bit flipped at {share}" for share in ("10%", "50%", "98%")}
    damages = {"deleted", "emptied", "cut in half", *flips}
    name = str(Path("deep", "er", "weights.bin"))
    assert {what.removeprefix(f"{name} ") for what in done if what.startswith(name)} == damages
    assert {f"manifest.json {damage}" for damage in damages} <= done


def test_a_flip_is_one_bit_and_a_cut_is_half(bundle: Path, tmp_path: Path) -> None:
    name = str(Path("deep", "er", "weights.bin"))
    whole = _files(bundle)[name]
    copies = dict(damaged_copies(bundle, tmp_path / "copies"))
    flipped = _files(copies[f"{name} with a bit flipped at 98%"])[name]
    assert sum((a ^ b).bit_count() for a, b in zip(flipped, whole, strict=True)) == 1
    assert _files(copies[f"{name} cut in half"])[name] == whole[:28]
    assert _files(copies[f"{name} emptied"])[name] == b""


def test_every_scale_is_taken_out_at_any_depth(bundle: Path, tmp_path: Path) -> None:
    found = {
        what.removeprefix("manifest.json without "): json.loads((copy / "manifest.json").read_text("utf-8"))
        for what, copy in damaged_copies(bundle, tmp_path / "copies")
        if "without" in what
    }
    probe = MANIFEST["config"]["probe"]  # type: ignore[call-overload,index]
    assert found == {
        "intensity_scale": {name: MANIFEST[name] for name in ("layers", "config")},
        "layers.1.scales": {**MANIFEST, "layers": [{"width": 8}, {"name": "head"}]},
        "config.probe.scale_of_probe": {**MANIFEST, "config": {"probe": {}}},
        "config.probe.scale_of_probe.scale": {**MANIFEST, "config": {"probe": {**probe, "scale_of_probe": {}}}},
    }


def test_an_empty_file_can_only_be_deleted(tmp_path: Path) -> None:
    (tmp_path / "whole").mkdir()
    (tmp_path / "whole" / "marker").touch()
    assert [what for what, _ in damaged_copies(tmp_path / "whole", tmp_path / "copies")] == ["marker deleted"]

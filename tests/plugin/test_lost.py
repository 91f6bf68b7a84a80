"""What ran before and does not now is lost: red, a line a stage, until an update accepts it with a reason."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from thinning import thinned

from parity_suite.core.id_list import IdList, read_list

#: Put in the place of the class's second method.
DIFFRACT = "    def diffract(self, psi):"


@pytest.fixture(scope="module")
def first_list() -> list[bytes]:
    """The list of the repository that these tests begin with, once one of them has made it."""
    return []


@pytest.fixture
def listed(stranger: Any, first_list: list[bytes]) -> Any:
    """A repository whose checks ran and are listed."""
    path = stranger.path / "snapshots/check-ids.txt"
    if first_list:
        path.parent.mkdir()
        path.write_bytes(first_list[0])
        return stranger
    result = stranger.run("--update-snapshots")
    assert result.ret == 0
    result.stdout.no_fnmatch_line("hint:*")
    made = _list(stranger)
    said = f"snapshots: snapshots/check-ids.txt made, of {len(made.ids)} checks, of which {len(made.ran)} ran"
    assert said in result.outlines
    ran = {f"{check}[n16.g2.b5-tiny-cpu-float32]" for check in ("illuminate.oracle", "diffract.oracle")}
    assert ran <= made.ran
    assert not any("cuda" in one or "stats" in one for one in made.ran)
    green = stranger.run()
    assert green.ret == 0
    green.stdout.no_fnmatch_line("hint:*")
    first_list.append(path.read_bytes())
    return stranger


def _list(stranger: Any) -> IdList:
    stored = read_list(stranger.path / "snapshots/check-ids.txt")
    assert stored
    return stored


def _change(stranger: Any, old: str, new: str, name: str = "tiny.py") -> None:
    text = (stranger.path / name).read_text("utf-8")
    assert old in text
    stranger.write(name, text.replace(old, new, 1))


def _define_nothing(stranger: Any) -> None:
    with (stranger.path / "tiny.py").open("a") as file:
        file.write("\nTiny.illuminate = Tiny.diffract = None\n")


def _red(stranger: Any, *arguments: str) -> list[str]:
    """What is red beyond tests, none of which fails."""
    result = stranger.run(*arguments)
    assert "failed" not in result.parseoutcomes()
    red = [line.removeprefix("RED: ") for line in result.outlines if line.startswith("RED: ")]
    assert result.ret == (pytest.ExitCode.TESTS_FAILED if red else 0)
    return red


NONE = "    illuminate = None\n\n    def was(self, patches, probe):"
SAYS_SO = """    def diffract(self, psi):
        from parity_suite.backends.exceptions import NotProvided
        raise NotProvided("not today")
"""


@pytest.mark.parametrize(
    ("old", "new", "stage", "count", "why"),
    [
        ("    def illuminate(self, patches, probe):", NONE, "illuminate", 4, "not provided"),
        (DIFFRACT, SAYS_SO, "diffract", 4, "not provided"),
        (DIFFRACT, "    def refract(self, psi):", "diffract", 4, "not provided"),
    ],
)
def test_a_stage_that_is_no_longer_provided(listed: Any, old: str, new: str, stage: str, count: int, why: str) -> None:
    _change(listed, old, new)
    red = _red(listed)
    assert red[0] == f"{count} checks of check-ids.txt are lost; --update-snapshots --reason TEXT accepts that"
    assert red[1].startswith(f"lost of {stage}: {count} {why}: {stage}.")
    assert len(red) == 2


def test_a_line_a_stage(listed: Any) -> None:
    _define_nothing(listed)
    red = _red(listed)
    assert red[:2] == ["nothing ran", "backend tiny ran nothing"]
    assert red[2].startswith("8 checks of check-ids.txt are lost; ")
    assert [line.split(":")[0] for line in red[3:]] == ["lost of diffract", "lost of illuminate"]


@pytest.mark.parametrize("mark", ["skip(reason='later')", "skipif(True, reason='later')"])
def test_checks_that_a_mark_skips(listed: Any, mark: str) -> None:
    _change(listed, "@parity_checks", f"import pytest\n\n@pytest.mark.{mark}\n@parity_checks", "test_parity.py")
    assert "lost of diffract: 4 unasked: " in "\n".join(_red(listed))


def test_a_loss_is_accepted_with_a_reason_and_shown(listed: Any) -> None:
    _change(listed, DIFFRACT, "    def refract(self, psi):")
    assert len(_red(listed, "--update-snapshots")) == 2, "not without one"
    before = _list(listed)
    assert "diffract.energy[n16.g2.b5-tiny-cpu-float32]" in before.ran
    result = listed.run("--update-snapshots", "--reason", "diffract moved\nto another backend")
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        [
            "snapshots: accepted as lost, since diffract moved to another backend",
            "  lost of diffract: 4 not provided: diffract.energy*",
        ]
    )
    assert _list(listed).ids == before.ids
    assert not any(one.startswith("diffract") for one in _list(listed).ran)
    assert _red(listed) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--reason", "because"), "--reason is for --update-snapshots, *"),
        (("--update-snapshots", "--reason", " "), "--reason: an empty text is no reason"),
    ],
)
def test_a_reason_without_an_update_or_a_word_is_refused(stranger: Any, arguments: tuple[str, ...], said: str) -> None:
    result = stranger.run(*arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {said}"])


def test_what_another_machine_has_is_not_lost_unless_it_is_required(listed: Any) -> None:
    stored = _list(listed)
    of_gpu = {one for one in stored.ids if "energy" in one and "cuda" in one}
    listed.write("snapshots/check-ids.txt", IdList(stored.ids, stored.ran | of_gpu).render())
    assert _red(listed) == []
    assert listed.run("--update-snapshots").ret == 0
    assert _list(listed).ran == stored.ran | of_gpu, "an update keeps what this machine could not ask"
    red = _red(listed, "--parity-require", "cuda")
    assert red[0].startswith(f"{len(of_gpu)} checks of check-ids.txt are lost; ")
    assert red[1].startswith(f"lost of diffract: {len(of_gpu)} no device: diffract.energy[n16.g2.b5-tiny-cuda-")


def test_a_framework_that_is_missing_is_an_error(listed: Any) -> None:
    _change(listed, "import numpy as np", "import numpy as np\nimport absent_framework")
    for name in ("tiny", "absent_framework"):
        assert not (listed.path / name).exists()
    listed.apart = True
    result = listed.run("-v")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["error: tiny:Tiny cannot be loaded: *'absent_framework'", "RED: backend tiny ran *"])
    result.stdout.no_fnmatch_line("RED: lost*")


def test_a_part_of_a_run_says_so_and_loses_only_what_it_asked(listed: Any) -> None:
    _change(listed, DIFFRACT, "    def refract(self, psi):")
    result = listed.run("-k", "illuminate")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["a part of the run: 20 parity tests were deselected"])
    assert len(_red(listed, "-k", "energy or illuminate")) == 2
    whole = listed.run()
    whole.stdout.no_fnmatch_line("a part of the run*")


def test_a_part_under_workers_says_so_too(listed: Any) -> None:
    result = listed.run("-n", "2", "-k", "illuminate")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["a part of the run: 20 parity tests were deselected"])
    _change(listed, DIFFRACT, "    def refract(self, psi):")
    result = listed.run("-n", "2")
    result.stdout.fnmatch_lines(["RED: lost of diffract: 4 not provided: *"])


BASELINE = """
import numpy as np

def test_denoise(parity_baseline):
    parity_baseline("denoise", np.arange(12.0).reshape(3, 4), backend="tiny", case="leaves64", budget=1e-5)
"""
NODE = "test_denoise.py::test_denoise"


@pytest.fixture
def held(stranger: Any) -> Any:
    """The same with a test that holds a baseline."""
    stranger.write("test_denoise.py", BASELINE)
    assert stranger.run("--update-snapshots").ret == 0
    assert NODE in _list(stranger).ran
    assert _red(stranger) == []
    return stranger


def test_a_test_with_a_baseline_that_is_deleted(held: Any) -> None:
    held.write("test_denoise.py", "def test_other(): pass\n")
    assert f"lost of tests with baselines: 1 gone: {NODE}" in _red(held)
    assert held.run("--update-snapshots", "--reason", "denoise is gone").ret == 0
    assert NODE not in _list(held).ids
    assert _red(held) == []


@pytest.mark.parametrize("mark", ["pytest.mark.skip", "pytest.mark.skipif(True, reason='later')"])
def test_a_test_with_a_baseline_that_is_skipped(held: Any, mark: str) -> None:
    _change(held, "def test_denoise", f"import pytest\n@{mark}\ndef test_denoise", "test_denoise.py")
    assert f"lost of tests with baselines: 1 unasked: {NODE}" in _red(held)


def test_a_baseline_whose_file_is_deleted(held: Any) -> None:
    (held.path / "snapshots/baselines/denoise.leaves64.tiny.json").unlink()
    assert f"lost of tests with baselines: 1 no baseline: {NODE}" in _red(held)


def test_baselines_alone_are_listed_and_all_of_them_deleted_are_lost(stranger: Any) -> None:
    (stranger.path / "test_parity.py").unlink()
    (stranger.path / "conftest.py").unlink()
    stranger.write("test_denoise.py", BASELINE)
    assert stranger.run("--update-snapshots").ret == 0
    assert _list(stranger) == IdList(frozenset({NODE}), frozenset({NODE}))
    stranger.write("test_denoise.py", "def test_other(): pass\n")
    assert f"lost of tests with baselines: 1 gone: {NODE}" in _red(stranger)


def test_a_run_of_other_files_does_not_answer_for_a_baseline(held: Any) -> None:
    held.write("test_other.py", "def test_other(): pass\n")
    for arguments in (("test_other.py",), ("test_parity.py",), (NODE,)):
        assert _red(held, *arguments) == []


def test_a_baseline_proves_nothing_of_the_backend_whose_name_it_bears(held: Any) -> None:
    (held.path / "snapshots/check-ids.txt").unlink()
    _define_nothing(held)
    assert _red(held) == ["backend tiny ran nothing"]
    assert _red(held, "--parity-require", "tiny") == [
        "backend tiny ran nothing",
        "--parity-require tiny: nothing of that name ran",
    ]
    assert _red(held, "-k", "denoise") == [], "where the backend is not asked, nothing is said of it"


@pytest.mark.parametrize(
    ("data", "why"),
    thinned(
        [
            (b"", "it has 0 bytes"),
            (b"diffract.energy[n16.g2.b5-ti\n", "'diffract.energy[n16.g2.b5-ti' is not an id"),
            (b"# ids of parity checks, format 2: 2\ndiffract.energy[n16.g2.b5-tiny-cpu-flo", "it ends within a line"),
            (b"diffract.energy[n16.g2.b5-tiny-cpu-float32]\n\xff\n", "byte 44 is not UTF-8"),
        ],
        2,
    ),
)
def test_a_torn_list_is_red_and_says_the_mend(stranger: Any, data: bytes, why: str) -> None:
    (stranger.path / "snapshots").mkdir()
    path = stranger.path / "snapshots/check-ids.txt"
    path.write_bytes(data)
    # Of the first of them whatever is asked of the run.
    others = (("-k", "energy"), ("--update-snapshots",), ("test_parity.py",)) if not data else ()
    for arguments in ((), *others):
        (red,) = _red(stranger, *arguments)
        mend = "take it back from version control, or write it anew with --update-snapshots --reason TEXT"
        assert red == f"check-ids.txt is torn, so nothing says what was lost ({why}); {mend}: {path}"
        assert path.read_bytes() == data
    result = stranger.run("--update-snapshots", "--reason", "it was torn")
    assert result.ret == 0
    assert f"  check-ids.txt was torn, and did not say what was lost ({why})" in result.outlines
    assert _red(stranger) == []


def test_a_torn_list_is_no_matter_of_tests_of_something_else(stranger: Any) -> None:
    stranger.write("snapshots/check-ids.txt", "")
    stranger.write("test_unit.py", "def test_unit(): pass\n")
    assert stranger.run("test_unit.py").ret == 0


def test_without_a_list_there_is_one_hint(stranger: Any) -> None:
    result = stranger.run()
    assert result.ret == 0
    hints = [line for line in result.outlines if line.startswith("hint:")]
    assert hints == [
        "hint: without check-ids.txt lost checks are not seen; a whole run with --update-snapshots makes it"
    ]


def test_a_list_of_the_first_format_tells_what_is_gone_and_is_brought_up_to_date(listed: Any) -> None:
    stored = _list(listed)
    listed.write("snapshots/check-ids.txt", "\n".join(sorted(stored.ids)) + "\n")
    result = listed.run()
    assert result.ret == 0
    result.stdout.fnmatch_lines(["hint: check-ids.txt does not say what ran; --update-snapshots adds it"])
    assert listed.run("--update-snapshots").ret == 0
    assert _list(listed) == stored


def test_two_modules_of_which_one_is_deselected_may_update(stranger: Any) -> None:
    stranger.write("pytest.ini", "[pytest]\npythonpath = .\n")
    stranger.write("second/test_parity.py", (stranger.path / "test_parity.py").read_text("utf-8"))
    both = ("--import-mode=importlib", "--update-snapshots")
    assert stranger.run(*both, "--deselect", "second/test_parity.py").ret == 0
    gone = "diffract.energy[n16.g2.b5-tiny-cpu-float32]"
    deselected = [f"--deselect={name}::test_parity[{gone}]" for name in ("test_parity.py", "second/test_parity.py")]
    result = stranger.run(*both, *deselected)
    result.stderr.fnmatch_lines(["ERROR: --update-snapshots is refused: 1 parity checks are deselected"])


def test_files_of_the_command_line_are_not_listed(listed: Any) -> None:
    bits = np.random.default_rng(1)
    fields = {
        "xcoords": bits.uniform(0, 99, 5),
        "ycoords": bits.uniform(0, 89, 5),
        "diff3d": np.sqrt(bits.poisson(9.0, (5, 64, 64))).astype(np.float32),
        "probeGuess": bits.normal(size=(64, 64)) + 1j * bits.normal(size=(64, 64)),
        "objectGuess": np.exp(1j * bits.normal(size=(90, 101))),
        "domain": np.array("counts"),
    }
    np.savez(listed.path / "scan.npz", **fields)
    _change(listed, '"n16.g2.b5")', '"n16.g2.b5", "scan.g1")', "conftest.py")
    before = _list(listed)
    result = listed.run("--update-snapshots", "--parity-dataset", "scan.npz")
    assert result.ret == 0
    assert "scan.g1-tiny-cpu" in listed.run("--collect-only", "-q", "--parity-dataset", "scan.npz").stdout.str()
    assert _list(listed) == before
    assert _red(listed) == []

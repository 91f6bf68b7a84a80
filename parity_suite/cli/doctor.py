"""``parity doctor``: the machine, what is installed, and what the next run would lack."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from parity_suite.cli.backends_given import BackendOption, PackOption, begin
from parity_suite.cli.ini_file import listed

if TYPE_CHECKING:
    from parity_suite.core.finding import Finding

#: What is asked for its version, by each name that a distribution of it has.
_PACKAGES: Final = {
    "parity-suite": ("parity-suite",),
    "pytest": ("pytest",),
    "pytest-xdist": ("pytest-xdist",),
    "numpy": ("numpy",),
    "torch": ("torch",),
    "tensorflow": ("tensorflow", "tensorflow-cpu"),
    "jax": ("jax",),
}
_FRAMEWORKS: Final = ("torch", "tensorflow")


def doctor(
    root: Annotated[Path, typer.Argument(help="of the project")] = Path(),
    backend: BackendOption = None,
    pack: PackOption = None,
) -> int:
    """Say what this machine has, and what the next run would lack.

    Exit code 1 where something is to be mended.
    """
    begin(pack)
    for title, text in (*_environment(), *_project(root)):
        print(f"{title:<12} {text}")
    wrong = [*_frameworks(), *_of_project(root)]
    for found in _arithmetic(backend or listed(root, "parity_backends"), wrong):
        print(f"{'preflight':<12} {found.subject}, {found.precision}: {found.verdict}")
        wrong += [f"{found.check}: {found.verdict}: {found.reason}"] if found.red else []
    for line in wrong:
        print(f"MEND         {line}")
    print("nothing to mend" if not wrong else f"{len(wrong)} to mend")
    return int(bool(wrong))


def _environment() -> Iterator[tuple[str, str]]:
    from parity_suite.core.packs import packs
    from parity_suite.engine.environment import machine

    yield "machine", ", ".join(f"{name} {fact}" for name, fact in machine().items())
    for package, names in _PACKAGES.items():
        yield package, _version(names) or "not installed"
    yield "packs", ", ".join(pack.name for pack in packs())
    yield "CUDA", _cuda()


def _version(names: Iterable[str]) -> str:
    for name in names:
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    return ""


def _cuda() -> str:
    try:
        import_module("ctypes").CDLL("libcuda.so.1")
    except OSError:
        return "no driver: checks of CUDA do not run here, and are counted as such"
    return "a driver is here"


def _project(root: Path) -> Iterator[tuple[str, str]]:
    from parity_suite.core.id_list import FILE_NAME, TornList, read_list

    path = root / "snapshots" / FILE_NAME
    try:
        listed = read_list(path)
    except TornList:
        return
    if listed is None:
        yield "list of ids", f"no {path}: what stops running is not noticed until pytest --update-snapshots makes one"
    else:
        yield "list of ids", f"{len(listed.ids)} ids, of which {len(listed.ran)} ran"


def _frameworks() -> Iterator[str]:
    """A framework that is installed and cannot be imported is worse than one that is not."""
    for name in filter(lambda name: _version(_PACKAGES[name]), _FRAMEWORKS):
        try:
            import_module(name)
        except Exception as error:
            yield f"{name} is installed and cannot be imported: {' '.join(str(error).split())[:200]}"


def _arithmetic(backends: Sequence[str], wrong: list[str]) -> Iterator[Finding]:
    """Whether plain operations of each backend's framework are as exact as they say; why none is asked goes among what
    is ``wrong``.
    """
    from parity_suite.backends.registry import resolve
    from parity_suite.core.context import RunContext
    from parity_suite.engine.checks import enumerate_checks
    from parity_suite.engine.policy import Policy
    from parity_suite.engine.runner import Runner

    try:
        specs = resolve(backends)
    except ValueError as error:
        wrong.append(str(error))
        return
    if not specs:
        wrong.append("no backend: parity init finds yours, and --backend module:Class names one")
        return
    runner = Runner(RunContext(), Policy("cpu"))
    asked = (check for check in enumerate_checks(specs) if check.stage == "preflight" and check.device == "cpu")
    yield from map(runner.run, asked)


def _of_project(root: Path) -> Iterator[str]:
    from parity_suite.contracts.violation import ContractError
    from parity_suite.core.id_list import FILE_NAME as LIST
    from parity_suite.core.id_list import TornList, read_list
    from parity_suite.ledger import FILE_NAME, read_ledger, today

    if not os.access(root, os.W_OK):
        yield f"{root.resolve()} cannot be written to: failures go to the user's cache"
    listed = root / "snapshots" / LIST
    try:
        read_list(listed)
    except TornList as torn:
        yield f"{listed} is torn: {torn}"
    path = root / FILE_NAME
    if not path.is_file():
        return
    try:
        ledger = read_ledger(path, today())
    except (ContractError, OSError) as error:
        yield str(error)
        return
    yield from (f"{path}: {one.name} has expired" for one in ledger.entries if one.terms.expired(today()))

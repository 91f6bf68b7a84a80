"""``parity init``: a test file, the lines of the ini file and the job of continuous integration, from what is there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Final, Literal

import typer

from parity_suite.cli.backends_given import PackOption, begin
from parity_suite.cli.ending import refused
from parity_suite.cli.ini_file import has_key, heading_of, ini_of, listed

_TEST: Final = """\
from parity_suite import parity_checks


@parity_checks()
def test_parity(check):
    check.run()
"""

_JOBS: Final = {"github": Path(".github", "workflows", "parity.yml"), "gitlab": Path(".gitlab-ci.yml")}


def init(
    backends: Annotated[
        list[str] | None,
        typer.Argument(metavar="module:Class", help="yours; without any, classes with a method of a stage are found"),
    ] = None,
    ci: Annotated[
        Literal["github", "gitlab", "none"] | None,
        typer.Option(help="whose job to write (default: as the project)"),
    ] = None,
    pack: PackOption = None,
) -> int:
    """Write a test file, the lines of the ini file, and a job for pull requests.

    In the project in which it is called. What is there already is left as it is, and said.
    """
    from parity_suite.backends.registry import parse_spec
    from parity_suite.cli.found_backends import found_backends

    begin(pack)
    root = Path()
    try:
        for text in backends or ():
            parse_spec(text)
    except ValueError as error:
        return refused(f"parity init: {error}")
    found = {text: Path() for text in backends} if backends else found_backends(root)
    if not found:
        print("no class here has a method of a stage: the reference backends are asked; parity list stages has all")
    try:
        _write(root / ("tests" if (root / "tests").is_dir() else "") / "test_parity.py", _TEST)
        _add_lines(root, list(found), sorted({str(where) for where in found.values() if _is_needed(found, where)}))
        if (chosen := ci or _host(root)) != "none":
            _write(root / _JOBS[chosen], _job(chosen, root))
    except OSError as error:
        return refused(f"parity init: {error}")
    print("now: pytest -m parity")
    return 0


def _write(path: Path, text: str) -> None:
    from parity_suite.core.writing import write_whole

    if path.exists():
        print(f"kept {path}")
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, text)
    print(f"wrote {path}")


def _is_needed(found: dict[str, Path], where: Path) -> bool:
    """Whether a folder must be told to pytest, since no installed package has what lies there."""
    import sys
    from importlib.machinery import PathFinder

    elsewhere = [one for one in sys.path if one and Path(one).resolve() != Path.cwd()]
    tops = {text.partition("=")[2] or text for text, place in found.items() if place == where}
    return any(PathFinder.find_spec(top.partition(":")[0].partition(".")[0], elsewhere) is None for top in tops)


def _add_lines(root: Path, backends: Sequence[str], pythonpath: Sequence[str]) -> None:
    """Puts the settings under the heading that pytest reads, or a heading and them at the end of the file."""
    from parity_suite.core.writing import write_whole

    path, section = ini_of(root)
    text = path.read_text("utf-8") if path.is_file() else ""
    given = {"parity_backends": backends, "pythonpath": pythonpath}
    new = {name: values for name, values in given.items() if values and not has_key(text, section, name)}
    lines = [line for name, values in new.items() for line in _setting(path, name, values)]
    if "pythonpath" not in new and (lacking := sorted({*pythonpath} - {*listed(root, "pythonpath")})):
        print(f"{path}: pythonpath does not have {', '.join(lacking)}, where a backend lies: add it")
    if not lines:
        print(f"kept {path}")
        return
    added = "".join(f"{line}\n" for line in lines)
    if heading := heading_of(text, section):
        before, after = text[: heading.end()], text[heading.end() :].removeprefix("\n")
    else:
        before, after = (f"{text.rstrip()}\n\n" if text.strip() else "") + f"[{section}]", ""
    write_whole(path, f"{before}\n{added}{after}")
    print(f"added to {path}: {', '.join(new)}")


def _setting(path: Path, name: str, values: Sequence[str]) -> Iterator[str]:
    if path.suffix == ".toml":
        quoted = ", ".join(f'"{one}"' for one in values)
        yield f"{name} = [{quoted}]"
    else:
        yield f"{name} ="
        yield from (f"    {one}" for one in values)


def _host(root: Path) -> Literal["github", "gitlab"]:
    config = root / ".git" / "config"
    remote = config.read_text("utf-8", "replace") if config.is_file() else ""
    return "gitlab" if (root / _JOBS["gitlab"]).exists() or "gitlab" in remote else "github"


def _job(host: str, root: Path) -> str:
    from parity_suite.contracts.resources import resource_folder

    text = (resource_folder("ci") / f"{host}.yml").read_text("utf-8")
    # What is no package is not installed.
    package = any((root / name).is_file() for name in ("pyproject.toml", "setup.py", "setup.cfg"))
    return text if package else text.replace("pip install -e . ", "pip install ")

"""``parity check``: files against their contracts, and against what packs know of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from inspect import Parameter, Signature, cleandoc, signature
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from parity_suite.cli.backends_given import known_packs
from parity_suite.cli.ending import COULD_NOT, bytes_of, refused
from parity_suite.cli.examined import examine, render
from parity_suite.contracts.holding import printable_lines
from parity_suite.contracts.limits import Limits
from parity_suite.contracts.violation import ContractError
from parity_suite.core.examiner import Examiner, OptionError
from parity_suite.core.pack import member


def check_contracts(
    files: Annotated[list[Path], typer.Argument(help="NPZ, HDF5, JSON, TOML or a folder")],
    contract: Annotated[
        str | None, typer.Option(help="its name or TOML file; without it, it is guessed from the names in FILE")
    ] = None,
    role: Annotated[
        Literal["reader", "writer"],
        typer.Option(help="a reader takes old names and defaults, a writer is held to the contract as it is"),
    ] = "reader",
    form: Annotated[
        Literal["table", "json", "github"], typer.Option("--format", help="a table, JSON, or annotations of GitHub")
    ] = "table",
    max_bytes: Annotated[
        int | None,
        typer.Option(
            parser=bytes_of,
            metavar="SIZE",
            help="refuse a file that declares more (default: 64G, and no array over 2G packed more than 20 times)",
        ),
    ] = None,
    *,
    examiners: Sequence[Examiner],
) -> int:
    """Hold files against their contracts, and against what packs know of them.

    Files and folders are held against their contracts, and all that is wrong is listed. `parity contracts list` has the
    contracts. Exit code 1 if anything is wrong, 2 if a file is not there.
    """
    limits = Limits() if max_bytes is None else Limits.stated(max_bytes)
    try:
        examined = [examine(path, contract, role, limits, examiners) for path in files]
    except OptionError as error:
        return refused(printable_lines(f"parity check: {error}"))
    except (ContractError, OSError) as error:
        return refused(printable_lines(f"parity check: --contract: {error}"))
    print(render(examined, form), end="")
    if not all(map(os.path.lexists, files)):
        return COULD_NOT
    return int(any(one.wrong for one in examined))


def with_examiners(makers: Sequence[Callable[..., Examiner]]) -> Callable[..., int]:
    """The subcommand with the options of what makes examiners beside its own."""
    own = _options(check_contracts, "examiners")
    theirs = [_options(make, "files") for make in makers]

    def check(**given: Any) -> int:
        try:
            examiners = [
                make(given["files"], **{name: given[name] for name in options})
                for make, options in zip(makers, theirs, strict=True)
            ]
        except OptionError as error:
            return refused(f"parity check: {error}")
        return check_contracts(**{name: given[name] for name in own}, examiners=examiners)

    parameters = {name: one for options in (own, *theirs) for name, one in options.items()}
    check.__doc__ = "\n\n".join(cleandoc(one.__doc__ or "") for one in (check_contracts, *makers))
    check.__annotations__ = {name: one.annotation for name, one in parameters.items()}
    check.__signature__ = Signature(list(parameters.values()))  # type: ignore[attr-defined]
    return check


def _options(function: Callable[..., Any], but: str) -> Mapping[str, Parameter]:
    """The parameters of a function by name, as those that are given by name alone, without one of them."""
    found = signature(function, eval_str=True).parameters.items()
    return {name: one.replace(kind=Parameter.KEYWORD_ONLY) for name, one in found if name != but}


#: As this module is imported when the subcommand is called, all packs are known.
check = with_examiners([member(pack.examiner) for pack in known_packs() if pack.examiner])

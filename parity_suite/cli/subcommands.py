"""The subcommands of ``parity``: its own and those of packs, each imported when it is called."""

from __future__ import annotations

from typing import Any, Final

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group

from parity_suite.cli.backends_given import known_packs
from parity_suite.cli.ending import ending, refused
from parity_suite.core.command import Command

COMMANDS: Final = tuple(
    Command(name, f"parity_suite.cli.{target}", text)
    for name, target, text in (
        ("init", "init:init", "Write a test file, the lines of the ini file, and a job for pull requests."),
        (
            "check-backend",
            "check_backend:check_backend",
            "Ask each stage of a backend once: signature, shapes, values, refusals.",
        ),
        ("doctor", "doctor:doctor", "Say what this machine has, and what the next run would lack."),
        (
            "explain",
            "explain:explain",
            "What a check asks: law, formula, inputs, budget and where that stands; or what a word of a report means.",
        ),
        ("gate", "gate:gate", "Judge a change: run all checks, and hold them and what is stored against the base."),
        ("report", "report:report", "Make one record of several, and the page of it."),
        ("compare", "compare:compare", "Set the numbers of two runs beside each other."),
        (
            "causes",
            "causes:causes",
            "What a person mends once, of the record of a run, in the order of how much each explains.",
        ),
        (
            "failures",
            "causes:failures",
            "The failures that runs left, each with what it was; `parity replay FOLDER` asks them again.",
        ),
        ("replay", "replay:replay", "Ask again what the folder of a failure holds."),
        ("selftest", "selftest:selftest", "See the checks turn red on backends made wrong on purpose."),
        ("check", "check:check", "Hold files against their contracts, and against what packs know of them."),
        ("calibrate", "calibrate:calibrate", "Hold budgets against what runs have measured."),
        ("list", "listing:app", "List stages, laws, cases, checks and faults."),
        ("snapshots", "snapshots:app", "What became of stored numbers, and why."),
        ("ledger", "ledger:app", "List, add, update and age known divergences."),
        ("contracts", "contracts:app", "List, show, sample and compare contracts."),
    )
)


class Subcommands(TyperGroup):
    """All subcommands; packs are asked for theirs where one is called that is none of the suite's own, and for help."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = {one.name: ImportedWhenCalled(one) for one in COMMANDS}

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in self.commands:
            self._add_those_of_packs()
        return super().get_command(ctx, cmd_name)

    def list_commands(self, ctx: Any) -> list[str]:
        self._add_those_of_packs()
        return super().list_commands(ctx)

    def _add_those_of_packs(self) -> None:
        """Exit code 2 where a pack cannot be had, or has a subcommand that the suite has."""
        own = {one.name for one in COMMANDS}
        for pack in known_packs():
            for command in pack.commands:
                if command.name in own:
                    raise typer.Exit(refused(f"parity: pack {pack.name}: there is a subcommand {command.name} already"))
                self.commands.setdefault(command.name, ImportedWhenCalled(command))


class ImportedWhenCalled(TyperCommand):
    """The name and line of help of a subcommand, in whose place the real one comes once it is called."""

    def __init__(self, command: Command) -> None:
        super().__init__(command.name, help=command.help, rich_markup_mode="markdown")
        self._command = command

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        from parity_suite.core.pack import member

        whole = typer.Typer(rich_markup_mode="markdown", pretty_exceptions_enable=False, add_completion=False)
        found, name = member(self._command.target), self._command.name
        if isinstance(found, typer.Typer):
            whole.add_typer(found, name=name)
        else:
            whole.command(name)(ending(found))
        return get_group(whole).commands[name].make_context(info_name, args, parent, **extra)

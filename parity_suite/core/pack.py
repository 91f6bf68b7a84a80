"""A pack: all that the suite must be told of one field of work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any

from parity_suite.core.command import Command
from parity_suite.core.fused import JOINT, fused_stage
from parity_suite.core.stage import Stage


@dataclass(frozen=True)
class Pack:
    """Stages, and by name the modules that say how they are asked, which are imported when a check needs them.

    ``oracle`` is ``module:Class``, made with ``precision=``; it has a method for each stage that it can answer.
    ``cases`` is a module of the kind that :mod:`parity_suite.cases.of_pack` reads. ``rules`` is a module with a class
    for each stage that needs one, called as the stage in capitalised words (``ShiftRows`` of ``shift_rows``), with any
    of the methods of :class:`parity_suite.cases.rules.Rules`. ``laws`` are modules that register laws of its own,
    or packages of such. ``resources`` is a package whose folder holds what was measured for it, ``budgets.toml`` and
    ``snapshots/baselines``, and its contracts, ``contracts``.
    """

    name: str
    stages: tuple[Stage, ...]
    cases: str
    oracle: str = ""
    rules: str = ""
    laws: tuple[str, ...] = ()
    #: modules that define faults of the pack's own
    faults: tuple[str, ...] = ()
    resources: str = ""
    #: ``module:NAME`` of what gives the folder of its contracts, where that is not ``contracts`` among its resources
    contracts: str = ""
    #: ``module:NAME`` of the kinds of relations that its contracts have beside the language's own, by name, each a
    #: :class:`parity_suite.contracts.relation_rule.RelationRule`
    relations: str = ""
    #: a module with ``CONVENTIONS``, by their words, each a :class:`parity_suite.backends.conventions.Word`
    conventions: str = ""
    #: whether the selftest also makes the mistakes that any stage can have
    any_faults: bool = True
    #: what axes are called by their symbols, one that a field has twice in the order of its places
    axis_words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: what the sizes of axes are called by their symbols, where a wrong factor is told by one of them
    size_words: Mapping[str, str] = field(default_factory=dict)
    #: names under which laws ask several stages one after another, each on what those before it gave
    chains: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: the module whose classes of the kind ``typing.Protocol`` say what other methods its backends may have
    protocol: str = ""
    #: ``module:Class``, a :class:`parity_suite.cases.data_source.DataSource`
    data: str = ""
    #: ``module:Class``, a :class:`parity_suite.core.options.PackOptions`
    options: str = ""
    #: the table of ``[tool.parity]`` that has its options; the name of the pack unless said
    options_table: str = ""
    #: ``module:NAME`` of a function by which `parity calibrate --guards` makes options from runs: it is given the text
    #: of a ``pyproject.toml``, records and the reason, and gives the text with its tables and a line for each;
    #: ValueError where it cannot
    calibrated_options: str = ""
    #: ``module:NAME``, a :class:`parity_suite.core.numbers_file.NumbersFile`: a file that `parity compare` reads too
    numbers: str = ""
    #: subcommands of ``parity``
    commands: tuple[Command, ...] = ()
    #: ``module:NAME`` of a function that is given the files of ``parity check`` and, by name, options of its own that
    #: the command has then, and gives a :class:`parity_suite.core.examiner.Examiner`; its docstring is told with the
    #: help of the command
    examiner: str = ""

    def __post_init__(self) -> None:
        """ValueError where a chain, or what a stage is composed of, is of other stages than it has, or where no oracle
        takes the parameters of a stage.
        """
        parts = {**self.chains, **{stage.name: stage.composed_of for stage in self.stages}}
        for name, stages in parts.items():
            if wrong := [one for one in stages if one not in self.by_name]:
                raise ValueError(f"pack {self.name}: {name} is made of {wrong[0]}, which is no stage")
        asked = [one.name for one in self.stages if not all(known.law for known in one.parameters)]
        if asked and not self.oracle:
            raise ValueError(f"pack {self.name}: {asked[0]} has parameters, and there is no oracle to take them")

    @cached_property
    def by_name(self) -> Mapping[str, Stage]:
        """The stages by name."""
        return {stage.name: stage for stage in self.stages}

    def stage(self, name: str) -> Stage:
        """One of the stages, or a chain of them that is one method; KeyError where there is none."""
        if name not in self.by_name and JOINT in name and name not in self._fused:
            try:
                self._fused[name] = fused_stage([self.by_name[part] for part in name.split(JOINT)])
            except ValueError as error:
                raise KeyError(name) from error
        return self._fused[name] if name in self._fused else self.by_name[name]

    @cached_property
    def _fused(self) -> dict[str, Stage]:
        """Chains of the stages that are one method, by name."""
        return {}

    @property
    def folder(self) -> Path:
        """That of its resources."""
        from importlib.resources import files

        return Path(str(files(self.resources)))

    @property
    def contract_folder(self) -> Path | None:
        """That of its contracts, which need not be there; None where it says of none."""
        if self.contracts:
            return Path(member(self.contracts)())
        return self.folder / "contracts" if self.resources else None

    @property
    def command_names(self) -> frozenset[str]:
        return frozenset(command.name for command in self.commands)

    def answers(self, stage: str) -> bool:
        """Whether there is an oracle with an answer to a stage that can be compared: a random one has none.

        ValueError where there should be one: a stage exempt from the law ``oracle`` needs none.
        """
        known = self.stage(stage)
        if known.replaces:
            return all(map(self.answers, known.replaces))
        if not self.oracle or known.random or known.of_model:
            return False
        if callable(getattr(member(self.oracle), stage, None)):
            return True
        if "oracle" in known.exempt:
            return False
        raise ValueError(f"pack {self.name}: {self.oracle} has no method {stage}")

    def consulted(self, precision: str) -> Any:
        """The oracle in a precision."""
        return member(self.oracle)(precision=precision)


def member(text: str) -> Any:
    """What ``module:name`` names; raises what the import raises, and AttributeError where there is no such name."""
    module, _, name = text.partition(":")
    return getattr(import_module(module), name)

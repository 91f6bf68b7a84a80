"""What a run is given by its settings, taken over or refused in one error before anything is collected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from parity_suite.plugin.session import ParitySession


def take_given(session: ParitySession) -> None:
    """Takes over backends, the options of packs, budgets, known divergences and real data; ``pytest.UsageError`` with
    what is wrong.
    """
    _know_backends(session)
    # A pack that is named may import a framework, which a run without a parity test is not to pay for.
    if session.settings.sets or not session.settings.packs:
        take_pack_options(session)
    _take_budgets(session)
    _read_ledger(session)
    load_files(session)


def load_files(session: ParitySession) -> Mapping[str, str]:
    """Validates the real datasets, puts them on trial and makes them known, once a run; the pack of each by its name.
    ``pytest.UsageError`` with all that is wrong.
    """
    if not session.settings.datasets:
        return {}
    if session.files is None:
        from parity_suite.cases.datasets import Datasets
        from parity_suite.plugin.real_data import load_datasets

        know_packs(session)

        # Of several processes one is enough for the trial.
        found = load_datasets(session.settings, session.context, on_trial=not session.worker)
        session.files, session.tried = session.context.part(Datasets).homes, list(found.values())
        session.suspects |= {name: one.suspicion for name, one in found.items() if one.suspicion}
    return session.files


def know_packs(session: ParitySession) -> None:
    """Makes the packs of the settings known; ``pytest.UsageError`` where one cannot be had."""
    from parity_suite.core.packs import name_pack

    for text in session.settings.packs:
        try:
            name_pack(text)
        except Exception as error:
            said = " ".join(str(error).split())
            raise pytest.UsageError(f"pack {text!r}: {type(error).__name__}: {said}") from None


@contextmanager
def _usage(*refusals: type[Exception], of: str = "") -> Iterator[None]:
    """What refuses a setting as pytest's error of usage."""
    try:
        yield
    except refusals as error:
        raise pytest.UsageError(f"{of}{error}") from None


def _know_backends(session: ParitySession) -> None:
    if session.settings.backends:
        from parity_suite.backends.registry import resolve

        with _usage(ValueError):
            resolve(session.settings.backends)


def take_pack_options(session: ParitySession) -> None:
    """Takes over the options of packs, once a run; no pack is imported where nothing is said that may be for one."""
    if session.settings.says_options and not session.options_taken:
        session.options_taken = True
        from parity_suite.plugin.pack_options import take_options

        know_packs(session)
        take_options(session.settings, session.context)


def _take_budgets(session: ParitySession) -> None:
    if session.settings.budgets:
        from parity_suite.compare.widening import WideningError, Widenings

        with _usage(WideningError):
            session.context.part(Widenings).take(session.settings.budgets)


def _read_ledger(session: ParitySession) -> None:
    if session.settings.ledger is not None:
        from parity_suite.contracts import ContractError
        from parity_suite.ledger import read_ledger, today

        with _usage(ContractError, OSError, of="parity_ledger: "):
            session.ledger = read_ledger(session.settings.ledger, today())

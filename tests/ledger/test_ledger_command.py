"""``parity ledger``: reading, listing, adding and ageing."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from parity_suite.cli.main import main
from parity_suite.contracts.violation import ContractError
from parity_suite.core.finding import Finding, Verdict
from parity_suite.ledger import read_ledger, today
from parity_suite.ledger.entry import Terms
from parity_suite.report.record import FORMAT, write_record

CHECK = "loss.pair[a-b+c-cpu-float32]"
REST = ("--reason", 'they all say "no"', "--owner", "me", "--expires", "30d", "--verdict", "semantic")


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / "parity-ledger.toml"


def write(ledger: Path, expires: int = 9, added: int = -9, check: str = CHECK) -> str:
    text = (
        f'# of the team\nformat = 2\n\n[[unpinned]] # first\ncheck = "{check}"\nreason = "they differ so"\n'
        f'owner = "o"\nadded = {today() + timedelta(added)}\nexpires = {today() + timedelta(expires)}\n'
        'verdict = "numerical"'
    )
    ledger.write_text(text, "utf-8")
    return text


def run(*verdicts: tuple[str, Verdict]) -> Path:
    folder = Path("runs") / str(len(list(Path().glob("runs/*"))))
    findings = [Finding(check, "a", "b", "c", "d", "cpu", "float32", verdict) for check, verdict in verdicts]
    return write_record(folder, Path(), findings, {}, {})


def test_a_first_entry_makes_the_file_and_lists(ledger: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ledger", "add", CHECK, *REST]) == 0
    (entry,) = read_ledger(ledger, today()).unpinned
    assert (entry.check, entry.said) == (CHECK, Verdict.SEMANTIC)
    assert entry.terms == Terms('they all say "no"', "me", today(), today() + timedelta(30))
    capsys.readouterr()
    for arguments in (["ledger"], ["ledger", "list"], ["ledger", "--ledger", str(ledger), "list"]):
        assert main(arguments) == 0
        head, row = capsys.readouterr().out.splitlines()
        assert " ".join(head.split()) == "entry about checks fails as owner added expires days left age"
        until = str(entry.terms.expires)
        assert row.split() == [CHECK, "unpinned", "semantic", "me", str(today()), until, "30", "0", "days"]


def test_what_stands_in_the_file_stays(ledger: Path) -> None:
    before = write(ledger)
    assert main(["ledger", "add", "loss.pair[z-*]", *REST]) == 0
    assert ledger.read_text("utf-8").startswith(before + "\n\n[[unpinned]]\n")
    assert len(read_ledger(ledger, today()).entries) == 2


@pytest.mark.parametrize(
    ("check", "more", "says"),
    [
        (CHECK, (), "a check has one entry"),
        ("loss.*[a-*]", (), "a check has one entry"),
        ("LOSS", (), "pattern"),
        ("loss.pair[z]", ("--expires", "2001-01-01"), "not_before"),
        ("loss.pair[z]", ("--reason", " "), "reason"),
        ("loss.pair[z]", ("--reason", "123 456 789 too few"), "at least 10 letters"),
        ("loss.pair[z]", ("--expires", "181d"), "at most 180 days from"),
        ("loss.pair[z]", ("--reason", "\udc80"), "not UTF-8"),
    ],
)
def test_an_entry_that_does_not_fit_is_not_written(
    ledger: Path, capsys: pytest.CaptureFixture[str], check: str, more: tuple[str, ...], says: str
) -> None:
    before = write(ledger)
    assert main(["ledger", "add", check, *REST, *more]) == 2
    assert says in capsys.readouterr().err
    assert ledger.read_text("utf-8") == before


def test_an_entry_is_about_a_check_that_there_is(ledger: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("snapshots").mkdir()
    listed = [CHECK, "loss.pair[a-b+c-cuda-float32]", "loss.pair[d-x+y-cpu-float32]"]
    Path("snapshots/check-ids.txt").write_text("\n".join(listed) + "\n", "utf-8")
    assert main(["ledger", "add", "loss.pair[aa-*]", *REST]) == 2
    assert "matches none of the 3 checks of snapshots/check-ids.txt" in capsys.readouterr().err
    assert not ledger.exists()
    assert main(["ledger", "add", "loss.pair[a-*]", *REST]) == 0
    assert "about 2 checks" in capsys.readouterr().out
    assert main(["ledger", "add", "loss.pair[*cuda-float32]", *REST]) == 2
    assert "is about loss.pair[a-b+c-cuda-float32] already" in capsys.readouterr().err
    scan = str(run(("loss.pair[scan-x]", Verdict.OK)))
    assert main(["ledger", "add", "loss.pair[scan-x]", *REST]) == 2
    assert main(["ledger", "add", "loss.pair[scan-x]", *REST, "--record", scan]) == 0


def test_what_expired_is_marked_and_fails(ledger: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(ledger, expires=0)
    assert main(["ledger"]) == main(["ledger", "age"]) == 0
    write(ledger, expires=-1)
    for action in ("list", "age"):
        capsys.readouterr()
        assert main(["ledger", action]) == 1
        assert "EXPIRED 1 day ago" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("verdicts", "code", "says"),
    [
        ([(CHECK, Verdict.NUMERICAL)], 0, "1 0 0 0"),
        ([(CHECK, Verdict.NOT_RUN)], 0, "0 0 0 1"),
        ([(CHECK, Verdict.OK)], 1, f"0 1 0 0 STALE: passed: {CHECK}"),
        ([(CHECK, Verdict.SEMANTIC)], 1, f"0 0 1 0 STALE: semantic and not numerical: {CHECK}"),
        ([("other.b[x]", Verdict.OK)], 1, "0 0 0 0 STALE: matches no check of these runs"),
    ],
)
def test_entries_age_by_what_they_did(
    ledger: Path, capsys: pytest.CaptureFixture[str], verdicts: list[tuple[str, Verdict]], code: int, says: str
) -> None:
    write(ledger)
    assert main(["ledger", "age", "--record", str(run(*verdicts))]) == code
    row = " ".join(capsys.readouterr().out.splitlines()[1].split())
    assert row == f"{CHECK} numerical o 9 days 9 {says}"


def test_what_is_no_ledger_and_no_record_is_said(ledger: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ledger"]) == 2
    assert "parity-ledger.toml" in capsys.readouterr().err
    write(ledger)
    assert main(["ledger", "age", "--record", str(ledger)]) == 2
    assert "--record" in capsys.readouterr().err


def test_days_to_come_days_that_are_none_and_unknown_keys_are_refused_together(ledger: Path) -> None:
    text = write(ledger, added=1) + '\nnote = "n"'
    text = text.replace(str(today() + timedelta(9)), '"2099-02-30"')
    ledger.write_text(text, "utf-8")
    with pytest.raises(ContractError) as refused:
        read_ledger(ledger, today())
    found = {(one.field, one.rule) for one in refused.value.violations}
    assert found >= {("unpinned[].added", "not_after"), ("unpinned[].expires", "date"), ("unpinned[].note", "unknown")}


def test_a_record_and_a_ledger_of_another_format_are_refused_in_a_line(
    ledger: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = write(ledger)
    record = run((CHECK, Verdict.OK))
    document = json.loads(record.read_text("utf-8"))
    # As the first format had it.
    older = {**document["findings"][0], "notes": {}}
    del older["cause"]
    record.write_text(json.dumps({**document, "format": 1, "findings": [older]}), "utf-8")
    assert main(["ledger", "age", "--record", str(record)]) == 2
    said = f"parity ledger age: --record: {record}: format 1; this suite reads {FORMAT}: make the record again"
    assert capsys.readouterr().err.splitlines() == [said]
    for found in (1, 3):
        ledger.write_text(text.replace("format = 2", f"format = {found}"), "utf-8")
        assert main(["ledger"]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        said = f"parity-ledger.toml: format {found}; this suite reads 2: "
        assert line.endswith(
            f"{said}parity ledger migrate brings an older one to it, and a later suite wrote a newer one"
        )


OLD = """# of the team
format = 1 # the first

[[entries]]
check = "loss.pair[a-*]" # all of them
reason = '''
it has always been so
[[entries]] of the old kind'''
owner = "me"
added = 2026-01-01
expires = {expires}
verdict = "semantic"
"""


def test_an_old_ledger_is_brought_to_the_present_format(ledger: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = OLD.format(expires=today() + timedelta(9)).replace("[[entries]] of", "an entry of")
    ledger.write_text(old, "utf-8")
    assert main(["ledger"]) == 2
    assert "parity ledger migrate" in capsys.readouterr().err
    assert main(["ledger", "migrate"]) == 0
    said = "1 entry, unpinned; parity ledger update --from RECORD pins them"
    assert capsys.readouterr().out == f"parity-ledger.toml: {said}\n"
    assert ledger.read_text("utf-8") == old.replace("format = 1", "format = 2").replace("[[entries]]", "[[unpinned]]")
    (entry,) = read_ledger(ledger, today()).unpinned
    assert (entry.name, entry.said) == ("loss.pair[a-*]", Verdict.SEMANTIC)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda text: text, "laid out otherwise"),
        (lambda text: text.replace("format = 1", "format = 2"), "format 2 is not the one that is migrated, 1"),
        (lambda text: text.replace("it has always been so\n[[entries]] of the old kind", "as ever"), "letters"),
        (lambda text: "format = ", "Invalid value"),
    ],
)
def test_what_cannot_be_migrated_stays_as_it_is(
    ledger: Path, capsys: pytest.CaptureFixture[str], change: Callable[[str], str], says: str
) -> None:
    old = change(OLD.format(expires=today() + timedelta(9)))
    ledger.write_text(old, "utf-8")
    assert main(["ledger", "migrate"]) == 2
    assert says in capsys.readouterr().err
    assert ledger.read_text("utf-8") == old


def test_a_ledger_that_is_not_there_is_not_migrated(ledger: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ledger", "migrate"]) == 2
    assert capsys.readouterr().err == "parity ledger migrate: parity-ledger.toml is not there\n"
    assert not ledger.exists()


def test_a_reason_of_few_letters_and_a_late_end_are_refused_where_the_file_is_read(ledger: Path) -> None:
    write(ledger, expires=180)
    read_ledger(ledger, today())
    ledger.write_text(write(ledger, expires=181).replace("they differ so", "so: 12345678"), "utf-8")
    with pytest.raises(ContractError) as refused:
        read_ledger(ledger, today())
    found = {(one.field, one.rule) for one in refused.value.violations}
    assert found == {("unpinned[].expires", "too_late"), ("unpinned[].reason", "letters")}

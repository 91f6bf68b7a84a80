"""A pack brings subcommands of ``parity``, and options and findings of ``parity check``; nobody else pays for them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest
import typer

from parity_suite.cli.main import main
from parity_suite.cli.subcommands import COMMANDS
from parity_suite.core.command import Command
from parity_suite.core.pack import Pack, member
from parity_suite.core.packs import add_pack, packs
from parity_suite.core.stage import Field, Stage

SOURCE: Final = """
from parity_suite import Command, Field, Pack, Stage

_X = Field("x", "real", ("T",))
PACK = Pack("weather", (Stage("forecast", (_X,), (_X,), ""),), "weather", examiner="weather_commands:examiner",
            commands=(Command("rain", "weather_commands:rain", "Say whether it rains."),
                      Command("wind", "weather_commands:wind", "What the wind does.")))
"""
COMMANDS_SOURCE: Final = """
from dataclasses import dataclass
from typing import Annotated

import typer

from parity_suite.core.examiner import OptionError

def rain(place: str, days: Annotated[int, typer.Option(help="how many")] = 1) -> int:
    "Say whether it rains."
    print(f"rain in {place} for {days}")
    return 1

wind = typer.Typer(help="What the wind does.")

@wind.command("turn")
def turn() -> None:
    print("it turns")

@wind.command("rest")
def rest() -> None:
    print("it rests")

@dataclass
class Seen:
    checked: object
    refused: bool
    named = False
    def to_json(self):
        return {"storm": self.refused}
    def lines(self):
        yield f"storm: {self.refused}"
    def annotations(self):
        yield "::warning::storm"

def examiner(files, *, storm: Annotated[int, typer.Option(help="how strong")] = 0):
    if storm > 9:
        raise OptionError("--storm: nothing is above 9")
    return lambda checked, limits: Seen(checked, storm > 5)
"""


@pytest.fixture
def weather(monkeypatch: pytest.MonkeyPatch, stranger: Callable[..., Path]) -> Iterator[Path]:
    monkeypatch.delitem(sys.modules, "parity_suite.cli.check", raising=False)
    place = stranger(weather=SOURCE, weather_commands=COMMANDS_SOURCE)
    monkeypatch.chdir(place)
    yield place
    sys.modules.pop("parity_suite.cli.check", None)


@pytest.mark.usefixtures("weather")
def test_a_subcommand_of_a_pack_is_listed_and_called(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    told = capsys.readouterr().out
    assert "Say whether it rains." in told
    assert "Convert datasets." in told
    assert "weather_commands" not in sys.modules, "help imports no command"
    assert main(["rain", "Delft", "--days", "3"]) == 1
    assert capsys.readouterr().out == "rain in Delft for 3\n"
    assert main(["wind", "turn"]) == 0
    assert capsys.readouterr().out == "it turns\n"
    assert main(["rain", "--help"]) == 0
    assert "how many" in capsys.readouterr().out
    assert main(["rian", "Delft"]) == 2
    assert "Did you mean 'rain'?" in capsys.readouterr().err


def test_check_has_the_options_and_findings_of_a_pack(weather: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = weather / "sample.npz"
    assert main(["contracts", "sample", "raw", str(record)]) == 0
    capsys.readouterr()
    assert main(["check", str(record), "--storm", "3"]) == 0
    told = capsys.readouterr().out
    assert "storm: False" in told
    assert "trial of" in told, "the other pack says what it has to say"
    assert main(["check", str(record), "--storm", "7", "--format", "json"]) == 1
    (entry,) = json.loads(capsys.readouterr().out)
    assert (entry["storm"], entry["trial"]["verdict"]) == (True, "suspect")
    assert main(["check", str(record), "--storm", "10"]) == 2
    assert capsys.readouterr().err == "parity check: --storm: nothing is above 9\n"


def test_two_subcommands_of_one_name_are_refused(weather: Path, capsys: pytest.CaptureFixture[str]) -> None:
    field = Field("x", "real", ("T",))
    stages = (Stage("other", (field,), (field,), ""),)
    with pytest.raises(ValueError, match="the pack 'weather' has a subcommand 'rain' as well"):
        add_pack(Pack("other", stages, "c", commands=(Command("rain", "m:f", ""),)), "other:PACK")
    add_pack(Pack("other", stages, "c", commands=(Command("gate", "m:f", ""),)), "other:PACK")
    assert main(["rain", "Delft"]) == 2
    assert capsys.readouterr().err == "parity: pack other: there is a subcommand gate already\n"


@pytest.mark.parametrize("asked", [["gate", "--help"], ["--version"]])
def test_what_is_not_of_a_pack_asks_none(weather: Path, asked: list[str]) -> None:
    names = "sorted(one for one in sys.modules if one.endswith('.pack') or one == 'weather')"
    code = f"import sys; from parity_suite.cli.main import main; main({asked!r}); print({names}, file=sys.stderr)"
    environment = {**os.environ, "PARITY_PACK": "weather:PACK"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert "weather" not in done.stderr
    assert "ptychography" not in done.stderr


def test_help_imports_nothing_heavy(weather: Path) -> None:
    code = "import sys; from parity_suite.cli.main import main; main(['--help']); print(*sys.modules, file=sys.stderr)"
    environment = {**os.environ, "PARITY_PACK": "weather:PACK"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    loaded = set(done.stderr.split())
    assert {"weather", "parity_suite.ptychography.pack"} <= loaded
    assert not loaded & {"numpy", "torch", "tensorflow", "matplotlib", "scipy", "h5py", "weather_commands"}


@pytest.mark.parametrize("command", [*COMMANDS, *packs()[0].commands], ids=lambda one: one.name)
def test_the_line_of_a_subcommand_is_that_of_its_own_help(command: Command) -> None:
    found = member(command.target)
    said = found.info.help if isinstance(found, typer.Typer) else found.__doc__.strip().splitlines()[0]
    assert command.help == said

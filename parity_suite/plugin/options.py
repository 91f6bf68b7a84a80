"""The options and ini keys of the suite, and whether a run is given any."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

if TYPE_CHECKING:
    import pytest

#: Where known divergences and snapshots lie below the root, where nothing else is said.
LEDGER: Final = "parity-ledger.toml"
SNAPSHOTS: Final = "snapshots"


class Key(NamedTuple):
    """One setting: ``--parity-NAME``, ``PARITY_NAME`` and the ini key ``parity_NAME``."""

    name: str
    help: str
    many: bool = False
    default: str = ""
    choices: tuple[str, ...] | None = None

    @property
    def option(self) -> str:
        return f"--parity-{self.name}"

    @property
    def variable(self) -> str:
        return f"PARITY_{self.name.upper()}"

    @property
    def ini(self) -> str:
        return f"parity_{self.name}s" if self.many and self.name != "require" else f"parity_{self.name}"


KEYS: Final = (
    Key("backend", "a backend, module:Class or name=module:Class", many=True),
    Key("pack", "a pack of another field, module:NAME", many=True),
    Key("dataset", "a raw dataset (NPZ) to run beside the synthetic ones", many=True),
    Key(
        "device",
        "auto runs on the CPU and on CUDA where there is one; cuda makes a missing one an error",
        default="auto",
        choices=("auto", "cpu", "cuda"),
    ),
    Key(
        "dumps",
        "batches and patches, at most, that a dump in the folder of the report records; 0 for no dumps",
        default="0",
    ),
    Key("ledger", f"file of the known divergences (default: {LEDGER} of the root, where there is one)"),
    Key(
        "failures",
        "folder that failing checks are written to, none for nowhere (default: parity-failures beside the ini file, "
        "or failures in the folder of the report)",
    ),
    Key("limit", "bytes that the arrays of a dataset may declare, such as 10G", default="64G"),
    Key("report", "folder for the record of the run"),
    Key("pair", "implementations to be held to each other, BACKEND+BACKEND.NAME as in ids", many=True),
    Key("require", "backend, device or dataset that must have run", many=True),
    Key("set", "an option of a pack, PACK.KEY=VALUE", many=True),
    Key("shard", "run the K-th of N parts of the parity tests, K/N, or say that another plugin makes such a part"),
    Key("snapshots", "folder of baselines and of the list of check ids", default=SNAPSHOTS),
    Key("timeout", "seconds that a check may take, 0 for any number (default: 300, and more for long searches)"),
)


def add_options(parser: pytest.Parser) -> None:
    """Declares every option and ini key to pytest."""
    group = parser.getgroup("parity", "parity of two implementations")
    for key in KEYS:
        action = "append" if key.many else "store"
        group.addoption(key.option, action=action, default=None, metavar=_metavar(key), help=key.help)
        kind: Literal["linelist", "string"] = "linelist" if key.many else "string"
        parser.addini(key.ini, key.help, type=kind, default=None)
    group.addoption(
        "--update-snapshots",
        action="store_true",
        default=False,
        dest="parity_update_snapshots",
        help="write parity snapshots anew after an approved change, and nothing else",
    )
    group.addoption(
        "--reason",
        default=None,
        dest="parity_reason",
        metavar="TEXT",
        help="with --update-snapshots: why numbers change, which is kept beside them, and why checks that ran before "
        "are lost, which it then accepts",
    )


def _metavar(key: Key) -> str:
    return "{" + ",".join(key.choices) + "}" if key.choices else key.name.upper()


def given_to(config: pytest.Config, key: Key) -> bool:
    """Whether a setting is given on the command line or in the environment."""
    return bool(config.getoption(key.option) or os.environ.get(key.variable))


def concerns(config: pytest.Config) -> bool:
    """Whether a run may have to say something of parity be a test of it collected or not.

    Where it asks for something, where the repository holds settings, known divergences or a list of what ran before,
    and where tests are handed to workers, which alone collect them.
    """
    option, root = config.option, config.rootpath
    asked = option.parity_update_snapshots or option.parity_reason is not None or "parity" in option.markexpr
    distributed = getattr(option, "tx", None) or hasattr(config, "workerinput")
    if asked or distributed or any(given_to(config, key) or config.getini(key.ini) for key in KEYS):
        return True
    project = root / "pyproject.toml"
    left = (root / LEDGER).exists() or (root / SNAPSHOTS).exists()
    return left or (project.is_file() and b"tool.parity" in project.read_bytes())

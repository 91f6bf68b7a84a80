"""The syrupy extension that stores anchors and baselines: one JSON file each, compared within a budget.

syrupy does the reading and the counting. It writes none of our files, and never sees them when it looks for unused
ones, so that neither its own ``--snapshot-update`` nor a run of some of the checks can delete them.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.data import SnapshotCollections
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode
from syrupy.location import PyTestLocation

from parity_suite.core.writing import NotWritten, write_whole
from parity_suite.plugin.session import parity_session
from parity_suite.snapshots import anchors
from parity_suite.snapshots.anchors import Approval, Change, Content

if TYPE_CHECKING:
    from parity_suite.plugin.session import ParitySession


class StatisticsExtension(SingleFileSnapshotExtension):
    """One JSON file a name, in a folder of ours instead of beside the test file."""

    _write_mode = WriteMode.TEXT
    file_extension = "json"

    @staticmethod
    def within(session: ParitySession) -> Path:
        """The folder below which no link is followed."""
        raise NotImplementedError

    @classmethod
    def get_snapshot_name(cls, *, test_location: PyTestLocation, index: Any = 0) -> str:
        return str(index)

    @classmethod
    def matches_test_location(cls, *, test_location: PyTestLocation, snapshot_location: str) -> bool:
        return True

    def discover_snapshots(
        self, *, test_location: PyTestLocation, ignore_extensions: list[str] | None = None
    ) -> SnapshotCollections:
        return SnapshotCollections()


class AnchorExtension(StatisticsExtension):
    """Anchors lie in this repository or in the installed wheel."""

    @staticmethod
    def within(session: ParitySession) -> Path:
        return anchors.anchor_folder().parent

    @classmethod
    def dirname(cls, *, test_location: PyTestLocation) -> str:
        return str(anchors.anchor_folder())


class BaselineExtension(StatisticsExtension):
    """Baselines lie in the user's repository, in the folder of the ini key ``parity_snapshots``."""

    @staticmethod
    def within(session: ParitySession) -> Path:
        return session.settings.within("snapshots")

    @classmethod
    def dirname(cls, *, test_location: PyTestLocation) -> str:
        return str(parity_session(test_location.item.config).settings.snapshots / "baselines")


class _NamedLocation(PyTestLocation):
    """The place of a test whose snapshots are named for what they hold, not for the test."""

    def matches_snapshot_name(self, snapshot_name: str) -> bool:
        return True


class Store:
    """Stores and recalls the statistics of one test item."""

    def __init__(self, item: Any, extension: type[StatisticsExtension], update: bool) -> None:
        session = getattr(item.config, "_syrupy", None)
        if session is None:
            raise pytest.UsageError("snapshots need the plugin syrupy, which is switched off")
        self._update = update
        self._session = parity_session(item.config)
        self._assertion = SnapshotAssertion(
            session=session,
            extension_class=extension,
            test_location=_NamedLocation(item),
            update_snapshots=False,
        )
        self._extension = extension
        self._location = _NamedLocation(item)

    def recall(self, name: str) -> Content | None:
        """The stored content; None where there is none."""
        text = self._stored(name)
        return anchors.parse(text) if text else None

    def _stored(self, name: str) -> str:
        path = self._path(name)
        return path.read_text("utf-8") if path.is_file() else ""

    def _path(self, name: str) -> Path:
        return Path(self._extension.get_location(test_location=self._location, index=name))

    def hold(self, name: str, content: Content, allowed: float) -> list[Change]:
        """Compares with what is stored, within ``allowed``; writes what changed where this run updates.

        A number within budget stays as it was stored, to the last digit, and the reason with it. What cannot be written
        is said at the end of the run, and no mistake of the test.
        """
        stored = self._stored(name)
        old = anchors.parse(stored) if stored else None
        changed = anchors.changes(name, old, content, allowed)
        earlier = anchors.parse_approval(stored) if stored else anchors.Approval()
        wider = self._update and earlier.narrower_than(allowed)
        approval = self._approval(allowed) if changed or wider else earlier
        text = anchors.render(name, anchors.merged(old, content, changed), approval)
        if self._update:
            try:
                self._write(name, text, changed)
            except NotWritten as error:
                self._session.unwritten.append(str(error))
                return []
        if self._update or not changed:
            self._assertion(name=name).assert_match(text)
        return changed

    def _approval(self, allowed: float) -> Approval:
        """What an update writes beside numbers that change."""
        reason = self._session.settings.reason
        time = datetime.now(UTC).isoformat(timespec="seconds") if reason else ""
        return Approval(allowed, reason, time)

    def _write(self, name: str, text: str, changed: list[Change]) -> None:
        __tracebackhide__ = True
        path = self._path(name)
        if not self._session.journal.enter(name) and changed:
            pytest.fail(f"two tests write {path.name} with other values: give each a name of its own", pytrace=False)
        if not path.is_file() or path.read_text("utf-8") != text:
            write_whole(path, text, within=self._extension.within(self._session))

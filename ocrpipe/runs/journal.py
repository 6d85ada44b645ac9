"""What a folder of results remembers: which input, read by which pipeline, and what came of each page.

It is a SQLite file beside the results. A page is noted after its files are whole, a document after all of them are; so
whatever ends a run, what is noted as done is done. Pages of a document in work are kept as JSON until the files that
hold all of them are written.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ocrpipe.document import Document
from ocrpipe.errors import ConfigError, OcrpipeError, StageError
from ocrpipe.host import Worker
from ocrpipe.names import PASSED
from ocrpipe.page import Page
from ocrpipe.pipeline import Pipeline
from ocrpipe.runs.job import Done, Files, Known

JOURNAL = ".ocrpipe-journal.sqlite"

VERSION = 1

SCHEMA = """
CREATE TABLE IF NOT EXISTS inputs (
    key BLOB PRIMARY KEY, name TEXT, size INTEGER, mtime INTEGER, sha256 TEXT, reader TEXT, pipeline TEXT, wanted TEXT,
    state TEXT, stage TEXT, why TEXT, pages INTEGER, files TEXT, stale TEXT
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pages (
    key BLOB, number INTEGER, state TEXT, stage TEXT, why TEXT, seconds REAL, files TEXT, json TEXT,
    PRIMARY KEY (key, number)
) WITHOUT ROWID;
"""


class Journal:
    """The journal of a folder.

    Parameters
    ----------
    folder
        Where the results are; a file in it is made if there is none.

    Raises
    ------
    ConfigError
        If the file is no journal, or one of a newer ocrpipe.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / JOURNAL
        try:
            self.file = sqlite3.connect(self.path, isolation_level=None)
            self.file.execute("PRAGMA journal_mode = WAL")
            self.file.execute("PRAGMA synchronous = NORMAL")  # a power cut may cost the last pages, never the file
            [(version,)] = self.file.execute("PRAGMA user_version").fetchall()
            if version not in (0, VERSION):
                raise ConfigError(f"{self.path}: was written by a newer ocrpipe: choose another folder, or update")
            self.file.executescript(f"{SCHEMA}PRAGMA user_version = {VERSION};")
        except sqlite3.Error as error:
            raise ConfigError(f"{self.path}: cannot be used: {error}; delete it to begin anew") from error

    def close(self) -> None:
        """Close the file."""
        self.file.close()

    def begin(
        self,
        documents: Sequence[Document],
        pipeline: tuple[str, str],
        keeps: bool,
        redo: bool = False,
        only_failed: bool = False,
    ) -> list[Known]:
        """Note the documents of a run, and return what is known of each.

        Parameters
        ----------
        documents
            All of them.
        pipeline
            The `fingerprint` of what reads and writes them.
        keeps
            Whether pages are needed again for files that hold several.
        redo
            Whether all are to be read again.
        only_failed
            Whether only what failed is to be read.
        """
        self.file.execute("BEGIN")
        try:
            return [self.begin_one(document, pipeline, keeps, redo, only_failed) for document in documents]
        finally:
            self.file.execute("COMMIT")

    def begin_one(
        self, document: Document, pipeline: tuple[str, str], keeps: bool, redo: bool, only_failed: bool
    ) -> Known:
        """Note a document, and return what is known of it."""
        if document.path is None:
            return Known(over=only_failed)
        key = os.fsencode(document.path.absolute())
        row = self.row("SELECT * FROM inputs WHERE key = ?", key)
        rows = self.rows("SELECT number, state, files, json IS NOT NULL AS kept FROM pages WHERE key = ?", key)
        files: Files = json.loads(row["files"]) if row else {}
        stale: Files = json.loads(row["stale"]) if row else {}
        size, mtime = stamp(document.path)
        as_read = bool(row) and row["reader"] == pipeline[0] and self.is_same(row, document, size, mtime)
        same = as_read and not redo and row["pipeline"] == pipeline[1]
        failed = bool(row) and (row["state"] == "failed" or any(one["state"] == "failed" for one in rows))
        if only_failed and not failed:
            return Known(key, over=True)
        for one in rows:
            files.update(json.loads(one["files"]))
        if not same:
            self.file.execute("DELETE FROM pages WHERE key = ?", (key,))
            rows = []
        elif row["state"] == "done" and row["wanted"] == document.wanted and self.are_whole(files):
            return Known(key, over=True, pages=row["pages"])
        if not as_read:
            stale, files = stale | files, {}
        skip = frozenset(
            one["number"]
            for one in rows
            if one["state"] == "done"
            and document.wants(one["number"])
            and (one["kept"] or not keeps)
            and self.are_whole(json.loads(one["files"]))
        )
        self.file.execute(
            "INSERT OR REPLACE INTO inputs VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'left', NULL, NULL, 0, ?, ?)",
            (
                key,
                document.name,
                size,
                mtime,
                row["sha256"] if as_read else None,
                *pipeline,
                document.wanted,
                to_json(files),
                to_json(stale),
            ),
        )
        return Known(key, skip=skip, stale=stale, others=files)

    def is_same(self, row: Mapping[str, Any], document: Document, size: int, mtime: int) -> bool:
        """Return whether an input's file is what it was; where only its time is another, its checksum decides."""
        if (row["size"], row["mtime"]) == (size, mtime):
            return size >= 0
        if row["size"] != size or row["sha256"] is None:
            return False
        try:
            return bool(document.sha256 == row["sha256"])
        except OSError:
            return False

    def are_whole(self, files: Files) -> bool:
        """Return whether all of these files are there, each as long as it was written."""
        return all(size_of(self.folder / name) == size for name, size in files.items())

    def note(self, key: bytes, done: Done, keeps: bool) -> None:
        """Note what came of a page."""
        outcome = done.outcome
        assert outcome is not None, "it is a page's"
        error = outcome.error or next(iter(done.faults), None)
        page = outcome.page.to_json() if keeps and outcome.page is not None else None
        files = {path.name: size_of(path) for path in done.written}
        self.file.execute(
            "INSERT OR REPLACE INTO pages VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                key,
                done.number,
                "failed" if error else "done",
                *why(error, outcome.title),
                done.seconds,
                to_json(files),
                page,
            ),
        )
        if outcome.page is not None:
            self.file.execute(
                "UPDATE inputs SET sha256 = ? WHERE key = ? AND sha256 IS NULL", (outcome.page.source.sha256, key)
            )

    def kept(self, known: Known) -> Iterator[tuple[int, Page]]:
        """Yield the pages of a document that were read before, in order, each with its number."""
        for number in sorted(known.skip):
            row = self.row("SELECT json FROM pages WHERE key = ? AND number = ?", known.key, number)
            if row and row["json"] is not None:
                yield number, Page.from_json(row["json"])

    def finish(self, known: Known, written: Iterable[Path], errors: Sequence[OcrpipeError], mine: set[str]) -> None:
        """Note that a document is at its end, and take away what it has left from an earlier run.

        Parameters
        ----------
        known
            What was known of it at the beginning.
        written
            The files that hold all of its pages.
        errors
            Why some could not be written.
        mine
            Names of all files that this run has written, of whatever document.
        """
        rows = self.rows("SELECT state, files FROM pages WHERE key = ?", known.key)
        files = {name: size for name, size in known.others.items() if size_of(self.folder / name) == size}
        files |= {path.name: size_of(path) for path in written}
        now = set(files).union(*(json.loads(row["files"]) for row in rows))
        for name in set(known.stale) - now - mine:
            if Path(name).name == name:
                with suppress(OSError):
                    (self.folder / name).unlink()
        failed = bool(errors) or any(row["state"] == "failed" for row in rows)
        stage, reason = why(next(iter(errors), None), "")
        self.file.execute("BEGIN")
        self.file.execute(
            "UPDATE inputs SET state = ?, stage = ?, why = ?, pages = ?, files = ?, stale = '{}' WHERE key = ?",
            ("failed" if failed else "done", stage, reason, len(rows), to_json(files), known.key),
        )
        if not failed:
            self.file.execute("UPDATE pages SET json = NULL WHERE key = ? AND json IS NOT NULL", (known.key,))
        self.file.execute("COMMIT")

    def row(self, query: str, *values: Any) -> dict[str, Any]:
        """Return the one row of a query; empty if there is none."""
        return next(iter(self.rows(query, *values)), {})

    def rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        """Return the rows of a query."""
        cursor = self.file.execute(query, values)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]


@dataclass(frozen=True)
class Status:
    """What is done in a folder.

    Parameters
    ----------
    inputs
        How many inputs are in which state: `done`, `failed` (some of it) or `left`.
    pages
        How many pages are `done` or `failed`.
    failures
        Why pages failed: the stage and plugin, the reason, how many, and the first of them.
    """

    inputs: Mapping[str, int]
    pages: Mapping[str, int]
    failures: Sequence[tuple[str, str, int, str]]


def read_status(folder: Path) -> Status:
    """Return what a folder's journal says; it may be read while a run writes it.

    Raises
    ------
    ConfigError
        If there is none, or it cannot be read.
    """
    path = folder / JOURNAL
    if not path.is_file():
        raise ConfigError(f"{folder}: holds no results of `ocrpipe run -o`: there is no journal in it")
    journal = Journal(folder)
    try:
        inputs = journal.rows("SELECT state, count(*) AS n FROM inputs GROUP BY state")
        pages = journal.rows("SELECT state, count(*) AS n FROM pages GROUP BY state")
        failures = journal.rows(
            "SELECT coalesce(p.stage, '') AS stage, p.why AS why, count(*) AS n, min(i.name) AS name, p.number "
            "FROM pages p JOIN inputs i ON i.key = p.key WHERE p.state = 'failed' GROUP BY p.stage, p.why "
            "UNION ALL SELECT coalesce(stage, ''), why, count(*), min(name), 0 FROM inputs WHERE why IS NOT NULL "
            "GROUP BY stage, why ORDER BY n DESC, stage, why"
        )
    finally:
        journal.close()
    return Status(
        {row["state"]: row["n"] for row in inputs},
        {row["state"]: row["n"] for row in pages},
        [(row["stage"], row["why"], row["n"], titled(row["name"], row["number"])) for row in failures],
    )


def titled(name: str, number: int) -> str:
    """Return what a page is called."""
    return f"{name}, page {number}" if number > 1 else name


def fingerprint(pipeline: Pipeline) -> tuple[str, str]:
    """Return checksums of all that decides what is read of a page, and of that together with the formats.

    They are of plugins, versions, options, and the files and code of these.
    """
    told = {stage: [of_worker(worker) for worker in pipeline.workers[stage]] for stage in (*PASSED, "export")}
    read = {stage: told[stage] for stage in PASSED}
    return checksum(read), checksum(told)


def checksum(thing: Any) -> str:
    """Return the sha256 of what can be written as JSON."""
    return hashlib.sha256(json.dumps(thing, sort_keys=True).encode()).hexdigest()


def of_worker(worker: Worker) -> list[Any]:
    """Return what decides on the results of a plugin; its module's code too, for who writes one changes no version."""
    try:
        code = hashlib.sha256(Path(inspect.getfile(type(worker.plugin))).read_bytes()).hexdigest()
    except (OSError, TypeError):
        code = ""
    try:
        return [worker.step.model_dump(mode="json"), code]
    except (Exception, SystemExit) as error:  # its files are gone, of which each page will tell
        return [worker.entry.title, worker.plugin.model_dump(mode="json"), code, repr(error)]


def why(error: OcrpipeError | None, title: str) -> tuple[str | None, str | None]:
    """Return the stage and plugin that failed, and why, without the page's name: so equal faults can be counted."""
    if error is None:
        return None, None
    if isinstance(error, StageError):
        return f"{error.stage}/{error.plugin}", error.reason
    return "", str(error).removeprefix(f"{title}: ")


def stamp(path: Path) -> tuple[int, int]:
    """Return a file's size, in bytes, and time, in nanoseconds; -1 where it cannot be looked at."""
    try:
        found = path.stat()
    except OSError:
        return -1, -1
    return found.st_size, found.st_mtime_ns


def size_of(path: Path) -> int:
    """Return a file's size in bytes; -1 where there is none."""
    return stamp(path)[0]


def to_json(files: Files) -> str:
    """Return files as JSON."""
    return json.dumps(files, sort_keys=True)

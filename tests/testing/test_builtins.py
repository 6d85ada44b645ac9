"""Every built-in plugin keeps every rule. The examinations run two at a time, for each is two short processes."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pypdfium2
import pytest

from ocrpipe.names import TRIED
from ocrpipe.registry import Entry, Registry
from ocrpipe.testing import Report, examine
from ocrpipe.testing.subject import subject_of_entry

BUILT_IN = [entry for entry in Registry().own if entry.stage in TRIED]


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[Entry, Future[Report]]]:
    pdf = two_pages(tmp_path_factory.mktemp("documents") / "two.pdf")
    subjects = {
        entry: subject_of_entry(entry, documents=[str(pdf)] if entry.stage == "load" else []) for entry in BUILT_IN
    }
    with ThreadPoolExecutor(2) as pool:
        yield {entry: pool.submit(examine, subject) for entry, subject in subjects.items()}


def two_pages(path: Path) -> Path:
    """Write a PDF of two blank pages, for the loader that takes no images."""
    document = pypdfium2.PdfDocument.new()
    for width in (200, 300):
        document.new_page(width, 100)
    document.save(path)
    return path


@pytest.mark.parametrize("entry", BUILT_IN, ids=lambda entry: f"{entry.stage}/{entry.name}")
def test_a_built_in_keeps_every_rule(entry: Entry, reports: dict[Entry, Future[Report]]) -> None:
    report = reports[entry].result()
    assert report.ok, "\n".join(report.text(each) for each in report.rules if each.id in report.faults)
    assert not [each.id for each in report.rules if report.skipped(each)]

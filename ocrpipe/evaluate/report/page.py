"""The report, put together."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib.resources import files
from statistics import median
from typing import TYPE_CHECKING

from lxml import html
from lxml.html import builder as make

from ocrpipe.errors import OcrpipeError
from ocrpipe.evaluate.align import edits
from ocrpipe.evaluate.compare import Comparison
from ocrpipe.evaluate.ledger import STAGE, Cause
from ocrpipe.evaluate.notes import Case, Notes
from ocrpipe.evaluate.report.charts import clean, intervals, matrix, visible
from ocrpipe.host import load
from ocrpipe.pipeline import Pipeline

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

WIDE = 900
"""Pixels of a page's picture at most."""

PAIRS = 15
"""Confusions that are named."""


def report_html(found: Comparison, notes: Notes) -> bytes:
    """Return a comparison as one HTML file: figures, differences, errors by stage, confusions, the worst pages.

    Parameters
    ----------
    found
        The comparison.
    notes
        What was noted while it was made.
    """
    pages = len(found.exams[0].scores)
    characters = found.exams[0].report(found.folding).characters.length
    ignored = f" Not counted: {', '.join(found.folding.names)}." if found.folding.names else ""
    body = make.BODY(
        make.H1("Which reads these pages better"),
        note(f"{pages} pages, {characters} characters of truth.{ignored}"),
        *figures(found),
        *differences(found),
        *errors(found),
        *confused(found, notes),
        *worst(notes),
    )
    style = (files(__package__) / "report.css").read_text(encoding="utf-8")
    head = make.HEAD(
        make.META(charset="utf-8"),
        make.META(name="viewport", content="width=device-width, initial-scale=1"),
        make.TITLE("ocrpipe compare"),
        make.STYLE(style),
    )
    document: bytes = html.tostring(make.HTML(head, body, lang="en"), doctype="<!DOCTYPE html>", encoding="utf-8")
    return document


def figures(found: Comparison) -> Iterator[Element]:
    """Yield the pipelines' figures, as a drawing and as a table."""
    reports = [(exam, exam.report(found.folding)) for exam in found.ranked]
    rated = [(exam.name, report.characters.value, report.cer_interval) for exam, report in reports]
    yield make.H2("Error rates")
    yield note("Characters; the whiskers hold the rate with 95% confidence if pages like these were drawn at random.")
    yield intervals([(name, rate, between) for name, rate, between in rated if rate is not None])
    rows = [
        [
            exam.name,
            share(report.characters.value),
            f"{share(between[0])} to {share(between[1])}" if (between := report.cer_interval) else "-",
            share(report.words.value),
            share(report.bag.value),
            f"{median(exam.seconds):.3f}" if exam.seconds else "-",
            "-" if exam.memory is None else f"{exam.memory:.0f}",
            str(exam.failed or ""),
        ]
        for exam, report in reports
    ]
    yield table(["pipeline", "CER", "95% sure", "WER", "in any order", "s a page", "MB", "failed"], rows)


def differences(found: Comparison) -> Iterator[Element]:
    """Yield which pairs differ beyond chance."""
    if not found.differences:
        return
    yield make.H2("More than chance?")
    yield note(
        "By the paired bootstrap over pages: beyond chance, if the interval of the difference leaves out 0. "
        "Of pairs that are equal, one in twenty looks so, and more where there are few pages."
    )
    rows = [
        [
            one.first,
            one.second,
            share(None if one.value is None else abs(one.value)),
            f"{share(-one.interval[1])} to {share(-one.interval[0])}" if one.interval else "",
            one.verdict,
        ]
        for one in found.differences
    ]
    yield table(["better", "than", "by", "95% sure", ""], rows)


def errors(found: Comparison) -> Iterator[Element]:
    """Yield the table of errors by the stage that made them."""
    ledgers = [exam.report(found.folding).ledger for exam in found.ranked]
    causes = [cause for cause in Cause if any(ledger[cause] for ledger in ledgers)]
    if causes:
        yield make.H2("Where the errors come from")
        yield note("Edits of characters by the stage that made them necessary; unknown without the true boxes.")
        rows = [[str(cause), STAGE[cause], *(str(ledger[cause]) for ledger in ledgers)] for cause in causes]
        yield table(["errors", "stage", *(exam.name for exam in found.ranked)], rows)


def confused(found: Comparison, notes: Notes) -> Iterator[Element]:
    """Yield what each pipeline takes for what."""
    known = [exam.name for exam in found.ranked if notes.confusions.get(exam.name)]
    if known:
        yield make.H2("What is taken for what")
        yield note("Down: the truth. Across: what was read.")
    for name in known:
        confusions = notes.confusions[name]
        pairs = ", ".join(
            f"{visible(truth, 'nothing')} as {visible(read, 'nothing')} {count}"
            for (truth, read), count in confusions.most_common(PAIRS)
        )
        yield make.H3(name)
        yield note(pairs)
        yield make.DIV(matrix(confusions), make.CLASS("scroll"))


def worst(notes: Notes) -> Iterator[Element]:
    """Yield the pages that were read worst, the picture beside what each pipeline made of it."""
    if notes.worst:
        yield make.H2("The worst pages")
        yield note("Struck through: what was lost. Green: what was read instead, or too much.")
    for case in notes.worst:
        title = case.task.document.title + (f", page {case.page}" if case.page > 1 else "")
        texts = [part for name, read in case.readings.items() for part in reading(case, name, read)]
        yield make.H3(title)
        yield make.DIV(make.DIV(*picture(case, title)), make.DIV(*texts), make.CLASS("case"))


def reading(case: Case, name: str, read: Sequence[str]) -> list[Element]:
    """Return what a pipeline read, and how it differs from the truth."""
    shown = [clean(case.errors[name])] if name in case.errors else difference(case.truth, read)
    return [make.H3(clean(name)), make.PRE({"dir": "auto"}, *shown)]  # auto: some scripts run from right to left


def difference(truth: Sequence[str], read: Sequence[str]) -> list[str | Element]:
    """Return the truth as text, with what was lost struck through and what was read instead beside it."""
    parts: list[tuple[str, str]] = []
    at = 0

    def put(kind: str, text: str) -> None:
        if parts and parts[-1][0] == kind:
            parts[-1] = (kind, parts[-1][1] + text)
        elif text:
            parts.append((kind, text))

    for edit in edits(truth, read):
        put("same", "".join(truth[at : edit.truth]))
        at = edit.truth
        if edit.kind != "insert":
            put("lost", truth[at] if truth[at] != "\n" else "⏎\n")
            at += 1
        if edit.kind != "delete":
            put("read", read[edit.read] if read[edit.read] != "\n" else "⏎")
    put("same", "".join(truth[at:]))
    shape = {"lost": make.DEL, "read": make.INS}
    return [shape[kind](clean(text)) if kind in shape else clean(text) for kind, text in parts]


def picture(case: Case, title: str) -> Iterator[Element]:
    """Yield the page's picture, if it can still be loaded."""
    from PIL import Image

    document = replace(case.task.document, pages=(case.page,))
    for page in load(Pipeline.preset().workers["load"], document, lambda _: None):
        if isinstance(page, OcrpipeError):
            return
        image = Image.fromarray(page.gray)
        image.thumbnail((WIDE, 2 * WIDE))
        stream = io.BytesIO()
        image.save(stream, "JPEG", quality=60)
        data = base64.b64encode(stream.getvalue()).decode()
        yield make.IMG(src=f"data:image/jpeg;base64,{data}", alt=f"the page {clean(title)}")


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Element:
    """Return a table; cells that are figures stand to the right."""
    numbers = [all(row[n][:1].isdigit() or row[n] in ("-", "") for row in rows) for n in range(len(heads))]
    kind = [make.CLASS("number") if number else make.CLASS("text") for number in numbers]
    head = make.TR(*(make.TH(text, kind[n], scope="col") for n, text in enumerate(heads)))
    body = [make.TR(*(make.TD(clean(text), kind[n]) for n, text in enumerate(row))) for row in rows]
    return make.DIV(make.TABLE(make.THEAD(head), make.TBODY(*body)), make.CLASS("scroll"))


def note(text: str) -> Element:
    """Return a line of explanation."""
    return make.P(clean(text), make.CLASS("note"))


def share(rate: float | None) -> str:
    """Return a rate as text."""
    return "-" if rate is None else f"{round(rate, 4) + 0:.2%}"  # + 0: no minus before a zero

"""The rule that exporters take pages one at a time: a document of a thousand pages is never in memory as a whole."""

from __future__ import annotations

from collections.abc import Iterator

from ocrpipe.page import Page
from ocrpipe.testing.calls import blame, parts_given
from ocrpipe.testing.cases import export_arguments
from ocrpipe.testing.trial import Trial
from ocrpipe.testing.works import Works

PAGES = 4
"""How many pages the document has that is watched."""

AHEAD = 1
"""How many pages an exporter may look ahead."""


def check_lazy(trial: Trial, works: Works) -> None:
    """Let the plugin write a document, and note for each page how much it had written when it asked for it."""
    page = works.pages["lines"]
    when: list[int] = []
    parts: list[bytes] = []

    def pages() -> Iterator[Page]:
        for number in range(1, PAGES + 1):
            when.append(len(parts))
            yield page.replace(source=page.source.replace(page=number))

    try:
        with trial.watch("a document, page by page"):
            outcome = trial.at_work.hook(**export_arguments(pages(), works))
            if when:
                trial.broken("export-lazy", "asks for a page before it is asked for any bytes: yield them")
            for part in parts_given(outcome):
                parts.append(part)  # noqa: PERF402 - the generator above looks at it meanwhile
    except (Exception, SystemExit) as error:
        trial.broken(*blame(error), "a document, page by page")
        return
    late = [number for number, written in enumerate(when) if number > AHEAD and written < number - AHEAD]
    if late:
        trial.broken("export-lazy", f"asked for page {late[0] + 1} when {when[late[0]]} parts were written")
    trial.checked("export-lazy")

"""`export/tsv`: a table with the columns that Tesseract writes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar, Literal

from ocrpipe import Box, Page, Plugin, hookimpl
from ocrpipe.stages.export._xml import number

COLUMNS = ("level", "page_num", "block_num", "par_num", "line_num", "word_num", "left", "top", "width", "height")
UNKNOWN = "-1"
"""What stands for a confidence that is unknown, or that a level does not have."""

PAGE, BLOCK, PARAGRAPH, LINE, WORD = range(1, 6)


class Tsv(Plugin):
    """Tesseract's table: a row for each page, block, paragraph, line and word, parted by tabs.

    Confidence is in percent, -1 where there is none. A tab or line break within a word becomes a space. Blocks have one
    paragraph each.
    """

    suffix: ClassVar[str] = "tsv"
    per: ClassVar[Literal["page", "document"]] = "document"

    @hookimpl
    def export(self, pages: Iterable[Page]) -> Iterator[bytes]:
        """Write each page as soon as it is there."""
        yield "\t".join((*COLUMNS, "conf", "text\n")).encode()
        for page in pages:
            yield "".join(rows(page)).encode()


def rows(page: Page) -> Iterator[str]:
    """Yield a page's rows."""
    source = page.source
    yield row(PAGE, (source.page,), Box(0, 0, source.width, source.height))
    for b, block in enumerate(page.blocks, 1):
        yield row(BLOCK, (source.page, b), block.box)
        yield row(PARAGRAPH, (source.page, b, 1), block.box)
        for n, line in enumerate(block.lines, 1):
            yield row(LINE, (source.page, b, 1, n), line.box)
            for w, word in enumerate(line.words, 1):
                sure = UNKNOWN if word.confidence is None else number(100 * word.confidence, 2)
                yield row(WORD, (source.page, b, 1, n, w), word.box, sure, " ".join(word.text.split()))


def row(level: int, numbers: tuple[int, ...], box: Box, sure: str = UNKNOWN, text: str = "") -> str:
    """Return one row; `numbers` are those of the page and what lies in it."""
    counted = (*numbers, 0, 0, 0, 0)[:5]
    return "\t".join(map(str, (level, *counted, box.x0, box.y0, box.width, box.height, sure, text))) + "\n"

"""Observers: `timing` adds up seconds, `keep` saves what each stage made, `trace` tells of each call as it ends."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

from pydantic import Field, PrivateAttr

from ocrpipe import (
    Affine,
    BinaryPage,
    Call,
    CroppedPage,
    GrayPage,
    LinedPage,
    Page,
    Plugin,
    SegmentedPage,
    Source,
    hookimpl,
    write_whole,
)

if TYPE_CHECKING:
    from PIL.Image import Image


class TimingRow(NamedTuple):
    """What one plugin cost: `seconds` over all of its `pages`, and their share of all seconds, 0..1."""

    stage: str
    plugin: str
    pages: int
    seconds: float
    share: float

    @property
    def per_page(self) -> float:
        """Seconds a page, on average."""
        return self.seconds / self.pages


class Timing(Plugin):
    """Adds up each stage's seconds (wall clock), for a table at the end of a run.

    A page that failed counts too: its time was spent.

    Examples
    --------
    >>> timing = Timing()
    >>> timing.observe(Call("load", "image", "ocrpipe", None, "page.jpg", 0.03))
    >>> timing.observe(Call("binarize", "otsu", "ocrpipe", None, "page.jpg", 0.01))
    >>> print(timing.report())
    stage     plugin  pages  seconds  ms/page  share
    load      image       1    0.030     30.0   75 %
    binarize  otsu        1    0.010     10.0   25 %
    total                 1    0.040     40.0  100 %
    """

    _seconds: dict[tuple[str, str], list[float]] = PrivateAttr(default_factory=dict)

    @hookimpl
    def observe(self, call: Call) -> None:
        """Note how long a call took, and nothing else of it."""
        self._seconds.setdefault((call.stage, call.plugin), []).append(call.seconds)

    def rows(self) -> list[TimingRow]:
        """Return a row for each plugin, in the order in which they first ran."""
        whole = sum(map(sum, self._seconds.values()))
        return [
            TimingRow(stage, plugin, len(times), sum(times), sum(times) / whole if whole else 0.0)
            for (stage, plugin), times in self._seconds.items()
        ]

    def report(self) -> str:
        """Return the rows and their total as a table in plain text."""
        rows = self.rows()
        if not rows:
            return "no stage was run"
        whole = sum(row.seconds for row in rows)
        rows.append(TimingRow("total", "", max(row.pages for row in rows), whole, sum(row.share for row in rows)))
        cells = [("stage", "plugin", "pages", "seconds", "ms/page", "share")]
        cells += [
            (r.stage, r.plugin, f"{r.pages}", f"{r.seconds:.3f}", f"{1000 * r.per_page:.1f}", f"{r.share:.0%}")
            for r in rows
        ]
        cells = [(*row[:-1], row[-1].replace("%", " %")) for row in cells]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        return "\n".join(aligned(row, widths) for row in cells)


def aligned(row: tuple[str, ...], widths: list[int]) -> str:
    """Return a table's row: two columns of names to the left, those of numbers to the right."""
    cells = zip(row, widths, strict=True)
    return "  ".join(cell.ljust(width) if n < 2 else cell.rjust(width) for n, (cell, width) in enumerate(cells))


class Trace(Plugin):
    """Tells of each call as it ends, a line to stderr: who was called with what, how long it took, what came back.

    ``page.jpg: binarize/otsu (ocrpipe) 3.1 ms: 1600 x 1200 -> ink 4.2%``
    """

    text: Annotated[int, Field(ge=0, description="how many letters of a page's text to show")] = 40

    @hookimpl
    def observe(self, call: Call) -> None:
        """Write the line."""
        given = "document" if call.page is None else summary(call.page, self.text)
        came = f"failed: {call.error}" if call.result is None else summary(call.result, self.text)
        who = f"{call.stage}/{call.plugin} ({call.package})"
        line = f"{call.title}: {who} {1000 * call.seconds:.1f} ms: {given} -> {came}"
        sys.stderr.write(harmless(line, sys.stderr.encoding or "utf-8") + "\n")


def summary(page: GrayPage | Page, letters: int) -> str:
    """Return what a page holds, in short: only what its last stage added.

    Examples
    --------
    >>> summary(Page(source=Source(width=80, height=60), blocks=()), letters=40)
    "0 lines, 0 words ''"
    """
    if isinstance(page, Page):
        text = repr(page.text if len(page.text) <= letters else f"{page.text[:letters]}...")
        return f"{counted(len(page.lines), 'line')}, {counted(len(page.words), 'word')} {text}"
    if isinstance(page, CroppedPage):
        number, height, width = page.crops.shape
        return f"{counted(number, f'{page.spec.level} crop')}, {height} x {width}"
    if isinstance(page, LinedPage):
        words = sum(len(row.words) for row in page.rows)
        return ", ".join((counted(len(page.blocks), "block"), counted(len(page.rows), "row"), counted(words, "word")))
    if isinstance(page, SegmentedPage):
        kinds = Counter(region.level for region in page.regions)
        return ", ".join(counted(number, f"{level} region") for level, number in kinds.items()) or "no regions"
    if isinstance(page, BinaryPage):
        return f"ink {page.ink.mean():.1%}"
    return f"{page.width} x {page.height}, mean grey {page.gray.mean():.0f}"


def counted(number: int, thing: str) -> str:
    """Return a number of things.

    Examples
    --------
    >>> counted(1, "word"), counted(2, "word")
    ('1 word', '2 words')
    """
    return f"{number} {thing}{'' if number == 1 else 's'}"


def harmless(line: str, encoding: str) -> str:
    """Return a line without what would end it or steer a terminal, and that can be written in an encoding.

    Examples
    --------
    >>> len(harmless("one" + chr(10) + "two", "ascii").splitlines())
    1
    """
    printable = "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in line)
    return printable.encode(encoding, "backslashreplace").decode(encoding)


SAME = Affine()
"""The map that moves nothing."""


@dataclass(frozen=True)
class Kept:
    """Where a page's files are, and which of them shows its pixels; `frame` maps that picture to the source image."""

    folder: Path
    ground: Path | None = None
    frame: Affine = SAME


class Keep(Plugin):
    """Saves what each stage made of a page, as a picture to look at and as data, in ``DIR/<input's name>/``.

    Files are numbered in the order of work: ``01-load.png``, ``02-prepare-shading.png``, ``03-binarize.png`` and so
    on. Beside each stands what the stage knows: ``.json`` (regions, rows, text) and, where it made arrays, ``.npz``
    (pixels, ink, masks, crops). Each file is written whole or not at all. Pages after a document's first have their
    number in the folder's name. A second input of the same name gets a folder of its own. What an earlier run kept of
    an input is taken away when it is read again.
    """

    dir: Annotated[Path, Field(description="folder to keep pictures and data in; it is made if missing")] = Path("kept")
    side: Annotated[int, Field(ge=16, le=20_000, description="longer side of a picture at most, pixels")] = 2000

    _kept: dict[Source, Kept] = PrivateAttr(default_factory=dict)

    @hookimpl
    def observe(self, call: Call) -> None:
        """Save the result of a call; a call that failed leaves nothing."""
        if call.result is None:
            return
        from ocrpipe.stages import _pictures  # only here: Pillow's drawing costs time to import

        result = call.result
        kept = self._claim(result.source) if call.page is None else self._kept_of(result.source)
        stem = file_stem(call)
        json, arrays = _pictures.data_of(result)
        write_whole(kept.folder / f"{stem}.json", json)
        if arrays:
            write_whole(kept.folder / f"{stem}.npz", arrays)
        picture = _pictures.picture_of(result, call.page, kept.ground, kept.frame, self.side)
        path = kept.folder / f"{stem}.png"
        write_whole(path, _pictures.png(picture))
        if call.stage in ("load", "prepare") and isinstance(result, GrayPage):
            self._kept[result.source] = Kept(kept.folder, path, frame_of_picture(result, picture))

    def _kept_of(self, source: Source) -> Kept:
        """Return where the files of a page are."""
        return self._kept.get(source) or self._claim(source)

    def _claim(self, source: Source) -> Kept:
        """Return a folder for a page that comes in, emptied of what an earlier run kept in it."""
        known = self._kept.get(source)
        folder = known.folder if known and source.sha256 else self._free_folder(source)
        folder.mkdir(parents=True, exist_ok=True)
        for path in earlier(folder):
            path.unlink()
        self._kept[source] = Kept(folder)
        return self._kept[source]

    def _free_folder(self, source: Source) -> Path:
        """Return the first folder named after `source` that no other page of this run has."""
        taken = {kept.folder.name.casefold() for kept in self._kept.values()}
        name, number = folder_name(source), 1
        while (tried := name if number == 1 else f"{name}~{number}").casefold() in taken:
            number += 1
        return self.dir / tried


FILE = re.compile(
    r"\d{2,}-(load|prepare|binarize|segment|line_cluster|crop_normalize|classify|postprocess)(-[\w.-]+)?\.(png|json|npz)"
)
"""Names that `keep` gives, and so may take away again."""


def earlier(folder: Path) -> Iterator[Path]:
    """Yield the files in `folder` that `keep` made."""
    return (path for path in sorted(folder.iterdir()) if FILE.fullmatch(path.name) and path.is_file())


def file_stem(call: Call) -> str:
    """Return a file's name without its ending: the step's number, the stage, and of steps that repeat the plugin.

    The number follows from the steps that the page has behind it, so that it is the same for every page and run.

    Examples
    --------
    >>> file_stem(Call("load", "image", "ocrpipe", None, "page.jpg", 0.03))
    '01-load'
    """
    number = len(call.page.steps) + 1 if call.page else 1
    plugin = f"-{safe(call.plugin)}" if call.stage in ("prepare", "postprocess") else ""
    return f"{number:02}-{safe(call.stage)}{plugin}"


def folder_name(source: Source) -> str:
    """Return a folder's name for a page: the input's own, made harmless, without its ending.

    Examples
    --------
    >>> folder_name(Source(width=9, height=9, path="scans/../notes.tif", page=2))
    'notes-p0002'
    """
    path = {None: "image", "-": "stdin"}.get(source.path, source.path)
    last = re.split(r"[\\/]", str(path))[-1]
    stem = last.rpartition(".")[0] or last
    return safe(stem) + (f"-p{source.page:04}" if source.page > 1 else "")


def safe(name: str) -> str:
    """Return `name` as part of a file's name that is safe everywhere: no separators, no dots first or last, not long.

    Examples
    --------
    >>> safe("acme/otsu"), safe(".."), safe("Ünï cødé?")
    ('acme_otsu', 'page', 'Ünï_cødé')
    """
    harmless = re.sub(r"[^\w.-]+", "_", name).strip("._-")
    short = harmless.encode()[:120].decode(errors="ignore").rstrip("._-")  # most file systems stop at 255 bytes
    return short or "page"


def frame_of_picture(page: GrayPage, picture: Image) -> Affine:
    """Return how the pixels of a picture of `page` map to the source image's."""
    return page.frame @ Affine.scale(page.width / picture.width, page.height / picture.height)

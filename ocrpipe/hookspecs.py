# mypy: disable-error-code="empty-body"
"""The contract: one hook a stage. What a hook's docstring says holds for every plugin, built in or not.

A plugin implements the hook of its stage as a method under `hookimpl`, and may leave out arguments that it does not
need. It must not change what it is given (arrays are read-only), must not print to stdout, and gives the same result
for the same input. What it raises is reported with its name, and costs only the page in work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

import pluggy

from ocrpipe.call import Call
from ocrpipe.document import Document
from ocrpipe.errors import InputError
from ocrpipe.page import Page
from ocrpipe.reading import CropSpec
from ocrpipe.work import BinaryPage, CroppedPage, GrayPage, LinedPage, SegmentedPage

if TYPE_CHECKING:
    from ocrpipe.runs.job import Done, Job

PROJECT = "ocrpipe"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
"""Marks a method as the implementation of the hook that it is named after."""


class Stages:
    """The stages in the order in which a page passes them; `observe` is told of each, `execute` has them all done."""

    @hookspec(firstresult=True)
    def load(self, document: Document) -> Iterator[GrayPage | InputError] | None:
        """Open a document and give its pages, one at a time and no sooner than asked for.

        A page is ``GrayPage(source=..., gray=...)``: `gray` is uint8 (height, width), 0 is black; `source` holds the
        image's full size, its name and checksum.

        Return None if this is no document of yours; then the next loader is asked. Look at the content to decide, not
        at the name. Give only pages that ``document.wants``, their numbers rising. Pixels may be smaller than the
        source image's; `frame` maps them back to it, upright as EXIF says. Raise `InputError` where the document is
        yours but broken; give one in place of a page where only that page is, and go on.
        """

    @hookspec
    def prepare(self, page: GrayPage) -> GrayPage:
        """Make the grey page better to read: evener, straighter, dark ink on a light ground.

        Where pixels move, `frame` must follow: ``frame=page.frame @ M`` if M maps the new pixels to the old.
        """

    @hookspec
    def binarize(self, page: GrayPage) -> BinaryPage:
        """Tell ink from ground: ``page.grow(BinaryPage, ink=...)``, bool, shaped as `gray`, True where ink is."""

    @hookspec
    def segment(self, page: BinaryPage) -> SegmentedPage:
        """Find the page's pieces: ``page.grow(SegmentedPage, regions=...)``, all of the level that the plugin `finds`.

        An engine that reads what it finds declares ``also_reads = True`` and gives each region its `reading`; the
        classifier `given` takes them over, any other reads anew.

        Where several segmenters follow each other, a later one is given a `SegmentedPage` and cuts finer within its
        regions: it looks at ``page.gray_within``, and ``page.cut_within(found)`` leaves of what it found what lies
        there; on a first segmenter's page both change nothing. A page without ink has no regions; that is no error.
        """

    @hookspec
    def line_cluster(self, page: SegmentedPage) -> LinedPage:
        """Put the regions into lines, words and reading order: ``page.grow(LinedPage, blocks=...)``.

        Blocks hold rows, rows hold words, words hold the page's own regions, each at most once. Order is reading order.
        """

    @hookspec
    def crop_normalize(self, page: LinedPage, spec: CropSpec) -> CroppedPage:
        """Cut a crop for each of ``page.crop_regions(spec.level)``, as the classifier's `spec` asks for.

        Give back ``page.grow(CroppedPage, spec=spec, crops=..., widths=...)``: `crops` is float32 (number, height,
        width), 0..1, and `widths` int32 (number,), how many columns of each crop are no padding.
        """

    @hookspec
    def classify(self, page: CroppedPage | LinedPage) -> Page:
        """Read the crops: ``page.read(readings)``, one `Reading` for each crop, in order.

        The plugin's `reads` says what crops it wants. A reading with empty text means that there is no letter.

        A plugin whose `reads` is None wants no crops: it is given the `LinedPage`, and takes over what the segmenter
        has read (``page.read_given()``).
        """

    @hookspec
    def postprocess(self, page: Page) -> Page:
        """Make the text better. What was read before stays visible among the alternatives."""

    @hookspec
    def export(
        self,
        pages: Iterable[Page],
        image: Callable[[Page], GrayPage],
        trail: Callable[[Page], tuple[GrayPage | Page, ...]],
    ) -> Iterator[bytes]:
        """Write pages in a format, piece by piece, taking each page no sooner than the one before is written.

        ``image(page)`` gives the pixels that a page was read from, with the `frame` that maps them to its boxes.
        ``trail(page)`` gives what each of ``page.steps`` made of the page in work, in order, for those who show how it
        was read; it is empty where that is gone, as for a page that was read in an earlier run. Only the page taken
        last has one, and only exporters with this argument make the host keep it.
        The plugin's ClassVars say `suffix` (``txt``) and `per` (``page``: one file a page; ``document``: one for all).
        Where several results, or pages of several documents, can stand one behind the other in one stream, a third
        says ``joins = True``.
        """

    @hookspec
    def observe(self, call: Call) -> None:
        """Watch: this is called after each stage of each page. It cannot change what it sees.

        A plugin may also have a method ``report() -> str``; the command shows its text when all is done.
        """

    @hookspec
    def execute(self, job: Job) -> Iterator[Done]:
        """Have all of ``job.tasks`` done, here or elsewhere, and give what comes of each page, in order.

        ``job.work(task)`` does a task in the process that calls it, so that a whole executor is
        ``for task in job.tasks: yield from job.work(task)``. Elsewhere, a `Job` is built again from ``job.recipe``,
        which can be pickled, as can a `Done`; ``job.in_processes(...)`` has it done in processes of this machine that
        are replaced where a page ends them. A `Feed` cuts documents into runs of pages for several hands, and brings
        what they give back into order.
        """

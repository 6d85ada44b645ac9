"""Text lines found (`segment/rapidocr`) and read (`classify/rapidocr`) by the PP-OCR models of RapidOCR.

The models lie inside the `rapidocr` wheel; nothing is fetched when a page is read. Its pipeline is not used: the
detector and the reader are called apart, without the angle classifier, each in one ONNX session a worker.
"""

from __future__ import annotations

from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from ocrpipe import (
    BinaryPage,
    CroppedPage,
    CropSpec,
    Level,
    Page,
    Plugin,
    SegmentedPage,
    hookimpl,
)

if TYPE_CHECKING:
    from ocrpipe_rapidocr.detector import Detector
    from ocrpipe_rapidocr.reader import Reader

DETECTOR, READER = "PP-OCRv6_det_small.onnx", "PP-OCRv6_rec_small.onnx"
"""The models' names in the wheel's folder of models."""


def bundled(name: str) -> Path:
    """Return where a model of the `rapidocr` wheel lies; nothing of that package is imported."""
    spec = find_spec("rapidocr")
    folders = spec.submodule_search_locations if spec else None
    return Path(next(iter(folders or ["rapidocr"]))) / "models" / name


def model_path(model: str, default: str) -> Path:
    """Return the file that an option `model` means: the wheel's own where it is empty."""
    return Path(model) if model else bundled(default)


def there(model: str) -> str:
    """Refuse a model that is no file."""
    if model and not Path(model).is_file():
        raise ValueError(f"there is no file {model}; give the path of an .onnx file, or leave it out for the wheel's")
    return model


Model = Annotated[
    str,
    AfterValidator(there),
    Field(description="another PP-OCR model, the path of an .onnx file; empty for the one in the rapidocr wheel"),
]
Threads = Annotated[int, Field(ge=1, le=64, description="processor threads that the network may use")]


class RapidLines(Plugin):
    """Finds lines of text with RapidOCR's detector, however they lie; each with its four corners.

    The page is seen at the size that the detector was made for, the lines' corners are on the page's own pixels.
    """

    finds: ClassVar[Level] = "line"

    model: Model = ""
    threads: Threads = 1
    shortest: Annotated[int, Field(ge=32, le=4000, description="enlarge pages to this short side, pixels")] = 736
    longest: Annotated[
        int, Field(ge=32, le=16000, description="shrink pages to this long side, pixels, unless they are very long")
    ] = 2000
    ink: Annotated[
        float, Field(gt=0, lt=1, description="how sure the network must be that a pixel belongs to text")
    ] = 0.3
    sure: Annotated[float, Field(ge=0, le=1, description="leave out lines of which it is less sure than this")] = 0.5
    grow: Annotated[
        float, Field(gt=0, le=4, description="how far lines reach beyond what was found, as a share of their height")
    ] = 1.6

    @cached_property
    def detector(self) -> Detector:
        """The network, loaded when the first page comes."""
        from ocrpipe_rapidocr.detector import Detector

        return Detector(
            model_path(self.model, DETECTOR),
            threads=self.threads,
            sides=(self.shortest, self.longest),
            ink=self.ink,
            sure=self.sure,
            grow=self.grow,
        )

    def files(self) -> list[Path]:
        """Return the network's file."""
        return [model_path(self.model, DETECTOR)]

    @hookimpl
    def segment(self, page: BinaryPage) -> SegmentedPage:
        """Return the page with its lines."""
        return page.grow(SegmentedPage, regions=page.cut_within(self.detector.lines(page.gray_within)))


class RapidReader(Plugin):
    """Reads lines (or words) with RapidOCR's recogniser: Latin letters, digits, signs, Chinese and Japanese.

    Every letter has its place and its own confidence.
    """

    level: Annotated[Literal["line", "word"], Field(description="what is read at once")] = "line"
    model: Model = ""
    threads: Threads = 1
    batch: Annotated[int, Field(ge=1, le=64, description="crops that are read together, of about equal width")] = 6
    margin: Annotated[
        float,
        Field(
            ge=0,
            lt=0.5,
            description="blank border around a crop, as a share of its height: lines found by rapidocr bring their "
            "own; for tight ones, as of letters, 0.15 is good",
        ),
    ] = 0.0

    @property
    def reads(self) -> CropSpec:
        """What crops the network was made for."""
        return CropSpec(level=self.level, height=48, of="gray", polarity="dark", margin=self.margin)

    @cached_property
    def reader(self) -> Reader:
        """The network, loaded when the first page comes."""
        from ocrpipe_rapidocr.reader import Reader

        return Reader(model_path(self.model, READER), threads=self.threads, batch=self.batch)

    def files(self) -> list[Path]:
        """Return the network's file."""
        return [model_path(self.model, READER)]

    @hookimpl
    def classify(self, page: CroppedPage) -> Page:
        """Return the page with what was read in each crop."""
        return page.read(self.reader.readings(page.crops, page.widths) if len(page.crops) else [])

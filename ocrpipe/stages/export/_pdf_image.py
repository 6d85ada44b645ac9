"""The picture of a page as a PDF holds it: a JPEG file's own bytes where there are such, else packed small."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, TiffImagePlugin

from ocrpipe import GrayPage, Source
from ocrpipe.stages._gray import TURNS, WIDE_MODES, gray_image, is_sideways
from ocrpipe.stages.export._pdf_file import Name, PdfFile, Ref
from ocrpipe.stages.load import JPEG, open_picture, orientation_of, wide_scale

COLOURS = {"L": "DeviceGray", "RGB": "DeviceRGB", "CMYK": "DeviceCMYK"}
"""Pillow's modes that a JPEG file may have, and PDF's names of them."""

PHOTOMETRIC, ROWS_PER_STRIP, STRIP_OFFSETS, STRIP_BYTES = 262, 278, 273, 279
"""Tags of TIFF, by which the packed bytes of a bilevel picture are found and understood (TIFF 6.0, section 8)."""

Matrix = tuple[float, float, float, float, float, float]


@dataclass(frozen=True)
class Picture:
    """A packed picture: what a PDF says of it, its bytes, and the EXIF orientation that turns it upright."""

    says: dict[str, Any]
    data: bytes
    orientation: int = 1

    def put(self, pdf: PdfFile) -> Ref:
        """Write it as an object."""
        fixed = {"Type": Name("XObject"), "Subtype": Name("Image"), "Length": len(self.data)}
        return pdf.put({**fixed, **self.says}, data=self.data)

    def matrix(self, width: float, height: float) -> Matrix:
        """Return the map from the unit square, in which PDF draws pictures, to a page of that size."""
        swap, mirror, flip = TURNS.get(self.orientation, TURNS[1])

        def place(right: float, down: float) -> tuple[float, float]:
            x, y = (down, right) if swap else (right, down)
            return (1 - x if mirror else x) * width, (y if flip else 1 - y) * height

        x, y = place(0, 1)  # the stored picture's lower left corner is the square's origin
        (right_x, right_y), (up_x, up_y) = place(1, 1), place(0, 0)
        return right_x - x, right_y - y, up_x - x, up_y - y, x, y


def picture_of(pixels: GrayPage, quality: int) -> Picture:
    """Return the picture of a page: of its file if that is an image, in colour; else of the grey pixels in hand."""
    source = pixels.source
    if source.path not in (None, "-") and os.path.isfile(source.path or ""):  # noqa: PTH113  # which bears any name
        stored = stored_jpeg(source) or stored_picture(source, quality)
        if stored is not None:
            return stored
    return packed(Image.fromarray(pixels.gray), quality)


def stored_jpeg(source: Source) -> Picture | None:
    """Return a JPEG file's own bytes; None if the file is none, or of colours that PDF does not know."""
    path = Path(source.path or "")
    with path.open("rb") as stream:
        if stream.read(len(JPEG)) != JPEG:
            return None
    data = path.read_bytes()
    try:
        image = Image.open(io.BytesIO(data))
    except (OSError, ValueError):
        return None
    orientation = orientation_of(image)
    if image.mode not in COLOURS or not fits(image, orientation, source):
        return None
    says = jpeg(image.size, image.mode)
    if image.mode == "CMYK" and "adobe" in image.info:  # which stores it inverted
        says["Decode"] = [1, 0] * 4
    return Picture(says, data, orientation)


def stored_picture(source: Source, quality: int) -> Picture | None:
    """Return an image file's page, packed; None if the file is no image."""
    image = open_picture(source.path or "", source.page)
    if image is None:
        return None
    orientation = orientation_of(image)
    if not fits(image, orientation, source):
        return None
    scale = wide_scale(image)
    if image.mode == "1" or image.mode in (*WIDE_MODES, "L", "LA", "LAB"):
        plain = image if image.mode == "1" else gray_image(image, **scale)
    elif image.has_transparency_data:
        plain = Image.new("RGB", image.size, "white")
        rgba = image.convert("RGBA")
        plain.paste(rgba, mask=rgba.getchannel("A"))
    else:
        plain = image.convert("RGB")
    found = packed(plain, quality)
    return Picture(found.says, found.data, orientation)


def fits(image: Image.Image, orientation: int, source: Source) -> bool:
    """Return whether an image has a page's size, once it is turned upright."""
    size = image.size[::-1] if is_sideways(orientation) else image.size
    return size == (source.width, source.height)


def packed(image: Image.Image, quality: int) -> Picture:
    """Return a picture packed small: black and white as a fax does, which loses nothing; all else as JPEG."""
    if image.mode == "L" and set(np.flatnonzero(image.histogram())) <= {0, 255}:
        image = image.convert("1", dither=Image.Dither.NONE)
    if image.mode == "1":
        return Picture(*fax(image))
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=quality, optimize=True)
    return Picture(jpeg(image.size, image.mode), stream.getvalue())


def jpeg(size: tuple[int, int], mode: str) -> dict[str, Any]:
    """Return what a PDF says of a JPEG."""
    width, height = size
    return {
        "Width": width,
        "Height": height,
        "ColorSpace": Name(COLOURS[mode]),
        "BitsPerComponent": 8,
        "Filter": Name("DCTDecode"),
    }


def fax(image: Image.Image) -> tuple[dict[str, Any], bytes]:
    """Return what a PDF says of a bilevel picture, and the picture packed by CCITT's group 4 (by way of a TIFF)."""
    stream = io.BytesIO()
    image.save(stream, "TIFF", compression="group4", tiffinfo={ROWS_PER_STRIP: image.height})
    stream.seek(0)
    tags = TiffImagePlugin.TiffImageFile(stream).tag_v2
    [start], [length] = tags[STRIP_OFFSETS], tags[STRIP_BYTES]
    says = {
        "Width": image.width,
        "Height": image.height,
        "ColorSpace": Name("DeviceGray"),
        "BitsPerComponent": 1,
        "Filter": Name("CCITTFaxDecode"),
        "DecodeParms": {"K": -1, "Columns": image.width, "Rows": image.height, "BlackIs1": tags[PHOTOMETRIC] == 1},
    }
    return says, stream.getvalue()[start : start + length]

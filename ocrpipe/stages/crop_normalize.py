"""`crop_normalize/square`, `crop_normalize/pad`: a picture of each piece of the page, as the classifier asks for it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import Field

from ocrpipe import CroppedPage, CropSpec, LinedPage, Plugin, Quad, Region, hookimpl
from ocrpipe.stages._histogram import quantiles
from ocrpipe.stages._morphology import dilated
from ocrpipe.stages._order import quantile
from ocrpipe.stages._square import batch

Gray = NDArray[np.uint8]
Crops = NDArray[np.float32]
Widths = NDArray[np.int32]

GROUND = 0.7
"""The share of a piece of text's pixels that are darker than the ground that its margins are given."""


class Square(Plugin):
    """Centres each piece in a crop of the size asked for, its aspect kept, its strokes made of even width.

    The shipped network was taught on just such crops. An engine that asks for no width (of words or lines) gets strips
    instead: each as wide as its text is at the height asked for, padded on the right to the widest, and its strokes
    left as they are. Text that slopes is cut along its outline, and so stands level in its strip; the margins of a grey
    strip are as bright as its ground, so that no edge looks like a stroke.
    """

    even: Annotated[
        bool, Field(description="make all strokes about equally wide, as the shipped network knows them")
    ] = True

    @hookimpl
    def crop_normalize(self, page: LinedPage, spec: CropSpec) -> CroppedPage:
        """Return the page with its crops."""
        return cropped(page, spec, even=self.even)


class Pad(Plugin):
    """The course's crop: the letter's box is padded to a square and resized, its strokes left as they are."""

    @hookimpl
    def crop_normalize(self, page: LinedPage, spec: CropSpec) -> CroppedPage:
        """Return the page with its crops."""
        return cropped(page, spec, even=False)


def cropped(page: LinedPage, spec: CropSpec, *, even: bool) -> CroppedPage:
    """Return the page with a crop for each region of the level that `spec` asks for."""
    regions = page.crop_regions(spec.level)
    if spec.width is not None and spec.of == "ink":
        masks = [ink_of(page, region) for region in regions]
        crops = batch(masks, spec.height, spec.width, spec.margin, even=even)
        widths = np.full(len(masks), spec.width, np.int32)
    else:
        crops, widths = laid_out([scaled(picture_of(page, region, spec), spec) for region in regions], spec)
    return page.grow(CroppedPage, spec=spec, crops=crops if spec.polarity == "light" else 1 - crops, widths=widths)


def ink_of(page: LinedPage, region: Region) -> NDArray[np.bool_]:
    """Return a region's ink, bool (box height, box width), without that of others in its box."""
    ink = page.ink[region.box.slices]
    return ink if region.mask is None else ink & region.mask


def picture_of(page: LinedPage, region: Region, spec: CropSpec) -> Gray:
    """Return a region's picture, 255 where it is blackest, without what belongs to others in its box."""
    if spec.level != "glyph" and region.mask is None and region.quad.corners != region.box.corners:
        return straightened(page, region.quad, spec)
    return ink_picture(page, region) if spec.of == "ink" else gray_picture(page, region)


def straightened(page: LinedPage, quad: Quad, spec: CropSpec) -> Gray:
    """Return the picture of what lies between four corners, so that their upper edge is level."""
    xs, ys = zip(*quad.corners, strict=True)
    left, top = max(math.floor(min(xs)), 0), max(math.floor(min(ys)), 0)
    around = slice(top, max(math.ceil(max(ys)), top + 1)), slice(left, max(math.ceil(max(xs)), left + 1))
    pixels = page.gray[around] if spec.of == "gray" else np.where(page.ink[around], np.uint8(0), np.uint8(255))
    size = max(round(quad.width), 1), max(round(quad.height), 1)
    first, second, third, fourth = ((x - left, y - top) for x, y in quad.corners)
    level = Image.fromarray(pixels).transform(
        size,
        Image.Transform.QUAD,
        (*first, *fourth, *third, *second),
        Image.Resampling.BILINEAR,
        fillcolor=ground_of(pixels),
    )
    return 255 - np.asarray(level)


def ground_of(gray: Gray) -> int:
    """Return how bright the ground of a piece of text is: most of it is ground, and ground is bright."""
    return int(quantiles(gray, GROUND)[0])


def ink_picture(page: LinedPage, region: Region) -> Gray:
    """Return a region's ink as a picture, 255 where ink is."""
    return np.where(ink_of(page, region), np.uint8(255), np.uint8(0))


def gray_picture(page: LinedPage, region: Region) -> Gray:
    """Return a region's grey as a picture, 255 where it is blackest, without what belongs to others in its box."""
    dark: Gray = 255 - page.gray[region.box.slices]
    if region.mask is None:
        return dark
    return dark * dilated(region.mask, 1)  # a pixel more than the ink: strokes keep their soft edges


def scaled(picture: Gray, spec: CropSpec) -> Crops:
    """Return a picture at the scale that fills the crop up to its margins, float32, 0..1."""
    height, width = picture.shape
    border = spec.margin * spec.height
    scale = (spec.height - 2 * border) / height
    if spec.width is not None:
        scale = min(scale, max(spec.width - 2 * border, 1) / width)
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    small = Image.fromarray(picture).resize(size, Image.Resampling.BILINEAR)
    return np.asarray(small, np.float32) / np.float32(255)


def laid_out(pictures: Sequence[Crops], spec: CropSpec) -> tuple[Crops, Widths]:
    """Return pictures in crops of equal size, and each crop's own width.

    Where the width is given, a picture stands in the middle; else at the left, behind its margin, which in grey is as
    bright as its ground.
    """
    border = round(spec.margin * spec.height)
    grounded = spec.of == "gray" and spec.width is None and border > 0
    own = [spec.width or picture.shape[1] + 2 * border for picture in pictures]
    crops = np.zeros((len(pictures), spec.height, max(own, default=1)), np.float32)
    for crop, picture, wide in zip(crops, pictures, own, strict=True):
        height, width = picture.shape
        if grounded:
            crop[:, :wide] = quantile(picture, 1 - GROUND)
        top = (spec.height - height) // 2
        left = (spec.width - width) // 2 if spec.width else border
        crop[top : top + height, left : left + width] = picture
    return crops, np.array(own, np.int32)

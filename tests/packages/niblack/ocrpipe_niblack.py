from typing import Annotated

from pydantic import Field
from skimage.filters import threshold_niblack

from ocrpipe import BinaryPage, GrayPage, Plugin, hookimpl


class Niblack(Plugin):
    """Local threshold by mean and deviation (Niblack, 1986)."""

    half: Annotated[int, Field(ge=1, description="half the window's side, pixels")] = 12
    k: Annotated[float, Field(ge=-1, le=1, description="deviations below the local mean")] = 0.2

    @hookimpl
    def binarize(self, page: GrayPage) -> BinaryPage:
        threshold = threshold_niblack(page.gray, 2 * self.half + 1, self.k)
        return page.grow(BinaryPage, ink=page.gray < threshold)

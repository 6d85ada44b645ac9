import os
from pathlib import Path

import scipy.ndimage  # noqa: F401

from ocrpipe import BinaryPage, GrayPage, Plugin, hookimpl

if told := os.environ.get("OCRPIPE_HEAVY_TELLS"):
    Path(told).write_text("imported")


class Heavy(Plugin):
    """Costs much to import."""

    @hookimpl
    def binarize(self, page: GrayPage) -> BinaryPage:
        return page.grow(BinaryPage, ink=page.gray < 128)

"""The contract of ocrpipe's stages, held up by its own kit."""

from __future__ import annotations

from ocrpipe.testing import conformance
from ocrpipe_opencv.binarize import Otsu, Sauvola
from ocrpipe_opencv.prepare import Deskew, Shading
from ocrpipe_opencv.segment import Boxes

test_otsu = conformance(Otsu)
test_sauvola = conformance(Sauvola)
test_shading = conformance(Shading)
test_deskew = conformance(Deskew)
test_boxes = conformance(Boxes)

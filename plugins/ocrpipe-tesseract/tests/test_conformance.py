"""The contract of ocrpipe's stages, held up by its own kit."""

from __future__ import annotations

from ocrpipe.testing import conformance
from ocrpipe_tesseract import TesseractLayout, TesseractReader

test_layout = conformance(TesseractLayout)
test_reader = conformance(TesseractReader)

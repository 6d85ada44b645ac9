"""The contract of ocrpipe's stages, held up by its own kit."""

from __future__ import annotations

from ocrpipe.testing import conformance
from ocrpipe_ppocr import PpOcr

test_ppocr = conformance(PpOcr)

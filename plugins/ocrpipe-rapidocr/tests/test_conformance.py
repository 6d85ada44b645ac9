"""The contract of ocrpipe's stages, held up by its own kit."""

from __future__ import annotations

from ocrpipe.testing import conformance
from ocrpipe_rapidocr import RapidLines, RapidReader

SECONDS = 300
"""How long a call may take: a page costs a second or two of a free processor, and far more of a busy one."""

test_lines = conformance(RapidLines, options={"shortest": 320, "longest": 640}, seconds=SECONDS)
test_reader = conformance(RapidReader, seconds=SECONDS)

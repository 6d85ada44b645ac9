"""Saved results back into pages: ocrpipe's own JSON, and ALTO, PAGE-XML and hOCR of any engine.

Examples
--------
>>> import tempfile
>>> from pathlib import Path
>>> from ocrpipe import Page, Source
>>> page = Page(source=Source(width=80, height=60), blocks=())
>>> with tempfile.TemporaryDirectory() as folder:
...     saved = Path(folder, "page.json")
...     _ = saved.write_text(page.to_json())
...     list(read_results(saved)) == [page]
True
"""

from ocrpipe.formats.results import kind_of, read_results

__all__ = ["kind_of", "read_results"]

"""The report of a comparison: one HTML file that needs nothing else."""

from __future__ import annotations

from ocrpipe.evaluate.report.page import report_html

__all__ = ["report_html"]

"""The conformance kit: tests a plugin harder than its author would, and names each rule that it breaks.

An author's test file is three lines::

    from ocrpipe.testing import conformance
    from ocrpipe_local import Local

    test_local = conformance(Local)

Each rule is a test of its own, such as ``test_local[input-unchanged]``; ``docs/plugins/rules.md`` says why it is there.
Outside pytest, ``ocrpipe plugins check NAME`` does the same. The plugin runs in processes of its own, which are ended
where they take too long or too much memory.

With pytest come two fixtures for tests of an author's own, `ocrpipe_pages` and `ocrpipe_run`: see
`ocrpipe.testing.pytest_plugin`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ocrpipe.testing.apart import examine as examine
    from ocrpipe.testing.conform import conformance as conformance
    from ocrpipe.testing.report import Fault as Fault
    from ocrpipe.testing.report import Report as Report
    from ocrpipe.testing.rules import RULES as RULES
    from ocrpipe.testing.rules import Rule as Rule
    from ocrpipe.testing.subject import Subject as Subject
    from ocrpipe.testing.subject import subject_of as subject_of

_HOMES = {
    "apart": ("examine",),
    "conform": ("conformance",),
    "report": ("Fault", "Report"),
    "rules": ("RULES", "Rule"),
    "subject": ("Subject", "subject_of"),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = ["RULES", "Fault", "Report", "Rule", "Subject", "conformance", "examine", "subject_of"]


def __getattr__(name: str) -> object:
    """Import a public name when it is first used, as `ocrpipe` itself does: pytest loads this package at its start."""
    if name not in _HOME:
        raise AttributeError(f"module 'ocrpipe.testing' has no attribute {name!r}")
    value: object = getattr(import_module(f"ocrpipe.testing.{_HOME[name]}"), name)
    globals()[name] = value
    return value

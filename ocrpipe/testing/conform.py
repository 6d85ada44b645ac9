"""`conformance`: a plugin's tests, one for each rule of its stage."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ocrpipe.errors import ConfigError
from ocrpipe.names import nearest
from ocrpipe.testing.rules import Rule
from ocrpipe.testing.subject import MEGABYTES, SECONDS, Subject, subject_of

if TYPE_CHECKING:
    from ocrpipe.plugin import Plugin
    from ocrpipe.testing.report import Report


class Examination:
    """A plugin's examination, made when the first of its tests asks for it."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject

    @cached_property
    def report(self) -> Report:
        """What came of it."""
        from ocrpipe.testing.apart import examine

        return examine(self.subject)


def conformance(
    plugin: type[Plugin] | str,
    *,
    options: Mapping[str, Any] | None = None,
    documents: Sequence[str | Path] = (),
    allow: Mapping[str, str] | None = None,
    seconds: float = SECONDS,
    megabytes: float = MEGABYTES,
    stage: str | None = None,
) -> Callable[[Rule], None]:
    """Return the tests of a plugin, for a name in a test file that begins with `test`.

    Parameters
    ----------
    plugin
        The class, or the name of an installed plugin, as ``binarize/sauvola``. The class must stand in a module, not
        in a function: other processes import it.
    options
        Options to test it with; give each set of options a test of its own.
    documents
        For a loader of other files than images: some that it takes.
    allow
        Rules that the plugin may break, each with the reason. Such a test is expected to fail: once it passes, it says
        that the permission can go.
    seconds
        How long a single call may take.
    megabytes
        How much memory the plugin may take.
    stage
        For a class that has the hooks of several stages: which one to test.

    Raises
    ------
    ConfigError
        If the class has no stage's hook, or `allow` names no rule of its stage.

    Examples
    --------
    >>> tests = conformance("binarize/otsu", allow={"options-bounded": "closing may be any number"})
    >>> [mark] = tests.pytestmark
    >>> [parameter.id for parameter in mark.args[1]][:3]
    ['imports', 'imports-little', 'hook']
    """
    import pytest

    more = {"stage": stage} if stage else {}
    subject = subject_of(
        plugin,
        options=dict(options or {}),
        documents=[str(Path(document).resolve()) for document in documents],
        seconds=seconds,
        megabytes=megabytes,
        **more,
    )
    examination = Examination(subject)
    from ocrpipe.testing.rules import rules_of

    rules = rules_of(subject.stage)
    allowed = dict(allow or {})
    for name in allowed:
        if name not in (known := [each.id for each in rules]):
            raise ConfigError(f"allow: there is no rule {name!r} for {subject.stage}{nearest(name, known)}")
    parameters = [
        pytest.param(
            each,
            id=each.id,
            marks=[pytest.mark.xfail(reason=allowed[each.id], strict=True)] if each.id in allowed else [],
        )
        for each in rules
    ]

    @pytest.mark.parametrize("rule", parameters)
    def keeps(rule: Rule) -> None:
        report = examination.report
        if rule.id in report.faults:
            pytest.fail(report.text(rule), pytrace=False)
        if why := report.skipped(rule):
            pytest.skip(why)

    return keeps

"""The rules for what a plugin does with a page: it is called with every case, twice over, each result looked at."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from pydantic import ValidationError

from ocrpipe.errors import told
from ocrpipe.host import GIVES, ResultError, check_kept, check_kind, check_regions, explain
from ocrpipe.page import Page
from ocrpipe.testing import results
from ocrpipe.testing.cases import Case
from ocrpipe.testing.digest import digest
from ocrpipe.testing.trial import Trial

COMPLAINTS = (
    (r"buffer source|read-only buffer|source array is read-only", "read-only-arrays"),
    (r"read-only|WRITEABLE flag|Instance is frozen|does not support item assignment", "input-unchanged"),
    (r"reaches out of the page|is no box", "boxes-inside"),
    (r"\d+ readings for \d+ crops|holds \d+ crops|there are \d+ crops", "one-each"),
    (r"but must (return|give)", "result-kind"),
    (r"changed the page's", "page-kept"),
    (r"into its rows", "regions-once"),
)
"""What the host, the models and NumPy say, and which rule was broken where they do."""


def blame(error: BaseException) -> tuple[str, str]:
    """Return the rule that was broken where a hook raised, and the reason in a line.

    Examples
    --------
    >>> blame(ValueError("3 readings for 2 crops: there must be one for each, in order"))[0]
    'one-each'
    >>> blame(ValueError("too small"))
    ('raises-nothing', 'raised ValueError: too small')
    """
    if isinstance(error, SystemExit):
        return "stays-alive", f"ends the process: {told(error)}"
    if isinstance(error, MemoryError):
        return "memory", told(error)
    theirs = isinstance(error, ValidationError | ResultError)
    reason = explain(error) if isinstance(error, ValidationError) else str(error) if theirs else f"raised {told(error)}"
    for pattern, name in COMPLAINTS:
        if re.search(pattern, reason):
            return name, reason
    return ("result-fits" if theirs else "raises-nothing"), reason


def call(trial: Trial, case: Case, finish: Callable[[Trial, Any], Any]) -> Any:
    """Return what the hook gives for a case, None if that broke a rule; `finish` takes it out and checks its kind."""
    try:
        with trial.watch(case.name):
            return finish(trial, trial.at_work.hook(**case.arguments))
    except (Exception, SystemExit) as error:
        trial.broken(*blame(error), case.name)
        return None


def page_given(trial: Trial, outcome: Any) -> Any:
    """Return the page that a hook gave back; ResultError if it is none."""
    return check_kind(trial.at_work, outcome[-1] if outcome else None)


def bytes_given(_trial: Trial, outcome: Any) -> bytes:
    """Return all that an exporter wrote; ResultError if that is not bytes."""
    return b"".join(parts_given(outcome))


def parts_given(outcome: Any) -> Iterator[bytes]:
    """Yield what an exporter writes, piece by piece."""
    for part in outcome[-1] if outcome else [None]:
        if not isinstance(part, bytes):
            raise ResultError(f"gave {type(part).__name__}, but must give bytes")
        yield part


def nothing_given(_trial: Trial, outcome: Any) -> str:
    """Return that an observer gave nothing back; ResultError if it did."""
    if outcome:
        raise ResultError(f"returned {type(outcome[-1]).__name__}, but must return nothing: it only watches")
    return "watched"


def finisher(stage: str) -> Callable[[Trial, Any], Any]:
    """Return what takes a stage's result out of its call."""
    return page_given if stage in GIVES else {"export": bytes_given, "observe": nothing_given}[stage]


def check_calls(trial: Trial, cases: Sequence[Case], *, once: bool) -> dict[str, str]:
    """Call the plugin with every case, and look at what it gives back; return each result's checksum.

    Unless `once`, all of it is called a second time.
    """
    finish = finisher(trial.subject.stage)
    first: dict[str, str] = {}
    read: list[Page] = []
    for case in cases:
        before = digest(case.arguments)
        result = call(trial, case, finish)
        if digest(case.arguments) != before:
            trial.broken("input-unchanged", "what the plugin was given is not what it was before", case.name)
        if result is None:
            continue
        first[case.name] = digest(result)
        check_result(trial, case, result)
        if isinstance(result, Page):
            read.append(result)
    trial.checked("raises-nothing", "result-kind", "result-fits", "one-each", "boxes-inside", "page-kept")
    trial.checked("input-unchanged", "read-only-arrays", "regions-once", "ids-unique", "reading-kept", "frame-follows")
    trial.checked("well-formed", "cuts-within")
    if trial.subject.stage == "classify":
        results.check_confidences(trial, read)
    if not once:
        check_again(trial, [case for case in cases if case.name in first], first)
    return first


def check_again(trial: Trial, cases: Sequence[Case], first: dict[str, str]) -> None:
    """Call the plugin again, after it has seen all other pages, and compare."""
    for case in cases:
        again = call(trial, case, finisher(trial.subject.stage))
        if again is not None and digest(again) != first[case.name] and "same-again" in trial.rules:
            trial.broken("same-again", "gave something else for the same input the second time", case.name)
    trial.checked("same-again")


def check_result(trial: Trial, case: Case, result: Any) -> None:
    """Look at one result, beyond what its model has checked."""
    stage = trial.subject.stage
    if stage == "export":
        results.check_written(trial, case.name, result)
        return
    if stage == "observe":
        return
    page = case.arguments["page"]
    try:
        check_kept(page, result)
        check_regions(trial.at_work, result)
    except ResultError as error:
        trial.broken(*blame(error), case.name)
    for name, reason in results.faults(stage, case, result):
        trial.broken(name, reason, case.name)

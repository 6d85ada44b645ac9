"""The rule for what observers have to say at the end."""

from __future__ import annotations

from ocrpipe.errors import told
from ocrpipe.testing.trial import Trial


def check_report(trial: Trial) -> None:
    """Ask an observer for its report, if it has one."""
    report = getattr(trial.at_work.plugin, "report", None)
    if not callable(report):
        return
    try:
        with trial.watch("its report"):
            text = report()
    except (Exception, SystemExit) as error:
        trial.broken("raises-nothing", f"report() raised {told(error)}", "its report")
        return
    if not isinstance(text, str):
        trial.broken("result-kind", f"report() returned {type(text).__name__}, but must return text", "its report")

"""The process in which one plugin is tried; `ocrpipe.testing.apart` starts it, and ends it where it does not end.

It reads a request as JSON from standard input and writes what it sees as lines of JSON to standard output. Whatever the
plugin prints goes elsewhere. In `examine` every rule is looked at; `again` only calls the plugin with everything once
more, for a comparison.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ocrpipe.testing.trial import Trial


def main() -> None:
    """Try the plugin that the request names."""
    start = process_time()
    import ocrpipe.pipeline  # noqa: F401 - its cost is the measure for the plugin's

    base = process_time() - start
    from ocrpipe.testing import guards
    from ocrpipe.testing.subject import Subject
    from ocrpipe.testing.trial import Stop, Trial

    request = json.load(sys.stdin)
    out = guards.channel()
    trial = Trial(Subject.from_json(request["subject"]), out, guards.install(), guards.Printed(), base)
    works = Path(request["works"]) if request["works"] else None
    try:
        done = again(trial, works) if request["again"] else examine(trial, works)
    except Stop:
        trial.tell(stopped=True)
        return
    trial.checked("no-stdout", "no-network", "comes-back", "memory", "stays-alive", "imports-little", "built-late")
    trial.tell(done=done)


def examine(trial: Trial, works: Path | None) -> dict[str, str]:
    """Look at every rule; return the checksum of each result."""
    from ocrpipe.testing import making

    kind = making.import_kind(trial)
    making.check_described(trial, kind)
    making.check_options(trial, kind)
    plugin = making.build(trial, kind)
    making.check_refusals(trial, kind)
    making.check_saved(trial, kind, plugin)
    making.check_files(trial, plugin)
    trial.opened.clear()
    done, calls = call_all(trial, works, once=False)
    making.check_built_once(trial, plugin, calls)
    return done


def again(trial: Trial, works: Path | None) -> dict[str, str]:
    """Make the plugin and call it with everything once."""
    from ocrpipe.testing import making

    kind = making.import_kind(trial)
    making.build(trial, kind)
    return call_all(trial, works, once=True)[0]


def call_all(trial: Trial, works: Path | None, *, once: bool) -> tuple[dict[str, str], set[str]]:
    """Call the plugin with all that its stage may be given; return the results' checksums and all calls' names."""
    if trial.subject.stage == "load":
        from ocrpipe.testing.loading import check_loader

        done = check_loader(trial)
        return done, set(done)
    from ocrpipe.testing.calls import check_calls
    from ocrpipe.testing.cases import cases_of
    from ocrpipe.testing.exporting import check_lazy
    from ocrpipe.testing.watching import check_report
    from ocrpipe.testing.works import load

    assert works is not None, "only loaders need none"
    given = load(works)
    cases = cases_of(trial.at_work, given)
    trial.tell(step="ready")
    done = check_calls(trial, cases, once=once)
    if trial.subject.stage == "export":
        check_lazy(trial, given)
    if trial.subject.stage == "observe":
        check_report(trial)
    return done, {case.name for case in cases}


if __name__ == "__main__":
    main()

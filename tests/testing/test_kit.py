"""Every rule catches what breaks it, and only that; the kit's ends meet: pytest, the command, other processes."""

from __future__ import annotations

import inspect
import io
import json
import subprocess
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path

import pytest

from ocrpipe import ConfigError, Plugin
from ocrpipe.testing import RULES, Report, conformance, subject_of
from ocrpipe.testing.apart import Seen, check_costs, compare, note
from ocrpipe.testing.child import examine
from ocrpipe.testing.guards import Guard
from ocrpipe.testing.subject import Subject
from ocrpipe.testing.trial import Stop, Trial
from ocrpipe.testing.works import Works, all_works, save
from tests.support import ROOT, ocrpipe
from tests.testing import broken

KINDS = [
    kind
    for _, kind in inspect.getmembers(broken, inspect.isclass)
    if issubclass(kind, broken.Base) and "breaks" in vars(kind)
]
FEW = ("blank", "one dot", "lines", "huge, cut finer", "hostile glyphs")
"""Pages that are enough to break any rule."""


class Quiet:
    """Stands for the file that takes stdout in a process of its own."""

    def take(self) -> str:
        return ""


@pytest.fixture(scope="module")
def few_works(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the works of each stage, of few pages."""
    folder = tmp_path_factory.mktemp("works")
    for stage, works in all_works().items():
        pages = {name: page for name, page in works.pages.items() if name in FEW}
        save(Works(pages, works.loaded, works.calls[-2:], works.trails), folder / f"{stage}.pickle")
    return folder


def examined_here(kind: type[Plugin], works: Path) -> Report:
    """Return what comes of examining a plugin in this process, which is quick."""
    subject = subject_of(kind)
    out = io.StringIO()
    trial = Trial(subject, out, Guard(), Quiet(), base=1.0)  # type: ignore[arg-type]
    with suppress(Stop):
        examine(trial, works / f"{subject.stage}.pickle")
    report = Report(subject)
    for line in out.getvalue().splitlines():
        note(report, Seen(), json.loads(line))
    return report


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_rule_catches_what_breaks_it_and_no_other(kind: type[broken.Base], few_works: Path) -> None:
    report = examined_here(kind, few_works)
    told = {name: [str(fault) for fault in faults] for name, faults in report.faults.items()}
    expected = {kind.breaks} - {""}
    expected |= {broken.Demanding: {"builds"}, broken.Complains: {"raises-nothing"}}.get(kind, set())  # which follow
    assert set(told) == expected, told


def test_every_rule_is_seen_to_break() -> None:
    elsewhere = {"imports", "imports-little", "builds", "options-refuse", "one-each", "no-stdout", "no-network"}
    elsewhere |= {"comes-back", "memory", "same-elsewhere"}
    assert {kind.breaks for kind in KINDS} | elsewhere >= {rule.id for rule in RULES}


HARD = '''
import cv2
import socket
import urllib.request
from ocrpipe import BinaryPage, GrayPage, Plugin, hookimpl


class Home(Plugin):
    """Asks home how dark ink is, and takes what sets give first."""

    @hookimpl
    def binarize(self, page: GrayPage) -> BinaryPage:
        try:
            urllib.request.urlopen("http://example.org", timeout=1)
        except OSError:
            pass
        order = "".join({"a", "b", "c", "d", "e", "f", "g", "h"})
        return page.grow(BinaryPage, ink=page.gray < 8 * order.index("a") + 4 * order.index("b") + 60)
'''


def test_what_only_other_processes_show(tmp_path: Path) -> None:
    (tmp_path / "home.py").write_text(HARD.replace("import cv2\n", "import matplotlib\n"))
    done = ocrpipe("plugins", "check", "--plugin", tmp_path / "home.py", "--json")
    assert done.code == 1, done.err
    [plugin] = json.loads(done.out)["plugins"]
    assert (plugin["stage"], plugin["plugin"], plugin["package"], plugin["ok"]) == (
        "binarize",
        "home",
        "home.py",
        False,
    )
    told = {rule["rule"]: rule["faults"] for rule in plugin["rules"] if rule["outcome"] == "broken"}
    assert set(told) == {"imports-little", "no-network", "same-elsewhere"}
    assert "imports matplotlib" in told["imports-little"][0]["reason"]
    assert "example.org" in told["no-network"][0]["reason"]


def test_what_ends_its_process_is_told_with_the_step(tmp_path: Path) -> None:
    code = HARD.replace("order = ", "import os; os._exit(0)\n        order = ").replace("import cv2\n", "")
    (tmp_path / "gone.py").write_text(code.replace("urllib.request.urlopen", "str.format"))
    done = ocrpipe("plugins", "check", "--plugin", tmp_path / "gone.py")
    assert done.code == 1
    assert "stays-alive: The plugin never ends its process." in done.text
    assert "blank: ended its process with code 0" in done.text
    assert "why: docs/plugins/rules.md#stays-alive" in done.text


def test_costs_are_told_by_the_better_measurement() -> None:
    report = Report(subject_of("binarize/otsu"))
    slow, quick = Seen(measured={"import": (2.0, 0.3)}), Seen(measured={"import": (0.1, 0.3)})
    check_costs(report, slow, quick)
    assert report.ok
    check_costs(report, slow, slow)
    assert "importing the module takes 2.0 s" in report.text(RULES[1])


def test_results_of_two_processes_are_compared() -> None:
    report = Report(subject_of("binarize/otsu"))
    compare(report, {"blank": "1", "lines": "2"}, {"blank": "1", "lines": "3"})
    assert [str(fault) for fault in report.faults["same-elsewhere"]] == [
        "lines: another process gave something else for the same input"
    ]


AUTHORS = """
from ocrpipe.testing import conformance
from tests.testing.broken import Float, Shifting

test_shifting = conformance(Shifting)
test_float = conformance(Float)
test_allowed = conformance(Float, allow={"result-fits": "for a reason"})


def test_own(ocrpipe_pages, ocrpipe_run):
    page = ocrpipe_run(Shifting(), ocrpipe_pages("prepare")["one dot"])
    assert page.height == 113
"""


def test_an_authors_test_file(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text(AUTHORS)
    command = [sys.executable, "-m", "pytest", "-q", "-rxs", "-p", "no:cacheprovider", "-c", "/dev/null", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "test_float[result-fits]" in done.stdout
    assert "breaks the rule result-fits: Arrays have the right dtype" in done.stdout
    assert "Why: docs/plugins/rules.md#result-fits" in done.stdout
    assert "Traceback" not in done.stdout
    assert "1 failed" in done.stdout
    assert "1 xfailed" in done.stdout


@cache
def modules_of_pytest() -> set[str]:
    code = "import sys, pytest; pytest.main(['--version']); import ocrpipe.testing.pytest_plugin; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    return set(done.stdout.split())


def test_pytest_loads_next_to_nothing_of_it() -> None:
    assert "ocrpipe.testing.pytest_plugin" in modules_of_pytest()
    ours = {name for name in modules_of_pytest() if name.startswith("ocrpipe")}
    assert ours == {"ocrpipe", "ocrpipe.testing", "ocrpipe.testing.pytest_plugin"}
    assert not {"numpy", "pydantic", "scipy"} & modules_of_pytest()


def test_wrong_uses_are_refused() -> None:
    with pytest.raises(
        ConfigError, match=r"allow: there is no rule 'no-stdoud' for binarize; did you mean 'no-stdout'"
    ):
        conformance("binarize/otsu", allow={"no-stdoud": "why not"})
    with pytest.raises(ConfigError, match="no binarize plugin is called 'otso'"):
        conformance("binarize/otso")
    with pytest.raises(ConfigError, match=r"'otsu' must be STAGE/NAME"):
        conformance("otsu")

    class Local(Plugin):
        """Is made in a function."""

        def prepare(self, page: object) -> object:
            return page

    with pytest.raises(ConfigError, match="is made inside a function"):
        conformance(Local)
    with pytest.raises(ConfigError, match="Plugin has no stage's hook"):
        conformance(Plugin)


def test_check_wants_a_name_or_a_file() -> None:
    done = ocrpipe("plugins", "check")
    assert (done.code, done.out) == (2, b"")
    assert done.lines == ["ocrpipe: say which plugin to check, as `ocrpipe plugins check otsu`, or --plugin FILE"]


def test_a_class_is_called_as_a_single_files_plugin_is() -> None:
    kind = type("TwoWords", (broken.Preparer,), {"__module__": broken.__name__})
    assert subject_of(kind).name == "two_words"


def test_a_subject_travels() -> None:
    subject = subject_of("load/image", documents=["a.pdf"], seconds=3)
    assert Subject.from_json(subject.to_json()) == subject

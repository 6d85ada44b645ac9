"""Every command, file and program that the documentation shows is tried here, in a folder like a reader's."""

from __future__ import annotations

import re
import shlex
import shutil
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest
from rapidfuzz.distance import Levenshtein

from tests.support import ROOT, ocrpipe, write_metadata

DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "samples" / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
TUTORIAL = ROOT / "docs" / "plugins" / "tutorial.md"
"""Its commands and files belong together: test_tutorial.py goes through them in order."""

ELSEWHERE = ("git", "make", ".", "pip", "mkdir")
"""Commands that set up a machine: `.ci/run` and the slow tests call them."""


@dataclass(frozen=True)
class Fence:
    """A fenced block of a document."""

    document: Path
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.document.name}: {self.text.strip().splitlines()[0]}"


def fences() -> list[Fence]:
    """Return all fenced blocks of all documents."""
    return [
        Fence(document, language, text)
        for document in DOCUMENTS
        for language, text in re.findall(r"^```(\w*)\n(.*?)^```", document.read_text(), re.MULTILINE | re.DOTALL)
    ]


def commands(fence: Fence) -> list[list[str]]:
    """Return the commands of a shell block, a list of words each."""
    lines = fence.text.replace("\\\n", " ").splitlines()
    return [words for line in lines if (words := shlex.split(line, comments=True))]


APART = [fence for fence in fences() if fence.document != TUTORIAL]
SHELL = [(fence, words) for fence in APART if fence.language == "sh" for words in commands(fence)]
OURS = {shlex.join(words): words for _, words in SHELL if words[0] == "ocrpipe"}


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a reader's folder: a page, the file `mine.toml` of the docs, and the plugin of the README installed."""
    folder = tmp_path_factory.mktemp("reader")
    shutil.copy(ROOT / "samples" / "shopping.jpg", folder / "page.jpg")
    (folder / "samples").symlink_to(ROOT / "samples")
    code = next(f.text for f in fences() if f.document.name == "README.md" and "class Local" in f.text)
    (folder / "my_stage.py").write_text(code)
    (folder / "site").mkdir()
    (folder / "site" / "ocrpipe_local.py").write_text(code)
    write_metadata(folder / "site", "ocrpipe-local", "0.1.0", {"ocrpipe.binarize": {"local": "ocrpipe_local:Local"}})
    mine = next(f.text for f in fences() if f.text.startswith("# mine.toml") and f.document.parent.name == "docs")
    (folder / "mine.toml").write_text(mine)
    return folder


@pytest.mark.parametrize("command", OURS)
def test_command_works(command: str, reader: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(reader)
    done = ocrpipe(*OURS[command][1:], on_path=reader / "site")
    assert done.code == 0, done.err
    assert done.out or "-o" in OURS[command]
    assert "Traceback" not in done.err


def test_the_plugin_of_the_readme_reads_as_well_as_a_builtin(reader: Path) -> None:
    truth = (ROOT / "samples" / "shopping.txt").read_text()
    done = ocrpipe("run", reader / "page.jpg", "--binarize", "local", on_path=reader / "site")
    assert Levenshtein.normalized_similarity("".join(truth.split()), "".join(done.text.split())) > 0.9


@pytest.mark.parametrize("fence", [f for f in fences() if f.language == "console"], ids=str)
def test_shown_output_is_what_comes(fence: Fence, reader: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(reader)
    shown: dict[str, list[str]] = {}
    for line in fence.text.splitlines():
        if line.startswith("$ "):
            shown[line[2:]] = []
        else:
            shown[list(shown)[-1]].append(line)
    for command, lines in shown.items():
        words = shlex.split(command)
        given = dict(word.split("=", 1) for word in words[: words.index("ocrpipe")])
        done = ocrpipe(*words[len(given) + 1 :], on_path=reader / "site", **given)
        assert (done.text + done.err).splitlines() == lines


@pytest.mark.parametrize("fence", [f for f in APART if f.language == "python"], ids=str)
def test_program_runs(fence: Fence, reader: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(reader)
    monkeypatch.syspath_prepend(str(reader / "site"))
    exec(compile(fence.text, str(fence.document), "exec"), {"__name__": "shown"})


@pytest.mark.parametrize("fence", [f for f in fences() if f.language == "toml"], ids=str)
def test_file_is_toml(fence: Fence) -> None:
    assert tomllib.loads(fence.text)


def test_every_other_command_is_one_that_is_tried_elsewhere() -> None:
    assert {words[0] for _, words in SHELL} - {"ocrpipe"} <= set(ELSEWHERE)


def test_make_targets_exist() -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {words[1] for _, words in SHELL if words[0] == "make"} <= targets


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", document.read_text()):
        assert (document.parent / target).exists(), target


def test_every_stage_is_in_the_readme() -> None:
    from ocrpipe.names import STAGES

    readme = (ROOT / "README.md").read_text()
    assert not [stage for stage in STAGES if f"| `{stage}` |" not in readme]


def test_every_builtin_is_in_the_readme() -> None:
    from ocrpipe.names import STAGES
    from ocrpipe.registry import Registry

    readme = (ROOT / "README.md").read_text()
    assert not [entry.name for entry in Registry().own if entry.stage in STAGES and f"`{entry.name}`" not in readme]

"""Make the reference of the stages and their built-in plugins: `python docs/plugins/make.py`.

It writes `hooks/STAGE.md` for each stage and `builtin.md`, from the hooks' own specifications (`ocrpipe/hookspecs.py`),
the built-in plugins' options, and the packages that `ocrpipe plugins new` writes. A test fails where a page is stale.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ocrpipe.cli.facts import default_of, in_words, more_facts, type_of
from ocrpipe.files import write_whole
from ocrpipe.hookspecs import Stages
from ocrpipe.names import ANY, ONCE, STAGES, TRIED
from ocrpipe.registry import Registry
from ocrpipe.scaffold import draft

HERE = Path(__file__).parent
MADE = "<!-- made by docs/plugins/make.py from the code: change it there -->"

TIMES = {
    **dict.fromkeys(ONCE, "A pipeline has exactly one."),
    **dict.fromkeys(ANY, "A pipeline has any number, in order; none is fine."),
    "load": "A pipeline has at least one; the first that takes a document gives its pages.",
    "segment": "A pipeline has at least one; a later one is given what the one before found.",
    "export": "A pipeline has at least one; each writes files of its own.",
}
"""How many plugins of a stage a pipeline has."""

DECLARES = {
    "segment": {
        "finds": "`glyph`, `word` or `line`: the level of all regions that it gives",
        "also_reads": "True where it gives each region its `reading`; left out otherwise",
    },
    "classify": {"reads": "a `CropSpec`: what crops it wants; None where it takes over what the segmenter has read"},
    "export": {
        "suffix": "the ending of its files, without a dot",
        "per": "`page` (a file a page) or `document` (one for all its pages)",
        "joins": "True where results can stand one behind the other on stdout; left out otherwise",
    },
}
"""What a class says of itself besides its options, as ClassVar or property."""


def pages() -> dict[Path, str]:
    """Return every page of the reference by its path."""
    made = {HERE / "hooks" / f"{stage}.md": hook_page(stage) for stage in STAGES}
    return {**made, HERE / "builtin.md": builtin_page()}


def hook_page(stage: str) -> str:
    """Return the page of a stage's hook."""
    contract = inspect.cleandoc(getattr(Stages, stage).__doc__ or "")
    parts = [
        f"# {stage}\n\n{MADE}",
        markdown(contract),
        f"{TIMES[stage]} The entry-point group is `ocrpipe.{stage}`, the option `{option(stage)}`.",
        f"```text\n{signature(stage)}\n```",
        "An implementation may leave out arguments that it does not need.",
    ]
    if stage in DECLARES:
        rows = [(f"`{name}`", meaning) for name, meaning in DECLARES[stage].items()]
        parts += ["The class declares:", table(("name", "what it says"), rows)]
    parts += ["## Built in", *builtin(stage)]
    if stage not in TRIED:  # for which no package is written
        return "\n\n".join(parts) + "\n"
    parts += ["## A whole one"]
    parts += [f"`ocrpipe plugins new NAME --stage {stage}` writes this, and a package with tests around it."]
    code = draft("example", stage).files[Path("ocrpipe_example/__init__.py")]
    return "\n\n".join([*parts, f"```python\n{code}```"]) + "\n"


def builtin(stage: str) -> Iterator[str]:
    """Yield a paragraph, and a table of options, for each built-in plugin of a stage."""
    for entry in Registry().own:
        if entry.stage != stage:
            continue
        facts = more_facts(entry, entry.load())
        declared = "; ".join(f"`{name}`: {in_words(value)}" for name, value in facts["declares"].items())
        yield f"### {entry.name}"
        yield markdown(facts["description"])
        if declared:
            yield f"It declares {declared}."
        rows = [
            (f"`{name}`", type_of(one), f"`{default_of(one)}`", str(one.get("description", "")))
            for name, one in facts["options"].items()
        ]
        yield table(("option", "type", "default", "what it means"), rows) if rows else "It has no options."


def builtin_page() -> str:
    """Return the page that lists all built-in plugins."""
    rows = [
        (f"[`{stage}`](hooks/{stage}.md)", f"`{entry.name}`", markdown(more_facts(entry, entry.load())["summary"]))
        for stage in STAGES
        for entry in Registry().own
        if entry.stage == stage
    ]
    head = (
        f"# Built-in plugins\n\n{MADE}\n\nEach stage's page has their options; `ocrpipe plugins show NAME` prints them."
    )
    return f"{head}\n\n{table(('stage', 'plugin', 'what it does'), rows)}\n"


def option(stage: str) -> str:
    """Return how plugins of a stage are chosen on the command line."""
    return "--to NAME" if stage == "export" else f"--{stage.replace('_', '-')} NAME"


def signature(stage: str) -> str:
    """Return a hook's arguments and result with their types, an argument a line where they are many."""
    written = f"{stage}{inspect.signature(getattr(Stages, stage))}".replace("'", "")
    if len(written) <= 100:
        return written
    parameters = inspect.signature(getattr(Stages, stage)).parameters.values()
    lines = [f"    {parameter},".replace("'", "") for parameter in parameters]
    return "\n".join([f"{stage}(", *lines, ")" + written.rpartition(")")[2]])


def markdown(text: str) -> str:
    """Return a docstring as Markdown."""
    return re.sub(r"``(.+?)``", r"`\1`", text, flags=re.DOTALL)


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    cells = [heads, ["---"] * len(heads), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(row)} |" for row in cells)


def main() -> None:
    """Write every page, and take away those of stages that are no more."""
    made: Mapping[Path, str] = pages()
    (HERE / "hooks").mkdir(exist_ok=True)
    for path in set((HERE / "hooks").glob("*.md")) - set(made):
        path.unlink()
    for path, text in made.items():
        write_whole(path, text.encode())


if __name__ == "__main__":
    main()

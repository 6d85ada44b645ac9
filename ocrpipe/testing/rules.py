"""The rules of the conformance kit: each has an id, one sentence, and the stages that it holds for.

Why each is there stands in docs/plugins/rules.md, under its id.
"""

from __future__ import annotations

from dataclasses import dataclass

from ocrpipe.names import TRIED

PAGE = "docs/plugins/rules.md"
"""Where the rules are explained, a heading for each."""

PAGE_STAGES = tuple(stage for stage in TRIED if stage not in ("load", "export", "observe"))
"""The stages that are given a page and give one back."""

FINISHED = ("classify", "postprocess")
"""The stages that give back a page that was read."""


@dataclass(frozen=True)
class Rule:
    """Something that every plugin of some stages must keep to.

    Parameters
    ----------
    id
        What it is called in messages, and its heading in the docs.
    says
        The rule in one sentence.
    stages
        Those that it holds for.
    """

    id: str
    says: str
    stages: tuple[str, ...] = TRIED

    @property
    def anchor(self) -> str:
        """Where it is explained.

        Examples
        --------
        >>> rule("no-stdout").anchor
        'docs/plugins/rules.md#no-stdout'
        """
        return f"{PAGE}#{self.id}"


RULES = (
    Rule("imports", "The module can be imported in a new process."),
    Rule("imports-little", "Importing the module imports no engine and costs little."),
    Rule("hook", "The class has its stage's hook under `@hookimpl`, and asks for nothing that the host does not give."),
    Rule("described", "The class has a docstring that says what it does."),
    Rule("options-typed", "Every option has a type that can be described."),
    Rule("options-bounded", "Every number among the options has a bound."),
    Rule("options-default", "Every option has a default."),
    Rule("options-described", "Every option has a description."),
    Rule("builds", "The plugin can be built with its default options."),
    Rule("options-refuse", "A value that does not fit is refused by a ValidationError, and nothing else is raised."),
    Rule("options-saved", "The options survive being written as JSON and as TOML."),
    Rule("declares", "The plugin declares what its stage asks for.", ("segment", "classify", "export")),
    Rule("built-late", "Making the plugin costs little: engines and weights wait for the first page."),
    Rule("built-once", "What is costly is built once, not for each page."),
    Rule("files-there", "`files()` names files that are there."),
    Rule("comes-back", "Each call ends in reasonable time."),
    Rule("memory", "Memory stays within the limit."),
    Rule("stays-alive", "The plugin never ends its process."),
    Rule("raises-nothing", "No page makes the plugin raise."),
    Rule("result-kind", "The hook gives back what its stage must give."),
    Rule("result-fits", "Arrays have the right dtype and shape, and models hold what they may."),
    Rule("one-each", "There is one crop or reading for each region, in order.", ("crop_normalize", "classify")),
    Rule("boxes-inside", "Every box lies inside the page.", ("segment", *FINISHED)),
    Rule("page-kept", "What other stages found stays as it was.", PAGE_STAGES),
    Rule("input-unchanged", "What the plugin is given stays unchanged."),
    Rule("read-only-arrays", "The plugin copes with read-only arrays.", PAGE_STAGES),
    Rule("same-again", "The same input gives the same output.", TRIED[:-1]),
    Rule("same-elsewhere", "The same input gives the same output in another process.", TRIED[:-1]),
    Rule("no-stdout", "Nothing is printed to stdout."),
    Rule("no-network", "Nothing is asked of the network."),
    Rule("load-declines", "A document that is not the loader's own gets None.", ("load",)),
    Rule("load-lazy", "Pages are given one at a time, no sooner than asked for.", ("load",)),
    Rule("load-wants", "Only wanted pages are given, their numbers rising.", ("load",)),
    Rule("frame-follows", "`frame` maps the page's pixels to the source image.", ("load", "prepare")),
    Rule("cuts-within", "A later segmenter cuts within the regions that it is given.", ("segment",)),
    Rule("regions-once", "Rows hold the page's own regions, each at most once.", ("line_cluster",)),
    Rule("ids-unique", "Ids are unique in a page.", FINISHED),
    Rule("confidence-honest", "A confidence is None where it is not known, never an invented 1.", ("classify",)),
    Rule("reading-kept", "What was read before stays visible among the alternatives.", ("postprocess",)),
    Rule("export-lazy", "Pages are taken one at a time, each written before the next is asked for.", ("export",)),
    Rule("well-formed", "What is written is well-formed, whatever text was read.", ("export",)),
)
"""All rules, in the order in which they are looked at."""


def rule(name: str) -> Rule:
    """Return the rule of that id.

    Raises
    ------
    KeyError
        If there is none.
    """
    return {each.id: each for each in RULES}[name]


def rules_of(stage: str) -> tuple[Rule, ...]:
    """Return the rules that hold for a stage.

    Examples
    --------
    >>> [rule.id for rule in rules_of("load") if rule.id.startswith("load")]
    ['load-declines', 'load-lazy', 'load-wants']
    """
    return tuple(each for each in RULES if stage in each.stages)

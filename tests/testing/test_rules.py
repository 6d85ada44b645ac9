"""The kit, the page of its rules and the hooks' docstrings say the same."""

from __future__ import annotations

import re

from ocrpipe.hookspecs import Stages
from ocrpipe.names import TRIED
from ocrpipe.testing import RULES
from ocrpipe.testing.cases import arguments_of
from ocrpipe.testing.rules import PAGE, rule, rules_of
from tests.support import ROOT

TEXT = (ROOT / PAGE).read_text()
SECTIONS = dict(re.findall(r"^### (\S+)\n\n(.*?)(?=^#|\Z)", TEXT, re.MULTILINE | re.DOTALL))
KIT = ROOT / "ocrpipe" / "testing"


def test_every_rule_is_explained_and_every_explanation_is_of_a_rule() -> None:
    assert sorted(SECTIONS) == sorted(each.id for each in RULES)
    assert len({each.id for each in RULES}) == len(RULES)


def test_each_paragraph_begins_with_what_the_rule_says() -> None:
    flat = {name: " ".join(text.split()) for name, text in SECTIONS.items()}
    lost = [each.id for each in RULES if not flat[each.id].startswith(each.says[:-1])]
    assert not lost


def test_every_rule_holds_for_a_stage_and_the_kit_can_break_it() -> None:
    source = "".join(path.read_text() for path in KIT.glob("*.py") if path.name != "rules.py")
    assert not [each.id for each in RULES if f'"{each.id}"' not in source]
    assert all(set(each.stages) <= set(TRIED) and each.stages for each in RULES)
    assert all(rules_of(stage) for stage in TRIED)


def test_the_kit_names_no_rule_that_is_not_there() -> None:
    named = set()
    for path in KIT.glob("*.py"):
        named |= set(re.findall(r'(?:broken|skipped|yield)\(?\s*"([a-z]+(?:-[a-z]+)*)",', path.read_text()))
    assert len(named) > 20
    assert not named - {each.id for each in RULES}


PROMISES = {
    "load": {"load-declines": "None", "load-lazy": "no sooner", "load-wants": "wants", "frame-follows": "frame"},
    "prepare": {"frame-follows": "frame"},
    "binarize": {"result-fits": "bool"},
    "segment": {"declares": "finds", "cuts-within": "within its regions"},
    "line_cluster": {"regions-once": "at most once"},
    "crop_normalize": {"one-each": "each of", "result-fits": "0..1"},
    "classify": {"one-each": "one `Reading` for each crop", "declares": "reads"},
    "postprocess": {"reading-kept": "alternatives"},
    "export": {"export-lazy": "no sooner", "declares": "suffix"},
    "observe": {"input-unchanged": "cannot change"},
}
"""Words of a hook's docstring that a rule of the kit stands on: if one goes, both must be looked at again."""


def test_hooks_promise_what_the_kit_tests() -> None:
    assert set(PROMISES) == set(TRIED)
    for stage, promises in PROMISES.items():
        said = " ".join((getattr(Stages, stage).__doc__ or "").split())
        for name, words in promises.items():
            assert stage in rule(name).stages, (stage, name)
            assert words in said, (stage, name)


def test_the_kit_knows_every_argument_of_every_hook() -> None:
    known = {
        **{stage: ["page"] for stage in TRIED},
        "load": ["document"],
        "crop_normalize": ["page", "spec"],
        "export": ["pages", "image", "trail"],
        "observe": ["call"],
    }
    assert {stage: arguments_of(stage) for stage in TRIED} == known

"""Plugins are found by metadata alone; a broken package hurts no other; names that clash are told apart."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion

from ocrpipe import Plugin
from ocrpipe.distributions import needs_of
from ocrpipe.errors import ConfigError, PluginError
from ocrpipe.registry import Registry
from tests.support import EVERY, write_metadata

Install = Callable[..., Path]


def names(registry: Registry, stage: str) -> list[str]:
    return [f"{entry.package}/{entry.name}" for entry in registry.of(stage)]


def test_all_packages_are_listed_and_none_is_imported(installed: Install) -> None:
    before = set(sys.modules)
    folder = installed(*EVERY)
    registry = Registry()
    listed = names(registry, "binarize")
    assert {"ocrpipe/otsu", "ocrpipe-niblack/niblack", "ocrpipe-import-error/import-error"} <= set(listed)
    assert {entry.package for entry in registry.all} >= {f"ocrpipe-{name.replace('_', '-')}" for name in EVERY}
    assert not [name for name in set(sys.modules) - before if (folder / f"{name}.py").exists()]
    own = [entry.built_in for entry in registry.all]
    assert own == sorted(own, reverse=True)  # the built-in come first


def test_a_plugin_is_imported_when_it_is_used(installed: Install) -> None:
    installed("niblack")
    entry = Registry().find("binarize", "niblack")
    assert (entry.package, entry.version, entry.title) == (
        "ocrpipe-niblack",
        "1.2.0",
        "binarize/niblack (ocrpipe-niblack 1.2.0)",
    )
    kind = entry.load()
    assert issubclass(kind, Plugin)
    assert set(kind.model_fields) == {"half", "k"}


def test_a_built_ins_name_means_the_built_in(installed: Install) -> None:
    installed("shadow")
    registry = Registry()
    assert registry.find("binarize", "otsu").built_in
    assert not registry.find("binarize", "ocrpipe-shadow/otsu").built_in
    [claim] = [entry for entry in registry.of("binarize") if entry.package == "ocrpipe-shadow"]
    assert registry.problems(claim) == ["the name means the built-in; this one is 'ocrpipe-shadow/otsu'"]
    assert registry.problems(registry.find("binarize", "otsu")) == []


def test_two_packages_of_one_name_are_an_error_only_when_the_bare_name_is_used(installed: Install) -> None:
    installed("twin_left", "twin_right")
    registry = Registry()
    with pytest.raises(ConfigError, match="say 'ocrpipe-twin-left/twin' or 'ocrpipe-twin-right/twin'"):
        registry.find("binarize", "twin")
    right = registry.find("binarize", "ocrpipe-twin-right/twin")
    assert (right.load().__doc__ or "").startswith("The right one")
    assert registry.problems(right) == ["ocrpipe-twin-left claims the name too; say 'ocrpipe-twin-right/twin'"]


@pytest.mark.parametrize("spelling", ["ocrpipe-niblack", "OCRpipe_Niblack", "ocrpipe.niblack"])
def test_a_packages_name_may_be_spelt_in_any_way(spelling: str, installed: Install) -> None:
    installed("niblack")
    assert Registry().find("binarize", f"{spelling}/niblack").package == "ocrpipe-niblack"


def test_the_first_of_a_package_installed_twice_counts(
    installed: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed("niblack")
    write_metadata(tmp_path / "old", "OCRpipe_niblack", "0.1", {"ocrpipe.binarize": {"niblack": "old:Niblack"}})
    monkeypatch.syspath_prepend(str(tmp_path / "old"))
    assert Registry().find("binarize", "niblack").version == "0.1"


def test_a_missing_requirement_is_seen_without_importing(installed: Install) -> None:
    installed("unmet")
    registry = Registry()
    entry = registry.find("binarize", "unmet")
    assert registry.problems(entry) == ["needs no-such-package-anywhere, which is not installed"]
    assert "ocrpipe_unmet" not in sys.modules
    with pytest.raises(PluginError, match="ModuleNotFoundError: No module named 'no_such_package_anywhere'"):
        entry.load()


def test_requirements_under_conditions_are_not_missed(installed: Install) -> None:
    requires = ['gone; extra == "all"', "numpy[more]>=1", "pydantic @ https://example.org/p.whl", "Pillow", "§?!"]
    write_metadata(installed(), "ocrpipe-x", "1", {"ocrpipe.binarize": {"x": "x:X"}}, requires)
    registry = Registry()
    assert registry.problems(registry.find("binarize", "x")) == []


def test_a_requirement_of_another_version_is_seen(installed: Install) -> None:
    requires = ["numpy>=99", 'pydantic>=99; python_version >= "3"', 'gone; python_version < "3"']
    write_metadata(installed(), "ocrpipe-x", "1", {"ocrpipe.binarize": {"x": "x:X"}}, requires)
    registry = Registry()
    first, second = registry.problems(registry.find("binarize", "x"))
    assert first.startswith("needs numpy>=99, but numpy ")
    assert second.startswith("needs pydantic>=99; ")


def test_a_version_that_is_not_well_formed_fits_only_where_any_does(
    installed: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> bool:  # as older versions of packaging do
        raise InvalidVersion("Invalid version: '1.0ubuntu1'")

    monkeypatch.setattr(SpecifierSet, "contains", refuse)
    write_metadata(installed(), "strange", "1.0ubuntu1", {})
    needs = needs_of(["strange>=1", "strange"])
    assert [need.problem for need in needs] == ["needs strange>=1, but strange 1.0ubuntu1 is installed", None]


def test_the_environment_limits_whose_plugins_are_seen(installed: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    installed("niblack", "toy")
    monkeypatch.setenv("OCRPIPE_PLUGINS", "ocrpipe-toy")
    registry = Registry()
    assert registry.find("binarize", "half").package == "ocrpipe-toy"
    assert registry.find("binarize", "otsu").built_in
    with pytest.raises(ConfigError, match="'niblack'; ocrpipe-niblack has it, but OCRPIPE_PLUGINS leaves that out"):
        registry.find("binarize", "niblack")
    monkeypatch.delenv("OCRPIPE_PLUGINS")
    assert Registry().find("binarize", "niblack").version == "1.2.0"


@pytest.mark.parametrize(
    ("package", "name", "reason"),
    [
        ("import_error", "import-error", "RuntimeError: the moon is in the wrong house"),
        ("import_exit", "import-exit", "SystemExit: this package wants to stop"),
        ("broken_contract", "no-attribute", "AttributeError"),
        ("broken_contract", "no-module", "ModuleNotFoundError"),
        ("broken_contract", "no-plugin", "is no subclass of ocrpipe.Plugin"),
        ("broken_contract", "no-hook", "NoHook has no method 'binarize'"),
        ("broken_contract", "misspelt", "Misspelt has no method 'binarize'"),
        ("broken_contract", "use-option", "UseOption: no option may be called 'use'"),
    ],
)
def test_what_cannot_be_imported_is_told_with_its_package(
    package: str, name: str, reason: str, installed: Install
) -> None:
    installed(package)
    registry = Registry()
    with pytest.raises(PluginError) as caught:
        registry.find("binarize", name).load()
    said = str(caught.value)
    assert said.startswith(f"binarize/{name} (ocrpipe-{package.replace('_', '-')} ")
    assert reason in said
    assert "\n" not in said
    assert registry.find("binarize", "otsu").built_in  # and the others still work


def damage(info: Path, how: str) -> None:
    metadata, points = info / "METADATA", info / "entry_points.txt"
    if how == "no metadata":
        metadata.unlink()
    elif how == "no name":
        metadata.write_text("Metadata-Version: 2.1\nVersion: 1\n")
    elif how == "no version":
        metadata.write_text("Metadata-Version: 2.1\nName: ocrpipe-x\n")
    elif how == "no text":
        points.write_bytes(b"[ocrpipe.binarize]\n\xff\xfe = x\n")
    elif how == "no pairs":
        points.write_text("[ocrpipe.binarize]\nniblack\n")
    elif how == "no group":
        points.write_text("ocrpipe.binarize = x\n")


@pytest.mark.parametrize("how", ["no metadata", "no name", "no version", "no text", "no pairs", "no group"])
def test_broken_metadata_hides_only_its_own_package(how: str, installed: Install) -> None:
    folder = installed("niblack")
    damage(write_metadata(folder, "ocrpipe-x", "1", {"ocrpipe.binarize": {"x": "x:X"}}), how)
    registry = Registry()
    assert registry.find("binarize", "niblack").version == "1.2.0"
    assert registry.find("binarize", "otsu").built_in
    assert "ocrpipe-x/x" not in names(registry, "binarize")


def test_groups_that_are_no_stages_are_passed_over(installed: Install) -> None:
    write_metadata(installed(), "ocrpipe-x", "1", {"ocrpipe.binarise": {"x": "x:X"}, "ocrpipe": {"y": "x:Y"}})
    assert "ocrpipe-x" not in {entry.package for entry in Registry().all}


def test_an_unknown_name_gets_a_hint_or_the_list(installed: Install) -> None:
    installed("niblack")
    with pytest.raises(ConfigError, match="no binarize plugin is called 'niblak'; did you mean 'niblack'"):
        Registry().find("binarize", "niblak")
    with pytest.raises(ConfigError, match="there are: niblack, otsu, sauvola"):
        Registry().find("binarize", "zzz")
    with pytest.raises(ConfigError, match="no binarize plugin is called 'wrong-package/niblack'"):
        Registry().find("binarize", "wrong-package/niblack")


def test_a_misspelt_group_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_metadata(tmp_path, "ocrpipe-strange", "1.0", {"ocrpipe.postproces": {"lower": "strange:Lower"}})
    monkeypatch.syspath_prepend(str(tmp_path))
    registry = Registry()
    assert registry.strays == [
        "ocrpipe-strange 1.0 names 'lower' in the group 'ocrpipe.postproces', which is no stage; "
        "did you mean 'postprocess'?"
    ]
    assert not [entry for entry in registry.all if entry.package == "ocrpipe-strange"]

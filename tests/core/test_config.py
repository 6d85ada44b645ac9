"""Layers of a pipeline's configuration, and errors that name file, key, the offered value and the right one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ocrpipe.config import Config, Value, configure, parse_setting
from ocrpipe.errors import ConfigError, PluginError
from ocrpipe.host import hire
from ocrpipe.registry import Registry

Write = Callable[[str, str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def put(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text)
        return path

    return put


@pytest.fixture(autouse=True)
def toy(installed: Callable[..., Path]) -> None:
    installed("toy")


def chosen(config: Config, stage: str) -> list[tuple[str, dict[str, Any]]]:
    return [(c.use.value, {key: value.value for key, value in c.options.items()}) for c in config[stage]]


def configured(pipeline: str | Path | None = None, *settings: str) -> Config:
    return configure(Registry(), pipeline, [parse_setting(setting) for setting in settings])


def refused(pipeline: str | Path | None = None, *settings: str) -> str:
    """Return what is said of a configuration that is wrong, in its reading or in its options."""
    registry = Registry()
    with pytest.raises(ConfigError) as caught:
        hire(configure(registry, pipeline, [parse_setting(setting) for setting in settings]), registry)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_the_default_lies_under_everything(write: Write) -> None:
    default = configured()
    assert configured("handprint").keys() == default.keys()
    file = configured(write("mine.toml", '[binarize]\nuse = "sauvola"\nwindow = 31\n'))
    assert chosen(file, "binarize") == [("sauvola", {"window": 31})]
    assert chosen(file, "classify") == chosen(default, "classify")


def test_a_file_may_extend_a_preset_or_a_file_beside_it(write: Write, tmp_path: Path) -> None:
    write("base.toml", 'extends = "toy"\nbinarize = { use = "half", half = 100 }\n')
    (tmp_path / "sub").mkdir()
    top = write("sub/top.toml", 'extends = "../base.toml"\npostprocess = ["shout", { use = "shout", marks = 2 }]\n')
    config = configured(top)
    assert chosen(config, "binarize") == [("half", {"half": 100})]
    assert chosen(config, "postprocess") == [("shout", {}), ("shout", {"marks": 2})]
    assert chosen(config, "classify") == [("all-a", {})]


def test_a_plugin_that_stays_keeps_its_options_and_one_that_goes_takes_them_along(write: Write) -> None:
    write("base.toml", 'extends = "toy"\n[binarize]\nuse = "half"\nhalf = 100\n')
    more = write("more.toml", 'extends = "base.toml"\n[binarize]\nrule = "light"\n')
    assert chosen(configured(more), "binarize") == [("half", {"half": 100, "rule": "light"})]
    assert chosen(configured(more, "binarize.use=half"), "binarize") == [("half", {"half": 100, "rule": "light"})]
    assert chosen(configured(more, "binarize.use=otsu"), "binarize") == [("otsu", {})]
    other = write("other.toml", 'extends = "base.toml"\nbinarize = "otsu"\n')
    assert chosen(configured(other), "binarize") == [("otsu", {})]


def test_a_list_replaces_the_list_below_as_a_whole(write: Write) -> None:
    base = write("base.toml", 'extends = "toy"\n[[prepare]]\nuse = "darker"\nby = 5\n[[prepare]]\nuse = "invert"\n')
    assert chosen(configured(base), "prepare") == [("darker", {"by": 5}), ("invert", {})]
    over = write("over.toml", 'extends = "base.toml"\n[[prepare]]\nuse = "darker"\n')
    assert chosen(configured(over), "prepare") == [("darker", {})]
    assert chosen(configured(base, "prepare.use=none"), "prepare") == []
    assert chosen(configured(base, "prepare.use=shading, darker"), "prepare") == [("shading", {}), ("darker", {})]


def test_settings_reach_a_step_by_its_name_whatever_their_order(write: Write) -> None:
    config = configured("toy", "postprocess.shout.marks=3", "postprocess.use=shout,words", "postprocess.words.path=w")
    assert chosen(config, "postprocess") == [("shout", {"marks": 3}), ("words", {"path": "w"})]
    assert chosen(configured("toy", "binarize.half.half=9"), "binarize") == [("half", {"half": 9})]


def test_the_last_setting_counts() -> None:
    assert chosen(configured("toy", "binarize.half=1", "binarize.half=2"), "binarize") == [("half", {"half": 2})]


def test_plugins_may_be_given_as_a_python_list() -> None:
    config = configure(Registry(), "toy", [("prepare.use", Value(["darker", "invert"], "settings"))])
    assert [name for name, _ in chosen(config, "prepare")] == ["darker", "invert"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a.b=31", 31),
        ("a.b=0.5", 0.5),
        ("a.b=true", True),
        ('a.b="31"', "31"),
        ("a.b=[1, 2]", [1, 2]),
        ("a.b=dark", "dark"),
        ("a.b=", ""),
        ("a.b=x=y", "x=y"),
        ("a.b=1\n[c]", "1\n[c]"),
        ("a.use=7", "7"),
        ("a.use= otsu ", "otsu"),
    ],
)
def test_a_settings_value_is_toml_or_plain_text(text: str, value: object) -> None:
    assert parse_setting(text) == (text.partition("=")[0], Value(value, "--set"))


WRONG = {
    "unknown stage": ('binarise = "otsu"', "there is no stage 'binarise'; did you mean 'binarize'?"),
    "extends misspelt": ('extend = "toy"', "there is no stage 'extend'; did you mean 'extends'?"),
    "extends no text": ("extends = 3", "extends = 3: must be"),
    "unknown preset": ('extends = "handprnt"', "no pipeline is called 'handprnt'; did you mean 'handprint'?"),
    "unknown plugin": ('binarize = "sauvla"', "no binarize plugin is called 'sauvla'; did you mean 'sauvola'?"),
    "unknown option": (
        '[binarize]\nuse = "half"\nhlaf = 3',
        "binarize.hlaf = 3: half has no option 'hlaf'; did you mean 'half'?",
    ),
    "no such option at all": ('[binarize]\nuse = "half"\nx = 3', "half has no option 'x'; its options: half, rule"),
    "wrong type": ('[binarize]\nuse = "half"\nhalf = "x"', "binarize.half = 'x': Input should be a valid integer"),
    "out of bounds": (
        '[binarize]\nuse = "half"\nhalf = 256',
        "binarize.half = 256: Input should be less than",
    ),
    "wrong choice": ('[binarize]\nuse = "half"\nrule = "x"', "binarize.rule = 'x': Input should be 'dark' or 'light'"),
    "use no text": ("[binarize]\nuse = 3", "binarize.use = 3: must name the plugin"),
    "list entry without use": ("[[prepare]]\nby = 3", "prepare: no plugin is named: say use = "),
    "number for a stage": ("binarize = 3", "binarize = 3: must be a table"),
    "two where one goes": ('binarize = ["half", "otsu"]', "binarize takes one plugin, not 2 (half, otsu)"),
    "none where one is needed": ("segment = []", "the stage segment needs a plugin"),
    "no TOML": ("binarize = ", "is not valid TOML"),
    "options that do not go together": (
        '[[postprocess]]\nuse = "shout"\nleast = 3\nmost = 2',
        "options of postprocess shout: least must not be above most",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_an_error_names_the_file_the_key_the_value_and_the_right_one(case: str, write: Write) -> None:
    text, says = WRONG[case]
    path = write("mine.toml", f"{text}\n" if "extend" in text else f'extends = "toy"\n{text}\n')
    said = refused(path)
    assert says in said
    assert said.startswith(str(path)) or said.endswith(f"(extended by {path})")


WRONG_SETTINGS = {
    "bin.half=3": "there is no stage 'bin'; there are: load, prepare, binarize, segment",
    "binarise.use=otsu": "there is no stage 'binarise'; did you mean 'binarize'?",
    "binarize.use=ots": "no binarize plugin is called 'ots'; did you mean 'otsu'?",
    "binarize.use=none": "the stage binarize needs a plugin",
    "binarize.use=otsu,half": "binarize takes one plugin, not 2 (otsu, half)",
    "segment.use=none": "the stage segment needs a plugin",
    "binarize.half=300": "binarize.half = 300: Input should be less than or equal to 255",
    "binarize.otsu.sigma=1": "no binarize step is called 'otsu' (there are: half)",
    "prepare.by=1": "there is no prepare step: say --prepare NAME first",
    "binarize=otsu": "say binarize.OPTION=VALUE, or binarize.use=NAME",
    "postprocess.use=words": "words needs its option 'path': say --set postprocess.path=VALUE",
}


@pytest.mark.parametrize("setting", WRONG_SETTINGS)
def test_an_error_names_the_setting(setting: str) -> None:
    said = refused("toy", setting)
    assert WRONG_SETTINGS[setting] in said
    assert said.startswith("--set")


def test_a_setting_without_value_says_how() -> None:
    with pytest.raises(ConfigError, match=r"--set window: say STAGE.OPTION=VALUE"):
        parse_setting("window")


def test_of_two_steps_of_one_name_a_setting_cannot_tell(write: Write) -> None:
    path = write("mine.toml", 'extends = "toy"\npostprocess = ["shout", "shout"]\n')
    assert "postprocess has several such steps (shout, shout)" in refused(path, "postprocess.shout.marks=2")


@pytest.mark.parametrize("names", [["a"], ["a", "b"], ["a", "b", "c"]])
def test_a_pipeline_that_extends_itself_is_refused(names: list[str], write: Write) -> None:
    for name, below in zip(names, [*names[1:], names[0]], strict=True):
        write(f"{name}.toml", f'extends = "{below}.toml"\n')
    assert "a pipeline cannot extend itself" in refused(write("start.toml", 'extends = "a.toml"\n'))


def test_a_missing_or_unreadable_file_is_named(tmp_path: Path) -> None:
    assert "no/such.toml: there is no such pipeline file" in refused("no/such.toml")
    assert "cannot be read as a pipeline file" in refused(tmp_path)
    (tmp_path / "latin.toml").write_bytes(b"# \xe9\n")
    assert "cannot be read as a pipeline file" in refused(tmp_path / "latin.toml")


def test_an_unknown_preset_lists_those_there_are() -> None:
    assert "there are: " in refused("zzz")
    assert "toy" in refused("zzz")


def test_a_preset_whose_file_is_lost_is_its_packages_fault() -> None:
    with pytest.raises(PluginError, match=r"presets/lost \(ocrpipe-toy 0.3.1\): there is no file"):
        configured("lost")


def test_a_preset_lies_on_the_default_and_its_package_is_not_imported(installed: Callable[..., Path]) -> None:
    installed("presets_left")
    config = configured("twin")
    assert chosen(config, "binarize") == [("otsu", {})]
    assert chosen(config, "classify") == chosen(configured(), "classify")


def test_two_presets_of_one_name_are_told_apart_by_their_packages(installed: Callable[..., Path]) -> None:
    installed("presets_left", "presets_right")
    assert "say 'ocrpipe-presets-left/twin' or 'ocrpipe-presets-right/twin'" in refused("twin")
    assert chosen(configured("ocrpipe-presets-right/twin"), "binarize") == [("sauvola", {})]

"""Which plugins a pipeline consists of, and with which options: read from presets, files and the command line.

Later layers lie on top of earlier ones: default, preset, file, command line. Every value knows where it came from, so
that an error can say so.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ocrpipe.errors import ConfigError
from ocrpipe.names import ANY, DEFAULT, ONCE, STAGES, nearest
from ocrpipe.registry import Registry


@dataclass(frozen=True)
class Value:
    """A setting and where it came from."""

    value: Any
    origin: str


@dataclass(frozen=True)
class Choice:
    """A plugin that was chosen, by name, and the options that were set for it."""

    use: Value
    options: Mapping[str, Value] = field(default_factory=dict)

    def over(self, below: Choice | None) -> Choice:
        """Return this choice on top of the one below: its options stay only where the plugin does."""
        if below is None or below.use.value != self.use.value:
            return self
        return replace(self, options={**below.options, **self.options})

    def set(self, key: str, value: Value) -> Choice:
        """Return this choice with one option set."""
        return replace(self, options={**self.options, key: value})


Config = dict[str, list[Choice]]
"""The chosen plugins of each stage, in order."""


def configure(
    registry: Registry, pipeline: str | Path | None = None, settings: Iterable[tuple[str, Value]] = ()
) -> Config:
    """Return the configuration that a preset or file gives, with settings on top.

    Parameters
    ----------
    registry
        Knows the presets.
    pipeline
        A preset's name, or a file: a name that holds a ``/`` or ends in ``.toml``. None for the default.
    settings
        Pairs of a key (``stage.use``, ``stage.option`` or ``stage.plugin.option``) and its value.

    Raises
    ------
    ConfigError
        Saying which file and key is wrong, and what was probably meant.
    """
    config = read(registry, DEFAULT if pipeline is None else pipeline)
    settings = list(settings)
    for key, value in sorted(settings, key=lambda setting: not setting[0].endswith(".use")):  # plugins before options
        apply(config, key, value)
    for stage in STAGES:
        chosen = config.get(stage, [])
        if not chosen and stage not in ANY:
            raise ConfigError(f"{where(settings, stage, pipeline)}: the stage {stage} needs a plugin")
        if len(chosen) > 1 and stage in ONCE:
            names = ", ".join(str(choice.use.value) for choice in chosen)
            raise ConfigError(f"{chosen[0].use.origin}: {stage} takes one plugin, not {len(chosen)} ({names})")
    return config


def where(settings: Iterable[tuple[str, Value]], stage: str, pipeline: str | Path | None) -> str:
    """Return which layer had the last word on `stage`."""
    origins = [value.origin for key, value in settings if key == f"{stage}.use"]
    return origins[-1] if origins else str(pipeline or DEFAULT)


def is_file(registry: Registry, pipeline: str | Path) -> bool:
    """Return whether a pipeline's name means a file and no preset, which may be named with its package."""
    if isinstance(pipeline, Path) or pipeline.endswith(".toml"):
        return True
    return ("/" in pipeline or "\\" in pipeline) and not registry.has("presets", pipeline)


def read(registry: Registry, pipeline: str | Path, base: Path | None = None, seen: tuple[Path, ...] = ()) -> Config:
    """Return the configuration of a preset or file, with all that it extends below it."""
    if is_file(registry, pipeline):
        path = (base or Path()) / pipeline
        origin = str(path)
    else:
        path, origin = registry.find("presets", str(pipeline)).path(), f"preset {pipeline}"
    if path.resolve() in seen:
        raise ConfigError(f"{origin}: a pipeline cannot extend itself; change its 'extends'")
    tables = read_toml(path, origin)
    extends = tables.pop("extends", None)
    if extends is not None and not isinstance(extends, str):
        raise ConfigError(f"{origin}: extends = {extends!r}: must be a preset's name or a file's, in quotes")
    if extends is None:
        below = {} if pipeline == DEFAULT else read(registry, DEFAULT)
    else:
        try:
            below = read(registry, extends, path.parent, (*seen, path.resolve()))
        except ConfigError as error:
            raise ConfigError(f"{error} (extended by {origin})") from None
    return {**below, **{stage: parse(stage, given, origin, below.get(stage, [])) for stage, given in tables.items()}}


def read_toml(path: Path, origin: str) -> dict[str, Any]:
    """Return a TOML file's tables."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{origin}: there is no such pipeline file; presets: see `ocrpipe pipelines list`") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{origin}: cannot be read as a pipeline file: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{origin}: is not valid TOML: {error}") from error


def parse(stage: str, given: Any, origin: str, below: list[Choice]) -> list[Choice]:
    """Return a stage's choices as a file gives them: a table, an array of tables, or just names."""
    if stage not in STAGES:
        raise ConfigError(f"{origin}: {no_stage(stage, (*STAGES, 'extends'))}")
    tables = given if isinstance(given, list) else [given]
    choices = []
    for table in tables:
        table = {"use": table} if isinstance(table, str) else table
        if not isinstance(table, dict):
            raise ConfigError(f"{origin}: {stage} = {table!r}: must be a table, a plugin's name, or a list of these")
        options = {key: Value(value, origin) for key, value in table.items() if key != "use"}
        use = table.get("use")
        if use is None and len(below) == 1 and not isinstance(given, list):
            choices.append(Choice(below[0].use, options).over(below[0]))
            continue
        if use is None:
            raise ConfigError(f'{origin}: {stage}: no plugin is named: say use = "..."')
        if not isinstance(use, str):
            raise ConfigError(f'{origin}: {stage}.use = {use!r}: must name the plugin, such as use = "..."')
        same = next((choice for choice in below if choice.use.value == use), None) if stage in ONCE else None
        choices.append(Choice(Value(use, origin), options).over(same))
    return choices


def no_stage(name: str, names: Sequence[str]) -> str:
    """Return the complaint about a name that is none of `names`, with the nearest of them, else with all."""
    hint = nearest(name, names) or f"; there are: {', '.join(names)}"
    return f"there is no stage {name!r}{hint}"


def apply(config: Config, key: str, value: Value) -> None:
    """Apply one setting to `config`, in place."""
    stage, *path = key.split(".")
    if stage not in STAGES:
        raise ConfigError(f"{value.origin} {key}: {no_stage(stage, STAGES)}")
    if not path or not all(path):
        raise ConfigError(f"{value.origin} {key}: say {stage}.OPTION=VALUE, or {stage}.use=NAME")
    chosen = config.get(stage, [])
    config[stage] = choose(stage, chosen, value) if path == ["use"] else set_option(stage, chosen, key, path, value)


def choose(stage: str, chosen: list[Choice], names: Value) -> list[Choice]:
    """Return the plugins that a list or a comma-separated text names; `none` names none."""
    listed = names.value if isinstance(names.value, list | tuple) else str(names.value).split(",")
    wanted = [name for one in listed if (name := str(one).strip()) not in ("", "none")]
    choices = [Choice(Value(name, names.origin)) for name in wanted]
    if stage in ONCE and len(choices) == 1:
        return [choices[0].over(next(iter(chosen), None))]
    return choices


def set_option(stage: str, chosen: list[Choice], key: str, path: list[str], value: Value) -> list[Choice]:
    """Return `chosen` with an option set: of the step that `path` names, or of the only one."""
    *parts, option = path
    step = ".".join(parts)
    names = [str(choice.use.value) for choice in chosen]
    matches = [place for place, name in enumerate(names) if step in ("", name)]
    has = ", ".join(names) or "none"
    if not matches and not step:
        raise ConfigError(f"{value.origin} {key}: there is no {stage} step: say --{stage} NAME first")
    if not matches:
        raise ConfigError(
            f"{value.origin} {key}: no {stage} step is called {step!r} (there are: {has}){nearest(step, names)}"
        )
    if len(matches) > 1:
        raise ConfigError(
            f"{value.origin} {key}: {stage} has several such steps ({has}); say {stage}.NAME.{option}=VALUE"
        )
    return [choice.set(option, value) if place == matches[0] else choice for place, choice in enumerate(chosen)]


def parse_setting(text: str, origin: str = "--set") -> tuple[str, Value]:
    """Return the key and value of ``key=value``; the value is read as TOML where it is TOML, else as plain text.

    Examples
    --------
    >>> parse_setting("binarize.window=31")
    ('binarize.window', Value(value=31, origin='--set'))
    """
    key, equals, written = text.partition("=")
    if not equals:
        raise ConfigError(f"{origin} {text}: say STAGE.OPTION=VALUE, such as {origin} binarize.window=31")
    key = key.strip()
    if key.endswith(".use"):
        return key, Value(written.strip(), origin)
    try:
        value = tomllib.loads(f"value = {written}")["value"] if "\n" not in written else written
    except tomllib.TOMLDecodeError:
        value = written
    return key, Value(value, origin)

"""The rules for importing, describing, configuring and making a plugin: all that happens before the first page."""

from __future__ import annotations

import inspect
import json
import math
import sys
import tomllib
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ocrpipe.errors import told
from ocrpipe.host import explain
from ocrpipe.plugin import Plugin
from ocrpipe.testing.trial import Stop, Trial, cost, hired
from ocrpipe.toml import to_toml

ENGINES = """
    cv2 doctr easyocr faster_paddle jax keras kraken matplotlib mxnet nltk numba onnxruntime openvino
    paddle paddleocr pandas pytesseract rapidocr rapidocr_onnxruntime sklearn spacy sympy tensorflow
    tesserocr tflite_runtime torch torchvision transformers
"""
"""Modules that cost much time or memory to import: they are imported in the hook or in a cached property."""

COSTLY = 3.0
"""Importing costs too much if it takes so many times what the host itself takes; so does making a plugin."""

SLOW = 0.05
"""Seconds of processor time that a property may take each time that it is asked for."""


def import_kind(trial: Trial) -> type[Plugin]:
    """Import the class."""
    before = set(sys.modules)
    kind, seconds = cost(lambda: trial.attempt("imports", "importing", trial.subject.load))
    trial.tell(measured="import", seconds=seconds, base=trial.base)
    for name in engines(before):
        trial.broken("imports-little", f"importing the module imports {name}: do that in the hook or a cached property")
    found: type[Plugin] = kind
    return found


def engines(before: set[str]) -> list[str]:
    """Return which engines were imported since there were only the modules `before`."""
    return sorted((set(sys.modules) - before) & set(ENGINES.split()))


def check_described(trial: Trial, kind: type[Plugin]) -> None:
    """Look at the class's docstring."""
    own = inspect.cleandoc(kind.__doc__ or "") if kind.__doc__ != Plugin.__doc__ else ""
    if len(own.partition("\n")[0].split()) < 2:
        trial.broken("described", f"{kind.__name__} has no docstring that says in a sentence what it does")
    trial.checked("described")


def check_options(trial: Trial, kind: type[Plugin]) -> None:
    """Look at how the options are declared."""
    try:
        schema = kind.model_json_schema()
    except Exception as error:
        trial.broken("options-typed", f"the options cannot be described: {told(error)}")
        schema = {}
    for name, option in schema.get("properties", {}).items():
        if not str(option.get("description", "")).strip():
            trial.broken("options-described", f"{name} has no description: Annotated[..., Field(description=...)]")
        if "default" not in option and kind.model_fields[name].is_required():
            trial.broken("options-default", f"{name} must be given: give it a default")
        for part in leaves(option, schema):
            if not TYPED & set(part):
                trial.broken("options-typed", f"{name} may be anything: say of what type it is")
            elif part.get("type") in ("integer", "number") and not BOUNDS & set(part):
                trial.broken("options-bounded", f"{name} is a number without bounds: Field(ge=..., le=...)")
    trial.checked("options-typed", "options-bounded", "options-default", "options-described")


TYPED = {"type", "enum", "const"}
"""What says in JSON Schema of what type a value is."""

BOUNDS = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}
"""What bounds a number in JSON Schema."""


def leaves(option: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the parts of an option's schema that are no choice, list or table of further parts."""
    if "$ref" in option:
        option = schema["$defs"][str(option["$ref"]).rpartition("/")[2]]
    inner = [*option.get("anyOf", ()), *option.get("oneOf", ()), *option.get("allOf", ())]
    inner += option.get("prefixItems", ())
    inner += [option[key] for key in ("items", "additionalProperties") if isinstance(option.get(key), Mapping)]
    inner += option.get("properties", {}).values()
    if not inner:
        yield option
    for part in inner:
        yield from leaves(part, schema)


def build(trial: Trial, kind: type[Plugin]) -> Plugin:
    """Make the plugin, hire it and ask what it declares: all that the host does before the first page."""
    from ocrpipe.pipeline import check_declared

    before = set(sys.modules)
    plugin, seconds = cost(lambda: trial.attempt("builds", "making", lambda: kind(**trial.subject.options)))
    trial.worker = trial.attempt("hook", "registering", lambda: hired(trial.subject, plugin))
    rule = "declares" if "declares" in trial.rules else "builds"
    _, more = cost(lambda: trial.attempt(rule, "asking what it declares", lambda: check_declared(trial.at_work)))
    made: Plugin = plugin
    check_declared_well(trial, made)
    if imported := engines(before):
        trial.broken("built-late", f"making the plugin imports {', '.join(imported)}: wait for the first page")
    trial.tell(measured="making", seconds=seconds + more, base=trial.base)
    return made


def check_declared_well(trial: Trial, plugin: Plugin) -> None:
    """Look at what the host takes as it is."""
    suffix = getattr(plugin, "suffix", "") if trial.subject.stage == "export" else "txt"
    if not suffix or suffix.startswith(".") or set(suffix) & set('/\\:*?"<>| '):
        trial.broken("declares", f"suffix = {suffix!r} must be a file's ending without its first dot, such as 'txt'")


def check_refusals(trial: Trial, kind: type[Plugin]) -> None:
    """Offer wrong values, and those at the bounds: a plugin may refuse them, but in one way only."""
    schema = kind.model_json_schema()
    for name, option in schema.get("properties", {}).items():
        for value in tried_values([*leaves(option, schema)]):
            try:
                with trial.watch(f"making with {name} = {value!r}"):
                    kind(**{**trial.subject.options, name: value})
            except ValidationError:
                pass
            except (Exception, SystemExit) as error:
                trial.broken(
                    "options-refuse", f"{name} = {value!r} raised {told(error)}; raise ValueError to refuse it"
                )
    trial.checked("options-refuse")


def tried_values(parts: list[Mapping[str, Any]]) -> list[Any]:
    """Return values to offer for an option: wrong ones, and those at and beyond its bounds.

    Examples
    --------
    >>> tried_values([{"type": "integer", "minimum": 3}])
    ['no such thing', {'no': 'such'}, None, -1, 3, 2]
    """
    values: list[Any] = ["no such thing", {"no": "such"}, None, -1]
    for part in parts:
        for bound, beyond in (("minimum", -1), ("maximum", 1), ("exclusiveMinimum", 0), ("exclusiveMaximum", 0)):
            if bound in part and math.isfinite(part[bound]):
                values += [part[bound], part[bound] + beyond] if beyond else [part[bound]]
        values += part.get("enum", ())
    return values


def check_saved(trial: Trial, kind: type[Plugin], plugin: Plugin) -> None:
    """Write the options and build the plugin again from what was written."""
    try:
        options = plugin.model_dump(mode="json")
        ways: dict[str, dict[str, Any]] = {
            "JSON": json.loads(json.dumps(options, allow_nan=False)),
            "TOML": tomllib.loads(to_toml({"saved": options}))["saved"],
        }
        for way, written in ways.items():
            again = kind(**written).model_dump(mode="json")
            changed = [name for name in options if again[name] != options[name]]
            for name in changed:
                trial.broken("options-saved", f"{name} = {options[name]!r} comes back from {way} as {again[name]!r}")
    except ValidationError as error:
        trial.broken("options-saved", f"what was written is refused when it is read: {explain(error)}")
    except Exception as error:
        trial.broken("options-saved", f"cannot be written and read: {told(error)}")
    trial.checked("options-saved")


def check_files(trial: Trial, plugin: Plugin) -> None:
    """Look at the files that the plugin says it reads."""
    try:
        with trial.watch("asking for its files"):
            files = plugin.files()
        for file in files:
            if not isinstance(file, Path):
                trial.broken("files-there", f"files() gives {file!r}, which must be a Path")
            elif not file.is_file():
                trial.broken("files-there", f"files() names {file}, and there is no such file")
    except (Exception, SystemExit) as error:
        trial.broken("files-there", f"files() raised {told(error)}")
        raise Stop from error  # the host could not write a step, so no page would pass
    trial.checked("files-there")


IGNORED = (".py", ".pyc", ".pyi", ".so", "METADATA", "entry_points.txt")
"""Ends of files that Python itself opens."""

OFTEN, LARGE = 3, 100_000
"""In so many calls a file of so many bytes is opened anew that should have been read once."""


def check_built_once(trial: Trial, plugin: Plugin, calls: set[str]) -> None:
    """Look for what is made anew: files that many calls opened, and slow properties that keep nothing."""
    own = {str(Path(path).resolve()) for path in trial.subject.documents}
    for path, when in trial.opened.items():
        if path.endswith(IGNORED) or path.startswith(("/dev/", "/proc/", "/sys/")) or str(Path(path).resolve()) in own:
            continue
        if len(when & calls) >= OFTEN and size_of(path) >= LARGE:
            trial.broken(
                "built-once", f"{path} is opened again with {len(when & calls)} pages: read it in a cached property"
            )
    for name in slow_properties(plugin):
        trial.broken("built-once", f"{name} is made anew each time that it is asked for: make it a cached_property")
    trial.checked("built-once")


def size_of(path: str) -> int:
    """Return a file's size in bytes; 0 where there is none any more."""
    try:
        return Path(path).stat().st_size
    except OSError:
        return 0


def slow_properties(plugin: Plugin) -> Iterator[str]:
    """Yield the names of properties, not cached, that take long a second time."""
    kinds = [kind for kind in type(plugin).__mro__ if issubclass(kind, Plugin) and kind is not Plugin]
    for name in {name for kind in kinds for name, member in vars(kind).items() if isinstance(member, property)}:
        try:
            getattr(plugin, name)
            _, seconds = cost(partial(getattr, plugin, name))
        except Exception:  # what a property raises was seen when the hook used it
            continue
        if seconds > SLOW:
            yield name

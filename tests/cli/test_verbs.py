"""What the verbs write."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from ocrpipe import Page, __version__
from tests.strategies import page_of
from tests.support import install, ocrpipe, results, toy_file


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toy_file(tmp_path_factory.mktemp("pages") / "page.toy", "#", "# #")


def test_version() -> None:
    assert ocrpipe("--version").text == f"ocrpipe {__version__}\n"


def test_without_a_verb_the_help_is_shown() -> None:
    done = ocrpipe()
    assert done.code == 2
    assert "Read pages through stages that anyone can swap." in done.text + done.err


def test_every_stage_has_an_option() -> None:
    from ocrpipe.names import STAGES

    text = ocrpipe("run", "--help", COLUMNS="200").text
    assert all(f"--{stage.replace('_', '-')}" in text for stage in STAGES)


def test_one_stage_is_swapped(page: Path, everything: Path) -> None:
    done = ocrpipe("run", "-p", "toy", "--line_cluster", "one", "--binarize", "niblack", page, on_path=everything)
    assert done.code == 0
    done = ocrpipe(
        "run", "-p", "toy", "--postprocess", "shout", "--set", "postprocess.marks=2", page, on_path=everything
    )
    assert done.text == "A!!\n\fAA!!\n"


def test_a_dash_is_standard_input(page: Path, everything: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = ocrpipe("run", "-p", "toy", "-", "-o", out, given=page.read_bytes(), on_path=everything)
    assert done.out == b""
    assert (out / "stdin.txt").read_text() == "A\n\fAA\n"


def test_stdout_holds_results_alone_even_if_a_plugin_prints(page: Path, everything: Path, tmp_path: Path) -> None:
    prints = ("--binarize", "bad", "--set", "binarize.how=prints")
    done = ocrpipe("run", "-p", "toy", *prints, page, on_path=everything)
    assert done.text == "A\n\fAA\n"
    assert all(f"hello from {whom}" in done.err for whom in ("python", "the system", "a child"))


def test_several_formats_go_to_files(page: Path, everything: Path, tmp_path: Path) -> None:
    done = ocrpipe("run", "-p", "toy", "--to", "json", "--to", "plain", page, "-o", tmp_path, on_path=everything)
    assert (done.code, done.out) == (0, b"")
    assert results(tmp_path) == ["page-p0002.json", "page.json", "page.txt"]
    second = Page.from_json((tmp_path / "page-p0002.json").read_bytes())
    assert (second.text, second.source.page) == ("AA", 2)


def test_timings_and_keep(page: Path, everything: Path, tmp_path: Path) -> None:
    done = ocrpipe("run", "-p", "toy", "--timings", "--keep", tmp_path / "kept", page, on_path=everything)
    assert done.text == "A\n\fAA\n"
    assert "crop_normalize" in done.err
    assert list((tmp_path / "kept").iterdir())


def test_plugins_list_marks_what_metadata_shows(everything: Path) -> None:
    done = ocrpipe("plugins", "list", on_path=everything)
    rows = {tuple(line.split()[:3]): line for line in done.text.splitlines()}
    assert "ocrpipe-twin-right claims the name too" in rows["binarize", "twin", "ocrpipe-twin-left"]
    assert "needs no-such-package-anywhere, which is not installed" in rows["binarize", "unmet", "ocrpipe-unmet"]
    assert "the name means the built-in" in rows["binarize", "otsu", "ocrpipe-shadow"]
    assert rows["binarize", "import-error", "ocrpipe-import-error"].rstrip().endswith("entry point  not said")
    assert rows["binarize", "otsu", "ocrpipe"].split()[4:] == ["built", "in", "MIT"]
    assert (done.code, done.err) == (0, "")
    only = ocrpipe("plugins", "list", "--stage", "line-cluster", on_path=everything).text.splitlines()
    assert {line.split()[0] for line in only[1:]} == {"line_cluster"}


def test_plugins_show_takes_options_from_the_model(everything: Path) -> None:
    text = ocrpipe("plugins", "show", "binarize/half", on_path=everything).text
    assert "binarize/half (ocrpipe-toy 0.3.1)" in text
    assert "Ink is what is darker than a half." in text
    rows = {line.split()[0]: " ".join(line.split()[1:]) for line in text.splitlines() if line}
    assert rows["half"] == "integer >= 0 <= 255 128 grey value from which it is ground"
    assert rows["rule"] == 'dark | light "dark" which side is ink'


def test_plugins_show_tells_bounds_beside_a_check_of_the_plugins_own() -> None:
    rows = {line.split()[0]: line for line in ocrpipe("plugins", "show", "sauvola").text.splitlines() if line}
    assert "integer >= 3" in rows["window"]


def test_plugins_show_means_the_built_in_by_its_name(everything: Path) -> None:
    assert "ocrpipe-shadow" not in ocrpipe("plugins", "show", "otsu", on_path=everything).text
    assert "Not the built-in." in ocrpipe("plugins", "show", "ocrpipe_shadow/otsu", on_path=everything).text
    both = ocrpipe("plugins", "show", "twin", on_path=everything).text
    assert "The left one" in both
    assert "The right one" in both
    done = ocrpipe("plugins", "show", "sauvla", on_path=everything)
    assert (done.code, done.lines) == (2, ["ocrpipe: no plugin is called 'sauvla'; did you mean 'sauvola'?"])


def test_doctor_gives_the_reason_of_each(tmp_path: Path) -> None:
    bad = ("import_error", "import_exit", "import_death", "unmet")
    some = install(tmp_path, *bad, "niblack", "twin_left", "twin_right", "shadow")
    done = ocrpipe("plugins", "doctor", "--stage", "binarize", on_path=some)
    text = " ".join(done.text.split())
    assert done.code == 3
    assert "Traceback" not in done.err
    for title, says in {
        "broken binarize/import-error (ocrpipe-import-error 2.0)": "RuntimeError: the moon is in the wrong house",
        "broken binarize/import-exit (ocrpipe-import-exit 1.0)": "SystemExit: this package wants to stop",
        "broken binarize/import-death (ocrpipe-import-death 1.0)": "ended its process (with code 0)",
        "broken binarize/unmet (ocrpipe-unmet 1.0)": "needs no-such-package-anywhere, which is not installed",
        "note binarize/otsu (ocrpipe-shadow 1.0)": "the name means the built-in",
        "note binarize/twin (ocrpipe-twin-left 1.0)": "ocrpipe-twin-right claims the name too",
        "ok binarize/otsu (ocrpipe ": "",
        "ok binarize/niblack (ocrpipe-niblack 1.2.0)": "",
    }.items():
        assert title in text
        assert says in text.split(title)[1]


def test_doctor_is_content_where_all_is_well() -> None:
    done = ocrpipe("plugins", "doctor", "--stage", "postprocess")
    assert (done.code, done.err) == (0, "")
    assert {line.split()[0] for line in done.text.splitlines()} == {"ok"}


def test_plugins_as_json(everything: Path) -> None:
    done = ocrpipe("plugins", "list", "--json", on_path=everything)
    listed = json.loads(done.text)
    by_title = {f"{one['package']}/{one['name']}": one for one in listed["plugins"]}
    assert by_title["ocrpipe/otsu"]["from"] == "built in"
    unmet = by_title["ocrpipe-unmet/unmet"]
    assert (unmet["stage"], unmet["version"], unmet["from"]) == ("binarize", "1.0", "entry point")
    assert unmet["needs"][1] == {"requirement": "no-such-package-anywhere>=3", "installed": None, "fits": False}
    assert unmet["problems"] == ["needs no-such-package-anywhere, which is not installed"]
    assert {
        one["stage"] for one in json.loads(ocrpipe("plugins", "list", "--json", "--stage", "load").text)["plugins"]
    } == {"load"}


def test_one_plugin_as_json(everything: Path) -> None:
    [half] = json.loads(ocrpipe("plugins", "show", "binarize/half", "--json", on_path=everything).text)["plugins"]
    assert half["place"] == "ocrpipe_toy:Half"
    assert half["options"]["half"]["maximum"] == 255
    [reader] = json.loads(ocrpipe("plugins", "show", "classify/mlp", "--json").text)["plugins"]
    assert reader["declares"]["reads"]["level"] == "glyph"
    assert reader["licence"] == "MIT"
    [given] = json.loads(ocrpipe("plugins", "show", "classify/given", "--json").text)["plugins"]
    assert given["declares"] == {"reads": None}


def test_doctor_as_json(tmp_path: Path) -> None:
    some = install(tmp_path, "import_error", "niblack", "shadow")
    done = ocrpipe("plugins", "doctor", "--stage", "binarize", "--json", on_path=some)
    assert done.code == 3
    states = {f"{one['package']}/{one['name']}": one for one in json.loads(done.text)["plugins"]}
    assert states["ocrpipe-import-error/import-error"]["state"] == "broken"
    assert "the moon is in the wrong house" in states["ocrpipe-import-error/import-error"]["faults"][0]
    assert (states["ocrpipe-niblack/niblack"]["state"], states["ocrpipe-niblack/niblack"]["faults"]) == ("ok", [])
    assert states["ocrpipe-shadow/otsu"]["state"] == "note"


@pytest.mark.parametrize(
    ("seen", "names"),
    [
        ("ocrpipe-niblack", {"niblack"}),
        ("OCRpipe_toy, ocrpipe.niblack", {"niblack", "half"}),
        ("", set()),
        (",", set()),
    ],
)
def test_the_environment_limits_what_is_seen(seen: str, names: set[str], everything: Path) -> None:
    done = ocrpipe("plugins", "list", "--stage", "binarize", on_path=everything, OCRPIPE_PLUGINS=seen)
    listed = {line.split()[1] for line in done.text.splitlines()[1:]}
    assert listed == names | {"otsu", "sauvola", "strokes"}
    assert done.err == ""


def test_what_the_environment_leaves_out_is_told_where_it_is_missed(page: Path, everything: Path) -> None:
    def refused(*words: object, seen: str) -> str:
        done = ocrpipe(*words, on_path=everything, OCRPIPE_PLUGINS=seen)
        assert done.code == 2
        return done.err

    leaves_out = "has it, but OCRPIPE_PLUGINS leaves that out"
    assert f"ocrpipe-niblack {leaves_out}" in refused("run", page, "--binarize", "niblack", seen="ocrpipe-toy")
    assert f"ocrpipe-niblack {leaves_out}" in refused("plugins", "show", "ocrpipe-niblack/niblack", seen="")
    assert f"ocrpipe-toy {leaves_out}" in refused("run", page, "-p", "toy", seen="")
    assert "OCRPIPE_PLUGINS" not in refused("run", page, "--binarize", "nibblack", seen="ocrpipe-toy")
    told = ocrpipe("plugins", "list", on_path=everything, OCRPIPE_PLUGINS="ocrpipe-niblak").err
    assert told == (
        "ocrpipe: OCRPIPE_PLUGINS names 'ocrpipe-niblak', but no installed package of that name has plugins; "
        "did you mean 'ocrpipe-niblack'?\n"
    )


def test_trace_tells_of_each_call(page: Path, everything: Path) -> None:
    done = ocrpipe("run", "-p", "toy", "--trace", page, on_path=everything)
    assert done.text == "A\n\fAA\n"
    told = [line.split(": ") for line in done.lines if line.startswith(f"{page}: ")]
    said = {who.split()[0]: what for _, who, what in told}
    assert list(said) == [
        "load/lines",
        "binarize/half",
        "segment/cells",
        "line_cluster/one",
        "crop_normalize/ones",
        "classify/all-a",
    ]
    assert said["load/lines"] == "document -> 8 x 8, mean grey 0"
    assert said["segment/cells"] == "ink 100.0% -> 1 glyph region"
    assert said["classify/all-a"] == "1 glyph crop, 32 x 32 -> 1 line, 1 word 'A'"
    assert done.lines[-1].endswith("-> 1 line, 1 word 'AA'")


def test_trace_tells_of_a_failed_call(page: Path, everything: Path) -> None:
    raises = ("--binarize", "bad", "--set", "binarize.how=raises")
    done = ocrpipe("run", "-p", "toy", "--observe", "trace", *raises, page, on_path=everything)
    told = [line for line in done.lines if line.startswith(f"{page}: binarize/bad (ocrpipe-misbehaving) ")]
    assert "-> failed: " in told[0]


def test_pipelines_are_listed_and_a_broken_one_is_marked(everything: Path) -> None:
    done = ocrpipe("pipelines", "list", on_path=everything)
    assert done.code == 0
    assert "Reads nothing but A. [For tests.]" in done.text
    assert "broken: presets/lost (ocrpipe-toy 0.3.1)" in done.text
    assert "ocrpipe-presets-right claims the name too" in done.text
    assert "handprint" in done.text


def test_a_shown_pipeline_is_one_that_can_be_run(page: Path, everything: Path, tmp_path: Path) -> None:
    shown = ocrpipe("pipelines", "show", "toy", "--set", "binarize.half=99", on_path=everything)
    assert tomllib.loads(shown.text)["binarize"] == {"use": "half", "half": 99, "rule": "dark"}
    mine = tmp_path / "mine.toml"
    mine.write_bytes(shown.out)
    assert ocrpipe("pipelines", "show", mine, on_path=everything).out == shown.out
    assert ocrpipe("run", "-p", mine, page, on_path=everything).text == "A\n\fAA\n"


def problems(value: Any, schema: dict[str, Any], whole: dict[str, Any], where: str = "page") -> list[str]:
    """Return where `value` differs from a JSON Schema: of that, what pydantic writes for a page."""
    known = {"$ref", "$defs", "anyOf", "type", "properties", "required", "additionalProperties", "items", "prefixItems"}
    known |= {"enum", "const", "minimum", "maximum", "exclusiveMinimum", "minItems", "maxItems", "minLength"}
    known |= {"title", "description", "default"}
    assert not set(schema) - known, set(schema) - known
    if "$ref" in schema:
        return problems(value, whole["$defs"][schema["$ref"].rpartition("/")[2]], whole, where)
    if "anyOf" in schema:
        found = [problems(value, one, whole, where) for one in schema["anyOf"]]
        return [] if [] in found else found[0]
    kinds = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "null": type(None)}
    kinds |= {"array": list, "object": dict}
    if "type" in schema and not isinstance(value, kinds[schema["type"]]):
        return [f"{where} is no {schema['type']}"]
    if "const" in schema and value != schema["const"]:
        return [f"{where} is not {schema['const']}"]
    found = []
    if isinstance(value, dict):
        fields = schema.get("properties", {})
        more = schema.get("additionalProperties", {})
        found += [f"{where}.{name} is missing" for name in schema.get("required", ()) if name not in value]
        for name, part in value.items():
            if name not in fields and more is False:
                found.append(f"{where}.{name} is unknown")
            rule = fields.get(name, more if isinstance(more, dict) else {})
            found += problems(part, rule, whole, f"{where}.{name}")
    if isinstance(value, list):
        rules = [*schema.get("prefixItems", ()), *[schema.get("items", {})] * len(value)]
        for n, (part, rule) in enumerate(zip(value, rules, strict=False)):
            found += problems(part, rule, whole, f"{where}[{n}]")
    return found


def test_a_page_keeps_to_its_published_schema(page: Path, everything: Path) -> None:
    schema = json.loads(ocrpipe("schema", "page").text)
    assert schema["type"] == "object"
    assert schema["title"] == "Page"
    read = ocrpipe("run", "-p", "toy", "--to", "json", page, on_path=everything).text.splitlines()
    samples = [json.loads(line) for line in (*read, page_of("A", "<", confidence=None).to_json())]
    assert [problems(sample, schema, schema) for sample in samples] == [[], [], []]
    wrong = {**samples[0], "dpi": "many", "more": 1}
    del wrong["source"]
    assert problems(wrong, schema, schema) == [
        "page.source is missing",
        "page.dpi is no number",
        "page.more is unknown",
    ]

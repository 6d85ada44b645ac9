"""What is written as TOML is read back the same."""

from __future__ import annotations

import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ocrpipe.toml import to_toml

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
keys = st.one_of(st.from_regex(r"[a-z_]{1,6}", fullmatch=True), texts)
values = st.recursive(
    st.one_of(st.booleans(), st.integers(), st.floats(allow_nan=False), texts),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(keys, inner, max_size=3)),
    max_leaves=5,
)
tables = st.dictionaries(keys, values, max_size=4)
files = st.dictionaries(keys, st.one_of(tables, st.lists(tables, max_size=3)), max_size=4)


@given(files)
def test_what_is_written_is_read_back(file: dict[str, Any]) -> None:
    assert tomllib.loads(to_toml(file)) == file


def test_keys_without_value_are_left_out() -> None:
    assert tomllib.loads(to_toml({"a": {"b": None, "c": {"d": None, "e": 1}}})) == {"a": {"c": {"e": 1}}}

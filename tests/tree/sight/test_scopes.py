"""What is set, in words, at whatever depth a codec keeps it."""

from msgspec.structs import replace

from tests.tree.talk import SCOPE
from tree.sight.scopes import difference_words, settings_words, tool_names

TOOLS = {"tools": [{"function": {"name": "find"}}, {"function": {"name": "post"}}]}


def test_tools_and_simple_settings_are_named_wherever_they_stand() -> None:
    flat = replace(SCOPE, settings=TOOLS | {"temperature": 0.5})
    apart = replace(SCOPE, settings={"body": flat.settings, "headers": {}, "query": []})

    assert settings_words(flat) == settings_words(apart) == "2 tools (find, post); temperature 0.5"
    assert tool_names(apart.settings) == ("find", "post")


def test_a_difference_is_named_wherever_it_stands() -> None:
    usual = replace(SCOPE, settings={"body": TOOLS | {"temperature": 0.5}, "path": "/v1"})
    other = replace(SCOPE, settings={"body": TOOLS | {"temperature": 1}, "path": "/v1"})

    assert difference_words(other, usual) == "temperature 1, not 0.5"
    assert difference_words(usual, usual) == ""


def test_where_nothing_is_set_that_is_said() -> None:
    assert settings_words(replace(SCOPE, settings=None)) == "no tools, and nothing set"

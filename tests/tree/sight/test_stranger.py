"""A scope that is new is told from the known one that is most like it, and never from another credential's."""

from msgspec.structs import replace

from tests.tree.talk import SCOPE
from tree.sight.scopes import stranger_words

WEIGH, SEND = {"name": "weigh"}, {"name": "send"}


def test_a_further_tool_is_named() -> None:
    scope = replace(SCOPE, settings={"tools": [WEIGH, SEND]})

    assert stranger_words(scope, [SCOPE]) == "next to what is known of model-1: with send"


def test_a_tool_whose_schema_changed_is_told_so() -> None:
    scope = replace(SCOPE, settings={"tools": [WEIGH | {"strict": True}]})

    assert stranger_words(scope, [SCOPE]) == (
        "next to what is known of model-1: tools described or ordered otherwise"
    )


def test_a_setting_is_named_with_both_values_and_the_nearest_scope_is_compared() -> None:
    warm = replace(SCOPE, settings={"tools": [WEIGH], "temperature": 1})
    far = replace(SCOPE, settings={"tools": [SEND], "seed": 7})

    assert stranger_words(
        replace(SCOPE, settings={"tools": [WEIGH], "temperature": 0}), [far, warm]
    ).endswith(": temperature 0, not 1")


def test_a_new_model_is_named_beside_those_that_were_asked() -> None:
    said = stranger_words(replace(SCOPE, model="model-2"), [SCOPE])

    assert said == "model-2 was never asked here with this credential; model-1 was"


def test_what_others_asked_is_not_told() -> None:
    said = stranger_words(replace(SCOPE, tenant="someone"), [SCOPE])

    assert said == "nothing is known of llm.example with this credential"

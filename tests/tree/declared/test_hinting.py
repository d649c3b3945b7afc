"""One exchange whose client says what is data answers others that differ in nothing else; in doubt, none."""

import msgspec
import pytest

from tests.tree.talk import SCOPE, answer, asked, called, result, said, seen, talk
from tree.declared.hinting import DIFFERED, Declarations, Declared, template
from tree.message import (
    Answer,
    Bindings,
    Conversation,
    Media,
    Message,
    Observation,
    Opaque,
    Scope,
    Text,
    ToolCall,
)

MARA: Bindings = (("who", "Mara"),)
JO: Bindings = (("who", "Jo Li"),)


def observed(conversation: Conversation, reply: Answer | str, bindings: Bindings) -> Observation:
    return msgspec.structs.replace(seen(conversation, reply), bindings=bindings)


def learnt(*observations: Observation) -> Declarations:
    declarations = Declarations()
    for seq, observation in enumerate(observations):
        declarations.learn(seq, observation)
    return declarations


def calling(arguments: str) -> Answer:
    return Answer(Message("assistant", (Text("So."), ToolCall(0, "send", arguments))), None)


def test_one_exchange_is_enough() -> None:
    declarations = learnt(observed(asked("Greet Mara."), "Hello Mara!", MARA))

    found = declarations.answer(asked("Greet Jo Li."), JO)

    assert found == Declared(said("assistant", "Hello Jo Li!"), 0, JO)


def test_arguments_are_filled_at_their_own_escape_level() -> None:
    reply = calling('{"to":"Mara","body":"{\\"hi\\": \\"Mara\\"}"}')
    declarations = learnt(observed(asked("Write to Mara."), reply, MARA))
    new: Bindings = (("who", 'Jo "J"'),)

    found = declarations.answer(asked('Write to Jo "J".'), new)

    assert isinstance(found, Declared)
    call = found.message.parts[1]
    assert isinstance(call, ToolCall)
    arguments = msgspec.json.decode(call.arguments)
    assert arguments["to"] == 'Jo "J"'
    assert msgspec.json.decode(arguments["body"]) == {"hi": 'Jo "J"'}


def test_earlier_calls_and_results_carry_the_values_too() -> None:
    def history(name: str) -> Conversation:
        return talk(
            said("user", f"Weigh {name}'s parcel"),
            called(0, msgspec.json.encode({"owner": name}).decode()),
            result(0, f'{{"owner": "{name}", "grams": 70}}'),
        )

    declarations = learnt(observed(history("Mara"), "Done, Mara.", MARA))

    found = declarations.answer(history("Jo Li"), JO)

    assert isinstance(found, Declared)
    assert found.message == said("assistant", "Done, Jo Li.")


def test_how_earlier_arguments_are_spelt_makes_no_difference() -> None:
    first = talk(said("user", "Weigh it"), called(0, '{"owner": "Mara", "n": 1}'))
    again = talk(said("user", "Weigh it"), called(0, '{"n":1,"owner":"Jo Li"}'))
    declarations = learnt(observed(first, "Done.", MARA))

    assert isinstance(declarations.answer(again, JO), Declared)


def test_a_call_that_is_no_json_is_text() -> None:
    first = talk(said("user", "Run it"), called(0, "echo Mara"))
    again = talk(said("user", "Run it"), called(0, "echo Jo Li"))
    declarations = learnt(observed(first, "Done.", MARA))

    assert isinstance(declarations.answer(again, JO), Declared)


def test_a_signed_conversation_makes_no_template() -> None:
    signed = Message("assistant", (Opaque("thought", "x", signed=True),))

    found = template(observed(talk(said("user", "Greet Mara."), signed), "Hello Mara!", MARA))

    assert found == "what is signed can only be repeated"


@pytest.mark.parametrize(
    "conversation",
    [
        asked("Greet  Jo Li."),
        asked("Greet jo li, Jo Li."),
        asked("Greet Jo Li.", Scope("other", *msgspec.structs.astuple(SCOPE)[1:])),
        talk(said("system", "x"), said("user", "Greet Jo Li.")),
        talk(said("assistant", "Greet Jo Li.")),
    ],
)
def test_nothing_but_the_values_may_differ(conversation: Conversation) -> None:
    declarations = learnt(observed(asked("Greet Mara."), "Hello Mara!", MARA))

    assert isinstance(declarations.answer(conversation, JO), str)


def test_text_that_looks_like_a_slot_is_text() -> None:
    declarations = learnt(observed(asked("Greet Mara."), "Hello Mara!", MARA))

    found = declarations.answer(asked('Greet ["who"]. {"slot":"who"} who Jo Li'), JO)

    assert isinstance(found, str)


def test_other_names_are_another_declaration() -> None:
    declarations = learnt(observed(asked("Greet Mara."), "Hello Mara!", MARA))

    assert isinstance(declarations.answer(asked("Greet Jo Li."), (("name", "Jo Li"),)), str)


@pytest.mark.parametrize(
    ("bindings", "reply", "why"),
    [
        ((("a", ""),), "Hi", "is empty"),
        ((("a", "Mara"), ("b", "Mara")), "Hi", "equals"),
        ((("a", "Mar"), ("b", "Mara")), "Hi", "is a part of"),
        ((("a", "Greta"),), "Hi Greta", "nowhere in the conversation"),
        ((("a", "Gree"),), "Hi", "within a longer word"),
        (MARA, "Hi Maras", "in the answer, the value of `who` also stands within"),
        (MARA, "HELLO MARA", "in other case"),
        (MARA, Answer(said("assistant", "Hi"), {"title": "for Mara"}), "beside what is said"),
        (MARA, Answer(said("assistant", "Hi"), {"n": ["for Mara"]}), "beside what is said"),
        (MARA, Answer(said("assistant", "Hi"), None, literal_only="it is sealed"), "it is sealed"),
        (
            MARA,
            Answer(Message("assistant", (Opaque("thought", "x", signed=True),)), None),
            "signed",
        ),
        (MARA, Answer(Message("assistant", (Media("image/png", "0", 1),)), None), "repeated"),
    ],
)
def test_what_is_not_certain_makes_no_template(
    bindings: Bindings, reply: Answer | str, why: str
) -> None:
    found = template(observed(asked("Greet Mara."), reply, bindings))

    assert isinstance(found, str)
    assert why in found


def test_the_reason_for_no_template_is_told_to_the_next_who_asks() -> None:
    declarations = learnt(observed(asked("Greet Mara."), "HELLO MARA", MARA))

    found = declarations.answer(asked("Greet Jo Li."), JO)

    assert found == "in the answer, the value of `who` also stands in other case"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (calling('{"to": "Mara", "fast": true}'), calling('{"to": "Jo Li", "fast": false}')),
        (calling('{"to": "Mara"}'), answer("No.")),
        (answer("You owe 5, Mara."), answer("You owe 9, Jo Li.")),
        (answer("Hi Mara"), answer("HI JO LI")),
    ],
)
def test_an_answer_that_differs_silences_for_good(first: Answer, second: Answer) -> None:
    one = observed(asked("Ask Mara."), first, MARA)
    other = observed(asked("Ask Jo Li."), second, JO)

    found = learnt(one, other, one).answer(asked("Ask Ada."), (("who", "Ada"),))

    assert found == DIFFERED


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (calling('{"to": "Mara", "n": 1}'), calling('{"n":1,"to":"Jo Li"}')),
        (answer("Hi  Mara"), answer("Hi Jo Li")),
    ],
)
def test_an_equal_answer_spelt_otherwise_does_not(first: Answer, second: Answer) -> None:
    one = observed(asked("Ask Mara."), first, MARA)
    other = observed(asked("Ask Jo Li."), second, JO)

    assert isinstance(learnt(one, other).answer(asked("Ask Ada."), (("who", "Ada"),)), Declared)


def test_a_second_exchange_tells_a_spelling_that_the_first_left_open() -> None:
    one = observed(asked("Find Mara"), "https://x.example/?q=Mara", MARA)
    other = observed(asked("Find Jo Li"), "https://x.example/?q=Jo%20Li", JO)
    new: Bindings = (("who", "Al & Bo"),)

    before = learnt(one).answer(asked("Find Al & Bo"), new)
    after = learnt(one, other).answer(asked("Find Al & Bo"), new)

    assert isinstance(before, str)
    assert isinstance(after, Declared)
    assert after.message == said("assistant", "https://x.example/?q=Al%20%26%20Bo")


def test_what_is_refused_for_the_conversation_is_not_learnt() -> None:
    declarations = learnt(observed(asked("Greet Maras."), "Hello", MARA))

    assert "longer word" in str(declarations.answer(asked("Greet Maras."), MARA))


def test_a_second_answer_that_cannot_be_foretold_silences_too() -> None:
    one = observed(asked("Find Mara"), "https://x.example/?q=Mara", MARA)
    other = observed(asked("Find A/B"), "see https://x.example/?q=A/B", (("who", "A/B"),))

    assert learnt(one, other).answer(asked("Find Ada"), (("who", "Ada"),)) == DIFFERED


def test_an_envelope_may_hold_other_words() -> None:
    reply = Answer(said("assistant", "Hi Mara"), {"id": "x1", "n": [1, None, "Marabel"]})

    assert not isinstance(template(observed(asked("Greet Mara."), reply, MARA)), str)

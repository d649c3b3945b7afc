"""Every link leads somewhere, whatever was said."""

import html
import re
from pathlib import Path
from tempfile import TemporaryDirectory

from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from addon.cli.dashboard import Beside, page
from tests.tree.talk import MAP_BYTES, answer, conversations, messages
from tree.canonical import path_of
from tree.explaining.explanation import Binding, Decided, Difference, Explanation
from tree.memory import Memory
from tree.message import Answer, Conversation, Message, Observation

KIN = 8
"""Links of one sort that are followed."""


def followed(client: FlaskClient) -> set[str]:
    """Follow links from the overview on, some of every sort; returns where they lead."""
    ahead, seen, kin = ["/"], set[str](), dict[str, int]()
    while ahead:
        path = ahead.pop(0)
        sort = re.sub(r"[0-9a-f]{32,}|\d+", "*", path.partition("?")[0]) + str(
            sorted(re.findall(r"[?&](\w+)=", path))
        )
        kin[sort] = kin.get(sort, 0) + 1
        if path in seen or kin[sort] > KIN:
            continue
        seen.add(path)
        with client.get(path) as found:
            assert found.status_code == 200, path
            text = found.get_data(as_text=True)
        links = re.findall(r'(?:href|src)="([^"]*)"', text)
        ahead += [html.unescape(link) for link in links if not link.startswith("#")]
    return seen


def test_every_link_leads_to_a_page(client: FlaskClient) -> None:
    seen = followed(client)

    for sort in ("/workflows/", "/nodes/", "/decisions/", "/static/", "/api/", "stage=", "/rename"):
        assert any(sort in path for path in seen), sort
    assert all(path.startswith("/") for path in seen)


@settings(max_examples=5)
@given(
    st.lists(st.tuples(conversations, messages), min_size=1, max_size=4),
    st.text(min_size=1),
)
def test_whatever_was_said_every_page_of_it_is_shown(
    exchanges: list[tuple[Conversation, Message]], words: str
) -> None:
    with TemporaryDirectory() as folder:
        _record(Path(folder), exchanges, words)
        beside = Beside(Path(folder))

        seen = followed(page(beside).test_client())

        beside.close()
    assert any(path.startswith("/decisions/") for path in seen)


def _record(folder: Path, exchanges: list[tuple[Conversation, Message]], words: str) -> None:
    """A store with these exchanges, and with decisions about them that say something odd."""
    memory = Memory(folder, max_bytes=MAP_BYTES)
    observations = [
        Observation(conversation, Answer(said, None), 1) for conversation, said in exchanges
    ]
    memory.record([*observations, Observation(observations[0].conversation, answer(words), 2)])
    while memory.learn():
        pass
    memory.note_decisions([_decided(one, words) for one in observations])
    memory.close()


def _decided(one: Observation, words: str) -> Decided:
    path = path_of(one.conversation)
    why = Explanation(
        messages=2,
        node=path[-1].hex() if path else "",
        reasons=(words,),
        answer=words,
        bindings=(Binding(words, words), Binding(words, None, idle=True)),
        guards=(words,),
        nearest=Difference(words, words, words[::-1], 0.5),
    )
    scope = one.conversation.scope
    return Decided(1, "miss", words, model=scope.model, tenant=scope.tenant, explanation=why)

"""Values within links, queries, markup and commands: escaped as the model does it, or not served."""

import html
import shlex
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest

from tests.tree.survival.world import Model, Outcome, Watcher, call, listens, questions, watched
from tests.tree.talk import asked

_CITIES = "Lyon Bristol Ghent Malaga Turku Bergen Porto Graz Nantes Tartu Split Varna"
PLAIN = _CITIES.split()
MARKED = [
    "Old Mill", "Ben & Sons", "50% Wool", "Lake <N>", "Ida's Inn", "A+B Tools", "Red Barn",
    'The "Arc"', "Blue Sky", "One; Two",
]  # fmt: skip
STRANGE = [
    "New York", "Q&A", "100%", "<b>", "O'Hara", 'say "hi"', "a+b", "a;b", "a?b#c",
    "Saarbr\u00fccken", "$HOME", "a\nb", "a|b", "{x}",
]  # fmt: skip

LANGUAGES: dict[str, Callable[[str], str]] = {
    "link": lambda item: f"https://shop.example/find?q={quote(item, safe='')}&page=1",
    "form": lambda item: f"q={quote_plus(item)}&page=1",
    "markup": lambda item: f"<li>{html.escape(item)}</li>",
    "query": lambda item: "find name = '{}'".format(item.replace("'", "''")),
    "command": lambda item: f"grep -rn -- {shlex.quote(item)} src/",
    "record": lambda item: '{{"name": "{}"}}'.format(
        item.replace("\\", "\\\\").replace('"', '\\"')
    ),
}


def _model(language: str) -> Model:
    write = LANGUAGES[language]
    return listens(r"Look for (.+) please\.", lambda item: call("find", text=write(item)))


def _asked(item: str) -> str:
    return f"Look for {item} please."


@pytest.fixture(scope="module", params=list(LANGUAGES))
def plain(request: pytest.FixtureRequest) -> Watcher:
    """A learner that met no value that had to be escaped."""
    return watched(_model(request.param), questions("Look for * please.", PLAIN))


@pytest.fixture(scope="module", params=list(LANGUAGES))
def marked(request: pytest.FixtureRequest) -> Watcher:
    """A learner that met many."""
    return watched(_model(request.param), questions("Look for * please.", [*MARKED, *PLAIN[:4]]))


def test_plain_values_are_put_into_any_language(plain: Watcher) -> None:
    assert plain.wrong == []
    assert plain.outcome(asked(_asked("Umea"))) is Outcome.RIGHT


@pytest.mark.parametrize("item", STRANGE)
def test_a_mark_never_met_is_not_put_into_a_language_unescaped(plain: Watcher, item: str) -> None:
    assert plain.outcome(asked(_asked(item))) is not Outcome.WRONG


@pytest.mark.parametrize("item", [*STRANGE, "Umea"])
def test_marks_that_were_met_are_escaped_as_the_model_does_it_or_not_at_all(
    marked: Watcher, item: str
) -> None:
    assert marked.wrong == []
    assert marked.outcome(asked(_asked(item))) is not Outcome.WRONG


@pytest.mark.parametrize("language", ["link", "form", "markup", "command"])
def test_an_escape_is_served_once_it_was_met(language: str) -> None:
    watcher = watched(_model(language), questions("Look for * please.", [*MARKED, *MARKED[::-1]]))

    assert watcher.outcome(asked(_asked("Tom & Ann's"))) is not Outcome.WRONG
    assert watcher.outcome(asked(_asked("Green Hill"))) is Outcome.RIGHT


def test_prose_takes_any_value() -> None:
    model = listens(r"Greet (.+) please\.", lambda item: call("send", text=f"Dear {item}, hello."))

    watcher = watched(model, questions("Greet * please.", PLAIN))

    assert watcher.outcome(asked("Greet Ida Holm please.")) is Outcome.RIGHT

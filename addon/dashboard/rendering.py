"""Templates into pages: escaped, in UTF-8 whatever was said, with the words that all pages share."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import msgspec
from flask import Flask, Response, render_template, url_for
from jinja2 import StrictUndefined
from markupsafe import Markup, escape

from addon.dashboard.guard import TOKEN, Guard
from addon.dashboard.sight import Sight
from addon.notes import instant
from addon.words import phrases, wording
from tree.explaining.explanation import MAX_CHARS
from tree.explaining.telling import CLASSES
from tree.explaining.wording import ordinal, shown
from tree.sight.template import Template, own_id

_CODE = re.compile(r"`([^`]+)`")


def coded(text: str) -> Markup:
    """The text, what stands between grave accents as code; all of it escaped."""
    pieces = _CODE.split(text)
    return Markup("").join(
        Markup("<code>{}</code>").format(piece) if at % 2 else escape(piece)
        for at, piece in enumerate(pieces)
    )


def answers(one: Template) -> str:
    """What a template calls or says, in short."""
    ways = dict.fromkeys(", ".join(way.tools) or "an answer in words" for way in one.ways)
    said = sorted(ways, key=lambda way: way == "an answer in words")
    return (
        " or ".join([", ".join(said[:-1]), said[-1]] if said[1:] else said) or "nothing to say yet"
    )


def weekday(day: str) -> str:
    """A day as one speaks of it: by its name within the last week, else by its date."""
    found = date.fromisoformat(day)
    past = (datetime.now(UTC).date() - found).days
    names = {0: "today", 1: "yesterday"}
    within = 7
    return names.get(past) or (f"{found:%A}" if 0 < past < within else day)


_FILTERS: Mapping[str, Callable[..., object]] = {
    "about": phrases.about,
    "answers": answers,
    "ago": phrases.ago,
    "agreeing": phrases.agreeing,
    "clock": phrases.clock,
    "coded": coded,
    "count": wording.count,
    "duration": wording.duration,
    "encoded": lambda path: msgspec.json.encode(path).decode(),
    "evidence": phrases.evidence,
    "headline": phrases.headline,
    "in_short": phrases.in_short,
    "instant": instant,
    "own_id": own_id,
    "kind_words": lambda kind: CLASSES.get(kind, kind),
    "money": wording.money,
    "moment": phrases.day,
    "nearest": lambda one: phrases.nearest(one, named=False),
    "opening": lambda text: text[:1].upper() + text[1:],
    "opinions_differ": phrases.opinions_differ,
    "ordinal": lambda number: ordinal(number - 1),
    "path": lambda why: phrases.path(why, named=False),
    "reasons": lambda one: list(phrases.reasons(one)),
    "sentence": phrases.sentence,
    "share": wording.share,
    "short": phrases.short,
    "spelt": lambda value: shown(value, MAX_CHARS),
    "tests": phrases.tests,
    "thousands": lambda number: f"{number:,}",
    "times": lambda number: {0: "never", 1: "once", 2: "twice"}.get(number, f"{number:,} times"),
    "took": phrases.took,
    "values": phrases.bindings,
    "verdict": lambda one: list(phrases.verdict(one)),
    "weekday": weekday,
    "view": phrases.view,
}


def prepare(app: Flask, guard: Guard, sight: Sight) -> None:
    """Make the templates know what they may use."""
    jinja = app.jinja_env
    jinja.undefined = StrictUndefined
    jinja.trim_blocks = jinja.lstrip_blocks = True
    jinja.filters.update(_FILTERS)
    jinja.globals.update(token=guard.token, token_field=TOKEN, health=sight.health)


def render(template: str, status: int = 200, **values: Any) -> Response:
    """A page."""
    html = render_template(template, **values)
    # Half of a surrogate pair may stand in what was said, and has no bytes.
    return Response(
        html.encode("utf-8", "replace"), status, content_type="text/html; charset=utf-8"
    )


def ask_about(  # noqa: PLR0913 - all that the form shows, by name
    node: str,
    title: str,
    will: Sequence[str],
    button: str,
    *,
    action: str,
    danger: bool = False,
    hidden: Mapping[str, str | int] | None = None,
    choices: Sequence[tuple[str, str]] = (),
    name: str | None = None,
    trouble: str = "",
) -> Response:
    """The form that says what will happen to a node, and asks whether it shall.

    Args:
        node: Where the way back leads.
        title: The question.
        will: What will happen, in sentences.
        button: What makes it happen.
        action: Where the form is sent.
        danger: Whether it cannot be taken back.
        hidden: What the form sends along.
        choices: Ways to do it, each after its value.
        name: The name to be changed; None where there is nothing to name.
        trouble: Why what was sent before cannot be done.
    """
    return render(
        "confirm.html",
        400 if trouble else 200,
        here="workflows",
        title=title,
        will=will,
        button=button,
        danger=danger,
        back=url_for("pages.node", node=node),
        action=action,
        hidden=hidden or {},
        choices=choices,
        name=name,
        trouble=trouble,
    )

"""Operators that escape a text for another language, and their inverses: URLs, HTML, base64, shells, SQL, JSON.

An escape that changes nothing is not applied: plain letters are the same in every language, so a value that nobody
had to escape says nothing about which language it is for, and a copy explains it as well.
"""

import base64
import binascii
import html
import re
import shlex
from collections.abc import Callable, Iterator
from urllib.parse import quote, quote_plus, unquote, unquote_plus

import msgspec

from tree.derive.program import NOTHING, Apply, Joined, Nothing, operator
from tree.derive.sources import Sources
from tree.message import Json

_LONG = 100_000
_SHORT = 400
"""Longer texts are not read as a shell would."""
_quoted = msgspec.json.Encoder().encode
_text = msgspec.json.Decoder(str).decode
_BASE64 = re.compile(r"[A-Za-z0-9+/]{4,}={0,2}")
_BASE64_URL = re.compile(r"[A-Za-z0-9_-]{4,}={0,2}")

type Rewrite = Callable[[str], str | None]


def _rewriting(name: str, words: str) -> Callable[[Rewrite], Rewrite]:
    """Put a rewriting of texts into the language; one that is undefined, or too long, yields nothing."""

    def enter(rewrite: Rewrite) -> Rewrite:
        def apply(value: Json) -> Json | Nothing:
            if not isinstance(value, str) or len(value) > _LONG:
                return NOTHING
            made = rewrite(value)
            return NOTHING if made is None else made

        operator(name, 1.2, words)(apply)
        return rewrite

    return enter


@_rewriting("url", "{0} escaped for a URL")
def _url(text: str) -> str | None:
    return quote(text, safe="") if _bytes_of(text) else None


@_rewriting("url_path", "{0} escaped for the path of a URL")
def _url_path(text: str) -> str | None:
    return quote(text) if _bytes_of(text) else None


@_rewriting("url_form", "{0} escaped for a form")
def _url_form(text: str) -> str | None:
    return quote_plus(text) if _bytes_of(text) else None


@_rewriting("unurl", "{0} without a URL's escapes")
def _unurl(text: str) -> str | None:
    return unquote(text)


@_rewriting("unurl_form", "{0} without a form's escapes")
def _unurl_form(text: str) -> str | None:
    return unquote_plus(text)


@_rewriting("html", "{0} escaped for HTML")
def _html(text: str) -> str | None:
    return html.escape(text)


@_rewriting("html_text", "{0} escaped for HTML, quotes left alone")
def _html_text(text: str) -> str | None:
    return html.escape(text, quote=False)


@_rewriting("unhtml", "{0} without HTML's escapes")
def _unhtml(text: str) -> str | None:
    return html.unescape(text)


@_rewriting("base64", "{0} in base64")
def _base64(text: str) -> str | None:
    raw = _bytes_of(text)
    return base64.b64encode(raw).decode() if raw else None


@_rewriting("base64_url", "{0} in base64 for URLs")
def _base64_url(text: str) -> str | None:
    raw = _bytes_of(text)
    return base64.urlsafe_b64encode(raw).decode().rstrip("=") if raw else None


@_rewriting("unbase64", "what {0} is in base64")
def _unbase64(text: str) -> str | None:
    if _BASE64.fullmatch(text):
        return _decoded(text)
    return _decoded(text.translate({45: 43, 95: 47})) if _BASE64_URL.fullmatch(text) else None


@_rewriting("json", "{0} escaped for a JSON text")
def _json(text: str) -> str | None:
    return _quoted(text).decode()[1:-1] if _bytes_of(text) is not None else None


@_rewriting("json_ascii", "{0} escaped for a JSON text, in ASCII")
def _json_ascii(text: str) -> str | None:
    said = _json(text)
    return said and "".join(char if char.isascii() else _units(char) for char in said)


@_rewriting("unjson", "{0} without JSON's escapes")
def _unjson(text: str) -> str | None:
    try:
        return _text(f'"{text}"'.encode())
    except (msgspec.DecodeError, UnicodeEncodeError):
        return None


@_rewriting("shell", "{0} quoted for a shell")
def _shell(text: str) -> str | None:
    return shlex.quote(text)


@_rewriting("unshell", "{0} without a shell's quotes")
def _unshell(text: str) -> str | None:
    if len(text) > _SHORT:  # `shlex` is slow, and nobody quotes more
        return None
    try:
        words = shlex.split(text)
    except ValueError:
        return None
    return words[0] if len(words) == 1 else None


@_rewriting("sql", "{0} escaped for SQL")
def _sql(text: str) -> str | None:
    return text.replace("'", "''")


@_rewriting("unsql", "{0} without SQL's escapes")
def _unsql(text: str) -> str | None:
    return text.replace("''", "'")


def _bytes_of(text: str) -> bytes | None:
    """Its UTF-8; none for half of a surrogate pair."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return None


def _decoded(text: str) -> str | None:
    try:
        said = base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    return said if said.isprintable() else None


def _units(char: str) -> str:
    code = char.encode("utf-16-be")
    return "".join(f"\\u{code[at : at + 2].hex()}" for at in range(0, len(code), 2))


_INVERSES: tuple[tuple[str, Rewrite, Rewrite], ...] = (
    ("url", _url, _unurl),
    ("url_path", _url_path, _unurl),
    ("url_form", _url_form, _unurl_form),
    ("html", _html, _unhtml),
    ("html_text", _html_text, _unhtml),
    ("base64", _base64, _unbase64),
    ("base64_url", _base64_url, _unbase64),
    ("json", _json, _unjson),
    ("json_ascii", _json_ascii, _unjson),
    ("shell", _shell, _unshell),
    ("sql", _sql, _unsql),
)
_INNER = tuple(own for own in _INVERSES if own[0] not in ("base64", "base64_url"))
"""Those that leave plain letters alone: a value inside a longer text is looked for in these."""
_MARKS = (
    ("%", ("unurl", "unurl_form"), (_unurl, _unurl_form)),
    ("+", ("unurl_form",), (_unurl_form,)),
    ("&", ("unhtml",), (_unhtml,)),
    ("\\", ("unjson",), (_unjson,)),
    ("'", ("unshell", "unsql"), (_unshell, _unsql)),
)
"""Without its mark there is nothing to take back."""
_ESCAPES = {
    "url": re.compile("%"),
    "url_path": re.compile("%"),
    "url_form": re.compile("[%+]"),
    "html": re.compile("&"),
    "html_text": re.compile("&"),
    "json": re.compile(r"\\"),
    "json_ascii": re.compile(r"\\"),
    "shell": re.compile("'"),
    "sql": re.compile("''"),
}
"""What a text has that was escaped so; one without it was not."""


def ways(sources: Sources, wanted: str) -> Iterator[Apply | Joined]:
    """Programs that escape a source into `wanted`, or take an escape back, whole or within static text."""
    if len(wanted) > _LONG:
        return
    for name, escape, inverse in _INVERSES:
        plain = inverse(wanted)
        if plain and plain != wanted and escape(plain) == wanted:
            for source in sources.by_text.get(plain, ()):
                yield Apply(name, (source,))
    yield from _taken_back(sources, wanted)
    yield from _within(sources, wanted)


def _taken_back(sources: Sources, wanted: str) -> Iterator[Apply]:
    for text, places in sources.escaped:
        if text == wanted or len(text) < len(wanted) or len(text) > 4 * len(wanted) + 40:
            continue
        for mark, names, inverses in _MARKS:
            if mark in text:
                for name, inverse in zip(names, inverses, strict=True):
                    if inverse(text) == wanted:
                        yield from (Apply(name, (source,)) for source in places)
        if len(text) * 3 <= len(wanted) * 4 + 12 and _unbase64(text) == wanted:
            yield from (Apply("unbase64", (source,)) for source in places)


def _within(sources: Sources, wanted: str) -> Iterator[Joined]:
    likely = [(name, escape) for name, escape, _ in _INNER if _ESCAPES[name].search(wanted)]
    for text, places in sources.special if likely else ():
        if len(text) > len(wanted):
            continue
        for name, escape in likely:
            said = escape(text)
            if said and said not in (text, wanted) and wanted.count(said) == 1:
                before, _, after = wanted.partition(said)
                yield from (
                    Joined((before, after), (Apply(name, (source,)),)) for source in places[:4]
                )

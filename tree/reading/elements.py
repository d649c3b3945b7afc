"""Text that is XML: elements as records of their attributes and children, those of one name as lists.

Read by the expat that comes with Python, in one pass. Whoever declares a document type is not read at all: with it go
entities that grow, files and addresses that are fetched. Names lose their prefixes, which are the author's choice.
A text within elements, and elements within text, are a document and no data.
"""

from collections import Counter
from xml.parsers import expat  # declarations end the reading

from tree.message import Json

_MAX_CHARS = 400_000
_MAX_DEPTH = 40
_TEXT = "#text"


class _NoDataError(Exception):
    """What is read is something else."""


def elements(text: str) -> Json | None:
    """The record that an XML text spells, under the name of its root; None for any other text."""
    bare = text.strip()
    if not bare.startswith("<") or not bare.endswith(">") or len(bare) > _MAX_CHARS:
        return None
    reader = _Reader()
    try:
        reader.read(bare)
    except (expat.ExpatError, _NoDataError, ValueError):
        return None
    return reader.root if reader.count > 1 else None


class _Element:
    """One that is open."""

    def __init__(self, name: str, attributes: dict[str, str]) -> None:
        self.name = name
        self.attributes: dict[str, Json] = {
            f"@{_local(key)}": value
            for key, value in attributes.items()
            if key != "xmlns" and not key.startswith("xmlns:")
        }
        self.said: list[str] = []
        self.children: list[tuple[str, Json]] = []

    def value(self) -> Json:
        """What it is, when it closes."""
        text = "".join(self.said).strip()
        if text and self.children:
            raise _NoDataError
        names = Counter(name for name, _ in self.children)
        if names and not self.attributes and _is_list(self.name, names):
            return [value for _, value in self.children]
        if not names and not self.attributes:
            return text
        record = dict(self.attributes)
        for name, value in self.children:
            if names[name] == 1:
                record[name] = value
            else:
                rows = record.setdefault(name, [])
                assert isinstance(rows, list)  # attributes begin with a mark  # noqa: S101
                rows.append(value)
        if text:
            record[_TEXT] = text
        return record


class _Reader:
    """Takes in elements as they open and close."""

    def __init__(self) -> None:
        self.root: Json = None
        self.count = 0
        self._open: list[_Element] = []

    def read(self, text: str) -> None:
        """Read all of a text.

        Raises:
            expat.ExpatError: It is no XML.
            _NoDataError: It is a document, or declares things, or is nested too deep.
        """
        parser = expat.ParserCreate("utf-8")  # whatever it declares: the text was decoded before
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refused
        parser.StartElementHandler = self._begin
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._say
        parser.Parse(text.encode("utf-8"), True)

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._open) >= _MAX_DEPTH:
            raise _NoDataError
        self.count += 1
        self._open.append(_Element(_local(name), attributes))

    def _end(self, _: str) -> None:
        done = self._open.pop()
        if self._open:
            self._open[-1].children.append((done.name, done.value()))
        else:
            self.root = {done.name: done.value()}

    def _say(self, text: str) -> None:
        self._open[-1].said.append(text)


def _refused(*_: object) -> None:
    raise _NoDataError


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _is_list(parent: str, names: Counter[str]) -> bool:
    """Whether children are entries: all of one name, and several, or their parent is called after many of them."""
    if len(names) > 1:
        return False
    own, entry = parent.casefold(), next(iter(names)).casefold()
    plural = own.startswith(entry[:-1]) and own.endswith(("s", "list"))
    return plural or names.total() > 1

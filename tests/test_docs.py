"""What is written for users names what there is: files, options, commands, variables."""

import re
from pathlib import Path

import pytest

from addon.cli.environment import NAMES
from addon.cli.main import _COMMANDS
from addon.options import DECLARED
from addon.shown.commands import Commands

ROOT = Path(__file__).parents[1]
PAGES = [
    "README.md",
    "CONTRIBUTING.md",
    "certs/README.md",
    *(str(page.relative_to(ROOT)) for page in sorted(ROOT.glob("docs/*.md"))),
]
_LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)")


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    file = ROOT / page

    for target, anchor in _LINK.findall(file.read_text()):
        there = (file.parent / target).resolve() if target else file
        assert there.exists(), target
        assert not anchor or anchor in anchors(there), anchor


def test_every_option_is_in_the_table_with_its_default() -> None:
    rows = re.findall(
        r"^\| `(rote_\w+)` \| ([^|]*)\|", (ROOT / "README.md").read_text(), re.MULTILINE
    )

    told = {name: default.strip(" `") for name, default in rows}
    assert set(told) == {option.name for option in DECLARED}
    for option in DECLARED:
        given = str(option.default) if option.default != [] else ""
        assert told[option.name] in (given, "the user's data directory"), option.name


@pytest.mark.parametrize("page", PAGES)
def test_every_command_that_is_named_is_one(page: str) -> None:
    named = set(re.findall(r"\brote ([a-z]+)\b(?=[ `)\n])", _code((ROOT / page).read_text())))

    assert named <= set(_COMMANDS)


def test_every_command_for_mitmproxy_that_is_named_is_one() -> None:
    named = set(re.findall(r"`(rote\.[a-z]+)[ `]", (ROOT / "README.md").read_text()))

    there = {getattr(getattr(Commands, name), "command_name", None) for name in dir(Commands)}
    assert named - {"rote.internal"} <= there
    assert "rote.explain" in named


def test_every_variable_of_the_clients_is_set_by_rote_env() -> None:
    rows = [line for line in (ROOT / "README.md").read_text().splitlines() if line.startswith("|")]

    named = {name for row in rows for name in re.findall(r"`([A-Z]{2,}_[A-Z_]+)`", row)}
    assert named - {"CODEX_CA_CERTIFICATE"} <= set(NAMES)
    assert "SSL_CERT_FILE" in named


def _code(text: str) -> str:
    """What of a page is spelt as code."""
    indented = re.findall(r"^ {4}.*$", text, re.MULTILINE)
    return "\n".join([*indented, *(f"{code}`" for code in re.findall(r"`([^`\n]+)`", text))])

"""The page in a real Chromium: every view, for every eye, and against those who mean it harm."""

import html
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, ViewportSize

from addon.cli.dashboard import Beside
from tests.addon.dashboard.browser import EVIL, Watched, chromium, served
from tree.canonical import path_of
from tree.explaining.nearest import plain
from tree.memory import Memory
from tree.sight.learnt import Learnt
from tree.sight.outline import Outline
from tree.sight.place import read_place
from tree.sight.workflows import Workflows

VIEWS = (
    "/",
    "/workflows",
    "/workflows/{scope}",
    "/workflows/{scope}?stage={stage}",
    "/nodes/{place}",
    "/nodes/{sly}",
    "/nodes/{template}",
    "/nodes/{place}/distrust",
    "/nodes/{place}/forget",
    "/nodes/{begin}/forget",
    "/nodes/{template}/forget",
    "/nodes/{template}/rename?item=1&path=[1]",
    "/decisions?kind=repeat",
    "/decisions?words=nothing+like+it",
    "/shadow",
    "/decisions/{hit}",
    "/decisions/{miss}",
)
NARROW: ViewportSize = {"width": 360, "height": 740}
WIDE: ViewportSize = {"width": 1280, "height": 900}
AXE = {"resultTypes": ["violations"]}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def memory(beside: Beside) -> Memory:
    found = beside.memory()
    assert found is not None
    return found


@pytest.fixture(scope="module")
def address(beside: Beside) -> Iterator[str]:
    with served(beside) as at:
        yield at


@pytest.fixture(scope="module")
def ids(memory: Memory) -> dict[str, str]:
    """Something to look at of every sort."""
    log = memory.decisions(1_000)
    repeat = next(one for one in log if one.outcome == "hit-literal")
    root = Outline(memory).roots(repeat.tenant)[0]
    templates = Learnt(memory).page(scope=root.scope).templates
    return {
        "scope": root.scope,
        "place": repeat.node,
        "sly": next(
            path_of(one.conversation)[-1].hex()
            for _, one in memory.observations()
            if "stolen" in plain(one.conversation.messages[-1])
        ),
        "template": next(one.template for one in templates if one.ways == 1 and "{" in one.last),
        "begin": Outline(memory).below(root.scope).branches[0].node,
        "stage": _stage(memory, root.scope),
        "hit": str(next(one.number for one in log if one.outcome == "hit-template")),
        "miss": str(next(one.number for one in log if one.explanation and one.explanation.nearest)),
    }


def _stage(memory: Memory, scope: str) -> str:
    found = Workflows(memory)
    found.advance(10)
    rows = found.outline(found.root(scope), 20)
    return str(next(row.stage.number for row in rows if "Where is" in row.stage.words))


@pytest.fixture
def watched(browser: Browser) -> Iterator[Watched]:
    """A window of its own."""
    with browser.new_context(viewport=WIDE) as context:
        yield Watched(context.new_page())


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_renders_in_any_light_and_width_accessibly_and_asks_nobody_else(
    watched: Watched, address: str, ids: dict[str, str], view: str
) -> None:
    shown = watched.shown
    violations: dict[str, list[str]] = {}

    for scheme, size in (("light", WIDE), ("dark", NARROW)):
        shown.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        shown.set_viewport_size(size)
        answer = shown.goto(address + view.format(**ids))
        assert answer is not None
        assert answer.status == 200
        assert shown.locator("h1").count() == 1
        assert watched.sticks_out == 0
        found = Axe().run(shown, options=AXE).response["violations"]
        violations |= {
            one["id"]: [node["html"] for node in one["nodes"]]
            for one in found
            if one["impact"] in ("serious", "critical")
        }

    assert violations == {}
    assert watched.complaints == []
    assert watched.asked == {address}


def test_what_a_tool_gave_back_shows_as_text(
    watched: Watched, address: str, ids: dict[str, str]
) -> None:
    watched.shown.goto(f"{address}/nodes/{ids['sly']}")

    assert "<script>document.title = 'stolen'</script>" in watched.shown.inner_text("main")
    assert "stolen" not in watched.shown.title()
    assert watched.complaints == []


def test_a_keyboard_skips_to_the_content_and_sees_where_it_is(
    watched: Watched, address: str
) -> None:
    shown = watched.shown
    shown.goto(f"{address}/decisions")

    shown.keyboard.press("Tab")
    first = shown.evaluate("document.activeElement.textContent")
    shown.keyboard.press("Enter")
    shown.keyboard.press("Tab")
    within = shown.evaluate("document.querySelector('main').contains(document.activeElement)")
    outline = shown.evaluate("getComputedStyle(document.activeElement).outlineStyle")

    assert first == "Skip to the content"
    assert within
    assert outline == "solid"


def test_everything_works_without_scripts(browser: Browser, address: str) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        shown = context.new_page()
        shown.goto(address)
        shown.get_by_role("navigation", name="Views").get_by_role("link", name="Decisions").click()
        shown.get_by_label("Outcome").select_option("repeats")
        shown.get_by_role("button", name="Filter").click()
        shown.locator("td.number a").first.click()

        assert "Answered from memory" in shown.inner_text("h1")


class _Evil(BaseHTTPRequestHandler):
    """Another site, whose page sends a form as soon as it is open."""

    form = ""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(self.form.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def evil() -> Iterator[HTTPServer]:
    with HTTPServer(("127.0.0.1", 0), _Evil) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_form_of_another_site_is_refused_even_with_the_right_token(
    watched: Watched, address: str, ids: dict[str, str], memory: Memory, evil: HTTPServer
) -> None:
    shown, path = watched.shown, f"/nodes/{ids['place']}/distrust"
    shown.goto(address + path)
    token = shown.locator("input[name=token]").get_attribute("value") or ""
    _Evil.form = (
        f'<form method="post" action="{address}{path}"><input name="token" value="{html.escape(token)}">'
        "</form><script>document.forms[0].submit()</script>"
    )

    with shown.expect_response(address + path) as refused:
        shown.goto(f"http://{EVIL}:{evil.server_port}/", wait_until="commit")

    assert refused.value.status == 403
    assert refused.value.request.method == "POST"
    assert read_place(memory, ids["place"]).choice is None


def test_a_name_that_is_made_to_lead_here_sees_nothing(
    watched: Watched, address: str, ids: dict[str, str]
) -> None:
    port = address.rpartition(":")[2]

    answer = watched.shown.goto(f"http://{EVIL}:{port}/nodes/{ids['place']}")

    assert answer is not None
    assert answer.status == 403
    assert "book_courier" not in watched.shown.content()

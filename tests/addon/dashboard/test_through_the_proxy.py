"""The page as a browser sees it that uses the proxy: at rote.internal, within a real mitmdump."""

import http.client
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.addon import answers
from tests.addon.dashboard.browser import Watched, chromium
from tests.addon.proxied import Proxied, proxied
from tests.addon.stand_in import StandIn, plain, stand_in

CHAT = "/v1/chat/completions"
QUESTION = b'{"model": "stand-in-1", "messages": [{"role": "user", "content": "Will it rain?"}]}'
OWN = "http://rote.internal"


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    with stand_in(tmp_path_factory.mktemp("provider")) as server:
        server.script = plain(answers.CHAT)
        yield server


@pytest.fixture(scope="module")
def proxy(provider: StandIn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxied]:
    with proxied(tmp_path_factory.mktemp("home"), provider) as running:
        yield running


def asked(proxy: Proxied) -> str:
    """How the question was answered."""
    status = proxy.post(CHAT, QUESTION).headers["cache-status"]
    proxy.settle()
    return str(status)


def press(shown: Page, *names: str) -> None:
    """Follow links and push buttons, by their names."""
    for name in names:
        shown.locator(f"a:has-text('{name}'), button:has-text('{name}')").first.click()


def test_what_is_forgotten_in_the_browser_is_forwarded_from_then_on(
    proxy: Proxied, provider: StandIn
) -> None:
    statuses = [asked(proxy), asked(proxy)]
    node = statuses[1].partition('key="')[2].partition('"')[0]

    with (
        chromium() as browser,
        browser.new_context(proxy={"server": f"http://127.0.0.1:{proxy.port}"}) as context,
    ):
        watched = Watched(context.new_page())
        watched.shown.goto(f"{OWN}/nodes/{node}")
        before = watched.shown.inner_text("main")
        press(watched.shown, "Forget", "Forget it")
        after = watched.shown.inner_text("main")

    assert "fwd=miss" in statuses[0]
    assert "hit" in statuses[1]
    assert "Will it rain?" in before
    assert "1 exchange was forgotten" in after
    assert watched.asked == {OWN}
    assert watched.complaints == []
    sent = len(provider.asked)
    assert "fwd=miss" in asked(proxy)
    assert len(provider.asked) == sent + 1


def test_what_is_distrusted_is_forwarded_until_that_is_taken_back(proxy: Proxied) -> None:
    statuses = [asked(proxy), asked(proxy)]
    path = f"/nodes/{statuses[1].partition('key="')[2].partition('"')[0]}"

    done = send(proxy, f"{path}/distrust")
    distrusted = asked(proxy)
    undone = send(proxy, f"{path}/undecide")
    trusted_again = asked(proxy)

    assert "hit" in statuses[1]
    assert (done, undone) == (303, 303)
    assert "fwd=miss" in distrusted
    assert "distrust" in distrusted
    assert "hit" in trusted_again


def send(proxy: Proxied, path: str) -> int:
    """Send a form of the page as it stands; returns the status."""
    token = raw(proxy, "GET", path)[1].partition(b'name="token" value="')[2].partition(b'"')[0]
    connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=20)
    headers = {"Host": "rote.internal", "Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", OWN + path, b"token=" + token, headers)
    status = connection.getresponse().status
    connection.close()
    return status


def raw(proxy: Proxied, method: str, path: str, **headers: str) -> tuple[int, bytes]:
    """What the proxy answers to a request that no browser would send."""
    connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=20)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, OWN + path, headers={"Host": "rote.internal"} | named)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body


def test_a_form_from_elsewhere_is_refused_within_the_proxy(proxy: Proxied) -> None:
    status, body = raw(proxy, "POST", f"/nodes/{'0' * 32}/forget", Origin="http://evil.example")

    assert status == 403
    assert b"Another site" in body


def test_the_proxy_serves_the_page_and_its_style(proxy: Proxied) -> None:
    assert b"<h1>" in raw(proxy, "GET", "/")[1]
    assert b"--paper" in raw(proxy, "GET", "/static/rote.css")[1]
    assert raw(proxy, "GET", "/nowhere")[0] == 404

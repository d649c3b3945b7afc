"""A tool that the user calls careful is served later than one whose name says that it only reads."""

import json
from pathlib import Path

from tests.addon import answers
from tests.addon.proxied import Proxied, proxied
from tests.addon.stand_in import plain, stand_in

CHAT = "/v1/chat/completions"
ENOUGH = 40
STREAKS_ALONE = "rote_max_error=0.5"
"""So much is tolerated that nothing but its streak keeps an answer from being served."""
CAREFUL = "rote_careful_tools=pay,read_gauge"


def first_served(proxy: Proxied) -> int:
    """How many requests, each with other data, are forwarded before one is served."""
    for number in range(ENOUGH):
        code = f"G-{4000 + 37 * number}"
        document = json.loads(answers.CHAT)
        message = document["choices"][0]["message"]
        function = {"name": "read_gauge", "arguments": json.dumps({"gauge": code})}
        message["content"], message["tool_calls"][0]["function"] = None, function
        proxy.provider.script = plain(json.dumps(document).encode())
        asked = {"role": "user", "content": f"Please read gauge {code} now."}
        body = json.dumps({"model": answers.MODEL, "messages": [asked]}).encode()
        if "; hit;" in proxy.post(CHAT, body).headers["cache-status"]:
            return number
        proxy.settle()
    return ENOUGH


def test_a_careful_tool_needs_twice_the_evidence(tmp_path: Path) -> None:
    homes = [tmp_path / name for name in ("usual", "careful")]
    for home in homes:
        home.mkdir()
    with stand_in(tmp_path) as provider:
        with proxied(homes[0], provider, STREAKS_ALONE) as proxy:
            usual = first_served(proxy)
        with proxied(homes[1], provider, STREAKS_ALONE, CAREFUL) as proxy:
            careful = first_served(proxy)

    assert 0 < usual < careful < ENOUGH

"""The hooks: whatever goes wrong in one costs a line in the log."""

import asyncio

import pytest
from mitmproxy import http
from mitmproxy.test import tflow

from addon.interceptor import Hook, Rote, harmless


def at_once(_rote: Rote, _flow: http.HTTPFlow) -> None:
    raise LookupError("at once")


async def later(_rote: Rote, _flow: http.HTTPFlow) -> None:
    await asyncio.sleep(0)
    raise LookupError("later")


@pytest.mark.parametrize("hook", [at_once, later])
def test_an_error_in_a_hook_is_logged_and_raised_to_nobody(
    hook: Hook, caplog: pytest.LogCaptureFixture
) -> None:
    async def call() -> None:
        rest = harmless(hook)(Rote(), tflow.tflow())
        if rest is not None:
            await rest

    asyncio.run(call())

    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert "goes on without Rote" in caplog.text
    assert "LookupError" in caplog.text

"""What mitmproxy does otherwise where Rote is in it."""

import logging

import pytest

from addon import surroundings


def test_that_an_answer_is_streamed_is_no_news_and_all_else_is(
    caplog: pytest.LogCaptureFixture,
) -> None:
    says = logging.getLogger("mitmproxy.proxy.server")
    with caplog.at_level(logging.INFO):
        says.info("Streaming response from llm.example.")
        before = len(caplog.records)

        surroundings.hush()
        surroundings.hush()
        says.info("Streaming response from llm.example.")
        says.info("client connect")

    assert before == 1
    assert [record.message for record in caplog.records[before:]] == ["client connect"]
    for own in list(says.filters):
        says.removeFilter(own)

"""What mitmproxy does otherwise where Rote is in it."""

import logging
import re
from pathlib import Path

import pytest
from mitmproxy.options import Options

from addon import surroundings
from addon.hosts import Directory


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


def test_reverse_mode_lets_its_own_host_be_read_and_none_that_is_spelt_like_it(
    tmp_path: Path,
) -> None:
    options = Options(mode=["reverse:https://llm.example@8081"], confdir=str(tmp_path))
    options.add_option("connection_strategy", str, "eager", "")
    options.add_option("upstream_cert", bool, True, "")

    surroundings.prepare(options, Directory([], ()), ())

    def is_read(address: str) -> bool:
        return any(re.search(pattern, address) for pattern in options.allow_hosts)

    assert is_read("llm.example:443")
    assert not is_read("llm-example:443")

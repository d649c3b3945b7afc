"""Options are declared once, read as values, and refused with what is good."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from mitmproxy import exceptions
from mitmproxy.test import taddons

from addon import options
from addon.interceptor import Rote

HOUR_NS = 3_600_000_000_000


@pytest.fixture
def context(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[taddons.context]:
    """Mitmproxy's options with Rote's among them."""
    monkeypatch.setenv("ROTE_HOME", str(tmp_path))
    with taddons.context(Rote(), loadcore=False) as made:
        yield made
    made.master.event_loop.close()  # up to mitmproxy 12.2.2 nobody else does


def test_the_defaults_are_those_of_the_design(context: taddons.context, tmp_path: Path) -> None:
    settings = options.read(context.options)

    assert settings == options.Settings(
        store=tmp_path,
        mode="serve",
        max_error=0.02,
        audit=0.05,
        share="key",
        hosts=(),
        ttl_ns=None,
        max_bytes=4096 << 20,
    )


@pytest.mark.parametrize(
    ("text", "wanted"), [("12h", 12 * HOUR_NS), ("7d", 168 * HOUR_NS), ("off", None)]
)
def test_a_duration_is_read_in_its_unit(
    context: taddons.context, text: str, wanted: int | None
) -> None:
    context.options.rote_ttl = text

    assert options.read(context.options).ttl_ns == wanted


@pytest.mark.parametrize(
    "chosen", [["charge", "hr/pay.run"], ["charge,hr/pay.run"], [" charge , ", "hr/pay.run"]]
)
def test_careful_tools_are_named_one_by_one_or_with_commas(
    context: taddons.context, chosen: list[str]
) -> None:
    context.options.update(rote_careful_tools=chosen)

    assert options.read(context.options).careful_tools == ("charge", "hr/pay.run")


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("rote_mode", "sometimes", "sometimes"),
        ("rote_share", "everyone", "everyone"),
        ("rote_max_error", "two", "from 0 to 1"),
        ("rote_max_error", "nan", "from 0 to 1"),
        ("rote_audit", "1.5", "from 0 to 1"),
        ("rote_ttl", "7 days", "90s, 30m, 12h, 7d or off"),
        ("rote_ttl", "0d", "90s, 30m, 12h, 7d or off"),
        ("rote_max_mib", 0, "from 1 to"),
        ("rote_max_mib", 1 << 62, "from 1 to"),
        ("rote_hosts", ["localhost"], "host[:port]=api"),
        ("rote_hosts", ["box..lan=openai-chat"], "no name of a host"),
    ],
)
def test_a_bad_option_is_refused_with_what_is_good(
    context: taddons.context, name: str, value: object, complaint: str
) -> None:
    with pytest.raises(exceptions.OptionsError) as caught:
        context.options.update(**{name: value})

    assert complaint in str(caught.value)

"""What commands say where there is nothing to say; what they do is tried in mitmweb."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from mitmproxy import exceptions
from mitmproxy.test import taddons

from addon import options
from addon.interceptor import Rote
from addon.session import Session
from addon.shown.commands import Commands


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Session]:
    monkeypatch.setenv("ROTE_HOME", str(tmp_path))
    with taddons.context(Rote(), loadcore=False) as context:
        opened = Session(options.read(context.options))
    context.master.event_loop.close()  # up to mitmproxy 12.2.2 nobody else does
    yield opened
    opened.close()


@pytest.mark.parametrize(
    "command", [Commands.decisions, Commands.stats, lambda commands: commands.decision(1)]
)
def test_a_memory_that_cannot_be_read_is_told_to_whoever_gave_the_command(
    session: Session, command: Callable[[Commands], object]
) -> None:
    assert session.recorder
    assert session.memory
    session.recorder.stop()
    session.memory.close()

    with pytest.raises(exceptions.CommandError, match="closed"):
        command(Commands(lambda: session))

    session.recorder = session.memory = None

"""The command as a whole: help that teaches, and a quick start."""

import subprocess
import sys

import click
import pytest

from addon.cli.main import main
from tests.addon.cli.conftest import Rote

COMMANDS = [
    "serve",
    "run",
    "env",
    "stats",
    "explain",
    "tree",
    "show",
    "dashboard",
    "shadow",
    "trust",
    "distrust",
    "rename",
    "forget",
    "prune",
    "export",
    "import",
    "verify",
    "rebuild",
    "doctor",
]


def test_the_help_names_every_command_and_where_to_begin(rote: Rote) -> None:
    result = rote("--help")

    assert result.exit_code == 0
    assert "rote run -- python my_agent.py" in result.output
    for command in COMMANDS:
        assert f"\n  {command} " in result.output


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_each_command_shows_an_example(rote: Rote, command: str) -> None:
    result = rote(command, "--help")

    assert result.exit_code == 0
    assert f"rote {command}" in result.output.partition("Options:")[0].partition("\n")[2]


def test_the_commands_come_in_the_order_in_which_they_are_met() -> None:
    assert main.list_commands(click.Context(main)) == COMMANDS


def test_an_unknown_command_is_refused(rote: Rote) -> None:
    result = rote("sevre")

    assert result.exit_code == 2
    assert "sevre" in result.output


def test_the_version_is_shown(rote: Rote) -> None:
    assert rote("--version").output.startswith("rote ")


def test_no_command_imports_mitmproxy_before_it_needs_it() -> None:
    program = (
        "import sys, click; from addon.cli.main import main\n"
        f"for name in {COMMANDS}:\n"
        "    assert main.get_command(click.Context(main), name)\n"
        "    print(name, 'mitmproxy' in sys.modules)"
    )

    done = subprocess.run(  # noqa: S603  # our own
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout.splitlines() == [f"{name} False" for name in COMMANDS]

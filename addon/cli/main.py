"""The `rote` command: names its commands and loads one only when it is asked for, for a shell waits on `rote env`."""

import importlib
import sys
from importlib.metadata import PackageNotFoundError, version

import click

_COMMANDS = {
    "serve": "Run the proxy.",
    "run": "Run one command through a proxy of its own.",
    "env": "Print the variables that lead a shell's programs through the proxy.",
    "stats": "Show what memory has saved.",
    "explain": "Say why requests were answered from memory, or were not.",
    "tree": "Show what is remembered, as a tree of what was said.",
    "show": "Show a node or a learnt template in full.",
    "dashboard": "Open the page that shows what is remembered, and lets it be steered.",
    "shadow": "Say what would have been served while nothing was.",
    "trust": "Trust a node or a template.",
    "distrust": "Never answer from a node or a template.",
    "rename": "Give a slot of a template a name.",
    "forget": "Take memories back, for good.",
    "prune": "Forget what was not used for long.",
    "export": "Write memory to a file.",
    "import": "Read memory from a file.",
    "verify": "Check memory from end to end.",
    "rebuild": "Learn all that was recorded anew, and see that it comes out the same.",
    "doctor": "Check each link of the chain, and say how to mend it.",
}
"""Name -> what it does, in a line; each is the function of its name in the module of its name."""
_OTHERWISE = {"import": "importing", "export": "exporting"}
"""But for these: a name may be a word of the language."""


class _Lazy(click.Group):
    """A group that imports a command's module when the command is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which they are met by a new user."""
        del ctx
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name; None if there is none."""
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        name = _OTHERWISE.get(cmd_name, cmd_name)
        module = importlib.import_module(f"addon.cli.{name}")
        command: click.Command = getattr(module, name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without loading them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


def _show_version(ctx: click.Context, _option: click.Parameter, wanted: bool) -> None:  # noqa: FBT001  # click's
    if wanted:
        try:
            found = version("rote")
        except PackageNotFoundError:
            found = "dev"
        click.echo(f"rote {found}")
        ctx.exit()


@click.command(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show the version and exit.",
)
def main() -> None:
    """Rote remembers what your agents ask their models, and answers repeats itself.

    \b
    Try it on one command:
        rote run -- python my_agent.py

    \b
    Or keep a proxy running, and lead a shell's programs through it:
        rote serve
        eval "$(rote env)"

    `rote COMMAND --help` says more about each command.
    """  # noqa: D301  # click wants the control character itself


if __name__ == "__main__":
    sys.exit(main())

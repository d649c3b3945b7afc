"""Learnt templates for a person at a terminal: one of them in full, or a line for each."""

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text

from addon.cli.layout import ID_DIGITS, print_named, print_rows, when
from addon.words import wording
from tree.explaining.explanation import cut
from tree.explaining.telling import CLASSES, VIEWS
from tree.explaining.wording import shown
from tree.sight.learnt import Templates
from tree.sight.template import Said, Template, TemplateLine, Tests, Way, own_id

_SLOTS, _NODES = 20, 8
_OWN_DIGITS = ID_DIGITS + 2
"""Of the id of a template: as many as of any other, and those of its view."""
_LOOKS = {
    "path": "all that was said",
    "round": "from the last request on",
    "loop": "likewise, like steps as one",
    "goal": "last request, last step",
    "step": "last step",
}
"""`VIEWS`, short enough for a table."""
_ROLES = {
    "data": ("flows into the answer", "cyan"),
    "control": ("decides which answer", "magenta"),
    "free": ("read by nothing", "yellow"),
}


def print_templates(out: Console, page: Templates) -> None:
    """A line for each template, those that serve first."""
    if page.relearning:
        left = wording.count(page.relearning, "observation")
        out.print(Text(f"{left} to be learnt from yet; this is not all.", style="yellow"))
    if not page.templates:
        out.print(
            "No templates were learnt yet: it takes at least two conversations that differ in data only."
        )
        return
    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for title in ("id", "serves", "tests", "looks at", "what is said last", "answer"):
        grid.add_column(title, no_wrap=title not in ("what is said last", "answer"))
    for one in sorted(page.templates, key=lambda line: (-line.serves, -line.clean)):
        grid.add_row(*_line(one))
    out.print(grid)
    more = " More: --list." if page.next else ""
    out.print(Text(f"`rote show ID` tells all about one of them.{more}", style="dim"))


def _line(one: TemplateLine) -> tuple[str | Text, ...]:
    if one.serves:
        serves = Text("yes", "green")
    elif one.choice:
        serves = Text(f"{one.choice}ed", "red" if one.choice == "distrust" else "dim")
    else:
        serves = Text("not yet", "dim")
    wrong = f", {one.failures} wrong" if one.failures else ""
    return (
        own_id(one.template)[:_OWN_DIGITS],
        serves,
        f"{one.clean} clean, {one.needed} needed{wrong}",
        _LOOKS.get(one.view, one.view),
        Text(cut(one.last, 80)),
        Text(cut(one.answer, 60)),
    )


def print_template(out: Console, one: Template) -> None:
    """A template in full: what is said, its slots, what decides, each way to go on, and where it was seen."""
    title = Text.assemble(
        (own_id(one.template)[:_OWN_DIGITS] + "  ", "dim"),
        ("template", "bold"),
        f" over {VIEWS.get(one.view, one.view)}",
        (f"  {one.choice}ed" if one.choice else "", "bold"),
    )
    out.print(title)
    for said in one.said:
        print_rows(out, [(said.tool or said.kind, _said(said))])
    print_named(out, "Slots", _slots(one))
    print_named(out, "Conditions", map(Text, one.conditions))
    for at, way in enumerate(one.ways, 1):
        print_named(out, f"Answer {at}" if len(one.ways) > 1 else "Answer", _way(way))
    if one.nodes:
        nodes = ", ".join(node[:ID_DIGITS] for node in one.nodes[:_NODES])
        print_named(out, "Seen at", [Text(nodes, style="dim")])


def _slots(one: Template) -> Iterator[Text]:
    """Those that vary, for what is always the same is seen above."""
    slots = [slot for said in one.said for slot in said.slots if slot.role in _ROLES]
    for slot in slots[:_SLOTS]:
        words, style = _ROLES[slot.role]
        seen = ", ".join(shown(value, 30) for value in slot.values[:4])
        yield Text.assemble((slot.name, style), f": {slot.place}, {words}", (f"; {seen}", "dim"))


def _said(said: Said) -> Text:
    if said.structured:
        return Text(cut(said.pieces[0], 400), style="dim")
    text = Text()
    for at, piece in enumerate(said.pieces):
        text.append("{" + piece + "}" if at % 2 else piece, "bold cyan" if at % 2 else "")
    return text


def _way(way: Way) -> Iterator[Text]:
    yield Text(way.answer, style="green")
    for value in way.values:
        more = f" ({value.agreeing} more agree)" if value.agreeing else ""
        yield Text.assemble((value.leaf, "bold"), f" = {value.program}", (more, "dim"))
    for name in way.unexplained:
        yield Text(
            f"{name}: nothing in the context explains it, so this is left to the model",
            style="yellow",
        )
    yield from _fared(way.tests)


def _fared(tests: Tests) -> Iterator[Text]:
    """How its predictions fared, and whether that is enough."""
    failed = (
        f", {wording.count(tests.failures, 'failure')} not made up for" if tests.failures else ""
    )
    verdict = ("it serves", "green") if tests.serves else ("it does not serve yet", "yellow")
    yield Text.assemble(
        verdict,
        f": {wording.count(tests.clean, 'clean test')}, {tests.needed} needed{failed}; "
        f"{CLASSES.get(tests.kind, tests.kind)}",
    )
    if tests.mistake:
        yield Text.assemble(
            ("it was wrong", "red"),
            f": it would have said {tests.mistake.foreseen}, and the provider said {tests.mistake.came}",
            (f" ({when(tests.mistake.at_ns)})" if tests.mistake.at_ns else "", "dim"),
        )
    yield Text(
        f"its like: {tests.wrong} wrong of {tests.tests} here, {tests.lent} tests before delivery; "
        f"so at most {tests.bound:.1%} are wrong, and "
        f"{tests.limit:.1%} is tolerated",
        style="dim",
    )

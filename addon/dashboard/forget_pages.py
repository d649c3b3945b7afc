"""Taking memories back from the page: what would go is said first, in numbers; then it is gone completely."""

from typing import Literal

from flask import Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from addon.dashboard.lookout import Lookout
from addon.dashboard.nodes import is_template, tenant_of
from addon.dashboard.rendering import ask_about
from addon.dashboard.sight import Sight
from addon.words.wording import count
from tree.control.forgetting import forget
from tree.control.selecting import Selection
from tree.memory import Memory
from tree.sight.place import read_place
from tree.sight.template import Template

_COMPLETELY = (
    "Forgetting is complete: the exchanges, what was learnt from them, their decisions in the log, and what the file "
    "still holds of them. What remains is learnt again by the proxy; until then less is served. It cannot be taken "
    "back."
)

type What = Literal["node", "subtree", "template"]


class ForgetPages:
    """Asks, and forgets.

    Args:
        sight: Where to look.
        lookout: What is kept ready.
    """

    def __init__(self, sight: Sight, lookout: Lookout) -> None:
        self._sight, self._lookout = sight, lookout

    def ask(self, node: str) -> Response:
        """Say what would go, and ask whether it shall."""
        memory = self._memory()
        if is_template(node):
            about = self._template(memory, node)
            answer = about.ways[0].answer if about.ways else "a template without an answer"
            named, choices = f"“{answer}”", self._of_template(about)
        else:
            named, choices = self._of_place(memory, node)
        return ask_about(
            node,
            "Forget this?",
            [named, _COMPLETELY],
            "Forget it",
            action=request.path,
            danger=True,
            choices=choices,
        )

    def do(self, node: str) -> AnyResponse:
        """Forget, and show what is left around it."""
        memory = self._memory()
        if is_template(node):
            scope = self._template(memory, node).scope
            tenant, what = tenant_of(memory, self._template(memory, node)), "template"
        else:
            root = read_place(memory, node).root
            scope, tenant, what = root.scope, root.tenant, request.form.get("what", "")
        if what not in ("node", "subtree", "template"):
            abort(400, "Say what is to be forgotten: this place alone, or all that follows it too.")
        gone = forget(memory, Selection(_what(what), node)).observations
        with memory.store.read() as txn:
            left = any(one.hex() == scope for one in memory.journal.scopes(txn))
        if left:
            return redirect(url_for("pages.workflow", scope=scope, forgotten=gone), 303)
        return redirect(url_for("pages.workflows", of=tenant, forgotten=gone), 303)

    def _of_place(self, memory: Memory, node: str) -> tuple[str, list[tuple[str, str]]]:
        """A place in words, and what of it can be forgotten, each with its words."""
        place = read_place(memory, node)
        here, at = len(place.answers) + place.further, place.path[-1]
        choices = []
        if here:
            choices.append(("node", f"what was answered here: {count(here, 'exchange')}"))
        if at.observations > here:
            words = (
                f"all that goes through here: {count(at.observations, 'exchange')}, after which "
            )
            choices.append(("subtree", f"{words}{count(at.answers, 'answer')} less are known"))
        return f"“{at.summary}”", choices

    def _of_template(self, template: Template) -> list[tuple[str, str]]:
        words = "all exchanges that it reads, wherever they are in the tree: "
        return [("template", f"{words}{count(template.examples, 'example')} of it, and any more")]

    def _template(self, memory: Memory, node: str) -> Template:
        with self._lookout.learnt(memory, self._sight.max_error()) as learnt:
            return learnt.template(node)

    def _memory(self) -> Memory:
        return self._sight.memory() or abort(404)


def _what(word: str) -> What:
    return "node" if word == "node" else "subtree" if word == "subtree" else "template"

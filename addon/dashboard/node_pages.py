"""The pages of a node, and what may be done to it."""

from contextlib import AbstractContextManager
from typing import Any

import msgspec
from flask import Blueprint, Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from addon.dashboard.forget_pages import ForgetPages
from addon.dashboard.lookout import Lookout
from addon.dashboard.nodes import (
    ROLES,
    decisions_at,
    is_template,
    read_spot,
    tenant_of,
)
from addon.dashboard.rendering import ask_about, render
from addon.dashboard.sight import Sight
from addon.dashboard.steering import DEEDS, RENAMED
from tree.control.steering import Steering, SteeringError
from tree.memory import Memory
from tree.message import Json
from tree.sight.here import templates_here
from tree.sight.learnt import Learnt
from tree.sight.place import read_place
from tree.sight.template import Slot, Template

_NAMING = (
    "The name is shown wherever this text is read in this scope, and changes nothing about what is answered. An empty "
    "name takes it back."
)


class NodePages:
    """Answers for one node.

    Args:
        sight: Where to look.
        lookout: What is kept ready.
    """

    def __init__(self, sight: Sight, lookout: Lookout) -> None:
        self._sight, self._lookout = sight, lookout
        self._forgetting = ForgetPages(sight, lookout)

    def route(self, pages: Blueprint) -> None:
        """Add the routes."""
        pages.add_url_rule("/nodes/<node>", "node", self.show)
        pages.add_url_rule("/nodes/<node>/rename", "renaming", self.ask_name)
        pages.add_url_rule("/nodes/<node>/rename", "rename", self.rename, methods=["POST"])
        pages.add_url_rule("/nodes/<node>/forget", "forgetting", self._forgetting.ask)
        pages.add_url_rule("/nodes/<node>/forget", "forget", self._forgetting.do, methods=["POST"])
        pages.add_url_rule("/nodes/<node>/<deed>", "asking", self.ask)
        pages.add_url_rule("/nodes/<node>/<deed>", "doing", self.do, methods=["POST"])

    def document(self, node: str) -> Json:
        """A node for programs: a place of the tree, or a template."""
        memory = self._memory()
        with self._learnt(memory) as learnt:
            if is_template(node):
                return msgspec.to_builtins(learnt.template(node))
            templates = [one.template for one in templates_here(memory, learnt, node)]
        found = msgspec.to_builtins(read_place(memory, node))
        return found | {"templates": templates}

    def show(self, node: str) -> Response:
        """The page of a node."""
        memory, start = self._memory(), max(0, request.args.get("start", 0, type=int))
        said = {name: deed.done for name, deed in DEEDS.items()} | {"rename": RENAMED}
        shared: dict[str, Any] = {
            "here": "workflows",
            "done": said.get(request.args.get("done", ""), ""),
        }
        with self._learnt(memory) as learnt:
            if not is_template(node):
                spot = read_spot(memory, learnt, node, start)
                return render("node.html", start=start, **shared, **_fields(spot))
            one = learnt.template(node)
        tenant = tenant_of(memory, one)
        recent = decisions_at(memory, tenant, one.template)
        return render("template.html", one=one, tenant=tenant, roles=ROLES, recent=recent, **shared)

    def ask(self, node: str, deed: str) -> Response:
        """Say what will happen, and ask whether it shall."""
        memory = self._memory()
        wanted = DEEDS.get(deed) or abort(404)
        with self._learnt(memory) as learnt:
            learnt_here = is_template(node)
            about = learnt.template(node) if learnt_here else read_spot(memory, learnt, node).place
        named = (
            f"“{_named(about)}”" if isinstance(about, Template) else f"“{about.path[-1].summary}”"
        )
        will = wanted.will_learnt if learnt_here else wanted.will
        return ask_about(node, wanted.title, [named, will], wanted.button, action=request.path)

    def do(self, node: str, deed: str) -> AnyResponse:
        """Do it, and show the node as it is then."""
        wanted = DEEDS.get(deed) or abort(404)
        is_template(node)
        wanted.do(Steering(self._memory()), node)
        return redirect(url_for("pages.node", node=node, done=deed), 303)

    def ask_name(self, node: str) -> Response:
        """Ask for a slot's new name."""
        return self._naming(
            node, request.args.get("item", -1, type=int), request.args.get("path", "")
        )

    def rename(self, node: str) -> AnyResponse:
        """Give a slot a name."""
        item, path = request.form.get("item", -1, type=int), request.form.get("path", "")
        slot = self._slot(node, item, path)
        try:
            name = request.form.get("name", "").strip()
            Steering(self._memory()).rename(node, item, slot.path, name)
        except SteeringError as error:
            return self._naming(node, item, path, str(error))
        return redirect(url_for("pages.node", node=node, done="rename"), 303)

    def _naming(self, node: str, item: int, path: str, trouble: str = "") -> Response:
        slot = self._slot(node, item, path)
        return ask_about(
            node,
            f"Rename the slot {slot.name}",
            [f"It is {slot.place}; lately {' · '.join(slot.values)}", _NAMING],
            "Rename it",
            action=url_for("pages.rename", node=node),
            hidden={"item": item, "path": path},
            name=slot.name if slot.named else "",
            trouble=trouble,
        )

    def _slot(self, node: str, item: int, path: str) -> Slot:
        """A slot of a template, by its place as the page spells it."""
        with self._learnt(self._memory()) as learnt:
            found = learnt.template(node)
        slots = found.said[item].slots if 0 <= item < len(found.said) else ()
        fits = (slot for slot in slots if msgspec.json.encode(slot.path).decode() == path)
        slot = next(fits, None)
        return slot if slot is not None else abort(404)

    def _memory(self) -> Memory:
        return self._sight.memory() or abort(404)

    def _learnt(self, memory: Memory) -> AbstractContextManager[Learnt]:
        return self._lookout.learnt(memory, self._sight.max_error())


def _named(template: Template) -> str:
    return template.ways[0].answer if template.ways else "a template without an answer"


def _fields(one: msgspec.Struct) -> dict[str, Any]:
    return {name: getattr(one, name) for name in one.__struct_fields__}

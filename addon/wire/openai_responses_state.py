"""Requests of the Responses API that lean on what was stored, in full: as the provider is to get them, and as a whole.

The provider gets everything from the last response on that it knows itself, and no id that was made here. To be read,
a conversation is put together from its beginning, every item with its id: so it reads the same whoever stored it.

Source: OpenAI API reference, "Create a model response" (`previous_response_id`, item references), "Conversation state"
(instructions are not carried over).
"""

from collections.abc import Iterable, Iterator

from addon.wire.held import Given, Holding, Ledger
from addon.wire.openai_responses_shape import kind_of, objects
from tree.message import Json

PREVIOUS = "previous_response_id"


def given(body: dict[str, Json]) -> Given:
    """What a request adds to what the provider holds.

    Raises:
        WireError: It is not of the documented shape.
    """
    asked, previous = body.get("input"), body.get(PREVIOUS)
    if isinstance(asked, str):
        items: list[dict[str, Json]] = [{"role": "user", "content": asked}]
    else:
        items = [] if asked is None else objects(asked, "input")
    return Given(previous if isinstance(previous, str) else "", items)


def is_reference(item: dict[str, Json]) -> bool:
    """Whether an item stands for another one; a reference may come without its type, and nothing else may."""
    kind = kind_of(item)
    return kind == "item_reference" or (not kind and "role" not in item)


def names(body: dict[str, Json], added: Given) -> tuple[str, ...]:
    """The ids in a request that something may be held under."""
    # Where nothing is stored, an item's id is a spelling that the provider does not look into.
    leans = body.get("store") is not False or added.previous
    items = [item for item in added.items if leans or is_reference(item)]
    ids = (item.get(name) for item in items for name in ("id", "call_id"))
    return tuple(name for name in (added.previous, *ids) if isinstance(name, str) and name)


def for_provider(body: dict[str, Json], added: Given, ledger: Ledger) -> dict[str, Json] | None:
    """The request with what it names that was made here in full; None where it names nothing of that kind."""
    made, previous = _chain(added.previous, ledger, only_made=True)
    items = list(_cleaned(_all_items(made, added), ledger))
    if not made and all(one is other for one, other in zip(items, added.items, strict=True)):
        return None
    full = {name: value for name, value in body.items() if name != PREVIOUS} | {"input": items}
    return full | ({PREVIOUS: previous} if previous else {})


def as_whole(body: dict[str, Json], added: Given, ledger: Ledger) -> dict[str, Json] | None:
    """The request as if its client had sent all of the conversation; None where not all of that is known."""
    chain, missing = _chain(added.previous, ledger, only_made=False)
    if missing:
        return None
    items = [_recalled(_whole(item, ledger), ledger) for item in _all_items(chain, added)]
    return {name: value for name, value in body.items() if name != PREVIOUS} | {"input": items}


def _chain(previous: str, ledger: Ledger, *, only_made: bool) -> tuple[list[Holding], str]:
    """The answers that led here, oldest first, as far as they are known, and the id of the one before them.

    A host that calls each of its answers the same tells nothing by that name: there the chain ends, too.
    """
    chain: list[Holding] = []
    seen: set[str] = set()
    while previous and previous not in seen:
        held = ledger.answer(previous)
        if held is None or (only_made and not held.made):
            break
        seen.add(previous)
        chain.append(held)
        previous = held.given.previous
    return chain[::-1], previous


def _all_items(chain: list[Holding], added: Given) -> Iterator[dict[str, Json]]:
    for held in chain:
        yield from held.given.items
        yield from held.document["output"]
    yield from added.items


def _cleaned(items: Iterable[dict[str, Json]], ledger: Ledger) -> Iterator[dict[str, Json]]:
    """The items without ids that the provider does not know, references to these in full."""
    for item in (_recalled(item, ledger) for item in items):
        name = item.get("id")
        made = ledger.item(name) if isinstance(name, str) else None
        if made is None:
            yield item
        else:
            whole = made if is_reference(item) else item
            yield {key: value for key, value in whole.items() if key != "id"}


def _whole(item: dict[str, Json], ledger: Ledger) -> dict[str, Json]:
    """What a reference stands for, where that is known."""
    named = is_reference(item) and isinstance(item.get("id"), str)
    return (ledger.piece(item["id"]) or item) if named else item


def _recalled(item: dict[str, Json], ledger: Ledger) -> dict[str, Json]:
    """The item with the provider's own name for its call, where that is held there."""
    name = item.get("call_id")
    known = ledger.call(name) if isinstance(name, str) else None
    return item if known is None else item | {"call_id": known}

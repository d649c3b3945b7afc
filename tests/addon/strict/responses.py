"""OpenAI Responses, strict about items and their ids, reasoning, and all that it holds for its clients.

Source: OpenAI API reference, "Create a model response", and "Conversation state"; errors as quoted in codex-proxy#691
and CLIProxyAPI#2954 (previous responses), continue#8933 and #11994 (reasoning and what follows it), vercel/ai#7543
(items that are not stored), continue#10092 and trae-agent#245 (calls and outputs), sub2api#3981 (prefixes of ids),
vscode-unify-chat-provider#178 (encrypted content); open-webui-developer-toolkit#715 (ids that were never stored).
"""

import json
from typing import Any

from tests.addon.stand_in import Asked, Script, plain, stream
from tests.addon.strict import model
from tests.addon.strict.provider import Provider, Refusal, fresh, seal, unless

_HEX = "0123456789abcdef"
_UNVERIFIED = "The encrypted content could not be verified."
_COMPACTS_AT = 1
"""The answer, counted from 0, for which a conversation has become too long for who asked for compaction."""
_PREFIXES = {"message": "msg", "function_call": "fc", "reasoning": "rs", "compaction": "cmp"}
_USAGE = {
    "input_tokens": 31,
    "input_tokens_details": {"cached_tokens": 0},
    "output_tokens": 9,
    "output_tokens_details": {"reasoning_tokens": 0},
    "total_tokens": 40,
}


class StrictResponses(Provider):
    """See the module; what it stores, it stores for good."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.stored: dict[str, list[Any]] = {}
        """Every stored response by its id: all items up to its end."""
        self.items: dict[str, Any] = {}
        self.needs: dict[str, str] = {}
        """Id of an item -> that of the reasoning that it came of."""
        self.conversations: set[str] = set()
        self.files: set[str] = set()
        self.containers: set[str] = set()
        self.compacted: dict[str, list[Any]] = {}
        """Encrypted content of a compaction -> what it stands for."""

    def serve(self, asked: Asked, body: Any) -> Script:
        """Answer a request."""
        path = asked.path.partition("?")[0].removeprefix("/v1/responses").strip("/")
        if path == "compact" and asked.method == "POST":
            items = self._expanded([*self._before(body), *self._given(body)])
            self._check(items, stores=True)
            made: Any = {
                "id": fresh("resp_", 48, _HEX),
                "object": "response.compaction",
                "usage": _USAGE,
            }
            made |= {"created_at": 1_700_000_000, "output": [self._compaction(items)]}
            return plain(json.dumps(made).encode())
        if path or asked.method != "POST":
            unless(path in self.stored, f"Response with id '{path}' not found.", status=404)
            return plain(json.dumps({"id": path, "object": "response"}).encode())
        items = self._expanded([*self._before(body), *self._given(body)])
        self._check(items, stores=body.get("store") is not False)
        history = _history(items)
        said = model.answer(history)
        number = sum(isinstance(step, model.Answer) for step in history)
        compacts = bool(body.get("context_management")) and number == _COMPACTS_AT
        thinks = self.habits.seals_answer(number) and not compacts
        output = self._output(body, items, said, thinks=thinks)
        if compacts:
            output.insert(0, self._compaction(items))
        stores = body.get("store") is not False
        document = {
            "id": fresh("resp_", 48, _HEX),
            "object": "response",
            "created_at": 1_700_000_000,
            "status": "completed",
            "model": body["model"],
            "output": output,
            "parallel_tool_calls": True,
            "previous_response_id": body.get("previous_response_id"),
            "instructions": body.get("instructions"),
            "tool_choice": "auto",
            "tools": body.get("tools", []),
            "store": stores,
            "usage": _USAGE,
        }
        if stores:
            self._store(document, items)
        return _streamed(document) if body.get("stream") else plain(json.dumps(document).encode())

    def refusal(self, refusal: Refusal) -> Script:
        """The error in OpenAI's form."""
        error = {"message": refusal.message, "type": "invalid_request_error", "param": "input"}
        document = json.dumps({"error": error | {"code": None} | refusal.more}).encode()
        return Script([document], refusal.status, {"content-type": "application/json"})

    def _before(self, body: Any) -> list[Any]:
        previous, conversation = body.get("previous_response_id"), body.get("conversation")
        unless(
            previous is None or previous in self.stored,
            f"Previous response with id '{previous}' not found.",
            code="previous_response_not_found",
            param="previous_response_id",
        )
        missing = f"Conversation with id '{conversation}' not found."
        unless(conversation is None or conversation in self.conversations, missing, status=404)
        return self.stored[previous] if previous else []

    def _given(self, body: Any) -> list[Any]:
        given = body["input"]
        items = [{"role": "user", "content": given}] if isinstance(given, str) else given
        for tool in body.get("tools", []):
            container = tool.get("container")
            known = container is None or container in self.containers
            unless(known, f"Container with id '{container}' not found.", status=404)
        return [self._resolved(item, at) for at, item in enumerate(items)]

    def _expanded(self, items: list[Any]) -> list[Any]:
        """All that was said: a compaction that nothing stands before is taken for what it stands for."""
        first = items[0] if items else {}
        if first.get("type") != "compaction":
            return items
        before = self.compacted.get(first["encrypted_content"])
        unless(before is not None, _UNVERIFIED, code="invalid_encrypted_content")
        return [*(before or []), *items]

    def _resolved(self, item: Any, at: int) -> Any:
        kind = item.get("type", "message")
        if kind == "item_reference":
            unless(item["id"] in self.items, f"Item with id '{item['id']}' not found.")
            return self.items[item["id"]]
        prefix, item_id = _PREFIXES.get(kind), item.get("id")
        unless(
            not (prefix and item_id) or item_id.startswith(f"{prefix}_"),
            f"Invalid 'input[{at}].id': '{item_id}'. Expected an ID that begins with '{prefix}'.",
        )
        for part in item["content"] if isinstance(item.get("content"), list) else []:
            file = part.get("file_id")
            unless(file is None or file in self.files, f"No such File object: {file}")
        return item

    def _check(self, items: list[Any], *, stores: bool) -> None:
        ids = [item["id"] for item in items if item.get("id")]
        twice = next((one for one in ids if ids.count(one) > 1), None)
        unless(
            twice is None,
            f"Duplicate item found with id {twice}. Remove duplicate items from your input.",
        )
        for at, item in enumerate(items):
            self._check_known(item, stores=stores)
            if item.get("type") in ("reasoning", "compaction"):
                _check_sealed(items, at)
            needed = self.needs.get(item.get("id", ""))
            kind = item.get("type", "message")
            unless(
                needed is None or needed in ids,
                f"Item '{item.get('id')}' of type '{kind}' was provided without its required 'reasoning' item: "
                f"'{needed}'.",
            )
        _check_calls(items)

    def _check_known(self, item: Any, *, stores: bool) -> None:
        """What is named by an id alone has to be stored; and where all is stored, so has every id."""
        whole = item.get("type") != "reasoning" or item.get("encrypted_content")
        if item.get("id") and not (whole and not stores):
            hint = "" if stores else " Items are not persisted when `store` is set to false."
            known = item["id"] in self.items or (whole and item.get("encrypted_content"))
            unless(known, f"Item with id '{item['id']}' not found.{hint}")

    def _output(
        self, body: Any, items: list[Any], said: model.Answer, *, thinks: bool
    ) -> list[Any]:
        output: list[Any] = []
        if thinks:
            thought = {"id": fresh("rs_", 48, _HEX), "type": "reasoning", "summary": []}
            if "reasoning.encrypted_content" in body.get("include", []):
                thought["encrypted_content"] = seal(items, thought["id"])
            output.append(thought)
        words = self.habits.words or said.text
        if words:
            part = {"type": "output_text", "text": words, "annotations": [], "logprobs": []}
            output.append(_item("message", "msg_", role="assistant", content=[part]))
        for call in () if self.habits.words else said.calls:
            named = {"name": call.name, "arguments": json.dumps(call.arguments)}
            output.append(_item("function_call", "fc_", call_id=fresh("call_"), **named))
        return output

    def _compaction(self, items: list[Any]) -> Any:
        name = fresh("cmp_", 48, _HEX)
        sealed = seal(items, name)
        self.compacted[sealed] = items
        return {"id": name, "encrypted_content": sealed, "type": "compaction"}

    def _store(self, document: Any, items: list[Any]) -> None:
        output = document["output"]
        self.stored[document["id"]] = [*items, *output]
        self.items |= {item["id"]: item for item in output}
        if output[0]["type"] == "reasoning":
            self.needs |= {item["id"]: output[0]["id"] for item in output[1:2]}


def _item(kind: str, prefix: str, **more: Any) -> Any:
    return {"id": fresh(prefix, 48, _HEX), "type": kind, "status": "completed"} | more


def _check_sealed(items: list[Any], at: int) -> None:
    item = items[at]
    if sealed := item.get("encrypted_content"):
        unless(
            sealed == seal(items[:at], item["id"]),
            f"The encrypted content for item {item['id']} could not be verified. "
            "Reason: Encrypted content could not be decrypted or parsed.",
            code="invalid_encrypted_content",
        )
    followed = at + 1 < len(items) and items[at + 1].get("type", "message") in (
        "message",
        "function_call",
    )
    own = followed and items[at + 1].get("role", "assistant") == "assistant"
    unless(
        own or item["type"] == "compaction",
        f"Item '{item['id']}' of type 'reasoning' was provided without its required following item.",
    )


def _check_calls(items: list[Any]) -> None:
    called: list[str] = []
    given: list[str] = []
    for item in items:
        if item.get("type") == "function_call":
            unless(item["call_id"] not in called, f"Duplicate call_id {item['call_id']}.")
            unless(item["call_id"].startswith("call_"), f"Invalid call_id {item['call_id']}.")
            called.append(item["call_id"])
        elif item.get("type") == "function_call_output":
            one = item["call_id"]
            right = one in called and one not in given
            unless(right, f"No tool call found for function call output with call_id {one}.")
            given.append(one)
    missing = [one for one in called if one not in given]
    unless(not missing, f"No tool output found for function call {', '.join(missing)}.")


def _history(items: list[Any]) -> list[model.Step]:
    history: list[model.Step] = []
    names: dict[str, str] = {}
    text, calls, results = "", list[model.Call](), list[model.Result]()
    for item in [*items, None]:
        kind = item.get("type", "message") if item else ""
        own = kind in ("reasoning", "function_call") or (item or {}).get("role") == "assistant"
        if (text or calls) and not own:
            history.append(model.Answer(text, tuple(calls)))
            text, calls = "", []
        if results and kind != "function_call_output":
            history.append(tuple(results))
            results = []
        if kind == "function_call":
            names[item["call_id"]] = item["name"]
            calls.append(model.Call(item["name"], json.loads(item["arguments"])))
        elif kind == "function_call_output":
            results.append(model.Result(names[item["call_id"]], item["output"]))
        elif kind == "message" and own:
            text += _text(item["content"])
        elif kind == "message" and item["role"] == "user":
            history.append(_text(item["content"]))
    return history


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "".join(part.get("text", "") for part in content)


def _streamed(document: Any) -> Script:
    begun = document | {"status": "in_progress", "output": [], "usage": None}
    events: list[Any] = [
        {"type": "response.created", "response": begun},
        {"type": "response.in_progress", "response": begun},
    ]
    for at, item in enumerate(document["output"]):
        events += [event | {"output_index": at} for event in _item_events(item)]
    events.append({"type": "response.completed", "response": document})
    numbered = [event | {"sequence_number": number} for number, event in enumerate(events)]
    return stream(*(f"event: {e['type']}\ndata: {json.dumps(e)}\n\n".encode() for e in numbered))


def _item_events(item: Any) -> list[Any]:
    opening = item | {"status": "in_progress"} if "status" in item else dict(item)
    between: list[Any] = []
    if item["type"] == "message":
        opening["content"] = []
        (part,) = item["content"]
        at = {"item_id": item["id"], "content_index": 0}
        text = {"text": part["text"], "logprobs": []}
        delta = {"delta": part["text"], "logprobs": []}
        between = [
            {"type": "response.content_part.added", "part": part | {"text": ""}} | at,
            {"type": "response.output_text.delta"} | delta | at,
            {"type": "response.output_text.done"} | text | at,
            {"type": "response.content_part.done", "part": part} | at,
        ]
    elif item["type"] == "function_call":
        opening["arguments"] = ""
        name = "response.function_call_arguments"
        between = [
            {"type": f"{name}.delta", "delta": item["arguments"], "item_id": item["id"]},
            {"type": f"{name}.done", "arguments": item["arguments"], "item_id": item["id"]},
        ]
    added = {"type": "response.output_item.added", "item": opening}
    return [added, *between, {"type": "response.output_item.done", "item": item}]

"""Anthropic Messages, strict about tool use, roles, thinking and its signatures.

Source: Anthropic, "Create a Message", "Extended thinking", "Tool use"; errors as quoted in claude-code#18947 (a result
without its use), #8210 (a use without its result), #10627 (signatures), Antigravity-Manager#139 (a final assistant
message without thinking), hindsight#4250 (two results); anthropic-sdk-python#1598 on what a signature is checked for.
"""

import json
import re
from http import HTTPStatus
from typing import Any

from tests.addon.stand_in import Asked, Script, plain, stream
from tests.addon.strict import model
from tests.addon.strict.provider import Provider, Refusal, fresh, seal, unless

_USE_ID = re.compile(r"toolu_[a-zA-Z0-9]{12,}")
_THOUGHTS = ("thinking", "redacted_thinking")


class StrictMessages(Provider):
    """See the module."""

    containers = frozenset[str]()
    """Ids of the containers that there are."""
    files = frozenset[str]()
    """The same of files."""

    def serve(self, asked: Asked, body: Any) -> Script:
        """Answer a request."""
        unless(asked.path.partition("?")[0] == "/v1/messages", "Not found", status=404)
        container = body.get("container")
        known = container is None or container in self.containers
        unless(known, f"container: {container} not found", status=404)
        for file in _files(body["messages"]):
            unless(file in self.files, f"File not found: {file}", status=404)
        messages = [_plainly(message) for message in body["messages"]]
        history = _history(messages, thinking="thinking" in body)
        said = model.answer(history)
        number = sum(isinstance(step, model.Answer) for step in history)
        content: list[Any] = []
        # Within a loop of tools the model goes on without thinking anew: its turn began with it.
        if "thinking" in body and self.habits.seals_answer(number):
            content.append(_thought(messages, hides=self.habits.hides))
        if words := self.habits.words or said.text:
            content.append({"type": "text", "text": words})
        if not self.habits.words:
            content += [_use(call) for call in said.calls]
        document = {
            "id": fresh("msg_01"),
            "type": "message",
            "role": "assistant",
            "model": body["model"],
            "content": content,
            "stop_reason": "tool_use" if said.calls and not self.habits.words else "end_turn",
            "stop_sequence": None,
            "usage": {"input_tokens": 31, "output_tokens": 9},
        }
        if container:
            document["container"] = {"id": container, "expires_at": "2100-01-01T00:00:00Z"}
        return _streamed(document) if body.get("stream") else plain(json.dumps(document).encode())

    def refusal(self, refusal: Refusal) -> Script:
        """The error in Anthropic's form."""
        kind = (
            "not_found_error" if refusal.status == HTTPStatus.NOT_FOUND else "invalid_request_error"
        )
        error = {"type": kind, "message": refusal.message}
        document = {"type": "error", "error": error, "request_id": fresh("req_011")}
        headers = {"content-type": "application/json"}
        return Script([json.dumps(document).encode()], refusal.status, headers)


def _files(messages: list[Any]) -> list[str]:
    """The files that messages name."""
    contents = [message["content"] for message in messages]
    blocks = [block for content in contents if isinstance(content, list) for block in content]
    sources = [block.get("source", {}) for block in blocks]
    return [source["file_id"] for source in sources if source.get("type") == "file"]


def _plainly(message: Any) -> Any:
    """A message as it is signed: content as blocks, without what is about caching."""
    content = message["content"]
    blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
    kept = [
        {k: v for k, v in block.items() if k != "cache_control" and v is not None}
        for block in blocks
    ]
    return {"role": message["role"], "content": kept}


def _history(messages: list[Any], *, thinking: bool) -> list[model.Step]:
    history: list[model.Step] = []
    uses: dict[str, str] = {}
    open_ids: list[str] = []
    unless(messages[0]["role"] == "user", 'messages: first message must use the "user" role')
    unless(not (thinking and messages[-1]["role"] == "assistant"), _PREFILL)
    _check_prefill(messages[-1])
    _check_final(messages, thinking=thinking)
    for at, message in enumerate(messages):
        where, content = f"messages.{at}", message["content"]
        results = [block for block in content if block["type"] == "tool_result"]
        ids = [block["tool_use_id"] for block in results]
        for block_at, one in enumerate(ids):
            unless(one in open_ids, f"{where}.content.{block_at}: {_unexpected(one)}")
        unless(len(set(ids)) == len(ids), f"{where}: each tool_use must have a single result.")
        missing = [one for one in open_ids if one not in ids]
        unless(not missing, f"messages.{at - 1}: {_unanswered(missing)}")
        open_ids = []
        if message["role"] == "assistant":
            _check_thoughts(messages, at, thinking=thinking)
            open_ids = _register(content, uses, where)
        history += _steps(message, results, uses)
    unless(not open_ids, f"messages.{len(messages) - 1}: {_unanswered(open_ids)}")
    return history


_PREFILL = "This model does not support assistant message prefill. The conversation must end with a user message."


_TRAILING = "messages: final assistant content cannot end with trailing whitespace"


def _check_prefill(last: Any) -> None:
    """What the model is to go on from ends in a word, and not in a call."""
    if last["role"] == "assistant" and last["content"][-1]["type"] == "text":
        text = last["content"][-1]["text"]
        unless(text == text.rstrip(), _TRAILING)


def _unexpected(one: str) -> str:
    return (
        f"unexpected `tool_use_id` found in `tool_result` blocks: {one}. "
        "Each `tool_result` block must have a corresponding `tool_use` block in the previous message."
    )


def _unanswered(ids: list[str]) -> str:
    return (
        f"`tool_use` ids were found without `tool_result` blocks immediately after: {', '.join(ids)}. "
        "Each `tool_use` block must have a corresponding `tool_result` block in the next message."
    )


def _register(content: list[Any], uses: dict[str, str], where: str) -> list[str]:
    called = [block for block in content if block["type"] == "tool_use"]
    for block in called:
        unless(_USE_ID.fullmatch(block["id"]), f"{where}: tool_use.id: String should match pattern")
        unless(block["id"] not in uses, f"{where}: `tool_use` ids must be unique")
        uses[block["id"]] = block["name"]
    return [block["id"] for block in called]


def _steps(message: Any, results: list[Any], uses: dict[str, str]) -> list[model.Step]:
    content = message["content"]
    text = "".join(block["text"] for block in content if block["type"] == "text")
    if message["role"] == "assistant":
        calls = [model.Call(b["name"], b["input"]) for b in content if b["type"] == "tool_use"]
        return [model.Answer(text, tuple(calls))]
    given = tuple(model.Result(uses[r["tool_use_id"]], _text(r["content"])) for r in results)
    return [*([given] if given else []), *([text] if text else [])]


def _text(content: Any) -> str:
    return content if isinstance(content, str) else "".join(block["text"] for block in content)


def _thought(before: list[Any], *, hides: bool) -> Any:
    if hides:
        return {"type": "redacted_thinking", "data": seal(before)}
    thought = f"There are {len(before)} messages."
    return {"type": "thinking", "thinking": thought, "signature": seal(before, thought)}


def _check_thoughts(messages: list[Any], at: int, *, thinking: bool) -> None:
    for block_at, block in enumerate(messages[at]["content"]):
        if block["type"] in _THOUGHTS:
            made = _thought(messages[:at], hides=block["type"] == "redacted_thinking")
            right = block == made or not thinking
            where = f"messages.{at}.content.{block_at}"
            unless(right, f"{where}: Invalid `signature` in `{block['type']}` block")


def _check_final(messages: list[Any], *, thinking: bool) -> None:
    """The assistant's turn that tools are at work for has to begin with thinking, if any was made in it.

    A model that thinks adaptively may begin without; so this asks for it where the loop has a thought further on.
    """
    loop: list[Any] = []
    for at in range(len(messages) - 1, -1, -1):
        message = messages[at]
        is_question = all(block["type"] != "tool_result" for block in message["content"])
        if message["role"] == "user" and is_question:
            break
        if message["role"] == "assistant":
            loop.insert(0, (at, message["content"]))
    for at, content in loop if thinking else []:
        thoughts = [block["type"] in _THOUGHTS for block in content]
        unless(
            not any(thoughts) or thoughts[0],
            f"messages.{at}.content.0: If an assistant message contains any thinking blocks, the first block "
            f"must be `thinking` or `redacted_thinking`. Found `{content[0]['type']}`.",
        )


def _use(call: model.Call) -> Any:
    return {"type": "tool_use", "id": fresh("toolu_01"), "name": call.name, "input": call.arguments}


def _streamed(document: Any) -> Script:
    begun = document | {"content": [], "stop_reason": None}
    events: list[Any] = [{"type": "message_start", "message": begun}]
    for at, block in enumerate(document["content"]):
        opening, deltas = _pieces(block)
        events.append({"type": "content_block_start", "index": at, "content_block": opening})
        events += [{"type": "content_block_delta", "index": at, "delta": d} for d in deltas]
        events.append({"type": "content_block_stop", "index": at})
    delta = {"stop_reason": document["stop_reason"], "stop_sequence": None}
    events.append({"type": "message_delta", "delta": delta, "usage": {"output_tokens": 9}})
    events.append({"type": "message_stop"})
    return stream(*(f"event: {e['type']}\ndata: {json.dumps(e)}\n\n".encode() for e in events))


def _pieces(block: Any) -> tuple[Any, list[Any]]:
    """A block as it begins, and the deltas that complete it."""
    if block["type"] == "text":
        return block | {"text": ""}, [{"type": "text_delta", "text": block["text"]}]
    if block["type"] == "tool_use":
        partial = json.dumps(block["input"])
        return block | {"input": {}}, [{"type": "input_json_delta", "partial_json": partial}]
    if block["type"] == "thinking":
        deltas = [
            {"type": "thinking_delta", "thinking": block["thinking"]},
            {"type": "signature_delta", "signature": block["signature"]},
        ]
        return block | {"thinking": "", "signature": ""}, deltas
    return block, []

"""Agents as their authors write them: an official SDK, a history in the SDK's own values, and a loop over tools."""

import json
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

from anthropic import Anthropic
from google import genai
from google.genai import types
from openai import OpenAI
from openai.lib.streaming.chat import ChatCompletionStreamState

from tests.addon.proxied import Proxied
from tests.addon.strict import model
from tests.addon.strict.provider import Provider

MODEL = "stand-in-1"
_STRING = {"type": "string"}
_TOOLS = {"read_gauge": ("gauge", "hall"), "write_log": ("gauge", "pressure")}


def _schema(name: str) -> Any:
    members = _TOOLS[name]
    properties = dict.fromkeys(members, _STRING)
    return {"type": "object", "properties": properties, "required": list(members)}


@dataclass(frozen=True)
class Turn:
    """One answer that an agent got."""

    answer: model.Answer
    served: bool
    """Whether the provider was left alone for it."""


class Agent(ABC):
    """One conversation.

    Args:
        proxy: What it talks through.
        provider: Whom it talks to.
        key: Its credential.
        streamed: Whether it asks for streams.
    """

    def __init__(self, proxy: Proxied, provider: Provider, key: str, *, streamed: bool) -> None:
        self.proxy, self.provider, self.key, self.streamed = proxy, provider, key, streamed
        self.history: list[Any] = []
        self.turns: list[Turn] = []
        self.headers: dict[str, str] = {}
        """Sent with what is asked from now on."""
        self.client = self.connect()

    @abstractmethod
    def connect(self) -> Any:
        """The SDK's client, as it is without any option but where to go."""

    @abstractmethod
    def hear(self, words: str) -> None:
        """Take down what the user says."""

    @abstractmethod
    def give(self, outputs: list[tuple[Any, str]]) -> None:
        """Take down what the tools gave back, each with the SDK's call."""

    @abstractmethod
    def ask(self) -> tuple[str, list[tuple[Any, model.Call]]]:
        """Ask for the next answer and take it down: its text, and its calls."""

    def step(self) -> list[tuple[Any, model.Call]]:
        """One answer; returns its calls. What passed is learnt when it returns."""
        before = len(self.provider.asked)
        text, calls = self.ask()
        served = len(self.provider.asked) == before
        self.turns.append(Turn(model.Answer(text, tuple(call for _, call in calls)), served))
        self.proxy.settle()
        return calls

    def use_tools(self, calls: list[tuple[Any, model.Call]]) -> None:
        """Run the tools, and take down what they give back."""
        self.give([(call, model.run_tool(told)) for call, told in calls])

    def run(self, *words: str) -> list[Turn]:
        """Let the user say all this, and work until there is nothing left to do; the turns of it."""
        first = len(self.turns)
        for said in words:
            self.hear(said)
            while calls := self.step():
                self.use_tools(calls)
        return self.turns[first:]


class ChatAgent(Agent):
    """With the SDK for OpenAI Chat Completions."""

    def connect(self) -> Any:
        return OpenAI(api_key=self.key, base_url=f"{self.proxy.url}/v1", max_retries=0)

    def hear(self, words: str) -> None:
        self.history.append({"role": "user", "content": words})

    def give(self, outputs: list[tuple[Any, str]]) -> None:
        self.history += [
            {"role": "tool", "tool_call_id": call.id, "content": output} for call, output in outputs
        ]

    def ask(self) -> tuple[str, list[tuple[Any, model.Call]]]:
        functions: Any = [
            {"type": "function", "function": {"name": name, "parameters": _schema(name)}}
            for name in _TOOLS
        ]
        asked: Any = {"model": MODEL, "messages": self.history, "tools": functions}
        asked["extra_headers"] = self.headers
        if self.streamed:
            state: ChatCompletionStreamState[None] = ChatCompletionStreamState()
            for chunk in self.client.chat.completions.create(**asked, stream=True):
                state.handle_chunk(chunk)
            message: Any = state.get_final_completion().choices[0].message
        else:
            message = self.client.chat.completions.create(**asked).choices[0].message
        self.history.append(
            message.model_dump(exclude_none=True, exclude={"parsed"}, warnings=False)
        )
        for call in self.history[-1].get("tool_calls", []):
            call["function"].pop("parsed_arguments", None)
            call.pop("index", None)
        told = [
            (c.function.name, json.loads(c.function.arguments)) for c in message.tool_calls or []
        ]
        calls = [model.Call(*one) for one in told]
        return message.content or "", list(zip(message.tool_calls or [], calls, strict=True))


class MessagesAgent(Agent):
    """With the SDK for Anthropic Messages."""

    thinking = False

    def connect(self) -> Any:
        return Anthropic(api_key=self.key, base_url=self.proxy.url, max_retries=0)

    def hear(self, words: str) -> None:
        self.history.append({"role": "user", "content": words})

    def give(self, outputs: list[tuple[Any, str]]) -> None:
        results = [
            {"type": "tool_result", "tool_use_id": call.id, "content": output}
            for call, output in outputs
        ]
        self.history.append({"role": "user", "content": results})

    def ask(self) -> tuple[str, list[tuple[Any, model.Call]]]:
        tools: Any = [{"name": name, "input_schema": _schema(name)} for name in _TOOLS]
        asked: Any = {"model": MODEL, "max_tokens": 2000, "messages": self.history, "tools": tools}
        asked["extra_headers"] = self.headers
        if self.thinking:
            asked["thinking"] = {"type": "adaptive"}
        if self.streamed:
            with self.client.messages.stream(**asked) as events:
                message: Any = events.get_final_message()
        else:
            message = self.client.messages.create(**asked)
        content = [
            block.model_dump(exclude_none=True, exclude={"parsed_output"})
            for block in message.content
        ]
        self.history.append({"role": "assistant", "content": content})
        text = "".join(block.text for block in message.content if block.type == "text")
        uses = [block for block in message.content if block.type == "tool_use"]
        return text, [(use, model.Call(use.name, use.input)) for use in uses]


class GeminiAgent(Agent):
    """With the SDK for Gemini."""

    cached_content: str | None = None

    def connect(self) -> Any:
        options = types.HttpOptions(base_url=self.proxy.url)
        return genai.Client(api_key=self.key, http_options=options)

    def hear(self, words: str) -> None:
        self.history.append(types.Content(role="user", parts=[types.Part(text=words)]))

    def give(self, outputs: list[tuple[Any, str]]) -> None:
        responses = [
            types.FunctionResponse(id=call.id, name=call.name, response={"result": output})
            for call, output in outputs
        ]
        parts = [types.Part(function_response=response) for response in responses]
        self.history.append(types.Content(role="user", parts=parts))

    def ask(self) -> tuple[str, list[tuple[Any, model.Call]]]:
        declared: Any = [{"name": name, "parameters_json_schema": _schema(name)} for name in _TOOLS]
        tools: Any = [types.Tool(function_declarations=declared)]
        config = types.GenerateContentConfig(
            tools=tools,
            cached_content=self.cached_content,
            http_options=types.HttpOptions(headers=self.headers),
            automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
        )
        models = self.client.models
        ask = models.generate_content_stream if self.streamed else models.generate_content
        found: Any = ask(model=MODEL, contents=list(self.history), config=config)
        whole = list(found) if self.streamed else [found]
        parts = [part for chunk in whole for part in chunk.candidates[0].content.parts]
        self.history.append(types.Content(role="model", parts=parts))
        text = "".join(part.text or "" for part in parts)
        called = [part.function_call for part in parts if part.function_call]
        return text, [(call, model.Call(call.name, call.args)) for call in called]


class ResponsesAgent(Agent):
    """With the SDK for OpenAI Responses, which sends the whole history each time."""

    store = False
    include: tuple[str, ...] = ("reasoning.encrypted_content",)
    compacts = False
    """Whether it has the provider compact what became too long."""
    drops = False
    """Whether it then lets go of what came before."""

    def connect(self) -> Any:
        return OpenAI(api_key=self.key, base_url=f"{self.proxy.url}/v1", max_retries=0)

    def hear(self, words: str) -> None:
        self.history.append({"role": "user", "content": words})

    def give(self, outputs: list[tuple[Any, str]]) -> None:
        self.history += [
            {"type": "function_call_output", "call_id": call.call_id, "output": output}
            for call, output in outputs
        ]

    def ask(self) -> tuple[str, list[tuple[Any, model.Call]]]:
        tools: Any = [
            {"type": "function", "name": name, "parameters": _schema(name), "strict": False}
            for name in _TOOLS
        ]
        asked: Any = {"model": MODEL, "tools": tools, "include": list(self.include)} | self.sent()
        asked["extra_headers"] = self.headers
        if self.compacts:
            asked["context_management"] = [{"type": "compaction", "compact_threshold": 1000}]
        if not self.store:
            asked["store"] = False
        if self.streamed:
            with self.client.responses.stream(**asked) as events:
                response: Any = events.get_final_response()
        else:
            response = self.client.responses.create(**asked)
        self.keep(response)
        calls = [item for item in response.output if item.type == "function_call"]
        told = [model.Call(call.name, json.loads(call.arguments)) for call in calls]
        return response.output_text, list(zip(calls, told, strict=True))

    def sent(self) -> dict[str, Any]:
        """What of a request says what was said so far."""
        return {"input": self.history}

    def keep(self, response: Any) -> None:
        """Take down an answer."""
        left_out = {"parsed_arguments", "status"}
        for item in response.output:
            if item.type == "compaction" and self.drops:
                self.history = []
            dumped = item.model_dump(exclude_none=True, exclude=left_out, warnings=False)
            for part in dumped.get("content", []):
                part.pop("parsed", None)
            self.history.append(dumped)


class StoringAgent(ResponsesAgent):
    """Has OpenAI store its responses, and still sends the whole history."""

    store = True
    include = ()


class ChainingAgent(StoringAgent):
    """Goes on from the response that OpenAI stored last."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.previous: str | None = None

    def sent(self) -> dict[str, Any]:
        new, self.history = self.history, []
        before = {"previous_response_id": self.previous} if self.previous else {}
        return before | {"input": new}

    def keep(self, response: Any) -> None:
        self.previous = response.id


class ReferringAgent(StoringAgent):
    """Names what OpenAI stored item by item."""

    def keep(self, response: Any) -> None:
        self.history += [{"type": "item_reference", "id": item.id} for item in response.output]

"""A tenant cannot reach, guess or time another's memory.

What is looked up is named by digests over the tenant's own hash: of the conversation (`tree.canonical.path_of`), of
what was learnt in its scope, and of what was declared there. A request of another credential makes other names of the
same words, so that what is known to somebody else is, to the last lookup, what is known to nobody.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from mitmproxy import http

from addon.credential import SHARED
from addon.decision import Decision, Outcome
from addon.exchange import Exchange
from addon.judge import SIGNED_ANEW, Judge, Unsettled
from addon.options import Settings, Share
from addon.wire.catalogue import CODECS
from addon.wire.codec import WireResponse
from tests.addon import answers
from tree.memory import Limits, Memory
from tree.message import Observation

TRIES = 10_000
CHAT = b'{"model": "m", "messages": [{"role": "user", "content": "Ship 7?"}]}'
CLAUDE = b'{"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "Ship 7?"}]}'
RESPONSES = b'{"model": "m", "input": "Ship 7?"}'
GEMINI = b'{"contents": [{"role": "user", "parts": [{"text": "Ship 7?"}]}]}'
JSON = (("content-type", "application/json"),)
SECRET = "sk-victim-0123456789abcdef"  # noqa: S105 - made up

type Fields = list[tuple[str, str]]
type Form = Callable[[str], tuple[Fields, str]]
"""A secret -> the headers and the query that carry it."""


def sigv4(secret: str) -> tuple[Fields, str]:
    """Source: AWS General Reference, Signature Version 4, the Authorization header."""
    scope = "AKIAEXAMPLE/20300101/us-east-1/bedrock/aws4_request"
    value = (
        f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host;x-amz-date, Signature={secret}"
    )
    return [("Authorization", value), ("X-Amz-Date", "20300101T000000Z")], ""


FORMS: dict[str, Form] = {
    "authorization": lambda secret: ([("Authorization", f"Bearer {secret}")], ""),
    "x-api-key": lambda secret: ([("X-Api-Key", secret)], ""),
    "api-key": lambda secret: ([("api-key", secret)], ""),
    "x-goog-api-key": lambda secret: ([("x-goog-api-key", secret)], ""),
    "key in the query": lambda secret: ([], f"?key={secret}"),
    "access_token in the query": lambda secret: ([], f"?access_token={secret}"),
    "a gateway's header": lambda secret: ([("Ocp-Apim-Subscription-Key", secret)], ""),
    "a gateway's other header": lambda secret: ([("X-Gateway-Auth-Token", secret)], ""),
    "a cookie": lambda secret: ([("Cookie", f"session={secret}")], ""),
}
SIGNED: dict[str, Form] = {
    "SigV4": sigv4,
    "SigV4 in the query": lambda secret: ([], f"?X-Amz-Signature={secret}&X-Amz-Algorithm=A"),
}
"""Those in which the secret is another one for each request."""
ALL_FORMS = FORMS | SIGNED

TARGETS = {
    "openai-chat": ("api.openai.com/v1/chat/completions", CHAT, answers.CHAT),
    "openai-responses": ("api.openai.com/v1/responses", RESPONSES, answers.RESPONSE),
    "anthropic-messages": ("api.anthropic.com/v1/messages", CLAUDE, answers.MESSAGE),
    "gemini": (
        "generativelanguage.googleapis.com/v1beta/models/m:generateContent",
        GEMINI,
        answers.GEMINI,
    ),
}
BY_NAME = {codec.api: codec for codec in CODECS}


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    opened = Memory(tmp_path / "store", max_bytes=1 << 26, limits=Limits())
    yield opened
    opened.close()


def exchange(api: str, fields: Fields, query: str) -> Exchange:
    where, body, _ = TARGETS[api]
    named = [(name.encode(), value.encode()) for name, value in fields]
    request = http.Request.make("POST", f"https://{where}{query}", body, http.Headers(named))
    return Exchange(BY_NAME[api], request)


def remember(
    memory: Memory, api: str, form: Form, secret: str = SECRET, shared_as: str | None = None
) -> None:
    """What somebody with this credential asked, known literally and by a declaration."""
    asked = exchange(api, *form(secret))
    codec = BY_NAME[api]
    asked.read(codec, memory.tenant_key, shared_as=shared_as)
    answer = codec.read_answer(WireResponse(JSON, TARGETS[api][2]))
    memory.record([Observation(asked.conversation, answer, 1, 5, (("ship", "Ship 7"),))])
    memory.learn(1_000)


def is_served(judge: Judge, asked: Exchange) -> bool:
    """Whether memory answers, literally or by what was learnt or declared."""
    asked.bindings = (("ship", "Ship 7"),)
    decision = judge.judge(asked)
    if isinstance(decision, Unsettled):
        decision = judge.settle(asked, decision)
    return asked.response is not None or decision.hit


def judging(memory: Memory, share: Share = "key") -> Judge:
    settings = Settings(Path(), "serve", 0.02, 0.0, share, (), None, 1 << 26)
    return Judge(settings, memory, random.Random(1))  # noqa: S311 - ids need be new, not secret


@pytest.mark.parametrize("api", TARGETS)
@pytest.mark.parametrize("form", FORMS)
def test_whoever_shows_the_same_credential_is_served(memory: Memory, api: str, form: str) -> None:
    remember(memory, api, FORMS[form])

    assert is_served(judging(memory), exchange(api, *FORMS[form](SECRET)))


@pytest.mark.parametrize("form", SIGNED)
def test_whoever_signs_each_request_anew_is_told_so_and_nothing_is_kept(
    memory: Memory, form: str
) -> None:
    remember(memory, "openai-chat", SIGNED[form])
    asked = exchange("openai-chat", *SIGNED[form](SECRET))

    decision = judging(memory).judge(asked)

    assert decision == Decision(Outcome.BYPASS, SIGNED_ANEW)
    assert asked.response is None


@pytest.mark.parametrize("form", SIGNED)
def test_who_shares_with_all_need_not_be_known(memory: Memory, form: str) -> None:
    remember(memory, "openai-chat", SIGNED[form], shared_as=SHARED)

    asked = exchange("openai-chat", *SIGNED[form]("another"))

    assert is_served(judging(memory, "all"), asked)


def guess(chance: random.Random) -> str:
    """A credential that is not the victim's, though often nearly."""
    near = [
        SECRET[:-1],
        SECRET + "0",
        SECRET.upper(),
        f"{SECRET}%00",
        f"{SECRET[:-1]}{chance.choice('ghijk')}",
        f"x{SECRET}",
        "",
    ]
    anything = "".join(chance.choices("abcdefghijklmnopqrstuvwxyz0123456789-_", k=26))
    return chance.choice([*near, *[anything] * len(near)])


def test_in_ten_thousand_tries_no_credential_is_served_what_another_one_asked(
    memory: Memory,
) -> None:
    for api in TARGETS:
        for form in ALL_FORMS.values():
            remember(memory, api, form)
    judge, chance = judging(memory), random.Random(20_301)  # noqa: S311 - the same tries each time

    served = 0
    for _ in range(TRIES):
        form = ALL_FORMS[chance.choice([*ALL_FORMS])]
        fields, query = form(guess(chance))
        served += is_served(judge, exchange(chance.choice([*TARGETS]), fields, query))

    assert served == 0


@pytest.mark.parametrize("api", TARGETS)
def test_the_right_secret_in_another_place_is_another_credential(memory: Memory, api: str) -> None:
    remember(memory, api, FORMS["authorization"])
    judge = judging(memory)

    others = [form for name, form in ALL_FORMS.items() if name != "authorization"]
    none: tuple[Fields, str] = ([], "")

    assert not any(is_served(judge, exchange(api, *form(SECRET))) for form in others)
    assert not is_served(judge, exchange(api, *none))


def test_further_credentials_beside_the_right_one_make_another_tenant(memory: Memory) -> None:
    remember(memory, "openai-chat", FORMS["authorization"])
    right, _ = FORMS["authorization"](SECRET)

    for further in (("Authorization", "Bearer other"), ("x-api-key", "other")):
        for fields in ([*right, further], [further, *right]):
            assert not is_served(judging(memory), exchange("openai-chat", fields, ""))


def test_an_idempotency_key_is_no_credential(memory: Memory) -> None:
    remember(memory, "openai-chat", FORMS["authorization"])
    right, _ = FORMS["authorization"](SECRET)

    fields = [*right, ("Idempotency-Key", "new-each-time")]

    assert is_served(judging(memory), exchange("openai-chat", fields, ""))


class Listening:
    """A transaction that notes what is looked up, and whether it was there."""

    def __init__(self, txn: Any, heard: list[tuple[str, bool]], names: dict[int, str]) -> None:
        self._txn, self._heard, self._names = txn, heard, names

    def get(self, key: bytes, default: Any = None, *, db: Any) -> Any:
        row = self._txn.get(key, default, db=db)
        name = self._names.get(id(db), "further")
        # Up to where the journal was learnt is asked for every request, and is everybody's.
        if name != "meta" and not (name == "further" and key.startswith(b"\x00")):
            self._heard.append((name, row is not default))
        return row

    @contextmanager
    def cursor(self, db: Any) -> Iterator[Any]:
        self._heard.append((f"walk over {self._names.get(id(db), 'further')}", False))
        with self._txn.cursor(db) as cursor:
            yield cursor

    def __getattr__(self, name: str) -> Any:
        return getattr(self._txn, name)


def lookups(memory: Memory, asked: Exchange) -> list[tuple[str, bool]]:
    """What a request makes the store look up, table by table, and whether it was there."""
    heard: list[tuple[str, bool]] = []
    store = memory.store
    names = {id(getattr(store.tables, n)): n for n in store.tables.__struct_fields__}
    read = store.read

    @contextmanager
    def listening() -> Iterator[Any]:
        with read() as txn:
            yield Listening(txn, heard, names)

    store.read = listening  # type: ignore[method-assign]
    try:
        is_served(judging(memory), asked)
    finally:
        store.read = read  # type: ignore[method-assign]
    return heard


@pytest.mark.parametrize("api", TARGETS)
def test_what_another_tenant_knows_is_looked_up_as_what_nobody_knows(
    memory: Memory, tmp_path: Path, api: str
) -> None:
    remember(memory, api, FORMS["authorization"])
    stranger = FORMS["authorization"]("sk-stranger")

    known_to_another = lookups(memory, exchange(api, *stranger))
    empty = Memory(tmp_path / "empty", max_bytes=1 << 26, limits=Limits())
    known_to_nobody = lookups(empty, exchange(api, *stranger))
    empty.close()

    assert known_to_another == known_to_nobody
    assert not any(found for _, found in known_to_another)

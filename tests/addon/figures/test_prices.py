"""The price table, and which names it has a price for."""

from datetime import date

import pytest

from addon.figures.prices import Price, PriceList, Prices, load

DAY = date(2026, 1, 31)
PRICES = Prices(
    [
        PriceList(
            "A",
            DAY,
            "a page",
            {
                "nova-1": (1, 0.5, 4),
                "nova-1-mini": (0.1, 0.4),
                "nova": (9, 9),
                "nova-1-0613": (7, 7),
            },
        ),
        PriceList("B", DAY, "a page", {"open-8b": (2, 3)}, only_at="api.b.example"),
    ]
)


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("nova-1", 1),
        ("NOVA-1", 1),
        ("nova-1-mini", 0.1),
        ("nova-1-mini-2026-01-31", 0.1),
        ("nova-1-20260131", 1),
        ("nova-1-preview-06-17", 1),
        ("nova-1-latest", 1),
        ("nova-1-0613", 7),
        ("nova-1-0613-preview", 7),
        ("nova-1-0614", 1),
        ("nova-1@20260131", 1),
        ("nova-1:free", 1),
        ("nova.1", 1),
        ("maker/nova-1", 1),
        ("publishers/maker/models/nova", 9),
        ("nova-2", None),
        ("nova-1-turbo", None),
        ("nova-1.5", None),
        ("nova-10", None),
        ("supernova", None),
        ("", None),
    ],
)
def test_the_longest_name_that_fits_gives_the_price(model: str, expected: float | None) -> None:
    price = PRICES.of(model)

    assert (price and price.input) == expected


@pytest.mark.parametrize(
    ("origin", "known"),
    [("api.b.example", True), ("api.b.example:8443", True), ("api.c.example", False), ("", False)],
)
def test_a_price_may_hold_at_one_host_only(origin: str, known: bool) -> None:  # noqa: FBT001
    price = PRICES.of("open-8b", origin)

    assert (price is not None) == known


def test_cached_tokens_are_a_part_of_the_input() -> None:
    price = Price(input=2, cached_input=0.5, output=8, as_of=DAY)

    assert price.of(1_000_000, 400_000, 500_000) == pytest.approx(1.2 + 0.2 + 4)


def test_more_cached_than_input_tokens_never_cost_less_than_nothing() -> None:
    price = Price(input=2, cached_input=0.5, output=8, as_of=DAY)

    assert price.of(0, 1_000_000, 0) == pytest.approx(0.5)


def test_without_a_price_of_their_own_cached_tokens_cost_what_input_does() -> None:
    price = PRICES.of("open-8b", "api.b.example")

    assert price == Price(input=2, cached_input=2, output=3, as_of=DAY)


@pytest.mark.parametrize(
    "model",
    [
        *("gpt-4o-mini-2024-07-18", "gpt-4.1", "gpt-5.4", "gpt-5-mini", "o3-mini", "o4-mini"),
        *("claude-sonnet-4-5-20250929", "claude-3-5-haiku-latest", "anthropic/claude-opus-4.5"),
        *("models/gemini-2.5-pro", "gemini-2.5-flash", "mistral-small-latest", "grok-4-0709"),
    ],
)
def test_the_table_knows_the_models_that_agents_use(model: str) -> None:
    assert load().of(model) is not None


@pytest.mark.parametrize(
    ("model", "host"),
    [("deepseek-chat", "api.deepseek.com"), ("openai/gpt-oss-120b", "api.groq.com")],
)
def test_the_table_knows_open_models_where_their_price_was_read(model: str, host: str) -> None:
    assert load().of(model, host) is not None
    assert load().of(model, "api.example.com") is None


@pytest.mark.parametrize("one", load().lists, ids=lambda one: one.provider)
def test_every_list_names_its_source_and_plausible_prices(one: PriceList) -> None:
    assert one.source
    for numbers in one.models.values():
        assert len(numbers) in (2, 3)
        assert 0 < numbers[-2] <= numbers[0] <= numbers[-1] <= 200


def test_no_model_is_listed_twice_for_one_host() -> None:
    names = [(name, one.only_at) for one in load().lists for name in one.models]

    assert len(names) == len(set(names))

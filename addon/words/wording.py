"""Figures as a person reads them."""

from addon.figures.savings import Savings


def tokens(count: int) -> str:
    """A number of tokens."""
    return f"{count:,}"


def money(usd: float | None) -> str:
    """An amount of US dollars; small ones keep two digits that say something."""
    if usd is None:
        return "?"
    if usd == 0:
        return "$0"
    sign, size = "-" if usd < 0 else "", abs(usd)
    return f"{sign}${size:,.2f}" if size >= 1 else f"{sign}${size:.4f}"


def duration(seconds: float) -> str:
    """A time that was waited."""
    if seconds < 59.95:  # noqa: PLR2004  # what is still written as less than a minute
        return f"{seconds:.1f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours:,} h {minutes} min" if hours else f"{minutes} min"


def share(part: int, whole: int) -> str:
    """A part of a whole, in percent."""
    return f"{part / whole:.0%}" if whole else "-"


def count(number: int, noun: str) -> str:
    """A number of things."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def saved_in_all(one: Savings) -> int:
    """Input and output tokens that nobody had to pay for."""
    return one.tokens_saved.input + one.tokens_saved.output


def unpriced(one: Savings) -> list[str]:
    """Models that saved tokens which no price is known for."""
    return [
        model.model
        for model in one.models
        if model.money_saved_usd is None and model.tokens_saved.input + model.tokens_saved.output
    ]

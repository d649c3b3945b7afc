"""How a request differs from the nearest recorded branch, in a sentence or two."""

from tree.memory import Nearest


def nearest_in_words(nearest: Nearest | None) -> str:
    """How the nearest recorded branch differs, in one or two sentences."""
    if nearest is None:
        return "No known branch is near it."
    spans = [f"now {_quoted(nearest.ours)}", f"recorded {_quoted(nearest.theirs)}"]
    node = f" (node {nearest.node.hex()[:12]})" if nearest.node else ""
    return (
        f"The nearest known branch{node} differs in {nearest.where}: {', '.join(spans)}; "
        f"the two are {nearest.likeness:.0%} alike."
    )


def _quoted(span: str) -> str:
    return f"“{span}”" if span else "nothing"

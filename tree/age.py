"""How old what is known may be, and in words how old it is."""

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))


def too_old(at_ns: int, now_ns: int, ttl_ns: int | None) -> str:
    """Why what was observed at `at_ns` is not to be served any more; empty where it is."""
    if ttl_ns is None or not now_ns or now_ns - at_ns <= ttl_ns:
        return ""
    return (
        f"what is known is {_span(now_ns - at_ns)} old, and no more than {_span(ttl_ns)} is served"
    )


def _span(ns: int) -> str:
    seconds = ns / 1_000_000_000
    for unit_s, name in _UNITS:
        if seconds >= 2 * unit_s:
            return f"{seconds / unit_s:.0f} {name}"
    return f"{seconds:.0f} s"

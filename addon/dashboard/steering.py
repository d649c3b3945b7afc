"""What a user may do to a node from the page: each asked about first, in words that say what will happen."""

from collections.abc import Callable, Mapping

from msgspec import Struct

from tree.control.steering import Steering


class Deed(Struct, frozen=True):
    """One thing that may be done."""

    title: str
    button: str
    will: str
    """What happens to a place of the tree."""
    will_learnt: str
    """What happens to a template."""
    done: str
    do: Callable[[Steering, str], None]


RENAMED = "The slot has its new name."

DEEDS: Mapping[str, Deed] = {
    "trust": Deed(
        title="Pin this?",
        button="Pin it",
        will="What is remembered here is never pruned, and served however old it is.",
        will_learnt="It serves at once, without waiting for more evidence, until it is wrong once. What it answers is "
        "still asked of the provider now and then, to see whether it is right.",
        done="It is pinned.",
        do=Steering.trust,
    ),
    "distrust": Deed(
        title="Distrust this?",
        button="Distrust it",
        will="Requests that end here go to the provider, every time, until you take that back. What is recorded stays.",
        will_learnt="It never serves, until you take that back. It goes on being tested and learnt.",
        done="It is distrusted, and answers nothing.",
        do=Steering.distrust,
    ),
    "undecide": Deed(
        title="Take back what you decided?",
        button="Take it back",
        will="It is neither pinned nor distrusted any more, and treated as every other place.",
        will_learnt="It is neither pinned nor distrusted any more; evidence decides whether it serves.",
        done="It is neither pinned nor distrusted any more.",
        do=Steering.undecide,
    ),
}

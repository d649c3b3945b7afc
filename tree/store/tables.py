"""Which tables a store has and what is in each, and what the rest of these rooms call LMDB's own things."""

import lmdb
from msgspec import Struct

type Reader = "lmdb.Transaction[memoryview]"
type Writer = "lmdb.Transaction[bytes]"
type Txn = Reader | Writer
type Cursor = "lmdb.Cursor[memoryview] | lmdb.Cursor[bytes]"
type Table = "lmdb._Database"  # noqa: SLF001 - the stubs name it so

LAYOUT_KEY, TENANT_KEY, EPOCH = b"layout", b"tenant key", b"epoch"
"""Of the table `meta`."""


class Tables(Struct, frozen=True):
    """The named databases, each with what its keys lead to."""

    meta: Table
    """Layout, tenant key, next number of the journal, number up to which it is learnt."""
    scopes: Table
    """ScopeId -> a scope's canonical JSON."""
    messages: Table
    """MessageId -> a message, spelt as it came: those of layout 1 in the order of their digests, then by number."""
    nodes: Table
    """NodeId -> its parent, its message and its depth: of earlier layouts, and what does not fit in `steps`."""
    words: Table
    """Number -> a list of words that rows are compressed with."""
    makes: Table
    """Digest of the members of envelopes -> number of the list for envelopes like these."""
    journal: Table
    """Number, counting up -> an observation, by reference."""
    tallies: Table
    """A day's counters, by what was asked and what came of it."""
    decisions: Table | None = None
    """Number, counting up -> a decision and why it was made so; the last ones only. A store from before there were any
    gets this table and the next ones from its next writer; until then there are none for its readers."""
    counts: Table | None = None
    """Derived: NodeId or ScopeId -> how much was recorded there and below."""
    choices: Table | None = None
    """What its user decided about a node, a template or a slot -> the decision; recorded, not derived."""
    uses: Table | None = None
    """NodeId -> how often memory answered there, and when last."""
    digests: Table | None = None
    """Beginning of a message's digest, and its number: nothing but keys, see `brief`."""
    index: Table | None = None
    """Derived: which observation answers at a node, and what hangs below one; likewise. See `Index`."""
    steps: Table | None = None
    """NodeId, its parent, its message's number and its depth: nothing but values of one key, see `Nodes`."""

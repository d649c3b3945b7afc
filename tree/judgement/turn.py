"""Turns: the words by which a text that may say anything says the opposite, or makes an exception.

Where whatever a customer wrote was no matter so far, it still is one when for the first time he writes that he does
*not* want it. Such words are few, and a text either has one or has none; all that was met in a place may come again.
"""

import re
from functools import lru_cache

from tree.message import Json

_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)?")
_LONGEST = 20_000
_NOT = "not"
_WORDS = """
not no never none nothing nobody neither nor cannot without except excluding unless instead otherwise dont
nicht nichts kein keine keinen keinem keiner keines nie niemals niemand ohne außer sondern stattdessen
pas jamais aucun aucune rien sans sauf
nunca nada nadie ningún ninguna sin salvo excepto
non mai niente nessuno nessuna senza tranne
não nada nenhum nenhuma sem exceto
niet niets geen nooit niemand zonder behalve
"""
_TURNS = frozenset(_WORDS.split())
"""In English, German, French, Spanish, Italian, Portuguese and Dutch."""


def turns(value: Json) -> frozenset[str]:
    """The words of a text that turn its meaning; none of a text that is a single word, or of anything else."""
    if not isinstance(value, str) or " " not in value or len(value) > _LONGEST:
        return frozenset()
    return _turns(value)


@lru_cache(1024)
def _turns(text: str) -> frozenset[str]:
    said = (word.casefold() for word in _WORD.findall(text))
    return frozenset(_NOT if own.endswith(("n't", "n\u2019t")) else own for own in said) & _TURNS

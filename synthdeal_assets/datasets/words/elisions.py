"""Words of which only the first half is written: Vor- und Nachname."""

from __future__ import annotations

from synthdeal_assets.datasets.words.languages import vocabulary
from synthdeal_assets.datasets.words.nouns import Noun
from synthdeal_assets.datasets.words.tokens import fold
from synthdeal_assets.datasets.words.walk import Walk


def elided(walk: Walk, noun: Noun) -> int | None:
    """Vor- und Nachname: the first half takes its end from the second."""
    cursor = walk.cursor
    dash = cursor.dash(noun.last)
    if walk.language != "german" or dash is None or not cursor.has(dash, "and") or len(noun.words) != 1:
        return None
    word, other = noun.words[0], cursor[dash + 1].text
    words = [each for each in range(len(other) - 2, 2, -1) if fold(other[-each:]) in vocabulary("german")]
    # The name of Nachname is a word, and the chname is none.
    for length in words or range(len(other) - 2, 2, -1):
        whole = (word + other[-length:].lower(),)
        if walk.type_of(whole) is not None or walk.measure_of(whole) is not None:
            walk.current_table()
            walk.in_fields = True
            walk.add_field(whole, noun.at, dash)
            return dash
    return None

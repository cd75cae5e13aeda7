"""The scorer that the settings name, for commands that look and send nothing: a missing key does not keep them from it.

A command that scores makes its scorer with `scoring/scorers/make_scorer.py`, which asks for the key.
"""

from __future__ import annotations

from typing import Final

from pydantic import SecretStr

from synthdeal_assets.scoring.scorers.make_scorer import make_scorer
from synthdeal_assets.scoring.scorers.scorer import Scorer
from synthdeal_assets.settings import KEY_FIELDS, Settings

IN_PLACE_OF_A_KEY: Final = SecretStr("no key is set and nothing is sent")


def present_scorer(settings: Settings) -> Scorer:
    """The scorer, not to be asked: what it is called, which questions it has and what they cost.

    Raises:
        SynthDealError: A setting other than a key is missing or does not fit.
    """
    missing = {field: IN_PLACE_OF_A_KEY for field in KEY_FIELDS if settings.value_of(field) is None}
    return make_scorer(settings.changed(missing))

"""The words of languages, as they are kept."""

from importlib.resources import files

import pytest

from synthdeal_assets.foundation.plain_yaml import read_plain_yaml

LANGUAGES = files("synthdeal_assets.datasets.words.languages")


@pytest.mark.parametrize("name", sorted(one.name for one in LANGUAGES.iterdir() if one.name.endswith(".yaml")))
def test_no_words_are_hidden_by_others_under_the_same_key(name: str) -> None:
    # Of two keys that are alike, a reader of YAML takes the last one without a word.
    assert read_plain_yaml(LANGUAGES.joinpath(name).read_text(encoding="utf-8"), deepest=5).data

"""Words of the world: name, notes, next step and evidence of each deal, composed from its facts."""

from synthdeal_assets.world.language.deal_texts import write_deal_texts

__all__ = ["write_deal_texts"]

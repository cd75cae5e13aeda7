"""Words of the world: evidence, notes and next steps, composed from facts.

Whatever a seller or a customer would write belongs here; what happened in a deal and what the seller noticed does not.
"""

from synthdeal_assets.world.language.deal_texts import write_deal_texts

__all__ = ["write_deal_texts"]

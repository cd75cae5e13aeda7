SELECT count(*)::VARCHAR FROM scoring.instruction_effects

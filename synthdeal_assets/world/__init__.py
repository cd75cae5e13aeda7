"""The synthetic revenue organisation (schema crm) and its hidden truth (schema truth)."""

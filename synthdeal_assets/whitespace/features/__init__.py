"""What was known of each customer and division at a cutoff, and what was bought after it."""

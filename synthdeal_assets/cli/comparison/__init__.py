"""`synthdeal compare`: how its sides are named, what is asked, and how the result is shown."""

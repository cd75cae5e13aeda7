"""How fast it is: commands that measure and print, no tests."""

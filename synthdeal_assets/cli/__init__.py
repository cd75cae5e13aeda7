"""The `synthdeal` command: what a user types, what they see while it runs, and how it ends.

What the commands do to the data belongs in the rooms and in orchestration; here are options, progress, summaries and
exit codes.
"""

from synthdeal_assets.cli.app import main

__all__ = ["main"]

"""The colours of every chart, in the UI and in pages."""

from typing import Final

INK: Final = "#1b2733"
STRONG: Final = "#1f4e79"
SOFT: Final = "#9fb8d1"
PALE: Final = "#d9dee4"
SIGNAL: Final = "#b5541c"
"""For what needs attention; distinguishable from the blues without colour vision, by its lightness too."""

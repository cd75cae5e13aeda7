"""SynthDeal: a living synthetic B2B sales organisation as Dagster assets, scored and reported.

Only the version lives here; importing the package must cost nothing and touch nothing.
"""

__version__ = "0.1.0"

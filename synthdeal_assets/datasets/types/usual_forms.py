"""Generators with usual values, for fields whose names say what they hold and no type of the catalogue does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

Form = Mapping[str, object]
"""A generator as a specification has it, its scalars as text."""

USUAL_FORMS: Final[Mapping[str, Form]] = {
    "flag": {"flag": "50%"},
    "count": {"poisson": "3"},
    "percent": {"uniform": "0 .. 100", "decimals": "1"},
    "score": {"uniform": "0 .. 100", "decimals": "0"},
    "ph": {"normal": {"mean": "7", "sd": "1"}, "min": "0", "max": "14", "decimals": "1"},
    "value": {"normal": {"mean": "100", "sd": "15"}, "decimals": "2"},
    "birth year": {"uniform": "1946 .. 2008", "decimals": "0"},
    "temperature": {"normal": {"mean": "21", "sd": "5"}, "decimals": "1"},
    "pressure": {"normal": {"mean": "1013", "sd": "8"}, "decimals": "1"},
    "blood pressure": {"normal": {"mean": "122", "sd": "15"}, "min": "70", "decimals": "0"},
    "tenure": {"uniform": "0 .. 35", "decimals": "0"},
    "height": {"normal": {"mean": "172", "sd": "10"}, "decimals": "0"},
    "length": {"lognormal": {"median": "40", "p90": "150"}, "decimals": "1"},
    "weight": {"normal": {"mean": "75", "sd": "13"}, "min": "40", "decimals": "1"},
    "distance": {"lognormal": {"median": "25", "p90": "300"}, "decimals": "1"},
    "animal age": {"uniform": "0 .. 15", "decimals": "0"},
    "odometer": {"lognormal": {"median": "80000", "p90": "180000"}, "max": "300000", "decimals": "0"},
    "speed": {"normal": {"mean": "60", "sd": "20"}, "min": "0", "decimals": "1"},
    "area": {"lognormal": {"median": "90", "p90": "220"}, "decimals": "1"},
    "volume": {"lognormal": {"median": "5", "p90": "40"}, "decimals": "1"},
    "energy": {"lognormal": {"median": "230", "p90": "900"}, "decimals": "1"},
    "heart rate": {"normal": {"mean": "72", "sd": "12"}, "min": "40", "decimals": "0"},
    "password": {"pattern": "[a-km-zA-HJ-NP-Z2-9]{12}"},
    "house number": {"uniform": "1 .. 180", "decimals": "0"},
}
"""Name of what is held -> its generator."""

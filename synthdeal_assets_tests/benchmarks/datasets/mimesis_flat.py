"""The flat table with Mimesis, which knows no IBAN: a card number stands in for it.

Run with an interpreter that has Mimesis: mimesis_flat.py ROWS FILE
"""
# mypy: ignore-errors

import csv
import random
import sys
from pathlib import Path

from mimesis import Generic
from mimesis.locales import Locale


def main(rows, path):
    generic, draw = Generic(Locale.EN, seed=5), random.Random(5)  # noqa: S311  # no secret
    person, address, dates = generic.person, generic.address, generic.datetime
    with Path(path).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        for row in range(1, rows + 1):
            opened = dates.date(1990, 2024)
            writer.writerow(
                [
                    row,
                    f"BR-{draw.randint(1, 1200):04d}",
                    person.first_name(),
                    person.last_name(),
                    person.email(),
                    address.country(),
                    address.state(),
                    address.city(),
                    address.postal_code(),
                    generic.payment.credit_card_number(),
                    draw.choices(("Private", "Business", "Public"), (70, 25, 5))[0],
                    draw.random() < 0.83,
                    opened,
                    dates.date(opened.year, 2026),
                    round(draw.lognormvariate(7.8, 1.6), 2),
                ]
            )


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])

"""The flat table with a Faker call for each cell, as its documentation shows; Faker's weighting as it is by default.

Run with an interpreter that has Faker: faker_flat.py ROWS FILE
"""
# mypy: ignore-errors

import csv
import datetime as dt
import sys
from collections import OrderedDict
from pathlib import Path

from faker import Faker

FIRST, LAST, AS_OF = dt.date(1990, 1, 1), dt.date(2025, 12, 31), dt.date(2026, 11, 28)
SEGMENTS = OrderedDict(Private=0.7, Business=0.25, Public=0.05)


def main(rows, path):
    fake = Faker()
    fake.seed_instance(5)
    with Path(path).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        for row in range(1, rows + 1):
            opened = fake.date_between(FIRST, LAST)
            writer.writerow(
                [
                    row,
                    f"BR-{fake.random_int(1, 1200):04d}",
                    fake.first_name(),
                    fake.last_name(),
                    fake.email(),
                    fake.country(),
                    fake.state(),
                    fake.city(),
                    fake.postcode(),
                    fake.iban(),
                    fake.random_element(SEGMENTS),
                    fake.boolean(83),
                    opened,
                    fake.date_between(opened, AS_OF),
                    fake.pyfloat(min_value=0, max_value=50_000, right_digits=2),
                ]
            )


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])

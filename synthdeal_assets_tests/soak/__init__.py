"""A home walked through many nights with faults drawn at random; after each night its books are read."""

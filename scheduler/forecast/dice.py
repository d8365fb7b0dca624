"""Random numbers that belong to what they decide, not to the order in which they are drawn.

The same request of the same simulated period and the same person always throw the same dice, whoever else is in the
pool: two pools are compared by what differs between them alone (common random numbers).
"""

from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from scheduler.tables.arrays import Floats

Words = npt.NDArray[np.uint64]

# of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA 2014)
GAMMA = np.uint64(0x9E3779B97F4A7C15)
FIRST, SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
MANTISSA = 2.0**-53


def mixed(words: Words) -> Words:
    """64 bits for each word, all of which depend on all of its bits."""
    words = words + GAMMA
    words = (words ^ (words >> np.uint64(30))) * FIRST
    words = (words ^ (words >> np.uint64(27))) * SECOND
    found: Words = words ^ (words >> np.uint64(31))
    return found


def uniform(words: Words) -> Floats:
    """A number from 0 up to below 1 for each word."""
    found: Floats = (mixed(words) >> np.uint64(11)).astype(np.float64) * MANTISSA
    return found


def named(names: list[str]) -> Words:
    """A word for each name, the same in every process."""
    digests = [blake2b(name.encode(), digest_size=8).digest() for name in names]
    return np.array([int.from_bytes(digest, "little") for digest in digests], np.uint64)


def numbered(seed: int, rows: int, columns: int) -> Words:
    """A word for each cell of a table; what a cell gets does not depend on how large the table is."""
    row = mixed(np.arange(rows, dtype=np.uint64) + mixed(np.array([seed], np.uint64)))
    cells: Words = np.add.outer(row, np.arange(columns, dtype=np.uint64))
    return mixed(cells)

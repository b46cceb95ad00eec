"""Broken versions of good input.

Belongs here: one random change of a JSON value, of bytes, of a CSV.
Does not: judge what a reader makes of it.
"""

import copy
import os
import random
from typing import Any

# Seconds a reader is fuzzed for; CI's second step has twenty minutes for everything. More by hand: MLB_ML_FUZZ_SECONDS.
SECONDS = float(os.environ.get("MLB_ML_FUZZ_SECONDS", "12"))
ODD = (
    None, True, False, 0, -1, 1, 99, 1e308, -1e308, float("nan"), float("inf"), 10**30, "", " ", "0", "-110", "+abc",
    "NaN", "2024-02-30",
    "2024-04-01T25:00:00Z", "9999-12-31T23:59:59.999999Z", "0001-01-01T00:00:00+14:00", "\x00",
    "\ud800", "é" * 300, "' OR 1=1 --", "{}", [], {}, [[]], [None], {"id": None}, [{}] * 3,
)  # fmt: skip


def mutated(tree: Any, chance: random.Random) -> Any:
    """A deep copy with one to three places changed: a value replaced, a key dropped or moved, an item doubled."""
    changed = copy.deepcopy(tree)
    for _ in range(chance.randint(1, 3)):
        places = list(_places(changed, chance))
        if not places:
            return chance.choice(ODD)
        owner, key = chance.choice(places)
        kind = chance.randrange(5)
        if kind == 0:
            del owner[key]
        elif kind == 1 and isinstance(owner, dict):
            owner[chance.choice(("id", "unknown", "", "0", key + "_"))] = owner.pop(key)
        elif kind == 2 and isinstance(owner, list):
            owner.insert(key, copy.deepcopy(owner[key]))
        else:
            owner[key] = copy.deepcopy(chance.choice(ODD))
    return changed


def _places(tree: Any, chance: random.Random, most: int = 400):
    """Some of the places in a tree: a walk down from the root at random, so that deep ones are met as often as wide."""
    for _ in range(most // 20):
        at = tree
        while isinstance(at, (dict, list)) and at:
            key = chance.choice(list(at)) if isinstance(at, dict) else chance.randrange(len(at))
            yield at, key
            at = at[key]


def mutated_bytes(body: bytes, chance: random.Random) -> bytes:
    """Cut, doubled, with bytes turned or strewn in."""
    kind = chance.randrange(5)
    at = chance.randrange(len(body) + 1)
    if kind == 0:
        return body[:at]
    if kind == 1:
        return body[:at] + bytes(chance.randrange(256) for _ in range(chance.randint(1, 20))) + body[at:]
    if kind == 2:
        return body[:at] + body[chance.randrange(len(body) + 1) :]
    if kind == 3:
        return body + body
    turned = bytearray(body)
    for _ in range(chance.randint(1, 30)):
        turned[chance.randrange(len(turned))] = chance.randrange(256)
    return bytes(turned)

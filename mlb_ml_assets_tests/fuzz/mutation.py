"""Broken versions of good input, and how many of them.

Belongs here: seed and number of cases, one random change of a JSON value or of bytes, small versions of large input.
Not here: judge what a reader makes of it.
"""

import copy
import os
import random
import re
from typing import Any

# The same cases in every run of CI; others by hand: MLB_ML_FUZZ_SEED, and so many times as many: MLB_ML_FUZZ_TIMES.
SEED = os.environ.get("MLB_ML_FUZZ_SEED", "1")
TIMES = int(os.environ.get("MLB_ML_FUZZ_TIMES", "1"))
# By reader; test_the_cases_come_to_a_hundred_thousand adds them up.
CASES = {
    "mlb_stats_api": 15_000,
    "action_network": 15_000,
    "sportsbettingdime": 12_000,
    "vsin": 10_000,
    "the_odds_api": 15_000,
    "prefixes": 45_000,
    "rows into tables": 800,
    "history bundle": 400,
    "logs and workbooks": 600,
    "command line": 600,
}
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


def small(tree: Any, most: int = 2) -> Any:
    """The tree with at most so many of each list's objects: as many kinds of places, a hundredth of the time."""
    if isinstance(tree, dict):
        return {key: small(value, most) for key, value in tree.items()}
    if isinstance(tree, list):
        kept = tree[:most] if tree and isinstance(tree[0], dict | list) else tree
        return [small(value, most) for value in kept]
    return tree


def small_page(page: bytes, most: int = 4) -> bytes:
    """An HTML page with the first rows of its tables, without styles and scripts."""
    page = re.sub(rb"(?s)<(style|script)\b.*?</\1>", b"", page)
    rows = list(re.finditer(rb"(?s)<tr\b.*?</tr>", page))
    for row in reversed(rows[most:]):
        page = page[: row.start()] + page[row.end() :]
    return page


def dice(reader: str) -> random.Random:
    """The random numbers of one reader's cases."""
    return random.Random(f"{SEED} {reader}")


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

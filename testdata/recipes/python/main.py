# SPDX-License-Identifier: Apache-2.0
"""Plays a few small games of search and text so that a sampling profiler has stacks to see."""

import json
import random
import re
import threading
import time
from functools import lru_cache


def solve(board: list[list[int]], row: int = 0) -> int:
    """Counts the ways to place queens; recursive."""
    n = len(board)
    if row == n:
        return 1
    return sum(place(board, row, column) for column in range(n) if safe(board, row, column))


def place(board: list[list[int]], row: int, column: int) -> int:
    board[row][column] = 1
    ways = solve(board, row + 1)
    board[row][column] = 0
    return ways


def safe(board: list[list[int]], row: int, column: int) -> bool:
    return not any(
        board[r][column] or diagonal(board, r, column - (row - r)) or diagonal(board, r, column + (row - r))
        for r in range(row)
    )


def diagonal(board: list[list[int]], row: int, column: int) -> bool:
    return 0 <= column < len(board) and board[row][column] == 1


class Tokenizer:
    pattern = re.compile(r"(?P<word>[a-z]+)|(?P<number>\d+)|(?P<space>\s+)")

    def tokens(self, text: str):
        for match in self.pattern.finditer(text):
            if match.lastgroup != "space":
                yield match.lastgroup, match.group()


@lru_cache(maxsize=None)
def distance(a: str, b: str) -> int:
    if not a or not b:
        return len(a) + len(b)
    if a[0] == b[0]:
        return distance(a[1:], b[1:])
    return 1 + min(distance(a[1:], b), distance(a, b[1:]), distance(a[1:], b[1:]))


def read_text(randomly: random.Random, deadline: float) -> None:
    words = ["alpha", "gamma", "delta", "omega", "sigma", "kappa"]
    while time.monotonic() < deadline:
        text = " ".join(f"{randomly.choice(words)} {randomly.randrange(1000)}" for _ in range(200))
        seen = [value for kind, value in Tokenizer().tokens(text) if kind == "word"]
        distance.cache_clear()
        scores = {a: {b: distance(a, b) for b in words} for a in sorted(set(seen))}
        json.loads(json.dumps(scores, indent=1))


def main() -> None:
    deadline = time.monotonic() + 3
    reader = threading.Thread(target=read_text, args=(random.Random(7), deadline), name="reader")
    reader.start()
    while time.monotonic() < deadline:
        solve([[0] * 6 for _ in range(6)])
        time.sleep(0.002)
    reader.join()


if __name__ == "__main__":
    main()

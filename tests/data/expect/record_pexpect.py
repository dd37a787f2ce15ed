"""Records what pexpect answers, for the cases in which it and this project are meant to agree.

    python3 -m venv venv && venv/bin/pip install pexpect==4.9.0
    venv/bin/python record_pexpect.py > pexpect.toml

Streams and patterns are random but the same on every run. Left out is what is meant to differ:
`$` (Python's also matches before a last newline), Unicode, and repetitions of what may be empty.
"""

import random

import pexpect
from pexpect.spawnbase import SpawnBase


class Scripted(SpawnBase):
    """A program that prints given reads and ends."""

    def __init__(self, reads):
        super().__init__(timeout=None)
        self.reads = list(reads)
        self.delayafterread = None
        self.taken = 0

    def read_nonblocking(self, size=1, timeout=None):
        if not self.reads:
            self.flag_eof = True
            raise pexpect.EOF("the end")
        self.taken += 1
        return self.reads.pop(0)


def atom(rng):
    return rng.choice(["a", "b", "c", "ab", "ca", ".", "[ab]", "[^a]", r"\d", r"\s", r"\w", r"\r\n", " "])


def pattern(rng, depth=0):
    """A pattern that matches no empty text."""
    kind = rng.randrange(8 if depth < 3 else 2)
    if kind < 3:
        return atom(rng)
    if kind < 5:
        return "".join(pattern(rng, depth + 1) for _ in range(rng.randrange(2, 4)))
    if kind == 5:
        return "(" + "|".join(pattern(rng, depth + 1) for _ in range(rng.randrange(1, 4))) + ")"
    inner = "(?:" + pattern(rng, depth + 1) + ")"
    return inner + rng.choice(["+", "+?", "{2}", "{1,3}", "{1,2}?"])


def expression(rng):
    head = rng.choice(["", "", "", "", "^"])
    tail = rng.choice(["", "", "", ".*", "(x|1)?"])
    return head + pattern(rng) + tail


def stream(rng):
    tokens = ["a", "b", "c", "ab", "ca", "aab", "1", "23", " ", "\r\n", "x", "\x1b[1m", "\x00", "\xff"]
    text = "".join(rng.choice(tokens) for _ in range(rng.randrange(1, 30))).encode("latin-1")
    reads = []
    while text:
        cut = rng.randrange(1, 12)
        reads.append(text[:cut])
        text = text[cut:]
    return reads


def escape(data):
    plain = {13: "\\r", 10: "\\n", 9: "\\t", 27: "\\e", 0: "\\0", 92: "\\\\"}
    return "".join(
        plain.get(byte) or (chr(byte) if 32 <= byte < 127 else f"\\x{byte:02x}") for byte in data
    )


def quote(text):
    assert "'" not in text
    return f"'{text}'"


def answers(patterns, reads, exact):
    program = Scripted(reads)
    expect = program.expect_exact if exact else program.expect
    found = []
    while True:
        index = expect([p.encode("latin-1") for p in patterns] + [pexpect.EOF])
        if index == len(patterns):
            return found, program.before
        groups = () if exact else program.match.groups()
        found.append((index, program.before, program.after, groups, program.taken))


def main():
    rng = random.Random(4711)
    print("# Made by record_pexpect.py with pexpect", pexpect.__version__ + ". Do not edit.")
    number = 0
    while number < 200:
        exact = number % 4 == 3
        count = rng.randrange(1, 5)
        if exact:
            patterns = ["".join(rng.choice("abc1 ") for _ in range(rng.randrange(1, 4))) for _ in range(count)]
        else:
            patterns = [expression(rng) for _ in range(count)]
        reads = stream(rng)
        found, left = answers(patterns, reads, exact)
        if not 1 <= len(found) <= 5:
            continue
        number += 1
        print("\n[[case]]")
        print(f'name = "pexpect {number}"')
        print("literal" if exact else "regex", "= [" + ", ".join(map(quote, patterns)) + "]")
        print("unicode = false\ndot_all = true\nany_cut = false")
        print("reads = [" + ", ".join(quote(escape(read)) for read in reads) + "]")
        print("want = [")
        for index, before, after, groups, taken in found:
            shown = ", ".join("false" if g is None else quote(escape(g)) for g in groups)
            print(
                f"    {{ pattern = {index}, before = {quote(escape(before))}, "
                f"text = {quote(escape(after))}, groups = [{shown}], after = {taken} }},"
            )
        print("]")
        print(f"then = 'eof'\nleft = {quote(escape(left))}")


main()

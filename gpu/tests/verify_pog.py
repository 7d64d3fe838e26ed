"""Verifies transcripts of proof of GPU, protocol 2: a stranger's verifier, written from gpu/PROTOCOL.md alone.

Needs Python 3.10 and numpy. `verify_pog.py FILE...` prints one line a file: the outcome, and for what is right its figures.
Of beacons it knows none, so it believes them, as it believes the clock and the anchor.
"""

import hashlib
import sys

import numpy as np

import sr25519


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def H(tag, *parts):
    assert len(tag) == 4
    return sha256(b"annals-pog2-" + tag.encode(), *parts)


def u32(number):
    return number.to_bytes(4, "little")


def number(data):
    return int.from_bytes(data, "little")


def depth(leaves):
    return (leaves - 1).bit_length() if leaves > 1 else 0


# --- Challenge and transcript -------------------------------------------------------------------------------------------

CHALLENGE = 352


class Malformed(Exception):
    pass


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, length):
        self.at += length
        return self.data[self.at - length : self.at]

    def number(self, length):
        return number(self.take(length))

    def hashes(self, count):
        return [self.take(32) for _ in range(count)]


class Challenge:
    def __init__(self, data):
        if data[:8] != b"annlpog2":
            raise Malformed("magic")
        fields = Reader(data)
        fields.take(8)
        (self.n, self.rounds, self.kept, self.sweeps, self.k, self.k_sweeps, edge, bits, self.rounds_ms, self.sweeps_ms) = (
            fields.number(4) for _ in range(10)
        )
        fields.take(32)
        fields.take(4)
        kind = fields.number(4)
        self.beacon = fields.number(8)
        fields.take(32)
        self.validator, self.miner = fields.take(32), fields.take(32)
        label = fields.take(64)
        fields.take(32)
        self.sweep_commitment, self.open_commitment = fields.take(32), fields.take(32)
        assert fields.at == CHALLENGE
        memory = self.kept > 0
        right = [
            64 <= self.n <= 65536 and self.n % 64 == 0,
            1 <= self.rounds <= 4096,
            self.kept <= self.rounds,
            self.sweeps <= 64 and memory == (self.sweeps > 0),
            1 <= self.k <= 1024,
            self.k_sweeps <= 1024 and memory == (self.k_sweeps > 0),
            edge == 32 and bits == 16,
            kind in (1, 2),
            is_label(label),
        ]
        if not all(right):
            raise Malformed(f"field group {right.index(False)}")
        self.seed = H("seed", data)
        self.across = self.n // 32
        self.tiles = self.across**2
        self.round_depth, self.sweep_depth = depth(self.tiles), depth(self.kept * self.tiles)

    def length(self):
        openings = self.k * (2048 + 32 * self.round_depth) + self.k_sweeps * (2048 + 32 * self.sweep_depth)
        return CHALLENGE + 64 + 32 * self.rounds + 64 + 32 + 32 * self.sweeps + 64 + 32 + 40 + openings + 64 + 64


def is_label(label):
    text = label.rstrip(b"\0")
    return len(text) > 0 and all(0x21 <= byte <= 0x7E for byte in text)


class Transcript:
    def __init__(self, data):
        if len(data) < CHALLENGE:
            raise Malformed("short")
        self.challenge = asked = Challenge(data[:CHALLENGE])
        if len(data) != asked.length():
            raise Malformed("length")
        self.before_signature = data[:-64]
        fields = Reader(data)
        fields.take(CHALLENGE)
        self.challenge_signature = fields.take(64)
        self.roots, self.rounds_signature = fields.hashes(asked.rounds), fields.take(64)
        self.sweep_secret = fields.take(32)
        self.sweep_roots, self.sweeps_signature = fields.hashes(asked.sweeps), fields.take(64)
        self.open_secret = fields.take(32)
        self.open_number, self.open_hash = fields.number(8), fields.take(32)
        self.round_openings = [(fields.take(2048), fields.hashes(asked.round_depth)) for _ in range(asked.k)]
        self.sweep_openings = [(fields.take(2048), fields.hashes(asked.sweep_depth)) for _ in range(asked.k_sweeps)]
        self.times = [fields.number(8) for _ in range(8)]
        self.signature = fields.take(64)
        assert fields.at == len(data)

        self.seeds = [asked.seed]
        for root in self.roots:
            self.seeds.append(H("next", self.seeds[-1], root))
        self.keys = [H("swp1", self.sweep_secret, self.seeds[-1])]
        for root in self.sweep_roots:
            self.keys.append(H("swpn", self.keys[-1], root))

    def draws(self, tag, count, below):
        source = self.open_secret + self.seeds[-1] + self.keys[-1] + self.open_hash
        return [number(H(tag, source, u32(d))[:8]) * below >> 64 for d in range(count)]

    @property
    def t_rounds(self):
        return self.times[1] - self.times[0]

    @property
    def t_sweeps(self):
        return self.times[3] - self.times[2]


# --- Matrices -----------------------------------------------------------------------------------------------------------

LOW = np.uint64(0xFFFFFFFF)
HIGH = np.uint64(32)


def philox(x0, x1, x2, x3, k0, k1):
    """Ten rounds, for arrays of words that stand in 64 bits."""
    for _ in range(10):
        p, q = np.uint64(0xD2511F53) * x0, np.uint64(0xCD9E8D57) * x2
        x0, x1, x2, x3 = (q >> HIGH) ^ x1 ^ np.uint64(k0), q & LOW, (p >> HIGH) ^ x3 ^ np.uint64(k1), p & LOW
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return x0, x1, x2, x3


def lines(key, first, n):
    """32 lines of n int8, as int64."""
    k0, k1, c2, c3 = (number(key[at : at + 4]) for at in (0, 4, 8, 12))
    blocks, line = np.meshgrid(np.arange(n // 16, dtype=np.uint64), np.arange(first, first + 32, dtype=np.uint64))
    words = philox(blocks, line, np.full_like(blocks, c2), np.full_like(blocks, c3), k0, k1)
    data = np.stack(words, axis=-1).astype("<u4").tobytes()
    return np.frombuffer(data, dtype=np.int8).reshape(32, n).astype(np.int64)


def tile_of(seed, n, q):
    across = n // 32
    left = lines(H("matA", seed), q // across * 32, n)
    right = lines(H("matB", seed), q % across * 32, n)
    return (left @ right.T).astype("<i8").astype(np.uint64).astype("<u2").tobytes()


def end_of(leaf, path, x):
    for sibling in path:
        leaf = sha256(b"\1", leaf, sibling) if x % 2 == 0 else sha256(b"\1", sibling, leaf)
        x //= 2
    return leaf


# --- Verdict ------------------------------------------------------------------------------------------------------------


def verdict(data):
    """Returns the outcome, and the transcript if it is one."""
    try:
        transcript = Transcript(data)
    except Malformed:
        return "malformed", None
    return check_words(transcript) or check_tiles(transcript) or check_clock(transcript) or "passed", transcript


def is_signed(word, digest, key, signature):
    message = b"<Bytes>annals pog v2\n" + f"{word} {digest.hex()}".encode() + b"</Bytes>"
    return sr25519.verify(message, key, signature)


def check_words(t):
    asked = t.challenge
    if not is_signed("challenge", t.seeds[0], asked.validator, t.challenge_signature):
        return "bad_signature challenge"
    if not is_signed("rounds", t.seeds[-1], asked.miner, t.rounds_signature):
        return "bad_signature rounds"
    if H("comm", t.sweep_secret) != asked.sweep_commitment:
        return "bad_chain sweep_secret"
    if not is_signed("sweeps", t.keys[-1], asked.miner, t.sweeps_signature):
        return "bad_signature sweeps"
    if H("comm", t.open_secret) != asked.open_commitment:
        return "bad_chain open_secret"
    if t.open_number <= asked.beacon:
        return "bad_chain open_beacon"
    if not is_signed("transcript", H("tran", t.before_signature), asked.validator, t.signature):
        return "bad_signature transcript"
    if sorted(t.times[:6]) != t.times[:6]:
        return "bad_chain times"
    return None


def check_tiles(t):
    asked = t.challenge
    draws = t.draws("opnr", asked.k, asked.rounds * asked.tiles)
    for d, ((tile, path), v) in enumerate(zip(t.round_openings, draws)):
        r, q = divmod(v, asked.tiles)
        where = f"round {d} {r} {q}"
        leaf = sha256(u32(0), u32(r), u32(q), tile)
        if end_of(leaf, path, q) != t.roots[r]:
            return f"bad_path {where}"
        if tile != tile_of(t.seeds[r], asked.n, q):
            return f"wrong_tile {where}"
    draws = t.draws("opns", asked.k_sweeps, asked.sweeps * asked.kept * asked.tiles)
    for d, ((tile, path), v) in enumerate(zip(t.sweep_openings, draws)):
        s, w = divmod(v, asked.kept * asked.tiles)
        r, q = asked.rounds - asked.kept + w // asked.tiles, w % asked.tiles
        where = f"sweep {d} {s} {r} {q}"
        leaf = sha256(u32(2), u32(r), u32(q), t.keys[s], tile)
        if end_of(leaf, path, w) != t.sweep_roots[s]:
            return f"bad_path {where}"
        if tile != tile_of(t.seeds[r], asked.n, q):
            return f"wrong_tile {where}"
    return None


def check_clock(t):
    if t.t_rounds > t.challenge.rounds_ms * 10**6:
        return "slow rounds"
    if t.t_sweeps > t.challenge.sweeps_ms * 10**6:
        return "slow sweeps"
    return None


# --- Figures ------------------------------------------------------------------------------------------------------------


def right(openings):
    def chance(p):
        x = 2**32
        for _ in range(openings):
            x = x * p // 10**6
        return x

    low, high = 0, 10**6
    while low + 1 < high:
        middle = (low + high) // 2
        if chance(middle) * 100 < 2**32:
            low = middle
        else:
            high = middle
    return low


def figures(t):
    asked = t.challenge
    product, t_sweeps = 2 * asked.n**3, max(t.t_sweeps, 1)
    rate = right(asked.k) * asked.rounds * product * 1000 // max(t.t_rounds, 1)
    anew = 5 * 10**15 * t.t_sweeps // 10**9
    a = min(10**6, -(-anew * 10**6 // max(asked.sweeps * asked.kept * product, 1)))
    w = 10**6 - right(asked.k_sweeps)
    resident = asked.kept * 2 * asked.n**2 * max(0, 10**6 - a - w) // 10**6
    return [min(figure, 2**64 - 1) for figure in (rate, resident, resident * asked.sweeps * 10**9 // t_sweeps)]


def main():
    for name in sys.argv[1:]:
        with open(name, "rb") as file:
            outcome, transcript = verdict(file.read())
        numbers = figures(transcript) if outcome == "passed" or outcome.startswith("slow") else ()
        print(name.rsplit("/", 1)[-1], outcome, *numbers)


if __name__ == "__main__":
    main()

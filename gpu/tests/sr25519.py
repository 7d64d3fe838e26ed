"""sr25519 signatures, verified: ristretto255 (RFC 9496), STROBE-128 and merlin, schnorrkel. Needs Python alone.

For checking a few signatures; nothing here is constant in time, and nothing is secret.
"""


def number(data):
    return int.from_bytes(data, "little")


def u32(number):
    return number.to_bytes(4, "little")


P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
SQRT_M1 = pow(2, (P - 1) // 4, P)
BASE = (
    15112221349535400772501151409588531511454012693041857206046113283949847762202,
    46316835694926478169428394003475163141307993866256225615783033603165251855960,
)


def extended(x, y):
    return (x, y, 1, x * y % P)


def add(a, b):
    """Unified addition on the twisted Edwards curve with a = -1."""
    x1, y1, z1, t1 = a
    x2, y2, z2, t2 = b
    u, v = (y1 - x1) * (y2 - x2) % P, (y1 + x1) * (y2 + x2) % P
    c, d = 2 * D * t1 * t2 % P, 2 * z1 * z2 % P
    e, f, g, h = v - u, d - c, d + c, v + u
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def multiply(scalar, point):
    result = extended(0, 1)
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point = add(point, point)
        scalar >>= 1
    return result


def sqrt_ratio(u, v):
    v3 = v * v * v % P
    r = u * v3 * pow(u * v3 * v3 * v % P, (P - 5) // 8, P) % P
    check = v * r * r % P
    correct, flipped, flipped_i = check == u % P, check == -u % P, check == -u * SQRT_M1 % P
    if flipped or flipped_i:
        r = r * SQRT_M1 % P
    return correct or flipped, min(r, P - r) if r % 2 else r


def decode_ristretto(data):
    """RFC 9496, section 4.3.1; None for what is no element."""
    s = number(data)
    if s >= P or s % 2:
        return None
    u1, u2 = (1 - s * s) % P, (1 + s * s) % P
    v = (-(D * u1 * u1) - u2 * u2) % P
    square, inverse = sqrt_ratio(1, v * u2 * u2 % P)
    if inverse % 2:
        inverse = P - inverse
    den_x = inverse * u2 % P
    den_y = inverse * den_x * v % P
    x = 2 * s * den_x % P
    x = P - x if x % 2 else x
    y = u1 * den_y % P
    t = x * y % P
    if not square or t % 2 or y == 0:
        return None
    return (x, y, 1, t)


def equal_ristretto(a, b):
    """RFC 9496, section 4.3.3."""
    return (a[0] * b[1] - a[1] * b[0]) % P == 0 or (a[1] * b[1] - a[0] * b[0]) % P == 0


ROTATIONS = [[0, 36, 3, 41, 18], [1, 44, 10, 45, 2], [62, 6, 43, 15, 61], [28, 55, 25, 21, 56], [27, 20, 39, 8, 14]]
MASK = 2**64 - 1


def round_constants():
    constants, state = [], 1
    for _ in range(24):
        constant = 0
        for j in range(7):
            if state & 1:
                constant |= 1 << (2**j - 1)
            state = (state << 1) ^ (0x171 if state >> 7 else 0)
        constants.append(constant)
    return constants


CONSTANTS = round_constants()


def rotate(word, by):
    return (word << by | word >> (64 - by)) & MASK if by else word


def keccak(state):
    a = [[number(state[8 * (x + 5 * y) : 8 * (x + 5 * y) + 8]) for y in range(5)] for x in range(5)]
    for constant in CONSTANTS:
        c = [a[x][0] ^ a[x][1] ^ a[x][2] ^ a[x][3] ^ a[x][4] for x in range(5)]
        d = [c[x - 1] ^ rotate(c[(x + 1) % 5], 1) for x in range(5)]
        b = [[0] * 5 for _ in range(5)]
        for x in range(5):
            for y in range(5):
                b[y][(2 * x + 3 * y) % 5] = rotate(a[x][y] ^ d[x], ROTATIONS[x][y])
        for x in range(5):
            for y in range(5):
                a[x][y] = b[x][y] ^ (~b[(x + 1) % 5][y] & MASK & b[(x + 2) % 5][y])
        a[0][0] ^= constant
    return bytearray(b"".join(a[x][y].to_bytes(8, "little") for y in range(5) for x in range(5)))


class Merlin:
    """A transcript of merlin 1.0: STROBE-128 with three operations."""

    RATE = 166
    I, A, C, T, M, K = 1, 2, 4, 8, 16, 32

    def __init__(self, label):
        self.state = keccak(bytearray([1, 168, 1, 0, 1, 96]) + b"STROBEv1.0.2" + bytearray(182))
        self.at, self.begin = 0, 0
        self.operate(self.M | self.A, b"Merlin v1.0")
        self.append(b"dom-sep", label)

    def append(self, label, message):
        self.operate(self.M | self.A, label + u32(len(message)))
        self.operate(self.A, message)

    def challenge(self, label, length):
        self.operate(self.M | self.A, label + u32(length))
        self.start(self.I | self.A | self.C)
        result = bytearray()
        for _ in range(length):
            result.append(self.state[self.at])
            self.state[self.at] = 0
            self.advance()
        return bytes(result)

    def operate(self, flags, data):
        self.start(flags)
        self.absorb(data)

    def start(self, flags):
        old, self.begin = self.begin, self.at + 1
        self.absorb(bytes([old, flags]))
        if flags & (self.C | self.K) and self.at:
            self.permute()

    def absorb(self, data):
        for byte in data:
            self.state[self.at] ^= byte
            self.advance()

    def advance(self):
        self.at += 1
        if self.at == self.RATE:
            self.permute()

    def permute(self):
        self.state[self.at] ^= self.begin
        self.state[self.at + 1] ^= 0x04
        self.state[self.RATE + 1] ^= 0x80
        self.state = keccak(self.state)
        self.at = self.begin = 0


def verify(message, key, signature):
    """Whether `key` has signed `message` in Substrate's signing context."""
    public = decode_ristretto(key)
    # The top bit says that it is schnorrkel's.
    s = number(signature[32:]) & ~(1 << 255)
    if public is None or not signature[63] & 0x80 or s >= ORDER:
        return False
    merlin = Merlin(b"SigningContext")
    merlin.append(b"", b"substrate")
    merlin.append(b"sign-bytes", message)
    merlin.append(b"proto-name", b"Schnorr-sig")
    merlin.append(b"sign:pk", key)
    merlin.append(b"sign:R", signature[:32])
    c = number(merlin.challenge(b"sign:c", 64)) % ORDER
    x, y, z, t = public
    found = add(multiply(s, extended(*BASE)), multiply(c, (P - x, y, z, P - t)))
    told = decode_ristretto(signature[:32])
    return told is not None and equal_ristretto(found, told)

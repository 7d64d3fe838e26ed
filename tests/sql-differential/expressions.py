"""Random expressions of a wanted type, over columns or over constants alone. Each has one right value."""

from catalog import Column

COMPARISONS = ["=", "<>", "<", "<=", ">", ">="]
KINDS = ["int", "float", "bool", "text", "time"]
NULLS = {"int": "null::bigint", "float": "null::float8", "bool": "null::boolean", "text": "null::text",
         "time": "null::timestamp"}
TEXTS = ["''", "'a'", "'b'", "'abc'", "'ABC'", "'a b'", "'10'", "'9'", "'NVIDIA H100'", "'xyzzy'", "'A'"]
TIMES = ["timestamp '2026-03-14 12:34:56'", "timestamp '2026-01-31 00:00:00'", "timestamp '2024-02-29 23:59:59'",
         "timestamp '1999-12-31 06:30:00'", "timestamp '2026-03-15 01:02:03'"]
INTERVALS = ["1 day", "36 hours", "90 minutes", "1 month", "1 year", "7 seconds", "2 weeks"]
PARTS = ["year", "month", "day", "hour", "minute", "dow", "doy"]
UNITS = ["year", "month", "day", "hour", "minute"]
TRUTHS = ["is null", "is not null", "is true", "is not true", "is false", "is not false"]
DEPTH = 3


class Expressions:
    """`random` decides; without columns everything is made of constants."""

    def __init__(self, random, columns=()):
        self.random, self.columns = random, list(columns)

    def any(self, depth=DEPTH):
        return self.of(self.random.choice(KINDS), depth)

    def of(self, kind, depth=DEPTH):
        if depth <= 0 or self.random.random() < 0.15:
            return self.leaf(kind)
        if self.random.random() < 0.12:
            return self.choice_of(kind, depth - 1)
        return getattr(self, kind)(depth - 1)

    def leaf(self, kind):
        own = [column for column in self.columns if column.kind == kind]
        if own and self.random.random() < 0.85:
            return self.random.choice(own).name
        return self.literal(kind, own)

    def literal(self, kind, own: list[Column] = ()):
        if self.random.random() < 0.1:
            return NULLS[kind] if kind != "time" or not self.columns else "null::timestamptz"
        values = [value for column in own for value in column.values]
        if values and self.random.random() < 0.8:
            return self.random.choice(values)
        return {
            "int": lambda: self.whole(),
            "float": lambda: f"{self.random.randrange(-40, 40) / 4}::float8",
            "bool": lambda: self.random.choice(["true", "false"]),
            "text": lambda: self.random.choice(TEXTS),
            "time": lambda: self.time_literal(),
        }[kind]()

    def whole(self):
        # Most stay small, so that what PostgreSQL takes for 32 bits does not grow over their end.
        if self.random.random() < 0.02:
            return "9223372036854775807"
        number = self.random.randrange(-9, 30)
        return str(number) if number >= 0 else f"({number})"

    def time_literal(self):
        time = self.random.choice(TIMES)
        return f"timestamptz {time.removeprefix('timestamp ')[:-1]}Z'" if self.columns else time

    def choice_of(self, kind, depth):
        made = self.random.randrange(4)
        if made == 0:
            return f"case when {self.of('bool', depth)} then {self.of(kind, depth)} else {self.of(kind, depth)} end"
        if made == 1:
            return f"coalesce({self.of(kind, depth)}, {self.of(kind, depth)})"
        if made == 2:
            return f"nullif({self.of(kind, depth)}, {self.of(kind, depth)})"
        if kind == "bool":
            return f"case when {self.of('bool', depth)} then {self.of('bool', depth)} end"
        return f"{self.random.choice(['greatest', 'least'])}({self.of(kind, depth)}, {self.of(kind, depth)})"

    def int(self, depth):
        made = self.random.randrange(9)
        a, b = self.of("int", depth), self.of("int", depth)
        if made < 4:
            return f"({a} {self.random.choice('+-*')} {b})" if made < 3 else f"(-({a}))"
        if made == 4:
            return f"({a} {self.random.choice(['/', '%'])} nullif({b}, 0))"
        if made == 5:
            return f"abs({a})"
        if made == 6:
            return f"{self.random.choice(['length({})', 'strpos({}, {})'])}".format(
                self.of("text", depth), self.literal("text"))
        if made == 7:
            return f"extract({self.random.choice(PARTS)} from {self.of('time', depth)})::int"
        return f"floor({self.of('float', depth)})::int"

    def float(self, depth):
        made = self.random.randrange(5)
        a, b = self.of("float", depth), self.of("float", depth)
        if made < 2:
            return f"({a} {self.random.choice('+-*')} {b})"
        if made == 2:
            return f"({a} / nullif({b}, 0))"
        if made == 3:
            return f"{self.random.choice(['abs', 'floor', 'ceil', 'trunc'])}({a})"
        return f"(({self.of('int', depth)})::float8)"

    def text(self, depth):
        made = self.random.randrange(7)
        a, b = self.of("text", depth), self.of("text", depth)
        if made == 0:
            return f"({a} || {b})"
        if made == 1:
            return f"{self.random.choice(['upper', 'lower', 'reverse', 'trim', 'md5'])}({a})"
        if made == 2:
            return f"substr({a}, {self.random.randrange(1, 5)}, {self.random.randrange(0, 5)})"
        if made == 3:
            return f"{self.random.choice(['left', 'right'])}({a}, {self.random.randrange(0, 6)})"
        if made == 4:
            return f"replace({a}, {self.random.choice(TEXTS[1:4])}, {self.literal('text')})"
        if made == 5:
            return f"(({self.of('int', depth)})::text)"
        return f"concat({a}, {b})"

    def time(self, depth):
        a = self.of("time", depth)
        if self.random.random() < 0.5:
            return f"date_trunc('{self.random.choice(UNITS)}', {a})"
        return f"({a} {self.random.choice('+-')} interval '{self.random.choice(INTERVALS)}')"

    def bool(self, depth):
        made = self.random.randrange(10)
        a, b = self.of("bool", depth), self.of("bool", depth)
        kind = self.random.choice(KINDS)
        x, y = self.of(kind, depth), self.of(kind, depth)
        negated = self.random.choice(["", "not "])
        if made < 2:
            return f"({x} {self.random.choice(COMPARISONS)} {y})"
        if made == 2:
            return f"({a} {self.random.choice(['and', 'or'])} {b})"
        if made == 3:
            return f"(not {a})"
        if made == 4:
            return self.chain(depth)
        if made == 5:
            return f"(({a}) {self.random.choice(TRUTHS)})"
        if made == 6:
            return f"({x} {negated}between {y} and {self.of(kind, depth)})"
        if made == 7:
            listed = ", ".join(self.literal(kind) for _ in range(self.random.randrange(1, 4)))
            return f"({x} {negated}in ({listed}))"
        if made == 8:
            return f"(({self.of(kind, depth)}) is {negated}null)"
        pattern = self.random.choice(["'a%'", "'%b%'", "'_'", "'%'", "'NVIDIA%'", "'%1%0%'", "''"])
        return f"({self.of('text', depth)} {negated}like {pattern})"

    def chain(self, depth):
        """Conditions with no more parentheses than are needed: what binds first is asked, too."""
        links = []
        for _ in range(self.random.randrange(2, 4)):
            kind = self.random.choice(KINDS)
            x, y = self.leaf(kind), self.leaf(kind)
            negated = self.random.choice(["", "not "])
            word = self.random.choice([f"is {negated}distinct from", self.random.choice(COMPARISONS)])
            links.append(f"{negated if ' ' not in word else ''}{x} {word} {y}")
        joined = links[0]
        for link in [*links[1:], self.of("bool", depth)]:
            joined += f" {self.random.choice(['and', 'or'])} {link}"
        return f"({joined})"

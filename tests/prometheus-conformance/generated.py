"""Bodies that are made up, with all the liberties that every peer takes: in what they differ the corpus says."""

import random
import string

from cases import Case

COUNT = 300
NOW_S = 1_750_000_000
PIECES = (
    "a", "n", "12", "\\", "\n", '"', "{", "}", ",", "=", " ", "\t", "#", " # {", "# EOF", "\0", "\r", "\x0b", "é", "\u2028",
    "\x85", "中", "😀", "'", "\\n",
)
TEXT_TYPES = ("counter", "gauge", "histogram", "summary", "untyped")
OPEN_METRICS_TYPES = ("counter", "gauge", "histogram", "gaugehistogram", "summary", "info", "stateset", "unknown")


def bodies(seed):
    rng = random.Random(seed)
    for format in ("text", "openmetrics"):
        for count in range(COUNT):
            # Most bodies have no names in quotes: two of the peers know none.
            is_quoted = rng.randrange(6) == 0
            body = Body(rng, format, is_quoted).written()
            case = Case(f"generated {count} of seed {seed}", format, body.encode())
            if is_quoted:
                case.differences = {"promtool": "refuses", "prometheus": "refuses"}
            yield case


class Body:
    def __init__(self, rng, format, is_quoted):
        self.rng, self.is_text, self.is_quoted = rng, format == "text", is_quoted
        self.lines = []

    def written(self):
        # A name in quotes is in each body that may have one.
        for number in range(self.rng.randrange(int(self.is_quoted), 6)):
            self.family(number)
            self.filler()
        if not self.is_text:
            self.lines.append("# EOF")
        return "".join(line + "\n" for line in self.lines)

    def family(self, number):
        rng = self.rng
        of_type = rng.choice(TEXT_TYPES if self.is_text else OPEN_METRICS_TYPES)
        # The family of a stateset is the name of a label, too.
        word = rng.choice(("load", "a", "n1") if of_type == "stateset" else ("load", "a", "n1", "_", "A:b"))
        if self.is_quoted and (number == 0 or rng.random() < 0.5):
            word += rng.choice((".b", " b", "é", "{", "=", ",", "}", "#", '"', "\\", "-"))
        name = f"{word}_{number}"
        unit = None
        if not self.is_text and of_type not in ("info", "stateset") and rng.random() < 0.3:
            unit = "seconds"
            name += "_seconds"
        said = [f"# TYPE {self.named(name)} {of_type}"]
        if rng.random() < 0.7:
            said.append(f"# HELP {self.named(name)} {self.help()}".rstrip(" \t") if self.is_text else
                        f"# HELP {self.named(name)} {self.help()}")
        if unit:
            said.append(f"# UNIT {self.named(name)} {unit}")
        rng.shuffle(said)
        self.lines += said
        seen = set()
        for _ in range(rng.randrange(1, 4)):
            labels = self.labels()
            # To Prometheus a label without a value is none.
            series = tuple(sorted((name, value) for name, value in labels.items() if value))
            if series not in seen:
                seen.add(series)
                # All of an info is one group, in which all samples have a timestamp or none.
                at = self.timestamp() if of_type != "info" and rng.random() < 0.4 else None
                self.samples(name, of_type, labels, at)

    def samples(self, name, of_type, labels, at):
        rng = self.rng
        if of_type in ("histogram", "gaugehistogram"):
            self.histogram(name, of_type, labels, at)
        elif of_type == "summary":
            for quantile in ("0.0", "0.5", "0.99", "1.0")[:rng.randrange(5)]:
                self.sample(name, {**labels, "quantile": quantile}, rng.choice(("NaN", self.count())), at)
            self.sample(f"{name}_sum", labels, self.count(), at)
            self.sample(f"{name}_count", labels, str(rng.randrange(1000)), at)
        elif of_type == "info":
            self.sample(f"{name}_info", labels, "1", at)
        elif of_type == "stateset":
            for state in ("on", "off", "é"):
                self.sample(name, {**labels, name: state}, rng.choice("01"), at)
        elif of_type == "counter" and not self.is_text:
            self.sample(f"{name}_total", labels, self.count(), at, may_have_exemplar=True)
            if rng.random() < 0.3:
                self.sample(f"{name}_created", labels, f"{NOW_S}.5", at)
        else:
            self.sample(name, labels, self.value(), at)

    def histogram(self, name, of_type, labels, at):
        count = 0
        for bound in (*("0.1", "1.0", "1e+06", "2.5e+06")[:self.rng.randrange(5)], "+Inf"):
            count += self.rng.randrange(5)
            self.sample(f"{name}_bucket", {**labels, "le": bound}, str(count), at, may_have_exemplar=not self.is_text)
        prefix = "g" if of_type == "gaugehistogram" else ""
        self.sample(f"{name}_{prefix}sum", labels, self.count(), at)
        self.sample(f"{name}_{prefix}count", labels, str(count), at)

    def sample(self, name, labels, value, at, may_have_exemplar=False):
        line = f"{self.series(name, labels)}{self.space()}{value}"
        if at is not None:
            line += self.space() + at
        if may_have_exemplar and self.rng.random() < 0.3:
            # A NaN differs from the one of the scrape before, so Prometheus would keep both.
            line += f" # {{{','.join(self.exemplar_labels())}}} {self.value().replace('NaN', '1')}"
            if self.rng.random() < 0.5:
                line += f" {self.timestamp()}"
        self.lines.append(line)

    def series(self, name, labels):
        pieces = [self.label(label, value) for label, value in labels.items()]
        if not is_plain(name) or (self.is_quoted and self.rng.random() < 0.3):
            pieces.insert(0, quoted(name))
            name = ""
        elif not pieces and self.rng.random() < 0.7:
            return name
        comma = f"{self.gap()},{self.gap()}"
        last = "," if pieces and self.is_text and self.rng.random() < 0.1 else ""
        return f"{name}{self.gap() if name else ''}{{{self.gap()}{comma.join(pieces)}{last}{self.gap()}}}"

    def label(self, name, value):
        if not is_plain(name) or (self.is_quoted and self.rng.random() < 0.3):
            name = quoted(name)
        return f"{name}{self.gap()}={self.gap()}{quoted(value)}"

    def labels(self):
        names = ["a", "b_1", "_c", "D", "zone", "a_much_longer_name"]
        if self.is_quoted:
            names += ["x.y", "é", 'q"', "b\\c", "{}", "=,"]
        return {name: self.text() for name in self.rng.sample(names, self.rng.randrange(4))}

    def exemplar_labels(self):
        for name in self.rng.sample(("trace_id", "span_id", "c"), self.rng.randrange(3)):
            # Python loses count of the quotes there, and Prometheus takes no NUL byte.
            value = "".join(character for character in self.text() if character not in '"\\\n\0')
            yield f'{name}="{value[:30]}"'

    def text(self):
        return "".join(self.rng.choice(PIECES) for _ in range(self.rng.randrange(6)))

    def help(self):
        escaped = self.text().replace("\\", "\\\\").replace("\n", "\\n")
        return escaped if self.is_text else escaped.replace('"', '\\"')

    def count(self):
        return self.rng.choice((str(self.rng.randrange(1000)), repr(self.rng.random() * 1e6), "1e+06", "0", "+Inf"))

    def value(self):
        rng = self.rng
        odd = ("NaN", "+Inf", "-Inf", "-0.0", ".5", "5.", "+7", "1E-7", "4.9e-324", "123456789012345678901234567890")
        any_double = repr(rng.uniform(-1, 1) * 10.0 ** rng.randrange(-300, 300))
        return rng.choice((self.count(), str(rng.randrange(-1000, 1000)), any_double, rng.choice(odd)))

    def timestamp(self):
        # Of an eighth of a second nothing is lost in a double.
        milliseconds = NOW_S * 1000 - self.rng.randrange(8 * 10**8) * 125
        return str(milliseconds) if self.is_text else repr(milliseconds / 1000)

    def named(self, name):
        return name if is_plain(name) and not (self.is_quoted and self.rng.random() < 0.3) else quoted(name)

    def gap(self):
        return self.rng.choice(("", "", "", " ", "\t", " \t ")) if self.is_text else ""

    def space(self):
        return " " + self.gap()

    def filler(self):
        if self.is_text:
            self.lines += self.rng.choice(([], [], [""], [" \t"], ["#"], ["# a \"{"], ["#a"], ["# HELPED a b"]))


def is_plain(name):
    return all(character in string.ascii_letters + string.digits + "_:" for character in name)


def quoted(text):
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'

"""Random questions over the tables of a log: each has one right answer."""

from catalog import KEYS, Column
from expressions import COMPARISONS, KINDS, Expressions

AGGREGATES = ["count({})", "count(distinct {})", "min({})", "max({})"]
SUMS = ["sum({})", "avg({})", "sum(distinct {})"]
JOINS = ["join", "left join", "right join", "full join"]
SET_WORDS = ["union", "union all", "except", "except all", "intersect", "intersect all"]
FRAMES = ["", " rows between 1 preceding and 1 following", " rows between unbounded preceding and current row",
          " rows between current row and 2 following", " rows 2 preceding"]


class Selects:
    def __init__(self, random, tables):
        self.random, self.tables = random, tables
        self.names = list(tables)
        self.shapes = [self.filtered, self.joined, self.using, self.using_three, self.grouped, self.windowed,
                       self.combined, self.membership, self.membership, self.distinct, self.difference, self.nested]

    def make(self):
        return self.random.choice(self.shapes)()

    def pick(self, columns, count):
        return self.random.sample(columns, min(count, len(columns)))

    def over(self, columns):
        return Expressions(self.random, columns)

    def shown(self, columns, count=2):
        """What is selected: columns and an expression, with names that are different."""
        cells = [column.name for column in self.pick(columns, count)] + [self.over(columns).any(2)]
        return ", ".join(f"{cell} as c{index}" for index, cell in enumerate(cells))

    def where(self, columns):
        return f" where {self.over(columns).bool(2)}" if self.random.random() < 0.5 else ""

    def filtered(self):
        table = self.random.choice(self.names)
        columns = self.tables[table]
        return f"select {self.shown(columns)} from {table}{self.where(columns)}"

    def pair(self):
        """Two tables, aliased, their columns by these names, and the columns of one kind of each that may be equal."""
        left, right = self.random.choice(self.names), self.random.choice(self.names)
        lefts = [column.of("a") for column in self.tables[left]]
        rights = [column.of("b") for column in self.tables[right]]
        both = [(one, other) for one in lefts for other in rights
                if one.kind == other.kind and one.name[2:] == other.name[2:]]
        return left, right, lefts, rights, both

    def joined(self):
        left, right, lefts, rights, both = self.pair()
        one, other = self.random.choice(both) if both else (Column("1", "int"), Column("1", "int"))
        on = f"{one.name} = {other.name}"
        if self.random.random() < 0.4:
            on += f" and {self.over(lefts + rights).bool(1)}"
        kind = self.random.choice(JOINS)
        columns = lefts + rights
        return f"select {self.shown(columns, 3)} from {left} a {kind} {right} b on {on}{self.where(columns)}"

    def using(self):
        left, right, lefts, rights, both = self.pair()
        while not both:
            left, right, lefts, rights, both = self.pair()
        keys = [Column(one.name[2:], one.kind, one.values) for one, _ in self.pick(both, self.random.choice([1, 1, 2]))]
        names = ", ".join(key.name for key in keys)
        source = f"{left} a {self.random.choice(JOINS)} {right} b using ({names})"
        if self.random.random() < 0.5:
            counted = f"count(*) as n, count(a.{keys[0].name}) as l"
            return f"select {names}, {counted} from {source}{self.where(keys)} group by {names}"
        others = [column for column in lefts + rights if column.name[2:] not in [key.name for key in keys]]
        cells = [key.name for key in keys]
        cells += [f"{cell.name} as c{place}" for place, cell in enumerate(self.pick(others, 2))]
        return f"select {', '.join(cells)} from {source}{self.where(keys)}"

    def using_three(self):
        """Three selects of one key, joined by its name alone."""
        kind = self.random.choice(["int", "text", "text"])
        source = ""
        for alias in "abc":
            table = self.random.choice(self.names)
            own = [column.name for column in self.tables[table] if column.kind == kind]
            cell = self.random.choice(own) if own else "null::bigint" if kind == "int" else "null::text"
            side = f"(select distinct {cell} as k from {table}{self.where(self.tables[table])}) {alias}"
            if not source:
                source = side
            elif self.random.random() < 0.3:
                source += f" natural {self.random.choice(JOINS)} {side}"
            else:
                source += f" {self.random.choice(JOINS)} {side} using (k)"
        return self.random.choice([
            f"select k, a.k as l, b.k as m, c.k as r from {source}",
            f"select k, count(*) as n from {source}{self.where([Column('k', kind)])} group by k",
            f"select count(k) as n, count(a.k) as l, count(c.k) as r, min(k) as least from {source}"])

    def distinct(self):
        """IS DISTINCT FROM with something behind it, with no parentheses."""
        table = self.random.choice(self.names)
        columns = self.tables[table]
        column = self.random.choice(columns)
        others = [other for other in columns if other.kind == column.kind]
        right = self.random.choice([self.random.choice(others).name, self.over(others).literal(column.kind, others)])
        negated, word = self.random.choice(["", "not "]), self.random.choice(["and", "or"])
        condition = f"{column.name} is {negated}distinct from {right} {word} {self.over(columns).bool(1)}"
        keys = ", ".join(KEYS[table])
        return self.random.choice([
            f"select {keys} from {table} where {condition}",
            f"select count(*) filter (where {condition}) as n, count(*) as m from {table}",
            f"select {keys}, {condition} as d from {table}"])

    def aggregates(self, columns, count=2):
        numbers = [column for column in columns if column.kind in ("int", "float")]
        cells = []
        for index in range(count):
            if numbers and self.random.random() < 0.5:
                made = self.random.choice(SUMS).format(self.over(numbers).of(self.random.choice(numbers).kind, 1))
            else:
                countable = [column for column in columns if column.kind != "bool"]
                made = self.random.choice(AGGREGATES).format(self.random.choice(countable).name)
            if self.random.random() < 0.3:
                made += f" filter (where {self.over(columns).bool(1)})"
            cells.append(f"{made} as g{index}")
        return ", ".join(cells)

    def grouped(self):
        table = self.random.choice(self.names)
        columns = self.tables[table]
        keys = ", ".join(column.name for column in self.pick(columns, self.random.choice([1, 1, 2])))
        by = self.random.choice([keys, keys, keys, f"rollup ({keys})", f"cube ({keys})"])
        having = f" having count(*) {self.random.choice(COMPARISONS)} 2" if self.random.random() < 0.3 else ""
        cells = f"{keys}, count(*) as n, {self.aggregates(columns)}"
        return f"select {cells} from {table}{self.where(columns)} group by {by}{having}"

    def windowed(self):
        table = self.random.choice(self.names)
        columns = self.tables[table]
        numbers = [column for column in columns if column.kind == "int"]
        ordered = ", ".join(f"{key}{self.random.choice(['', ' desc'])}" for key in KEYS[table])
        parted = f"partition by {self.random.choice(columns).name} " if self.random.random() < 0.6 else ""
        cell = self.random.choice(columns).name
        call = self.random.choice([
            "row_number()", "rank()", "ntile(3)", f"lag({cell})", f"lead({cell}, 2)", f"count({cell})",
            f"first_value({cell})", f"last_value({cell})", f"max({cell})",
            *(f"sum({number.name})" for number in numbers)])
        takes_frame = not call.startswith(("row", "rank", "ntile", "lag", "lead"))
        frame = self.random.choice(FRAMES) if takes_frame else ""
        keys = ", ".join(KEYS[table])
        return f"select {keys}, {call} over ({parted}order by {ordered}{frame}) as w from {table}{self.where(columns)}"

    def branch(self, kinds):
        """A select of columns of these kinds, from a table that has them."""
        fitting = [name for name in self.names if {column.kind for column in self.tables[name]} >= set(kinds)]
        table = self.random.choice(fitting)
        columns = self.tables[table]
        cells = [self.random.choice([column.name for column in columns if column.kind == kind]) for kind in kinds]
        listed = ", ".join(f"{cell} as c{index}" for index, cell in enumerate(cells))
        return f"select {listed} from {table}{self.where(columns)}"

    def combined(self):
        kinds = self.pick(["int", "text", "bool"], self.random.choice([1, 1, 2]))
        first, second, third = (self.branch(kinds) for _ in range(3))
        one, other = self.random.choice(SET_WORDS), self.random.choice(SET_WORDS)
        return self.random.choice([
            f"{first} {one} {second}",
            f"({first} {one} {second}) {other} {third}",
            f"{first} {one} ({second} {other} {third})"])

    def test(self, columns, table):
        """A condition with a subquery, which may be over the same table, without another name."""
        column = self.random.choice([column for column in columns if column.kind in ("int", "text")])
        inner = table if self.random.random() < 0.6 else self.random.choice(self.names)
        fitting = [other for other in self.tables[inner] if other.kind == column.kind]
        while not fitting:
            inner = self.random.choice(self.names)
            fitting = [other for other in self.tables[inner] if other.kind == column.kind]
        cell = column.name if inner == table and self.random.random() < 0.6 else self.random.choice(fitting).name
        subquery = f"select {cell} from {inner}{self.where(self.tables[inner])}"
        compared = self.random.choice(COMPARISONS)
        word = self.random.choice(["in", "not in", "not in", f"{compared} any", f"{compared} all"])
        if self.random.random() < 0.25:
            negated = self.random.choice(["", "not "])
            return f"{negated}exists (select 1 from {inner} i where i.{cell} = {table}.{column.name})"
        return f"{column.name} {word} ({subquery})"

    def membership(self):
        table = self.random.choice(self.names)
        columns = self.tables[table]
        test, other = self.test(columns, table), self.over(columns).bool(1)
        condition = self.random.choice([
            test, f"{test} and {other}", f"{test} or {other}", f"not ({test})", f"({test}) is true",
            f"({test}) is not true", f"not ({test} or {other})", f"{test} and {self.test(columns, table)}"])
        keys = ", ".join(KEYS[table])
        return f"select {keys} from {table} where {condition}"

    def difference(self):
        table = self.random.choice([name for name in self.names if len(self.numbers(name)) > 1])
        one, other = self.pick(self.numbers(table), 2)
        keys = ", ".join(KEYS[table])
        limit = self.random.randrange(-5, 5)
        return self.random.choice([
            f"select {keys}, {one} - {other} as d from {table} where {one} - {other} < {limit}",
            f"select sum({one}) - sum({other}) as d, max({one} - {other}) as h, -min({one}) as m from {table}",
            f"select {one} - {other} as d, count(*) - {limit} as n from {table} group by {one} - {other}",
            f"select {keys}, {one} - lag({one}) over (order by {keys}) as d from {table}",
            f"select count(*) - count(distinct {one}) * 3 as n, sum(-{other}) as s from {table} where -{one} < {limit}",
            f"select {keys}, ({one} - {other}) / 2 as h, ({one} - {other}) % 3 as r from {table}",
            f"select {keys}, abs({one} - {other}) as d from {table}"])

    def numbers(self, table):
        return [column.name for column in self.tables[table] if column.kind == "int"]

    def nested(self):
        kinds = self.pick(KINDS[:4], 2)
        columns = [Column(f"c{index}", kind) for index, kind in enumerate(kinds)]
        cells = f"{self.aggregates(columns)}, count(*) as n"
        inner = self.branch(kinds)
        return self.random.choice([
            f"with t as ({inner}) select {cells} from t{self.where(columns)}",
            f"select c0, {cells} from ({inner}) q group by c0",
            f"with t as ({inner}), u as (select distinct c0 from t)"
            " select c0, (select count(*) from t where t.c0 = u.c0) as m from u",
            f"select distinct c1, c0 from ({inner}) q{self.where(columns)}"])

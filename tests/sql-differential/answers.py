"""What comes of a question, and whether two answers are the same."""

import math
from dataclasses import dataclass
from datetime import date, datetime, timezone
from decimal import Decimal

# Sums of floats depend on the order of their terms.
RELATIVE = 1e-9
ABSOLUTE = 1e-12


@dataclass
class Rows:
    rows: list

    def __str__(self):
        shown = "\n".join("    " + ", ".join(show(cell) for cell in row) for row in self.rows[:5])
        return f"{len(self.rows)} rows\n{shown}".rstrip()


@dataclass
class Refusal:
    """An error that the question itself is to blame for."""

    text: str

    def __str__(self):
        return f"refuses: {first_line(self.text)}"


@dataclass
class Crash:
    text: str

    def __str__(self):
        return f"fails: {first_line(self.text)}"


def first_line(text):
    lines = [line for line in text.strip().splitlines() if line]
    return lines[0][:400] if lines else "(no word)"


def show(cell):
    text = "null" if cell is None else repr(cell) if isinstance(cell, str) else str(cell)
    return text if len(text) <= 80 else text[:77] + "..."


def settled(cell):
    """A cell in the one form in which those of all three are compared: times are instants of UTC."""
    if isinstance(cell, datetime):
        return cell.replace(tzinfo=timezone.utc) if cell.tzinfo is None else cell.astimezone(timezone.utc)
    if isinstance(cell, date):
        return datetime(cell.year, cell.month, cell.day, tzinfo=timezone.utc)
    if isinstance(cell, (list, tuple)):
        return tuple(settled(inner) for inner in cell)
    if isinstance(cell, dict):
        return tuple(sorted((name, settled(inner)) for name, inner in cell.items()))
    return cell


def is_number(cell):
    return isinstance(cell, (int, float, Decimal)) and not isinstance(cell, bool)


def same_number(one, other):
    if isinstance(one, int) and isinstance(other, int):
        return one == other
    if isinstance(one, Decimal) and isinstance(other, Decimal) and one == other:
        return True
    one, other = float(one), float(other)
    if math.isnan(one) or math.isnan(other):
        return math.isnan(one) and math.isnan(other)
    return math.isclose(one, other, rel_tol=RELATIVE, abs_tol=ABSOLUTE)


def same_cell(one, other):
    if is_number(one) and is_number(other):
        return same_number(one, other)
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(same_cell, one, other))
    return type(one) is type(other) and one == other


def same_row(one, other):
    return len(one) == len(other) and all(map(same_cell, one, other))


def place(cell):
    """Sorts cells of any kinds, numbers that count as the same beside each other."""
    if is_number(cell):
        rounded = float(f"{float(cell):.8g}") + 0.0
        return (1, "nan") if math.isnan(rounded) else (1, "", rounded)
    if isinstance(cell, tuple):
        return (2, "", tuple(place(inner) for inner in cell))
    return (0, f"{type(cell).__name__} {cell}")


def same_rows(ours, theirs, in_order):
    """Whether two lists of rows are one; without `in_order`, as multisets."""
    if len(ours) != len(theirs):
        return False
    if not in_order:
        ours, theirs = (sorted(rows, key=lambda row: [place(cell) for cell in row]) for rows in (ours, theirs))
    if all(map(same_row, ours, theirs)):
        return True
    return not in_order and paired(ours, theirs)


def paired(ours, theirs):
    """Pairs the rows one by one, where rounding sorted them differently."""
    left = list(theirs)
    for row in ours:
        found = next((index for index, other in enumerate(left) if same_row(row, other)), None)
        if found is None:
            return False
        del left[found]
    return True

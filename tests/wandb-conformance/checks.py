"""Checks that are counted, and end the program where one fails."""

import json
import sys

import wandb

COUNT = 0


def is_true(holds, what):
    global COUNT
    COUNT += 1
    if not holds:
        sys.exit(f"wandb {wandb.__version__}: {what}")


def same(told, expected, what):
    """Down to the order of keys, and whether a number has a point."""
    told, expected = (json.dumps(value) for value in (told, expected))
    is_true(told == expected, f"{what}:\n  told     {told[:2000]}\n  expected {expected[:2000]}")


def raises(ask, what):
    """The error's text."""
    try:
        ask()
    except Exception as error:  # The versions have different ones.
        is_true(True, what)
        return f"{type(error).__name__}: {error}"
    is_true(False, f"{what}: nothing was raised")


def end():
    print(COUNT)

#!/usr/bin/env python3
"""Tables of a model's errors on the held-out frames, as Markdown.

    errors.py HONE MODEL FOLDER

HONE is the command, FOLDER what generate.py has filled.
"""

import json
import subprocess
import sys


def evaluate(command, model, frames, key):
    """The errors of a model by the values of a key, as `hone evaluate --json` tells them."""
    arguments = [command, "evaluate", model, frames, "--by", key, "--json"]
    return json.loads(subprocess.run(arguments, check=True, capture_output=True, text=True).stdout)


def milli(value):
    """A value in thousandths, with three digits."""
    return f"{1000 * value:.3g}" if value < 1 else f"{1000 * value:.0f}"


def row(name, errors):
    """A line of a table."""
    numbers = [milli(errors[key]) for key in ("energy_mae", "energy_rmse", "force_mae", "force_rmse")]
    return f"| {name} | {errors['frames']:,} | " + " | ".join(numbers) + " |"


def table(command, model, frames, key):
    """All groups of a file, worst forces last."""
    errors = evaluate(command, model, frames, key)
    print(f"| {key} | frames | E MAE | E RMSE | F MAE | F RMSE |")
    print("|---|---|---|---|---|---|")
    for group in sorted(errors["groups"], key=lambda group: group["force_mae"]):
        print(row(group["name"], group))
    print(row("**all**", errors))
    print()


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    command, model, folder = sys.argv[1:]
    for name in ("test-molecules", "test-frames"):
        print(f"### `{name}.xyz`\n")
        for key in ("class", "config_type"):
            table(command, model, f"{folder}/{name}.xyz", key)


if __name__ == "__main__":
    main()

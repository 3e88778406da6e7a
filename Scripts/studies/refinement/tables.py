"""Prints the tables of docs/studies/refinement.md from what study.py and stability.py wrote.

    python tables.py OUT

Errors are mean absolute force components of the main head by frame, in meV/Å. Needs numpy.
"""

import json
import sys
from pathlib import Path

import numpy as np

NOTHING = "none"


def treatments(entries):
    names = [NOTHING]
    for entry in entries:
        names += [name for name in entry["after"] if name not in names]
    return names


def column(entries, name):
    """Errors by frame, before and after; what was refused stays as it was."""
    before, after, refused, old, cost, gains = [], [], 0, [], [], []
    for entry in entries:
        before += entry["before"]
        found = entry["after"].get(name, {})
        if name != NOTHING and "after" not in found:
            refused += 1
        new = found.get("after", entry["before"])
        after += new
        gains.append(np.mean(new) / np.mean(entry["before"]))
        if "familiar" in found:
            old.append(found["familiar"])
        if "milliseconds" in found:
            cost.append(found["milliseconds"])
    return np.array(before), np.array(after), refused, old, cost, np.array(gains)


def errors(results):
    known = np.array(results["familiar"])
    print(
        "| test | treatment | mean | median | 90 % | ratio by molecule: mean, largest | frames worse "
        "by 2 % | refused | *old*: mean, largest | ms per frame |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    for test in dict.fromkeys(entry["set"] for entry in results["molecules"]):
        entries = [entry for entry in results["molecules"] if entry["set"] == test]
        for name in treatments(entries):
            before, after, refused, old, cost, gains = column(entries, name)
            ratios = [np.mean(o) / known.mean() for o in old]
            cells = [
                test if name == NOTHING else "",
                name,
                f"{after.mean():.1f}",
                f"{np.median(after):.1f}",
                f"{np.quantile(after, 0.9):.1f}",
                "" if name == NOTHING else f"{gains.mean():.2f}, {gains.max():.2f}",
                "" if name == NOTHING else f"{100 * np.mean(after > 1.02 * before):.0f} %",
                f"{refused} of {len(entries)}" if refused else "",
                f"{np.mean(ratios):.3f}, {np.max(ratios):.3f}" if ratios else "",
                f"{np.mean(cost):.0f}" if cost else "",
            ]
            print("| " + " | ".join(cells) + " |")


def molecules(results):
    print("| test | molecule | frames | none | corrected | prior | paper |")
    print("|---|---|---|---|---|---|---|")
    for entry in results["molecules"]:
        cells = [entry["set"], entry["molecule"], str(len(entry["before"]))]
        cells.append(f"{np.mean(entry['before']):.0f}")
        for kind in ("corrected", "prior", "paper"):
            found = entry["after"].get(f"weights {kind}", {})
            cells.append(f"{np.mean(found['after']):.0f}" if "after" in found else "refused")
        print("| " + " | ".join(cells) + " |")


def stability(results):
    print("| model | runs | survived | median life of the others, ps |")
    print("|---|---|---|---|")
    for model in dict.fromkeys(run["model"] for run in results):
        runs = [run for run in results if run["model"] == model]
        lives = [run["life"] for run in runs if not run["survived"]]
        survived = sum(run["survived"] for run in runs)
        cells = [model, str(len(runs)), f"{survived} ({100 * survived / len(runs):.0f} %)"]
        cells.append(f"{np.median(lives):.2f}" if lives else "")
        print("| " + " | ".join(cells) + " |")


def main():
    folder = Path(sys.argv[1])
    results = json.loads((folder / "results.json").read_text())
    errors(results)
    print()
    molecules(results)
    path = folder / "stability.json"
    if path.exists():
        print()
        stability(json.loads(path.read_text()))


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks a data set that generate.py wrote.

    Scripts/organic-xtb/check.py OUTPUT [--frames 20]

Labels are those of GFN2-xTB and forces are the negative gradient, for some frames of each set; no
frame is in two sets, and no molecule of test-molecules.xyz in another; forces, energies and
distances lie where they should; every element has its isolated atom. Exits with 1 if not.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"

# pylint: disable=wrong-import-position
import argparse
import pathlib
import sys

import numpy as np
from ase.data import atomic_numbers

from frames import read
from generate import LARGEST_FORCE, LARGEST_WALL_FORCE, SEED
from splits import SAME, SPLITS, fingerprint
from surface import UNPAIRED, label

#: eV and eV/Å; what is written has 8 decimals, and the computation stops at about this accuracy.
SAME_ENERGY, SAME_FORCE = 1e-6, 1e-5
#: eV/Å, for central differences over 2 × 0.002 Å: their error is that of E‴ h²/6, some 1e-4, and
#: the convergence of the energy over h.
SAME_SLOPE = 1e-3
STEP = 0.002  # Å
#: Å; nothing but a compressed dihydrogen comes nearer.
CLOSEST = 0.45
#: Binding energy per atom in eV. Without spin polarisation the atoms lie too high: to GFN2-xTB,
#: carbon dioxide is the most strongly bound molecule here, by 8.89 eV per atom. Compressed
#: difluorine lies above its atoms.
BINDING = (-8.95, 0.5)


def labels(frames, count, rng):
    """Largest deviation of energies, of forces, and of slopes along random directions."""
    worst = np.zeros(3)
    for index in rng.choice(len(frames), min(count, len(frames)), replace=False):
        frame = frames[index]
        numbers = np.array([atomic_numbers[symbol] for symbol in frame.symbols])
        energy, forces, _ = label(numbers, frame.positions)
        along = rng.normal(size=forces.shape)
        along /= np.linalg.norm(along)
        ends = [label(numbers, frame.positions + sign * STEP * along)[0] for sign in (1, -1)]
        slope = (ends[0] - ends[1]) / (2 * STEP)
        worst = np.maximum(worst, [abs(energy - frame.energy), abs(forces - frame.forces).max(),
                                   abs(slope + (frame.forces * along).sum())])
    return worst


def nearest(frame):
    """The smallest distance in a frame, in Å."""
    i, j = np.triu_indices(len(frame.symbols), 1)
    return np.linalg.norm(frame.positions[i] - frame.positions[j], axis=1).min()


def shared(sets):
    """How many frames of a set resemble one of an earlier set."""
    seen, found = {}, 0
    for frames in sets.values():
        prints = [(frame.formula, fingerprint(frame)) for frame in frames]
        found += sum(formula in seen
                     and bool((np.abs(np.array(seen[formula]) - own).max(axis=1) < SAME).any())
                     for formula, own in prints)
        for formula, own in prints:
            seen.setdefault(formula, []).append(own)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("--frames", type=int, default=20, help="of each set, computed again")
    options = parser.parse_args()

    sets = {name: read(options.output / f"{name}.xyz") for name in SPLITS}
    rng = np.random.default_rng(SEED)
    failed = []

    def expect(good, text):
        print(f"{'ok  ' if good else 'FAIL'} {text}", flush=True)
        failed.extend([] if good else [text])

    for name, frames in sets.items():
        expect(frames, f"{name}: {len(frames)} frames")
        energy, force, slope = labels(frames, options.frames, rng)
        expect(energy < SAME_ENERGY and force < SAME_FORCE,
               f"{name}: computed again, {energy:.1e} eV, {force:.1e} eV/A")
        expect(slope < SAME_SLOPE, f"{name}: forces against differences, {slope:.1e} eV/A")
        largest = {wall: max((np.linalg.norm(f.forces, axis=1).max() for f in frames
                              if (f.info["config_type"] in ("bond-scan", "contact")) == wall),
                             default=0.0) for wall in (False, True)}
        expect(largest[False] < LARGEST_FORCE and largest[True] < LARGEST_WALL_FORCE,
               f"{name}: largest force {largest[False]:.2f}, in scans {largest[True]:.2f} eV/A")
        close = min(nearest(f) for f in frames)
        expect(close > CLOSEST, f"{name}: closest atoms {close:.3f} A")
    single = {f.symbols[0]: f.energy for f in read(options.output / "isolated_atoms.xyz")}
    expect(single.keys() == UNPAIRED.keys(), f"isolated atoms of {', '.join(single)}")
    binding = [(f.energy - sum(single[s] for s in f.symbols)) / len(f.symbols)
               for frames in sets.values() for f in frames]
    expect(BINDING[0] < min(binding) and max(binding) < BINDING[1],
           f"binding energies from {min(binding):.3f} to {max(binding):.3f} eV per atom")
    expect(shared(sets) == 0, "no frame in two sets")
    names = {name: {f.info["molecule"] for f in frames} for name, frames in sets.items()}
    unseen = names.pop("test-molecules")
    both = unseen & set.union(*names.values())
    expect(not both, f"{len(unseen)} unseen molecules{', seen: ' if both else ''}{' '.join(both)}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()

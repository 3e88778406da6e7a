#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Generates the data set organic-xtb: small organic molecules, labelled by GFN2-xTB.

    Scripts/organic-xtb/generate.py OUTPUT [--small] [--jobs N] [--minutes M]

Writes train.xyz, validation.xyz, test-frames.xyz, test-molecules.xyz, isolated_atoms.xyz and
summary.json to the folder OUTPUT. What is done lies in OUTPUT/systems, one file for each system;
run again, the script goes on where it was stopped. The same versions (requirements.txt) on the
same kind of processor give the same data. --small takes every 25th system and shorter dynamics;
after --minutes the sets are made of what is there.
"""

import os

# Before numpy and tblite are loaded: sums over threads are not reproducible.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

# pylint: disable=wrong-import-position
import argparse
import json
import multiprocessing
import pathlib
import sys
import time
from collections import Counter
from importlib.metadata import version

import numpy as np
from ase.data import chemical_symbols
from rdkit import RDLogger

import splits
from frames import Frame, replace_file, write
from recipes import RECIPES
from surface import SMALLEST_GAP, label
from systems import all_systems

SEED = 20260
#: Largest force in eV/Å that a frame may have, and in the scans that reach into the wall.
LARGEST_FORCE, LARGEST_WALL_FORCE = 15.0, 30.0
PACKAGES = ("tblite", "ase", "rdkit", "numpy", "scipy")


def labelled(system, planned):
    """A frame, or the reason why there is none."""
    numbers, positions, config, temperature = planned
    if positions is None:
        return "dissociated"
    # What is written is what was computed.
    positions = np.round(positions - positions.mean(axis=0), 6)
    result = label(numbers, positions)
    if result is None:
        return "unconverged"
    energy, forces, gap = result
    if gap < SMALLEST_GAP:
        return "gap"
    limit = LARGEST_WALL_FORCE if system.kind in ("bond", "contact") else LARGEST_FORCE
    if not np.linalg.norm(forces, axis=1).max() < limit:
        return "force"
    info = {"molecule": system.name, "class": system.group, "config_type": config}
    if temperature is not None:
        info["temperature"] = temperature
    symbols = [chemical_symbols[number] for number in numbers]
    return Frame(symbols, positions, energy, forces, info)


def sample(task):
    """Computes one system and writes its frames; returns (frames, planned, seconds)."""
    system, folder, quick = task
    RDLogger.DisableLog("rdApp.*")
    started = time.perf_counter()
    kept, fates = [], Counter()
    rng = np.random.default_rng(system.seed(SEED))
    for planned in RECIPES[system.kind](system, rng, quick):
        frame = labelled(system, planned)
        good = isinstance(frame, Frame)
        if good:
            kept.append(frame)
        where = planned[2] + (f"-{planned[3]}" if planned[3] else "")
        fates[f"{where} {'kept' if good else frame}"] += 1
    write(folder / f"{system.file}.xyz", kept)
    # This file last: it says that the other one is whole.
    replace_file(folder / f"{system.file}.json", json.dumps(fates))
    return len(kept), sum(fates.values()), time.perf_counter() - started


def check_settings(output, settings):
    """Refuses a folder in which another data set was begun."""
    path = output / "settings.json"
    if path.exists() and json.loads(path.read_text()) != settings:
        sys.exit(f"{path} is of another run, {path.read_text().strip()}; take an empty folder")
    replace_file(path, json.dumps(settings))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=float("inf"))
    options = parser.parse_args()

    folder = options.output / "systems"
    folder.mkdir(parents=True, exist_ok=True)
    check_settings(options.output, {"seed": SEED, "small": options.small,
                                    **{name: version(name) for name in PACKAGES}})
    systems = all_systems()
    held_out = splits.held_out(systems, SEED)
    systems = systems[::25] if options.small else systems
    missing = [s for s in systems if not (folder / f"{s.file}.json").exists()]
    # Mixed, so that what is there when time is up has a bit of every class.
    missing.sort(key=lambda system: system.seed(SEED))
    print(f"{len(systems)} systems, {len(missing)} to do", flush=True)
    started = time.perf_counter()
    with multiprocessing.Pool(options.jobs) as pool:
        results = pool.imap(sample, [(system, folder, options.small) for system in missing])
        for index, (system, result) in enumerate(zip(missing, results)):
            kept, planned, seconds = result
            print(f"[{index + 1:4d}/{len(missing)}] {time.perf_counter() - started:6.0f} s  "
                  f"{system.kind} {system.name}: {kept} of {planned} frames, {seconds:.1f} s",
                  flush=True)
            if time.perf_counter() - started > 60 * options.minutes:
                break
    done = [system for system in systems if (folder / f"{system.file}.json").exists()]
    print(f"{len(done)} of {len(systems)} systems are done")
    splits.assemble(done, held_out, folder, options.output, SEED)


if __name__ == "__main__":
    main()

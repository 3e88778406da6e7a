# SPDX-License-Identifier: MIT
"""From one file per system to training, validation and test sets."""

import json
from collections import Counter, defaultdict

import numpy as np
from ase.data import atomic_numbers

from frames import Frame, read, replace_file, write
from surface import UNPAIRED, label
from systems import canonical

#: Share of the molecules of each class that training never sees.
HELD_OUT = 0.11
#: Shares of the frames of all other molecules.
VALIDATION = TEST = 0.05
#: Frames whose sorted distances all agree to this many Å are one frame.
SAME = 0.03
SPLITS = ("train", "validation", "test-frames", "test-molecules")


def held_out(systems, seed):
    """Keys of the systems for the test of unseen molecules.

    Of each class a ninth, drawn at random among those that occur nowhere else: not as part of a
    cluster, not in a scan of bonds or contacts, not as product of a reaction.
    """
    named = {canonical(smiles) for system in systems for smiles in system.named}
    drawn = [system for system in systems if system.kind in ("molecule", "cluster", "reaction")]
    times = Counter(system.key for system in systems)
    free = defaultdict(list)
    for system in drawn:
        if times[system.key] == 1 and not (system.kind == "molecule" and system.key in named):
            free[system.group].append(system.key)
    size = Counter(system.group for system in drawn)
    rng = np.random.default_rng(seed)
    found = set()
    for group in sorted(free):
        count = min(len(free[group]), max(1, round(HELD_OUT * size[group])))
        found |= set(rng.choice(sorted(free[group]), count, replace=False).tolist())
    return found


def fingerprint(frame):
    """Interatomic distances in Å, sorted within each pair of elements."""
    symbols = np.array(frame.symbols)
    order = np.argsort(symbols, kind="stable")
    symbols, positions = symbols[order], frame.positions[order]
    i, j = np.triu_indices(len(symbols), 1)
    distances = np.linalg.norm(positions[i] - positions[j], axis=1)
    pairs = np.char.add(symbols[i], symbols[j])
    return distances[np.lexsort((distances, pairs))]


def new_frames(frames, seen):
    """The frames that resemble no earlier one; `seen` holds fingerprints by formula."""
    kept = []
    for frame in frames:
        own, others = fingerprint(frame), seen[frame.formula]
        if not others or (np.abs(np.array(others) - own).max(axis=1) >= SAME).all():
            others.append(own)
            kept.append(frame)
    return kept


def isolated_atoms():
    """One frame per element, in the spin state of its ground state."""
    found = []
    for symbol, unpaired in UNPAIRED.items():
        energy, _, _ = label(np.array([atomic_numbers[symbol]]), np.zeros((1, 3)), unpaired)
        found.append(Frame([symbol], np.zeros((1, 3)), energy, np.zeros((1, 3)),
                           {"molecule": f"atom-{symbol}", "class": "atom",
                            "config_type": "IsolatedAtom"}))
    return found


def divided(systems, unseen, folder, seed):
    """Frames by split, and the number of duplicates left out."""
    rng = np.random.default_rng(seed)
    seen, twice = defaultdict(list), 0
    sets = {name: [] for name in SPLITS}
    for system in systems:
        frames = read(folder / f"{system.file}.xyz")
        own = new_frames(frames, seen)
        twice += len(frames) - len(own)
        if system.key in unseen:
            sets["test-molecules"] += own
            continue
        places = np.full(len(own), "train", dtype=object)
        # The fraction that is left over is drawn, so that small systems count too.
        counts = [int(share * len(own) + rng.random()) for share in (VALIDATION, TEST)]
        order = rng.permutation(len(own))
        places[order[:counts[0]]] = "validation"
        places[order[counts[0]:sum(counts)]] = "test-frames"
        for place, frame in zip(places, own):
            sets[place].append(frame)
    # Readers that stop early still see a bit of everything.
    for own in sets.values():
        rng.shuffle(own)
    return sets, twice


def described(frames, atoms):
    """Counts and ranges of a set."""
    if not frames:
        return {"frames": 0}
    binding = [(f.energy - sum(atoms[s] for s in f.symbols)) / len(f.symbols) for f in frames]
    forces = np.concatenate([f.forces for f in frames])
    sizes = [len(f.symbols) for f in frames]
    return {
        "frames": len(frames), "molecules": len({f.info["molecule"] for f in frames}),
        "atoms": sum(sizes), "atoms_per_frame": round(float(np.mean(sizes)), 2),
        "largest": max(sizes),
        "energy_per_atom_from_atoms_eV": [round(float(x), 4) for x in (
            min(binding), np.mean(binding), max(binding))],
        "energy_range_eV": [round(f(x.energy for x in frames), 4) for f in (min, max)],
        "force_rms_eV_per_A": round(float(np.sqrt((forces**2).mean())), 4),
        "force_max_eV_per_A": round(float(np.linalg.norm(forces, axis=1).max()), 4),
        "by_class": dict(sorted(Counter(f.info["class"] for f in frames).items())),
        "by_config_type": dict(sorted(Counter(f.info["config_type"] for f in frames).items()))}


def assemble(systems, unseen, folder, output, seed):
    """Writes the sets and summary.json, and prints what they hold."""
    single = isolated_atoms()
    write(output / "isolated_atoms.xyz", single)
    sets, twice = divided(systems, unseen, folder, seed)
    for name, frames in sets.items():
        write(output / f"{name}.xyz", frames)
    fates = Counter()
    for system in systems:
        fates.update(json.loads((folder / f"{system.file}.json").read_text()))
    sampling = defaultdict(dict)
    for fate, count in sorted(fates.items()):
        where, what = fate.split()
        sampling[where][what] = count
    atoms = {frame.symbols[0]: frame.energy for frame in single}
    summary = {"sets": {name: described(frames, atoms) for name, frames in sets.items()},
               "isolated_atoms_eV": atoms, "planned_frames": sampling, "duplicates": twice,
               "held_out": sorted({s.name for s in systems if s.key in unseen})}
    replace_file(output / "summary.json", json.dumps(summary, indent=1) + "\n")
    print(f"\n{'set':15s} frames molecules   atoms  per frame  F rms  F max (eV/A)")
    for name, row in summary["sets"].items():
        if row["frames"]:
            print(f"{name:15s} {row['frames']:6d} {row['molecules']:9d} {row['atoms']:7d} "
                  f"{row['atoms_per_frame']:10.2f} {row['force_rms_eV_per_A']:6.2f} "
                  f"{row['force_max_eV_per_A']:6.2f}")
    print(f"\n{twice} duplicates left out; of the planned frames")
    for where, row in sampling.items():
        total = sum(row.values())
        lost = ", ".join(f"{100 * n / total:.1f} % {what}" for what, n in row.items()
                         if what != "kept")
        print(f"  {where:15s} {total:6d}  {lost or 'all kept'}")

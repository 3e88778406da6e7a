# SPDX-License-Identifier: MIT
"""Which frames each kind of system gets.

A recipe yields what `sampling` does: (atomic numbers, positions, config_type, temperature).
"""

import numpy as np

from geometry import approached, embedded, joined, packed, stacked
from sampling import (TEMPERATURES, Modes, dynamics, relaxed, scaled, separated, steered,
                      stretched, vibrations, with_bond)

#: Steps of 1.5 fs between snapshots, and before the first one.
BETWEEN, WARMUP = 27, 66


def minimum(smiles, rng):
    """A molecule, relaxed; from another start where a long first step breaks a stiff bond."""
    for _ in range(10):
        made = embedded(smiles, int(rng.integers(2**31)))[0]
        if relaxed(made):
            return made
    raise ValueError(f"{smiles} does not keep its bonds on this surface")


def molecule(system, rng, quick):
    """Minima of up to three conformers, dynamics from each, vibrations, distortions."""
    conformers = embedded(system.smiles[0], int(rng.integers(2**31)), len(TEMPERATURES))
    size = len(conformers[0].atoms)
    conformers = [one for one in conformers if relaxed(one)]
    if not conformers:
        raise ValueError(f"{system.name} does not keep its bonds on this surface")
    numbers = conformers[0].atoms.numbers
    for one in conformers:
        yield numbers, one.atoms.positions.copy(), "minimum", None
    snapshots = int(np.clip(2 + size // 4, 3, 8))
    between, warmup = (BETWEEN, WARMUP) if not quick else (5, 10)
    for index, temperature in enumerate(TEMPERATURES):
        one = conformers[index % len(conformers)]
        for frame in dynamics(one, temperature, snapshots, between, warmup, rng):
            yield numbers, *frame
    modes = Modes(conformers[0])
    for frames in (vibrations(modes, int(np.clip(2 + size // 2, 3, 10)), rng),
                   scaled(modes, 2, rng), stretched(conformers[0], modes, 5, rng)):
        for frame in frames:
            yield numbers, *frame


def cluster(system, rng, quick):
    """Dynamics from two random starts inside a soft sphere, then the parts drawn apart."""
    parts = [embedded(smiles, int(rng.integers(2**31)))[0] for smiles in system.smiles]
    between, warmup = (BETWEEN, WARMUP) if not quick else (5, 10)
    for start in range(2):
        if system.group == "stacked":
            whole = stacked(*parts, rng)
            steps = 15  # enough for bond lengths; more, and some stacks slide into other minima
        else:
            whole = packed(parts, rng)
            steps = 80
        whole.atoms.positions -= whole.atoms.get_center_of_mass()
        radius = np.linalg.norm(whole.atoms.positions, axis=1).max() + 0.5
        numbers = whole.atoms.numbers
        if not relaxed(whole, steps, 0.03, radius=radius):
            yield numbers, None, "minimum", None
            continue
        yield numbers, whole.atoms.positions.copy(), "minimum", None
        for temperature in TEMPERATURES:
            count = 3 if temperature == 1000 else 5
            for frame in dynamics(whole, temperature, count, between, warmup, rng, radius):
                yield numbers, *frame
        for frame in separated(whole, 5, rng):
            yield numbers, *frame


def bond(system, rng, quick):
    """One bond from two thirds to 1.7 times its length, the rest vibrating as at 300 K."""
    made = minimum(system.smiles[0], rng)
    modes = Modes(made)
    symbols = made.atoms.get_chemical_symbols()
    pair = next(b for b in made.bonds
                if sorted(symbols[i] for i in b) == sorted(system.detail))
    length = made.atoms.get_distance(*pair)
    for factor in np.linspace(0.67, 1.7, 26 if not quick else 6):
        positions = with_bond(made, modes.displaced(300, rng), pair, factor * length)
        yield made.atoms.numbers, positions, "bond-scan", None


def contact(system, rng, quick):
    """Two molecules, vibrating as at 300 K, from overlap to where they hardly feel each other."""
    parts = []
    for smiles in system.smiles:
        made = minimum(smiles, rng)
        parts.append((made, Modes(made)))
    count = system.detail if not quick else 3
    for ratio in np.linspace(0.5, 1.7, count) + rng.uniform(-0.02, 0.02, count):
        for made, modes in parts:
            made.atoms.positions = modes.displaced(300, rng)
        pair = approached(parts[0][0], parts[1][0], rng, ratio)
        yield pair.atoms.numbers, pair.atoms.positions, "contact", None


def reaction(system, rng, quick):
    """Two driven trajectories at 400 K from reactants to products."""
    for _ in range(2):
        parts = [embedded(smiles, int(rng.integers(2**31)))[0] for smiles in system.smiles]
        whole = packed(parts, rng) if len(parts) > 1 else joined(parts)
        drives = [(whole.marked[a], whole.marked[b], end) for a, b, end in system.detail]
        placed = whole.atoms.positions.copy()
        if not relaxed(whole, 80, 0.05):
            whole.atoms.positions = placed
        for frame in steered(whole, drives, 400, 16, 30 if not quick else 10, rng):
            yield whole.atoms.numbers, *frame


RECIPES = {"molecule": molecule, "cluster": cluster, "bond": bond, "contact": contact,
           "reaction": reaction}

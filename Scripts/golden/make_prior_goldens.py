#!/usr/bin/env python3
"""Energies, forces and virials of pair potentials: Tests/Golden/priors-pairs.json.

    make_prior_goldens.py

Needs numpy and ase. Energies are sums over explicit images; forces and virials are their derivatives
by complex steps, so nothing of a derivative is written down. Lennard-Jones without its switch is also
compared with ase.calculators.lj here.
"""

import itertools
import json
import pathlib

import numpy as np
from ase import Atoms
from ase.calculators.lj import LennardJones
from ase.data import atomic_numbers

ROOT = pathlib.Path(__file__).resolve().parents[2]
EV_PER_HARTREE, ANGSTROM_PER_BOHR = 27.211386245988, 0.529177210903
KCAL_PER_EV = 96.48533212331 / 4.184
# Rappé et al., J. Am. Chem. Soc. 114, 10024 (1992), table I: minimum in Å, depth in kcal/mol.
UFF = {
    "H": (2.886, 0.044), "C": (3.851, 0.105), "N": (3.660, 0.069), "O": (3.500, 0.060),
    "Na": (2.983, 0.030), "Cl": (3.947, 0.227), "Ar": (3.868, 0.185), "Si": (4.295, 0.402),
    "Fe": (2.912, 0.013), "Au": (3.293, 0.039), "U": (3.395, 0.022)}
STEP = 1e-30


def switch(r, start, end):
    t = (r - start) / (end - start)
    polynomial = 1 - 10 * t**3 + 15 * t**4 - 6 * t**5
    return np.where(r.real <= start, 1, np.where(r.real >= end, 0, polynomial))


def lennard_jones(symbols, parameters):
    sigma = np.array([parameters[s][0] for s in symbols])
    epsilon = np.array([parameters[s][1] for s in symbols])

    def energy(r, i, j):
        x = ((sigma[i] + sigma[j]) / 2 / r) ** 6
        return 4 * np.sqrt(epsilon[i] * epsilon[j]) * (x * x - x)

    return energy


def zbl(symbols):
    z = np.array([atomic_numbers[s] for s in symbols], dtype=float)

    def energy(r, i, j):
        x = r * (z[i] ** 0.23 + z[j] ** 0.23) / 0.46850
        phi = sum(
            c * np.exp(-d * x) for c, d in zip(
                (0.18175, 0.50986, 0.28022, 0.028171), (3.1998, 0.94229, 0.4029, 0.20162)))
        return z[i] * z[j] * EV_PER_HARTREE * ANGSTROM_PER_BOHR / r * phi

    return energy


def total(potential, positions, cell, pbc, start, end):
    """Half the sum over all ordered pairs and images."""
    ranges = []
    heights = np.abs(np.linalg.det(cell.real)) / np.array([
        np.linalg.norm(np.cross(cell[(k + 1) % 3].real, cell[(k + 2) % 3].real)) for k in range(3)])
    extent = np.ptp(positions.real, axis=0).max() * 2
    for axis in range(3):
        count = int(np.ceil((end + extent) / heights[axis])) if pbc[axis] else 0
        ranges.append(range(-count, count + 1))
    n = len(positions)
    i, j = (a.ravel() for a in np.meshgrid(range(n), range(n), indexing="ij"))
    energy = 0
    for image in itertools.product(*ranges):
        d = positions[j] - positions[i] + np.array(image) @ cell
        keep = np.ones(n * n, bool) if any(image) else i != j
        r = np.sqrt((d[keep] ** 2).sum(axis=1))
        near = r.real < end
        r, a, b = r[near], i[keep][near], j[keep][near]
        energy = energy + 0.5 * (potential(r, a, b) * switch(r, start, end)).sum()
    return energy


def labels(potential, atoms, start, end):
    cell = atoms.cell[:] if atoms.pbc.any() else np.eye(3)
    positions, pbc = atoms.positions, atoms.pbc

    def energy(x, c):
        return total(potential, x.astype(complex), c.astype(complex), pbc, start, end)

    forces = np.zeros_like(positions)
    for index in np.ndindex(*positions.shape):
        moved = positions.astype(complex)
        moved[index] += 1j * STEP
        forces[index] = -energy(moved, cell).imag / STEP
    virial = np.zeros((3, 3))
    for a, b in np.ndindex(3, 3):
        strain = np.eye(3, dtype=complex)
        strain[a, b] += 1j * STEP
        virial[a, b] = -energy(positions @ strain.T, cell @ strain.T).imag / STEP
    return energy(positions, cell).real, forces, virial


def cluster(symbols, size, smallest, seed):
    """Atoms thrown into a cube, no two of them closer than a distance."""
    random = np.random.default_rng(seed)
    positions = []
    while len(positions) < len(symbols):
        trial = random.uniform(0, size, 3)
        if all(np.linalg.norm(trial - x) > smallest for x in positions):
            positions.append(trial)
    return Atoms(symbols, positions)


def systems():
    yield "argon cluster", cluster(["Ar"] * 13, 11, 3.3, 1)
    yield "mixture", cluster(["C", "O", "H", "N", "Fe", "Au", "U", "Cl"], 9, 2.4, 2)
    salt = Atoms(
        ["Na", "Cl", "Si"], [[0.1, 0.2, 0.1], [2.8, 0.3, -0.2], [1.2, 2.9, 6.1]],
        cell=[[5.6, 0, 0], [1.1, 5.2, 0], [-0.7, 0.9, 5.9]], pbc=True)
    yield "triclinic cell", salt
    slab = Atoms(
        ["C", "H", "O"], [[0.3, 0.1, 0], [2.0, 1.9, 2.2], [7.7, -3.0, 1.0]],
        cell=[[4.1, 0.3, 0], [0.5, 4.4, 0.2], [0, 0, 1]], pbc=[True, True, False])
    yield "slab", slab


def compare_with_ase():
    atoms = cluster(["Ar"] * 13, 11, 3.3, 1)
    parameters = {"Ar": (3.4, 0.0104)}
    energy, forces, _ = labels(
        lennard_jones(atoms.get_chemical_symbols(), parameters), atoms, 900, 1000)
    atoms.calc = LennardJones(sigma=3.4, epsilon=0.0104, rc=1000)
    assert abs(atoms.get_potential_energy() - energy) < 1e-12
    assert np.abs(atoms.get_forces() - forces).max() < 1e-12
    return atoms, energy, forces


def entry(name, atoms, kind, start, end, values, parameters=None):
    energy, forces, virial = values
    return {
        "name": name, "prior": kind, "switch_start": start, "cutoff": end,
        "parameters": parameters, "numbers": atoms.numbers.tolist(),
        "positions": atoms.positions.tolist(),
        "cell": atoms.cell[:].tolist() if atoms.pbc.any() else None, "pbc": atoms.pbc.tolist(),
        "energy": float(energy), "forces": forces.tolist(), "virial": virial.tolist()}


def main():
    entries = []
    uff = {s: (x / 2 ** (1 / 6), d / KCAL_PER_EV) for s, (x, d) in UFF.items()}
    for name, atoms in systems():
        symbols = atoms.get_chemical_symbols()
        values = labels(lennard_jones(symbols, uff), atoms, 6.4, 8)
        entries.append(entry(name, atoms, "lj", 6.4, 8, values))
        values = labels(zbl(symbols), atoms, 2.0, 4.5)
        entries.append(entry(name, atoms, "zbl", 2.0, 4.5, values))
    dense = cluster(["C", "H", "O", "Si", "H", "Au"], 3.0, 0.7, 4)
    values = labels(zbl(dense.get_chemical_symbols()), dense, 1.0, 4)
    entries.append(entry("collisions", dense, "zbl", 1.0, 4, values))
    atoms, energy, forces = compare_with_ase()
    virial = np.einsum("na,nb->ab", atoms.positions, forces)
    entries.append(
        entry(
            "argon cluster of ase", atoms, "lj", 900, 1000, (energy, forces, virial),
            {"Ar": [3.4, 0.0104]}))
    path = ROOT / "Tests/Golden/priors-pairs.json"
    path.write_text(json.dumps({"units": "eV, Å", "structures": entries}) + "\n")


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: MIT
"""Positions worth a label: dynamics, vibrations, stretched bonds, parts drawn apart.

Everything here yields (positions in Å, config_type, temperature in K or None); positions is None
where a structure was planned but fell apart on the way.
"""

import numpy as np
from ase import units
from scipy.optimize import minimize

from geometry import intact, sides
from surface import FAILURES, Surface

TEMPERATURES = (300, 600, 1000)  # K
APPROACH = 8  # spans of time like those between snapshots
SOFTEST = 150.0 / 8065.544  # eV; softer modes are taken to be as stiff as this, 150 cm⁻¹


def relaxed(molecule, steps=200, largest=0.02, radius=None):
    """Moves the atoms downhill, in place; False where the surface fails or bonds change."""
    start = molecule.atoms.positions.copy()
    surface = Surface(molecule.atoms, (), radius)

    def downhill(flat):
        energy, forces = surface(flat.reshape(-1, 3))
        return energy, -forces.ravel()

    try:
        found = minimize(downhill, start.ravel(), jac=True, method="L-BFGS-B",
                         options={"maxiter": steps, "gtol": largest})
    except FAILURES:
        return False
    molecule.atoms.positions = found.x.reshape(-1, 3)
    return intact(molecule, start, molecule.atoms.positions)


class Langevin:
    """Langevin dynamics by the scheme BAOAB (Leimkuhler, Matthews, Appl. Math. Res. Express 2013).

    Which positions are visited how often does not depend on the masses: hydrogens are as heavy as
    helium, which allows a longer time step.
    """

    STEP = 1.5 * units.fs
    FRICTION = 0.02 / units.fs
    LIGHTEST = 4.0  # amu

    def __init__(self, atoms, surface, temperature, rng):
        self.positions = atoms.positions.copy()
        self.surface = surface
        self.rng = rng
        self.masses = np.maximum(atoms.get_masses(), self.LIGHTEST)[:, None]
        self.thermal = np.sqrt(units.kB * temperature / self.masses)
        self.velocities = self.thermal * rng.normal(size=self.positions.shape)

    def run(self, steps):
        """Moves on; raises one of FAILURES where the surface does."""
        keep = np.exp(-self.FRICTION * self.STEP)
        noise = np.sqrt(1 - keep**2) * self.thermal
        _, forces = self.surface(self.positions)
        for _ in range(steps):
            self.velocities += 0.5 * self.STEP * forces / self.masses
            self.positions += 0.5 * self.STEP * self.velocities
            self.velocities *= keep
            self.velocities += noise * self.rng.normal(size=self.positions.shape)
            self.positions += 0.5 * self.STEP * self.velocities
            _, forces = self.surface(self.positions)
            self.velocities += 0.5 * self.STEP * forces / self.masses


def dynamics(molecule, temperature, count, between, warmup, rng, radius=None):
    """`count` snapshots of Langevin dynamics, `between` steps apart."""
    reference = molecule.atoms.positions.copy()
    motion = Langevin(molecule.atoms, Surface(molecule.atoms, (), radius), temperature, rng)
    alive = True
    for index in range(count):
        try:
            if alive:
                motion.run(between + (warmup if index == 0 else 0))
        except FAILURES:
            alive = False
        alive = alive and intact(molecule, reference, motion.positions)
        yield motion.positions.copy() if alive else None, "md", temperature


def steered(molecule, drives, temperature, count, between, rng):
    """Snapshots of Langevin dynamics while springs pull pairs of atoms to other distances.

    drives: rows (i, j, final distance in Å). Before the first snapshot, what is further than 1 Å
    from there, and than 2.2 Å apart, comes as near. The last fifth of the snapshots is at the end.
    """
    first = [molecule.atoms.get_distance(i, j) for i, j, _ in drives]
    near = [min(begin, max(end + 1.0, 2.2)) for begin, (_, _, end) in zip(first, drives)]
    surface = Surface(molecule.atoms, [(i, j, begin) for (i, j, _), begin in zip(drives, first)])
    motion = Langevin(molecule.atoms, surface, temperature, rng)

    def pull(begins, ends, share):
        for spring, begin, end in zip(surface.springs, begins, ends):
            spring[2] = begin + share * (end - begin)
        motion.run(between)

    alive = True
    for index in range(-APPROACH, count):
        try:
            if alive and index < 0:
                pull(first, near, 1 + (index + 1) / APPROACH)
            elif alive:
                ends = [end for _, _, end in drives]
                pull(near, ends, min(1.0, (index + 1) / (0.8 * count)))
        except FAILURES:
            alive = False
        if index >= 0:
            yield motion.positions.copy() if alive else None, "reaction", temperature


class Modes:
    """Harmonic vibrations about a minimum.

    Random displacements follow the quantum mechanical distribution, whose variance along a mode of
    frequency ω is ħ/2ω coth(ħω/2kT); without it hydrogens would hardly move at 300 K.
    """

    def __init__(self, molecule, difference=0.01):
        atoms = molecule.atoms
        surface = Surface(atoms)
        self.positions = atoms.positions.copy()
        self.roots = np.sqrt(np.repeat(atoms.get_masses(), 3))
        size = len(self.roots)
        hessian = np.zeros((size, size))
        for k in range(size):
            for sign in (1, -1):
                shift = np.zeros(size)
                shift[k] = sign * difference
                _, forces = surface(self.positions + shift.reshape(-1, 3))
                hessian[k] -= sign * forces.ravel() / (2 * difference)
        hessian = 0.5 * (hessian + hessian.T) / np.outer(self.roots, self.roots)
        vibrations = self._vibrations(atoms)
        values, vectors = np.linalg.eigh(vibrations.T @ hessian @ vibrations)
        self.vectors = vibrations @ vectors
        # ħω in eV of λ in eV/(Å² amu); negative λ are kept at the softest.
        quantum = units._hbar * np.sqrt(units._e / units._amu) * 1e10 / units._e
        self.energies = np.maximum(quantum * np.sqrt(np.maximum(values, 0)), SOFTEST)
        self.values = (self.energies / quantum) ** 2

    def _vibrations(self, atoms):
        """An orthonormal basis of what is left without translations and rotations."""
        centred = self.positions - atoms.get_center_of_mass()
        rigid = [np.tile(axis, (len(atoms), 1)) for axis in np.eye(3)]
        rigid += [np.cross(axis, centred) for axis in np.eye(3)]
        rigid = np.array([r.ravel() * self.roots for r in rigid])
        _, sizes, rows = np.linalg.svd(rigid, full_matrices=True)
        return rows[(sizes > 1e-4 * sizes[0]).sum():].T

    def displaced(self, temperature, rng):
        """Positions, shape [atoms, 3]."""
        thermal = np.tanh(self.energies / (2 * units.kB * temperature))
        spread = np.sqrt(self.energies / (2 * self.values * thermal))
        shift = self.vectors @ (spread * rng.normal(size=len(spread)))
        return self.positions + (shift / self.roots).reshape(-1, 3)


def vibrations(modes, count, rng):
    """Displacements along modes, at 300 and 1000 K in turn."""
    for index in range(count):
        temperature = (300, 1000)[index % 2]
        yield modes.displaced(temperature, rng), "modes", temperature


def scaled(modes, count, rng):
    """Everything larger or smaller by up to a tenth, on top of vibrations at 300 K."""
    for factor in rng.uniform(0.92, 1.10, count):
        yield modes.displaced(300, rng) * factor, "scaled", None


def with_bond(molecule, positions, bond, length):
    """Positions with one bond set to a length in Å, everything beyond it moved along."""
    staying, moving = sides(molecule, bond)
    i, j = bond if bond[1] in moving else bond[::-1]
    vector = positions[j] - positions[i]
    changed = positions.copy()
    changed[moving] += vector * (length / np.linalg.norm(vector) - 1)
    return changed


def stretched(molecule, modes, count, rng):
    """Single bonds outside rings, from 0.78 to 1.6 times their length, on top of vibrations."""
    bonds = [bond for bond in molecule.bonds if sides(molecule, bond)]
    heavy = [bond for bond in bonds if min(molecule.atoms.numbers[list(bond)]) > 1]
    for index in range(count if bonds else 0):
        # Bonds between heavy atoms are fewer, and each of them matters as much.
        among = heavy if heavy and index % 2 == 0 else bonds
        bond = among[rng.integers(len(among))]
        length = molecule.atoms.get_distance(*bond) * rng.uniform(0.78, 1.6)
        yield with_bond(molecule, modes.displaced(300, rng), bond, length), "stretched", None


def separated(molecule, count, rng):
    """The parts of a cluster, rigid, nearer to its middle or further away."""
    start = molecule.atoms.positions
    centres = [start[part].mean(axis=0) for part in molecule.parts]
    middle = np.mean(centres, axis=0)
    for factor in np.linspace(0.78, 1.8, count) + rng.uniform(-0.02, 0.02, count):
        positions = start + rng.normal(scale=0.02, size=start.shape)
        for part, centre in zip(molecule.parts, centres):
            positions[part] += (factor - 1) * (centre - middle)
        yield positions, "separated", None

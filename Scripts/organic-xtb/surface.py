# SPDX-License-Identifier: MIT
"""GFN2-xTB as a surface to sample on, and as the source of labels.

Bannwarth, Ehlert, Grimme, J. Chem. Theory Comput. 15, 1652 (2019), as tblite computes it: neutral,
closed shell, electrons at 300 K. The energy includes the entropy of the electrons, and the forces
are its gradient.
"""

import numpy as np
from ase.units import Bohr, Hartree
from tblite.interface import Calculator

METHOD = "GFN2-xTB"
#: What tblite raises where a computation does not converge, or atoms lie on each other.
FAILURES = (RuntimeError, ValueError)
#: Below this gap between occupied and empty orbitals, in eV, one closed-shell determinant says
#: little about the ground state. Broken bonds end there.
SMALLEST_GAP = 0.5
#: Unpaired electrons of an atom's ground state (Hund's first rule).
UNPAIRED = {"H": 1, "C": 2, "N": 3, "O": 2, "F": 1, "S": 2}


class Surface:
    """GFN2-xTB, to which springs and a soft wall can be added while sampling.

    Every computation starts from the electrons of the last one, which is faster than `label` and
    good enough to choose structures.

    springs: rows [i, j, length in Å]; the energy is stiffness/2 (r_ij − length)².
    radius: of a sphere around the origin, in Å; outside, atoms are pulled back harmonically.
    """

    STIFFNESS = 30.0  # eV/Å²
    WALL = 0.5  # eV/Å²

    def __init__(self, atoms, springs=(), radius=None):
        self.springs = [list(spring) for spring in springs]
        self.radius = radius
        self.calculator = Calculator(METHOD, atoms.numbers, atoms.positions / Bohr, 0, 0)
        self.calculator.set("verbosity", 0)
        self.result = None

    def __call__(self, positions):
        """Energy in eV and forces in eV/Å, shape [atoms, 3]."""
        self.calculator.update(positions=positions / Bohr)
        self.result = self.calculator.singlepoint(self.result)
        energy = self.result["energy"] * Hartree
        forces = self.result["gradient"] * (-Hartree / Bohr)
        for i, j, length in self.springs:
            vector = positions[j] - positions[i]
            distance = np.linalg.norm(vector)
            pull = self.STIFFNESS * (distance - length) * vector / distance
            energy += 0.5 * self.STIFFNESS * (distance - length) ** 2
            forces[i] += pull
            forces[j] -= pull
        if self.radius is not None:
            distance = np.linalg.norm(positions, axis=1)
            outside = np.maximum(distance - self.radius, 0)
            energy += 0.5 * self.WALL * (outside**2).sum()
            forces -= (self.WALL * outside / np.maximum(distance, 1e-9))[:, None] * positions
        return energy, forces


def label(numbers, positions, unpaired=0, accuracy=0.01):
    """Energy in eV, forces in eV/Å, shape [atoms, 3], and the gap in eV.

    The computation starts from scratch, so that a label depends on nothing but its structure; None
    where it does not converge.
    """
    try:
        calculator = Calculator(METHOD, numbers, positions / Bohr, 0, unpaired)
        calculator.set("verbosity", 0)
        calculator.set("accuracy", accuracy)
        result = calculator.singlepoint()
    except FAILURES:
        return None
    levels = result["orbital-energies"] * Hartree
    occupied = round(result["orbital-occupations"].sum() / 2)
    # An atom of fluorine, say, has no empty orbitals in this basis.
    gap = levels[occupied] - levels[occupied - 1] if 0 < occupied < len(levels) else np.inf
    return result["energy"] * Hartree, -result["gradient"] * Hartree / Bohr, gap

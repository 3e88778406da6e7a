"""Makes Tests/Golden/structure: neighbour counts of matscipy and ASE, and a file written by ASE.

Run from the root of the repository with numpy, ase and matscipy installed:

    python Scripts/golden/make_structure_fixtures.py
"""

import datetime
import json
import pathlib

import ase
import ase.build
import ase.io
import matscipy
import numpy as np
from ase.calculators.singlepoint import SinglePointCalculator
from ase.neighborlist import neighbor_list as ase_neighbor_list
from matscipy.neighbours import neighbour_list as matscipy_neighbour_list

OUT = pathlib.Path(__file__).resolve().parents[2] / "Tests" / "Golden" / "structure"


def systems():
    """Small systems of every kind of cell, with their cutoffs."""
    random = np.random.default_rng(7)
    yield "copper primitive cell, smaller than the cutoff", ase.build.bulk("Cu"), 6.0
    silicon = ase.build.bulk("Si", cubic=True)
    silicon.rattle(0.05, seed=1)
    yield "rattled silicon, cubic cell", silicon, 5.0
    sheared = silicon.copy()
    sheared.set_cell(np.array([[1, 0, 0], [5, 1, 0], [-3, 4, 1]]) @ silicon.cell.array)
    yield "the same silicon in a sheared cell", sheared, 5.0
    slab = ase.build.fcc111("Al", (2, 2, 3), vacuum=6.0)
    slab.positions += [17.0, -23.0, 4.0]
    yield "aluminium slab, two periods, atoms outside the cell", slab, 5.5
    wire = ase.Atoms("C4", random.uniform(0, 2.5, (4, 3)), cell=[0, 0, 3.1], pbc=[False, False, True])
    yield "wire, one period", wire, 7.0
    molecule = ase.build.molecule("C6H6")
    yield "benzene, planar, no periods", molecule, 3.0
    left = ase.Atoms("NaCl", [[0, 0, 0], [1.9, 2.1, 2.4]], cell=[[0, 4, 0], [4.2, 0, 0.3], [0, 0.5, 5]], pbc=True)
    yield "left-handed triclinic cell", left, 8.0


def neighbours():
    """The golden file of neighbour counts, on which both codes must agree."""
    cases = []
    for description, atoms, cutoff in systems():
        centre, distance = ase_neighbor_list("id", atoms, cutoff)
        counts = np.bincount(centre, minlength=len(atoms))
        box = atoms.copy()
        if not box.pbc.all():
            # matscipy needs a box around the atoms where nothing is periodic.
            box.cell = box.cell.complete()
            for axis in np.flatnonzero(~box.pbc):
                box.cell[axis] *= 200 / np.linalg.norm(box.cell[axis])
        counts2 = np.bincount(matscipy_neighbour_list("i", box, cutoff), minlength=len(atoms))
        assert (counts == counts2).all(), description
        # No distance may be so near the cutoff that rounding decides.
        assert np.abs(distance - cutoff).min() > 1e-6, description
        cases.append(
            {
                "description": description,
                "positions": atoms.positions.ravel().tolist(),
                "cell": atoms.cell.array.ravel().tolist(),
                "pbc": [bool(flag) for flag in atoms.pbc],
                "cutoff": cutoff,
                "counts": counts.tolist(),
                "distance_sum": float(distance.sum()),
            }
        )
    return {
        "description": "neighbours of each atom within a cutoff, images included",
        "source": {
            "code": "ase.neighborlist and matscipy.neighbours",
            "version": f"ase {ase.__version__}, matscipy {matscipy.__version__}",
            "command": "python Scripts/golden/make_structure_fixtures.py",
            "dtype": "float64",
            "date": datetime.date.today().isoformat(),
        },
        "units": "angstrom",
        "cases": cases,
        "tolerance": 1e-9,
    }


def trajectory():
    """Two frames with results, keys and columns of every kind, as ASE writes them."""
    slab = ase.build.fcc111("Al", (1, 1, 2), vacuum=6.0)
    slab.info = dict(
        name="a slab", count=3, ratio=0.25, done=True, flags=np.array([True, False]),
        REF_energy=-7.5, REF_stress=np.array([[1.0, 0.5, 0.25], [0.5, 2.0, 0.125], [0.25, 0.125, 3.0]]),
        REF_virials=np.arange(9.0), numbers=np.arange(4), nested={"a": [1, 2]}, quote='say "yes"',
        virial=np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]),
    )
    slab.arrays["REF_forces"] = np.array([[0.5, 1.5, -2.0], [3.0, -4.25, 5.0]])
    slab.arrays["site"] = np.array([4, 5])
    slab.arrays["side"] = np.array(["bottom", "top"])
    slab.arrays["free"] = np.array([False, True])
    slab.calc = SinglePointCalculator(
        slab, energy=-1.25, forces=np.array([[0, 0, 0.5], [0, 0, -0.5]]),
        stress=np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]),
    )
    water = ase.build.molecule("H2O")
    return [slab, water]


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    with open(OUT / "neighbors.json", "w") as file:
        json.dump(neighbours(), file, indent=1)
        file.write("\n")
    ase.io.write(OUT / "ase.xyz", trajectory(), format="extxyz")


if __name__ == "__main__":
    main()

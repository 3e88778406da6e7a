#!/usr/bin/env python3
"""Energies and forces of xTB methods: Tests/Golden/priors-xtb.json.

    make_xtb_goldens.py

Needs numpy, ase and tblite 0.8 for GFN1-xTB and GFN2-xTB, and the command xtb 6.5.1 for GFN-FF, which
tblite does not have. Values are converted with CODATA 2018.
"""

import json
import os
import pathlib
import subprocess
import tempfile

import numpy as np
from ase import Atoms
from ase.build import molecule
from ase.io import read
from tblite.interface import Calculator

ROOT = pathlib.Path(__file__).resolve().parents[2]
HARTREE, BOHR = 27.211386245988, 0.529177210903


def tight_binding(method, atoms, charge, multiplicity):
    calculator = Calculator(
        method, atoms.numbers, atoms.positions / BOHR, float(charge), multiplicity - 1)
    calculator.set("accuracy", 0.01)
    calculator.set("verbosity", 0)
    result = calculator.singlepoint()
    return result["energy"] * HARTREE, -result["gradient"] * HARTREE / BOHR


def force_field(atoms, charge):
    """By the command, in a folder of its own; the file `gradient` has the derivatives."""
    with tempfile.TemporaryDirectory() as folder:
        rows = [f"{s} {x:.15f} {y:.15f} {z:.15f}" for s, (x, y, z) in zip(
            atoms.get_chemical_symbols(), atoms.positions)]
        pathlib.Path(folder, "atoms.xyz").write_text("\n".join([str(len(atoms)), ""] + rows) + "\n")
        subprocess.run(
            ["xtb", "atoms.xyz", "--gfnff", "--grad", "--chrg", str(charge)], cwd=folder,
            check=True, capture_output=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
        lines = pathlib.Path(folder, "gradient").read_text().split("\n")
    # A line of $grad, one with the energy, positions in Bohr, gradients in Hartree/Bohr.
    energy = float(lines[1].split("SCF energy =")[1].split()[0])
    gradient = [[float(w.replace("D", "E")) for w in line.split()]
                for line in lines[2 + len(atoms):2 + 2 * len(atoms)]]
    return energy * HARTREE, -np.array(gradient) * HARTREE / BOHR


def systems():
    """Names, atoms, charges and multiplicities (2S + 1)."""
    random = np.random.default_rng(5)

    def rattled(atoms, width=0.05):
        atoms.positions += random.normal(0, width, atoms.positions.shape)
        return atoms

    yield "water", rattled(molecule("H2O")), 0, 1
    yield "methanol", rattled(molecule("CH3OH")), 0, 1
    ammonium = molecule("CH4")
    ammonium.symbols = ["N", "H", "H", "H", "H"]
    yield "ammonium", rattled(ammonium), 1, 1
    yield "hydroxide", rattled(molecule("OH")), -1, 1
    yield "methyl", rattled(molecule("CH3")), 0, 2
    yield "oxygen", rattled(molecule("O2")), 0, 3
    yield "thiophene", rattled(molecule("C4H4S")), 0, 1
    yield "silane", rattled(molecule("SiH4")), 0, 1
    frame = read(ROOT / "share/hone/held-out.xyz", "0")
    yield "organic molecule", Atoms(frame.numbers, frame.positions), 0, 1
    yield "zinc hydride", Atoms(
        ["Zn", "H", "H"], [[0, 0, 0], [1.5, 0.2, 0], [-1.55, 0.1, 0.1]]), 0, 1
    yield "gold hydride chloride", Atoms(
        ["Au", "Cl", "Cl", "H"], [[0, 0, 0.1], [2.2, 0, 0], [-2.3, 0.2, 0], [0.1, 1.6, 0.1]]), 0, 1
    yield "ytterbium hydride", Atoms(
        ["Yb", "H", "H", "H"], [[0, 0, 0.3], [2.0, 0.1, 0], [-1.0, 1.8, 0], [-1.1, -1.7, 0.1]]), 0, 1

def main():
    entries = []
    for name, atoms, charge, multiplicity in systems():
        methods = {}
        for key, method in (("gfn1-xtb", "GFN1-xTB"), ("gfn2-xtb", "GFN2-xTB")):
            methods[key] = tight_binding(method, atoms, charge, multiplicity)
        if multiplicity == 1:
            methods["gfnff"] = force_field(atoms, charge)
        entries.append({
            "name": name, "charge": charge, "multiplicity": multiplicity,
            "numbers": atoms.numbers.tolist(), "positions": atoms.positions.tolist(),
            "methods": {
                key: {"energy": float(energy), "forces": forces.tolist()}
                for key, (energy, forces) in methods.items()}})
    path = ROOT / "Tests/Golden/priors-xtb.json"
    path.write_text(json.dumps({
        "source": "tblite 0.8.0 with accuracy 0.01; xtb 6.5.1 for GFN-FF", "units": "eV, Å",
        "structures": entries}) + "\n")


if __name__ == "__main__":
    main()

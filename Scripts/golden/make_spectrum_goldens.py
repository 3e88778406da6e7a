#!/usr/bin/env python3
"""Spectra of radius graphs of molecules and crystals, by numpy: Tests/Golden/spectra.json.

    make_spectrum_goldens.py

Needs ase and numpy. Molecules are frames of share/hone/held-out.xyz; crystals are rattled cells whose
infinite graph is sampled by a dense mesh of phases.
"""

import json
import pathlib

import numpy as np
from ase.build import bulk
from ase.io import read
from ase.neighborlist import neighbor_list

ROOT = pathlib.Path(__file__).resolve().parents[2]


def laplacian(count, centers, neighbors, phases):
    """1 − D^(−1/2) A D^(−1/2), its diagonal 1 also for atoms without neighbours."""
    degrees = np.bincount(centers, minlength=count)
    roots = np.where(degrees > 0, 1 / np.sqrt(np.maximum(degrees, 1)), 0)
    matrix = np.eye(count, dtype=phases.dtype)
    np.subtract.at(matrix, (centers, neighbors), roots[centers] * roots[neighbors] * phases)
    return matrix


def molecule(frame, radius):
    """Ascending eigenvalues."""
    i, j = neighbor_list("ij", frame, radius)
    return np.linalg.eigvalsh(laplacian(len(frame), i, j, np.ones(len(i))))


def crystal(frame, radius, mesh):
    """Variance, and deciles, of the spectrum over a mesh of phases."""
    i, j, shifts = neighbor_list("ijS", frame, radius)
    values = []
    for k in np.ndindex(mesh, mesh, mesh):
        phases = np.exp(2j * np.pi * (shifts @ (np.array(k) / mesh)))
        values.append(np.linalg.eigvalsh(laplacian(len(frame), i, j, phases)))
    values = np.sort(np.concatenate(values))
    return float(((values - 1) ** 2).mean()), np.quantile(values, np.linspace(0.05, 0.95, 10)).tolist()


def main():
    molecules = []
    for index, frame in enumerate(read(ROOT / "share/hone/held-out.xyz", ":")):
        if index % 8:
            continue
        for radius in (1.3, 3.0, 5.0, 9.0):
            molecules.append(
                {"frame": index, "radius": radius, "eigenvalues": molecule(frame, radius).tolist()})
    crystals = []
    for name, frame in (
        ("Al", bulk("Al", "fcc", 4.05, cubic=True)), ("Si", bulk("Si", "diamond", 5.43)),
        ("NaCl", bulk("NaCl", "rocksalt", 5.64))):
        frame.rattle(0.05, seed=1)
        for radius in (3.5, 5.0):
            variance, deciles = crystal(frame, radius, 16)
            crystals.append({
                "name": name, "cell": frame.cell[:].tolist(), "positions": frame.positions.tolist(),
                "radius": radius, "variance": variance, "deciles": deciles})
    path = ROOT / "Tests/Golden/spectra.json"
    path.write_text(json.dumps({"molecules": molecules, "crystals": crystals}) + "\n")


if __name__ == "__main__":
    main()

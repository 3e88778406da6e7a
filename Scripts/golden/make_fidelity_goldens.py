#!/usr/bin/env python3
"""Bias of cheap labels, weights and losses in NumPy: Tests/Golden/training/fidelity.json.

    make_fidelity_goldens.py

Needs numpy, ase and tblite 0.8. GFN2-xTB stands for the auxiliary model, GFN1-xTB for the cheap labels. What is
computed from the labels is written out here without a look at the library: formulas in docs/training.md.
"""

import json
import pathlib

import numpy as np
from ase.build import molecule
from tblite.interface import Calculator

ROOT = pathlib.Path(__file__).resolve().parents[2]
HARTREE, BOHR = 27.211386245988, 0.529177210903


def labels(method, atoms):
    calculator = Calculator(method, atoms.numbers, atoms.positions / BOHR)
    calculator.set("accuracy", 0.01)
    calculator.set("verbosity", 0)
    result = calculator.singlepoint()
    return float(result["energy"]) * HARTREE, -result["gradient"] * HARTREE / BOHR


def frames():
    """Ethanol, methanol and water, out of equilibrium by more and more."""
    random = np.random.default_rng(17)
    names = ["CH3CH2OH"] * 5 + ["CH3OH"] * 2 + ["H2O"] * 2
    for index, name in enumerate(names):
        atoms = molecule(name)
        atoms.positions += random.normal(0, 0.04 + 0.02 * index, atoms.positions.shape)
        # What a text file keeps.
        atoms.positions = np.round(atoms.positions, 6)
        yield atoms


def weights(b, gamma):
    w = np.exp(-(b - b.min()) / gamma)
    w = w / w.mean()
    return w, w.sum() ** 2 / (len(w) * (w**2).sum())


def statistics(b):
    parts = [0.0, 0.05, 0.25, 0.5, 0.9, 1.0]
    return dict(
        mean=b.mean(), standard_deviation=b.std(), parts=parts,
        quantiles=np.quantile(b, parts).tolist(), histogram=np.histogram(b, 7)[0].tolist())


def losses(predicted, wanted, w):
    """Mean over all components, or all atoms, of what a function makes of weighted differences."""
    d = predicted - wanted
    size = np.abs(d)
    delta = 0.3
    huber = np.where(size > delta, delta * (size - 0.5 * delta), 0.5 * d**2)
    lengths = np.linalg.norm(d, axis=1)
    return dict(
        squared=(w[:, None] * d**2).mean(), absolute=(w[:, None] * size).mean(),
        huber=(w[:, None] * huber).mean(), vectorLength=(w * lengths).mean())


def main():
    structures = list(frames())
    auxiliary = [labels("GFN2-xTB", atoms) for atoms in structures]
    cheap = [labels("GFN1-xTB", atoms) for atoms in structures]
    differences = [x[1] - y[1] for x, y in zip(auxiliary, cheap)]
    frame_bias = np.array([np.abs(d).sum() / d.size for d in differences])
    norms = np.concatenate([np.sqrt((d**2).sum(axis=1)) for d in differences])
    magnitudes = np.concatenate([np.abs(d).mean(axis=1) for d in differences])
    sizes = [len(atoms) for atoms in structures]
    predicted = np.concatenate([f for _, f in auxiliary])
    wanted = np.concatenate([f for _, f in cheap])

    cases = []
    for per, b in [("frame", frame_bias), ("atom", norms)]:
        for unit, number in [("absolute", 0.1), ("absolute", 1.0), ("deviation", 0.8)]:
            w, part = weights(b, number * (b.std() if unit == "deviation" else 1))
            of_atoms = np.repeat(w, sizes) if per == "frame" else w
            cases.append(dict(
                per=per, unit=unit, gamma=number, weights=of_atoms.tolist(), effective=part,
                losses=losses(predicted, wanted, of_atoms)))

    species = [1, 6, 8]
    counts = np.array([[np.sum(a.numbers == z) for z in species] for a in structures], float)
    high = np.array([e for e, _ in auxiliary])
    low = np.array([e for e, _ in cheap])
    n = np.array(sizes)

    def rest(energies):
        return energies - counts @ np.linalg.lstsq(counts, energies, rcond=None)[0]

    def rms(x):
        return float(np.sqrt((x**2).mean()))

    shift, _, _, _ = np.linalg.lstsq(counts, high - low, rcond=None)
    # Ethanol alone: the compositions determine one number, and the smallest shift has it.
    alone, _, _, _ = np.linalg.lstsq(counts[:5], high[:5] - low[:5], rcond=None)
    alignment = dict(
        species=species, shift=shift.tolist(), shift_of_ethanol=alone.tolist(),
        mean_difference=((high - low) / n).mean(), difference=rms((high - low) / n),
        remainder=rms((high - low - counts @ shift) / n), cheap_spread=rms(rest(low) / n),
        reference_spread=rms(rest(high) / n))

    document = dict(
        description="bias of GFN1-xTB forces against GFN2-xTB forces, weights, losses, energy shifts",
        source=dict(code="tblite 0.8, numpy", script="Scripts/golden/make_fidelity_goldens.py"),
        units="Å, eV, eV/Å",
        frames=[
            dict(
                numbers=atoms.numbers.tolist(), positions=atoms.positions.flatten().tolist(),
                auxiliary_energy=x[0], auxiliary_forces=x[1].flatten().tolist(),
                cheap_energy=y[0], cheap_forces=y[1].flatten().tolist())
            for atoms, x, y in zip(structures, auxiliary, cheap)],
        frame_bias=frame_bias.tolist(), atom_bias_norm=norms.tolist(),
        atom_bias_mean=magnitudes.tolist(), frame_statistics=statistics(frame_bias),
        atom_statistics=statistics(norms), weights=cases, alignment=alignment)
    path = ROOT / "Tests/Golden/training/fidelity.json"
    path.write_text(json.dumps(document, indent=1) + "\n")
    print(path, path.stat().st_size)
    print("b", frame_bias, "effective", [c["effective"] for c in cases])
    print(alignment)


main()

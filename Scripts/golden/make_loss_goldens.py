"""Makes the training set, losses and statistics in Tests/Golden/training that HoneTraining is tested by.

Usage: python make_loss_goldens.py [FOLDER]      (needs mace-torch 0.3.16, see requirements-mace.txt)

Labels go the whole way of mace: from the file through load_from_xyz and AtomicData to a batch.
"""

import json
import logging
import pathlib
import sys

import ase
import ase.calculators.emt
import ase.io
import numpy as np
import torch
from ase.build import bulk, molecule
from ase.calculators.singlepoint import SinglePointCalculator
from mace import data, modules
from mace.data.utils import KeySpecification, compute_average_E0s
from mace.tools import AtomicNumberTable, torch_geometric

CUTOFF = 3.0
HUBER_DELTA = 0.02
WEIGHTS = dict(energy=1.5, forces=20.0, stress=3.0)


def symmetric(rng, scale):
    matrix = rng.normal(scale=scale, size=(3, 3))
    return matrix + matrix.T


def frames(rng):
    """Structures of six compositions; forces reach beyond 300 eV/Å for the conditional loss."""
    cells = [8.0, 9.0, 7.5, 8.5, 10.0, 7.0, 8.0]
    names = ["H2O", "CO2", "CH4", "CH3OH", "C2H6", "H2O", "N2"]
    scales = [1.0, 2.0, 0.5, 90.0, 180.0, 1.0, 0.3]
    result = []
    for number, (name, cell, scale) in enumerate(zip(names, cells, scales)):
        atoms = molecule(name)
        atoms.set_cell(np.eye(3) * cell + rng.normal(scale=0.1, size=(3, 3)))
        atoms.pbc = True
        atoms.rattle(0.05, seed=number)
        # A second molecule: more neighbours, and compositions that are no multiples.
        if number % 3 == 0:
            other = molecule("O2")
            other.translate([2.0, 2.0, 1.0])
            atoms += other
        virials = symmetric(rng, 2.0)
        # Small energies: mace's universal loss subtracts energies after weighting them, whose
        # rounding would otherwise be larger than what the tests allow.
        atoms.info["REF_energy"] = float(rng.normal(scale=20.0) - 2.0 * len(atoms))
        atoms.info["REF_virials"] = virials.flatten()
        atoms.info["REF_stress"] = (-virials / atoms.get_volume()).flatten()
        atoms.arrays["REF_forces"] = rng.normal(scale=scale, size=(len(atoms), 3))
        if number != 2:
            atoms.info["config_weight"] = float(rng.uniform(0.3, 2.0))
            for name in ["energy", "forces", "stress", "virials"]:
                atoms.info[f"config_{name}_weight"] = float(rng.uniform(0.3, 2.0))
        result.append(atoms)
    return result


def without_some_labels(structures):
    result = [atoms.copy() for atoms in structures]
    del result[0].info["REF_energy"]
    del result[1].arrays["REF_forces"]
    for key in ["REF_stress", "REF_virials"]:
        del result[2].info[key]
        del result[3].info[key]
    del result[3].arrays["REF_forces"]
    return result


def read(path):
    keys = KeySpecification.from_defaults()
    _, configs = data.load_from_xyz(str(path), keys, extract_atomic_energies=True)
    return configs


def batch_of(configs, table):
    items = [data.AtomicData.from_config(c, z_table=table, cutoff=CUTOFF) for c in configs]
    return torch_geometric.Batch.from_data_list(items), items


def predictions(items, rng):
    """Labels with errors of all sizes, and some without error."""
    result = []
    for labels in items:
        atoms = len(labels.forces)
        forces = labels.forces.numpy() + rng.choice(
            [0.0, 1e-3, 0.05, 3.0], size=(atoms, 1)) * rng.normal(size=(atoms, 3))
        result.append(dict(
            energy=float(labels.energy) + float(rng.normal(scale=0.3)),
            forces=forces.flatten().tolist(),
            virial=(labels.virials[0].numpy() + symmetric(rng, 0.5)).flatten().tolist(),
        ))
    return result


def losses(batch, configs, guesses):
    energy = torch.tensor([g["energy"] for g in guesses], requires_grad=True)
    forces = torch.tensor(np.concatenate([g["forces"] for g in guesses]).reshape(-1, 3),
                          requires_grad=True)
    virials = torch.tensor(np.array([g["virial"] for g in guesses]).reshape(-1, 3, 3),
                           requires_grad=True)
    volumes = torch.tensor([abs(np.linalg.det(c.cell)) for c in configs]).view(-1, 1, 1)
    guess = dict(energy=energy, forces=forces, virials=virials, stress=-virials / volumes)
    e, f, s = WEIGHTS["energy"], WEIGHTS["forces"], WEIGHTS["stress"]
    functions = dict(
        weighted=modules.WeightedEnergyForcesLoss(e, f),
        forces_only=modules.WeightedForcesLoss(f),
        virials=modules.WeightedEnergyForcesVirialsLoss(e, f, s),
        stress=modules.WeightedEnergyForcesStressLoss(e, f, s),
        huber=modules.WeightedHuberEnergyForcesStressLoss(e, f, s, HUBER_DELTA),
        universal=modules.UniversalLoss(e, f, s, HUBER_DELTA),
        l1l2energyforces=modules.WeightedEnergyForcesL1L2Loss(e, f),
    )
    result = {}
    for name, function in functions.items():
        value = function(batch, guess)
        slopes = torch.autograd.grad(value, [energy, forces, virials], allow_unused=True,
                                     retain_graph=True)
        result[name] = dict(
            value=value.item(),
            **{key: (torch.zeros_like(x) if slope is None else slope).flatten().tolist()
               for key, x, slope in zip(["energy", "forces", "virial"],
                                        [energy, forces, virials], slopes)})
    return result


def statistics(configs, items, table):
    energies = compute_average_E0s(configs, table)
    loader = torch_geometric.dataloader.DataLoader(items, batch_size=3)
    atomic = np.array([[energies[z] for z in table.zs]])
    mean, std = modules.compute_mean_std_atomic_inter_energy(loader, atomic)
    mean_again, rms = modules.compute_mean_rms_energy_forces(loader, atomic)
    assert np.allclose(mean, mean_again)
    neighbors = modules.compute_avg_num_neighbors(loader)
    # SevenNet's reference energies: sklearn's Ridge(alpha=0.1, fit_intercept=False).
    counts = np.array([[np.count_nonzero(c.atomic_numbers == z) for z in table.zs]
                       for c in configs], dtype=float)
    totals = np.array([c.properties["energy"] for c in configs])
    ridge = np.linalg.solve(counts.T @ counts + 0.1 * np.eye(len(table.zs)), counts.T @ totals)
    return dict(
        species=[int(z) for z in table.zs], average_e0s=[float(energies[z]) for z in table.zs],
        ridge_e0s=ridge.tolist(), mean=np.ravel(mean).item(), std=np.ravel(std).item(), rms=np.ravel(rms).item(),
        neighbors=neighbors, cutoff=CUTOFF)


def strained_copper(folder):
    """A file that ASE writes of a calculator, and minus the derivative of its energy by strain."""
    atoms = bulk("Cu", cubic=True) * (1, 1, 2)
    atoms.set_cell(atoms.cell @ np.array([[0.96, 0.02, 0.0], [0.0, 1.03, 0.01], [0.0, 0.0, 0.98]]),
                   scale_atoms=True)
    atoms.rattle(0.05, seed=7)
    atoms.calc = ase.calculators.emt.EMT()

    def energy(strain):
        copy = atoms.copy()
        copy.set_cell(atoms.cell @ (np.eye(3) + strain).T, scale_atoms=True)
        copy.calc = ase.calculators.emt.EMT()
        return copy.get_potential_energy()

    virial = np.zeros((3, 3))
    step = 1e-5
    for i in range(3):
        for j in range(3):
            strain = np.zeros((3, 3))
            strain[i, j] += 0.5 * step
            strain[j, i] += 0.5 * step
            virial[i, j] = -(energy(strain) - energy(-strain)) / (2 * step)
    written = atoms.copy()
    written.calc = SinglePointCalculator(
        written, energy=atoms.get_potential_energy(), forces=atoms.get_forces(),
        stress=atoms.get_stress())
    ase.io.write(folder / "strained-copper.xyz", written, format="extxyz")
    return virial.flatten().tolist()


def main():
    folder = pathlib.Path(
        sys.argv[1] if len(sys.argv) > 1
        else pathlib.Path(__file__).parents[2] / "Tests/Golden/training")
    folder.mkdir(exist_ok=True)
    logging.disable(logging.WARNING)
    torch.set_default_dtype(torch.float64)
    rng = np.random.default_rng(20)
    structures = frames(rng)
    result = {"huber_delta": HUBER_DELTA, "weights": WEIGHTS, "sets": {}}
    for name, atoms in [("labels-all", structures), ("labels-some", without_some_labels(structures))]:
        path = folder / f"{name}.xyz"
        ase.io.write(path, atoms, format="extxyz")
        configs = read(path)
        table = AtomicNumberTable(sorted({int(z) for c in configs for z in c.atomic_numbers}))
        batch, items = batch_of(configs, table)
        guesses = predictions(items, rng)
        result["sets"][name] = dict(predictions=guesses, losses=losses(batch, configs, guesses))
        if name == "labels-all":
            result["statistics"] = statistics(configs, items, table)
            # Water and nitrogen alone leave hydrogen and oxygen undetermined.
            few = [configs[5], configs[6]]
            energies = compute_average_E0s(few, table)
            result["statistics"]["deficient_e0s"] = [float(energies[z]) for z in table.zs]
    result["strained_copper_virial"] = strained_copper(folder)
    with open(folder / "losses.json", "w", encoding="ascii") as file:
        json.dump(result, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()

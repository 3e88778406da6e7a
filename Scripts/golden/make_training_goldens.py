#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Loss curves of mace-torch, for hone's trainer to follow.

    python Scripts/golden/make_training_goldens.py      # with mace-torch 0.3.16

Fifty steps of Adam in double precision from the weights of a fixture, all frames in one batch, with
mace's weighted loss. Labels are the fixture's own values, disturbed. Written to
Tests/Golden/training/adam-NAME.json: hyper-parameters, frames, and the loss before every step.
"""

import json
import os

import numpy as np
import torch
from ase import Atoms
from mace import data
from mace.modules.loss import WeightedEnergyForcesLoss
from mace.tools import AtomicNumberTable, torch_geometric

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
GOLDEN = os.path.join(ROOT, "Tests", "Golden")
STEPS = 50
SETTINGS = {"learning_rate": 0.005, "energy_weight": 2.0, "forces_weight": 30.0, "amsgrad": True,
            "weight_decay": 1e-4}


def frames(name, rng):
    """The small structures of a fixture with disturbed labels."""
    with open(os.path.join(GOLDEN, "mace", name + ".json")) as file:
        document = json.load(file)
    result = []
    for entry in document["structures"]:
        numbers = entry["numbers"]
        if not 2 <= len(numbers) <= 40:
            continue
        forces = np.array(entry["forces"]).reshape(-1, 3)
        frame = {
            "atomic_numbers": numbers,
            "positions": np.array(entry["positions"]).reshape(-1, 3).tolist(),
            "cell": np.array(entry["cell"]).reshape(3, 3).tolist() if entry.get("cell") else None,
            "pbc": [bool(x) for x in entry.get("pbc") or [False] * 3],
            "energy": float(entry["energy"]) + 0.3 * rng.standard_normal() * len(numbers),
            "forces": (forces + 0.5 * rng.standard_normal(forces.shape)).tolist(),
        }
        result.append(frame)
    return result[:3]


def main():
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    for name in ["vector-l3", "density-zbl"]:
        rng = np.random.default_rng(11)
        chosen = frames(name, rng)
        model = torch.load(
            os.path.join(GOLDEN, "mace", name + ".model"), map_location="cpu", weights_only=False
        ).double()
        table = AtomicNumberTable([int(z) for z in model.atomic_numbers])
        keys = data.KeySpecification(
            info_keys={"energy": "energy"}, arrays_keys={"forces": "forces"})
        graphs = []
        for frame in chosen:
            atoms = Atoms(numbers=frame["atomic_numbers"], positions=frame["positions"],
                          cell=frame["cell"], pbc=frame["pbc"])
            atoms.info["energy"] = frame["energy"]
            atoms.arrays["forces"] = np.array(frame["forces"])
            config = data.config_from_atoms(atoms, key_specification=keys)
            graphs.append(data.AtomicData.from_config(config, z_table=table,
                                                      cutoff=float(model.r_max)))
        batch = next(iter(torch_geometric.dataloader.DataLoader(
            graphs, batch_size=len(graphs), shuffle=False)))
        loss_of = WeightedEnergyForcesLoss(SETTINGS["energy_weight"], SETTINGS["forces_weight"])
        # The groups of mace's run_train: weight decay is for what follows messages and for products.
        decayed, others = [], []
        for parameter_name, parameter in model.named_parameters():
            if parameter.requires_grad:
                decays = parameter_name.startswith("products.") or (
                    parameter_name.startswith("interactions.") and "linear.weight" in parameter_name)
                (decayed if decays else others).append(parameter)
        optimizer = torch.optim.Adam(
            [{"params": decayed, "weight_decay": SETTINGS["weight_decay"]},
             {"params": others, "weight_decay": 0.0}],
            lr=SETTINGS["learning_rate"], amsgrad=SETTINGS["amsgrad"])
        losses = []
        for _ in range(STEPS):
            optimizer.zero_grad()
            output = model(batch.to_dict(), training=True, compute_force=True)
            loss = loss_of(pred=output, ref=batch)
            loss.backward()
            losses.append(float(loss))
            optimizer.step()
        print(name, losses[0], losses[-1])
        path = os.path.join(GOLDEN, "training", f"adam-{name}.json")
        with open(path, "w") as file:
            json.dump({"model": f"mace/{name}.model", "settings": SETTINGS, "frames": chosen,
                       "losses": losses}, file, indent=1)


if __name__ == "__main__":
    main()

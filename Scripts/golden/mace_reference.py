"""Reference values of a MACE model in double precision: energies, forces, virials."""

import numpy as np
import torch

from mace_graph import batch

torch.set_default_dtype(torch.float64)


def evaluate(model, structure, head=0):
    """Energy, atom energies, forces and virial of one structure, all of them double."""
    species = model.atomic_numbers.tolist()
    data = batch(structure, species, float(model.r_max), head)
    out = model(data, compute_force=True, compute_virials=True)
    for name in ("energy", "node_energy", "forces", "virials"):
        if out[name].dtype != torch.float64:
            raise TypeError(f"{name} came in {out[name].dtype}, not in float64")
    total = out["node_energy"].detach().sum()
    if abs(float(total - out["energy"][0].detach())) > 1e-9 * max(1.0, abs(float(total))):
        raise ValueError("the atom energies do not sum to the energy")
    return {
        "energy": float(out["energy"][0].detach()),
        "atom_energies": out["node_energy"].detach().tolist(),
        "forces": out["forces"].detach().tolist(),
        "virial": out["virials"][0].detach().tolist(),
    }


def check_precision(model):
    """Every floating parameter and buffer must be double before references are computed."""
    for name, tensor in [*model.named_parameters(), *model.named_buffers()]:
        masks = name.endswith("output_mask")
        if tensor.is_floating_point() and tensor.dtype != torch.float64 and not masks:
            raise TypeError(f"{name} is {tensor.dtype}, not float64")


def atom_virials(model, structure, head=0):
    """W_j[a][b] = sum_i (r_i - r_j)_a dU_i/dr_j_b of a molecule, a Jacobian row per atom."""
    species = model.atomic_numbers.tolist()
    data = batch(structure, species, float(model.r_max), head)
    data["positions"].requires_grad_(True)
    energies = model(data, compute_force=False)["node_energy"]
    rows = [
        torch.autograd.grad(energy, data["positions"], retain_graph=True)[0] for energy in energies
    ]
    jacobian = torch.stack(rows).numpy()  # [i, j, b]
    positions = data["positions"].detach().numpy()
    difference = positions[:, None, :] - positions[None, :, :]  # r_i - r_j, [i, j, a]
    return np.einsum("ija,ijb->jab", difference, jacobian).tolist()


def reference(model, structure):
    """The structure together with its references; every head apart if there are several."""
    result = dict(structure)
    heads = list(model.heads)
    for index, head in enumerate(heads):
        values = evaluate(model, structure, index)
        values["atom_virials"] = None
        if not any(structure["pbc"]) and len(structure["numbers"]) > 2:
            values["atom_virials"] = atom_virials(model, structure, index)
            _check_virials(values, structure)
        if len(heads) == 1:
            result.update(values)
        else:
            result.setdefault("heads", {})[head] = values
    if len(heads) > 1:
        result.update(result["heads"][heads[-1]])
    return result


def _check_virials(values, structure):
    virial = np.array(values["virial"])
    direct = np.array(structure["positions"]).T @ np.array(values["forces"])
    scale = 1e-9 * max(1.0, np.abs(virial).max())
    if np.abs(direct - virial).max() > scale:
        raise ValueError("the virial is not the sum of r_a F_b")
    if np.abs(np.sum(values["atom_virials"], axis=0) - virial).max() > scale:
        raise ValueError("the atom virials do not sum to the virial")


def sensitivity(model, listed):
    """Largest change of energy or force when one parameter tensor moves by a relative 1e-3."""
    generator = torch.Generator().manual_seed(5)
    heads = range(len(model.heads))
    base = [evaluate(model, structure, head) for structure in listed for head in heads]
    changes = {}
    for name, parameter in model.named_parameters():
        saved = parameter.data
        noise = torch.randn(saved.shape, generator=generator, dtype=torch.float64)
        parameter.data = saved * (1.0 + 1e-3 * noise)
        moved = [evaluate(model, structure, head) for structure in listed for head in heads]
        parameter.data = saved
        changes[name] = max(
            max(
                abs(new["energy"] - old["energy"]),
                float(np.abs(np.array(new["forces"]) - np.array(old["forces"])).max()),
            )
            for new, old in zip(moved, base)
        )
    return changes

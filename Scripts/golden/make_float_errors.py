"""Writes Tests/Golden/float32-errors.json: how far the reference codes' own float32 forces are off.

Usage: python make_float_errors.py mace|sevennet
Run once in each environment (requirements-mace.txt, requirements-sevennet.txt); a run replaces
the entries of its own family. The error is against the double forces stored in the golden files,
over all structures and heads there: the sum of squares in (eV/Å)² and the number of components.
"""

import json
import pathlib
import sys

import numpy as np

GOLDEN = pathlib.Path(__file__).resolve().parents[2] / "Tests" / "Golden"
OUTPUT = GOLDEN / "float32-errors.json"
REFUSED = {"attention"}


def chebyshev(self, distances):
    """T_1(x) ... T_n(x): torch cannot differentiate its own Chebyshev function."""
    import torch

    values = [torch.ones_like(distances), distances]
    while len(values) <= self.num_basis:
        values.append(2.0 * distances * values[-1] - values[-2])
    return torch.cat(values[1 : self.num_basis + 1], dim=-1)


def mace_forces(path, sets):
    """Float32 forces of a MACE model, per head and structure."""
    import mace_models  # noqa: F401  first: it imports mace before e3nn
    import torch
    from mace.modules.radial import ChebychevBasis
    from mace_graph import batch

    ChebychevBasis.forward = chebyshev
    torch.set_default_dtype(torch.float32)
    model = torch.load(path, map_location="cpu", weights_only=False).float()
    species = model.atomic_numbers.tolist()
    for head, structures in sets:
        for structure in structures:
            data = batch(structure, species, float(model.r_max), list(model.heads).index(head))
            data = {k: v.float() if v.is_floating_point() else v for k, v in data.items()}
            yield structure, model(data, compute_force=True)["forces"].detach()


def sevennet_forces(path, sets):
    """Float32 forces of a SevenNet checkpoint, per head and structure."""
    import sevennet_reference as reference
    import torch

    model, config = reference.load(path)
    model = model.float()
    torch.set_default_dtype(torch.float32)
    # Untrained frequencies are a plain tensor, which float() does not see.
    basis = model._modules["edge_embedding"].basis_function
    if not isinstance(basis.coeffs, torch.nn.Parameter):
        basis.coeffs = basis.coeffs.float()
    for head, structures in sets:
        for structure in structures:
            cell = None if structure["cell"] is None else np.asarray(structure["cell"], float)
            points = np.asarray(structure["positions"], float)
            index, offsets = reference.edges(points, cell, structure["pbc"], config["cutoff"])
            positions = torch.tensor(points, dtype=torch.float32, requires_grad=True)
            shifts = torch.as_tensor(offsets, dtype=torch.float32)
            vectors = positions[index[1]] - positions[index[0]] + shifts
            energy = reference.atom_energies(model, structure, vectors, index, head).sum()
            slope = torch.autograd.grad(energy, positions, allow_unused=True)[0]
            yield structure, torch.zeros_like(positions) if slope is None else -slope


FAMILIES = {"mace": mace_forces, "sevennet": sevennet_forces}


def reference_sets(record):
    """The structures of each head, wherever the file keeps its heads."""
    if "heads" in record:
        return list(record["heads"].items())
    structures = record["structures"]
    names = list(structures[0].get("heads", {}))
    if not names:
        return [(record["head"], structures)]
    return [(name, [s | s["heads"][name] for s in structures]) for name in names]


def error(family, path):
    """The squared float32 error of one model."""
    record = json.loads(path.read_text(encoding="utf-8"))
    sets = reference_sets(record)
    total, count = 0.0, 0
    for structure, forces in FAMILIES[family](path.with_name(record["model"]), sets):
        if str(forces.dtype) != "torch.float32":
            raise TypeError(f"forces of {path.name} came in {forces.dtype}, not in float32")
        difference = forces.double().numpy() - np.asarray(structure["forces"])
        total += float((difference**2).sum())
        count += difference.size
    return {"sum_of_squares": float(f"{total:.6e}"), "count": count}


def main():
    family = sys.argv[1]
    known = json.loads(OUTPUT.read_text(encoding="utf-8")) if OUTPUT.exists() else {}
    known = {name: entry for name, entry in known.items() if not name.startswith(family + "/")}
    for path in sorted((GOLDEN / family).glob("*.json")):
        if path.stem not in REFUSED:
            known[f"{family}/{path.name}"] = error(family, path)
            print(path.name, known[f"{family}/{path.name}"], flush=True)
    rows = [f" {json.dumps(name)}: {json.dumps(known[name])}" for name in sorted(known)]
    OUTPUT.write_text("{\n" + ",\n".join(rows) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()

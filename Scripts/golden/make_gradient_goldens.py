"""Makes Tests/Golden/gradients: fixture models with gradients of a loss in place of parameters.

Usage: python make_gradient_goldens.py mace|sevennet [--only NAME ...] [--output DIRECTORY]
Packages: requirements-mace.txt or requirements-sevennet.txt, whichever the fixtures need; the
fixtures are read from Tests/Golden. The files are the same, byte for byte, on every run.
"""

import argparse
import importlib
import json
import multiprocessing
import pathlib
import zlib
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat

import numpy as np
import torch

ROOT = pathlib.Path(__file__).resolve().parents[2] / "Tests" / "Golden"
STRUCTURES = ("molecule", "crystal", "slab")
LARGEST = 1e3
UNITS = {"energy": "eV", "forces": "eV/Å", "virial": "eV"}


def draw_seeds(name, structures):
    """Derivatives of the loss by each prediction: normal deviates of three decimals."""
    generator = np.random.default_rng(zlib.crc32(name.encode()))

    def draw(*shape):
        return torch.tensor(np.round(generator.normal(size=shape), 3))

    shapes = {"energy": (), "virial": (3, 3)}
    return [
        {key: draw(*shapes.get(key, (len(entry["numbers"]), 3))) for key in UNITS}
        for entry in structures
    ]


def predict(model, structure):
    """Energy, forces and virial of a structure, all of them with a graph back to the parameters."""
    positions = torch.tensor(structure["positions"], dtype=torch.float64, requires_grad=True)
    strain = torch.zeros(3, 3, dtype=torch.float64, requires_grad=True)
    energy = model.energy(structure, positions, strain)
    if energy.dtype != torch.float64:
        raise TypeError(f"the energy came in {energy.dtype}, not in float64")
    slopes = torch.autograd.grad(energy, (positions, strain), create_graph=True)
    return {"energy": energy, "forces": -slopes[0], "virial": -slopes[1]}


def loss(model, structures, seeds, terms=tuple(UNITS)):
    """The sum over structures and predictions of seed times prediction."""
    total = torch.zeros((), dtype=torch.float64)
    for structure, seed in zip(structures, seeds):
        values = predict(model, structure)
        total = total + sum((seed[key] * values[key]).sum() for key in terms)
    return total


def differentiate(model, structures, seeds, terms=tuple(UNITS)):
    """The loss and its gradient by every tensor; zero where a tensor is not used."""
    value = loss(model, structures, seeds, terms)
    tensors = model.tensors
    slopes = torch.autograd.grad(value, list(tensors.values()), allow_unused=True)
    return float(value.detach()), {
        name: torch.zeros_like(tensor) if slope is None else slope
        for (name, tensor), slope in zip(tensors.items(), slopes)
    }


def scaled(model, structures, seeds):
    """The seeds times the largest power of ten, at most one, that keeps gradients below LARGEST."""
    _, gradients = differentiate(model, structures, seeds)
    decimals = 0
    while max(float(g.abs().max()) for g in gradients.values()) >= LARGEST * 10.0**decimals:
        decimals += 1
    smaller = lambda value: torch.round(value / 10.0**decimals, decimals=3 + decimals)
    return [{key: smaller(value) for key, value in seed.items()} for seed in seeds]


def check_references(model, structures):
    """The predictions the loss is made of must be those the fixture's own script computed."""
    for structure in structures:
        for key, value in predict(model, structure).items():
            known = torch.tensor(structure[key], dtype=torch.float64)
            error = float((value - known).detach().abs().max())
            if error > 1e-10 * max(1.0, float(known.abs().max())):
                raise ValueError(f"{key} of {structure['name']} is {error} off the fixture's")


def check_differences(model, structures, seeds, gradients):
    """Largest error of a directional derivative, one direction per tensor.

    Relative to the norms of direction and gradient; the differences are of fourth order.
    """
    generator = torch.Generator().manual_seed(11)
    worst = 0.0
    for name, tensor in model.tensors.items():
        direction = torch.randn(tensor.shape, generator=generator, dtype=torch.float64)
        exact = float((direction * gradients[name]).sum())
        norm = float(direction.norm() * gradients[name].norm())
        step = 2e-4 * (float(tensor.detach().abs().max()) or 1.0)
        with torch.no_grad():
            saved = tensor.clone()
        values = []
        for place in (-2, -1, 1, 2):
            tensor.data.copy_(saved + place * step * direction)
            values.append(float(loss(model, structures, seeds).detach()))
        tensor.data.copy_(saved)
        slope = (values[0] - 8 * values[1] + 8 * values[2] - values[3]) / (12 * step)
        error = abs(slope - exact) / max(1e-3, norm)
        worst = max(worst, error)
        if error > 1e-7:
            raise ValueError(f"{name}: derivative {exact}, by differences {slope}")
    return worst


def check_file(model, path, gradients):
    """What is read back from the file must be the gradients, bit for bit."""
    stored = model.read(path)
    for name, gradient in gradients.items():
        if stored[name].dtype != torch.float64 or not torch.equal(stored[name], gradient):
            raise ValueError(f"{path.name} does not hold the gradient of {name}")


def make(mode, name, output):
    """Writes the model of gradients and the JSON file of one fixture; returns what to print."""
    torch.set_num_threads(1)
    backend = importlib.import_module(f"gradient_{mode}")
    head = backend.CASES[name]
    fixture = ROOT / backend.FOLDER / f"{name}{backend.SUFFIX}"
    model = backend.Model(fixture, head)
    listed = backend.structures(json.loads(fixture.with_suffix(".json").read_text("utf-8")), head)
    structures = [entry for entry in listed if entry["name"] in STRUCTURES]
    check_references(model, structures)
    seeds = scaled(model, structures, draw_seeds(name, structures))
    value, gradients = differentiate(model, structures, seeds)
    if not all(bool(g.isfinite().all()) for g in gradients.values()):
        raise ValueError(f"{name}: a gradient is not finite")
    worst = check_differences(model, structures, seeds, gradients)
    shares = [
        size(differentiate(model, structures, seeds, (key,))[1]) / size(gradients) for key in UNITS
    ]
    path = output / fixture.name
    model.write(path, gradients)
    check_file(model, path, gradients)
    record = {
        "description": "gradient of a loss with respect to the parameters of a fixture",
        "source": backend.SOURCE | {
            "command": f"python make_gradient_goldens.py {backend.FOLDER} --only {name}",
            "dtype": "float64",
        },
        "units": UNITS,
        "fixture": f"{backend.FOLDER}/{fixture.name}",
        "gradients": path.name,
        "head": head,
        "loss": value,
    }
    entries = [
        {"name": structure["name"], "seeds": {key: item.tolist() for key, item in seed.items()}}
        for structure, seed in zip(structures, seeds)
    ]
    path.with_suffix(".json").write_text(dump(record, entries, list(gradients)), encoding="utf-8")
    idle = [key for key, gradient in gradients.items() if not gradient.abs().max() > 0]
    largest = max(float(g.abs().max()) for g in gradients.values())
    return (
        f"{name}: {path.stat().st_size} bytes, largest {largest:.3g}, differences {worst:.1e}, "
        f"shares of E, F, W {' '.join(f'{share:.2g}' for share in shares)}, zero: {idle}"
    )


def size(gradients):
    """The Euclidean norm of all gradients together."""
    return float(sum(gradient.square().sum() for gradient in gradients.values())) ** 0.5


def dump(record, entries, names):
    """JSON with one seed array and one name of a tensor a line."""
    text = json.dumps(record, indent=1, ensure_ascii=False)[:-2]
    blocks = []
    for entry in entries:
        lines = [f'    "{key}": {json.dumps(item)}' for key, item in entry["seeds"].items()]
        rows = ",\n".join(lines)
        blocks.append(f'  {{\n   "name": "{entry["name"]}",\n   "seeds": {{\n{rows}\n   }}\n  }}')
    listed = ",\n".join(f"  {json.dumps(name)}" for name in names)
    joined = ",\n".join(blocks)
    return f'{text},\n "structures": [\n{joined}\n ],\n "tensors": [\n{listed}\n ]\n}}\n'


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("mode", choices=("mace", "sevennet"))
    parser.add_argument("--only", nargs="*")
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "gradients")
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    names = importlib.import_module(f"gradient_{options.mode}").CASES
    wanted = [name for name in names if not options.only or name in options.only]
    # How a pickle shares strings depends on what the process read before.
    pool = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), max_tasks_per_child=1)
    with pool:
        for line in pool.map(make, repeat(options.mode), wanted, repeat(options.output)):
            print(line, flush=True)


if __name__ == "__main__":
    main()

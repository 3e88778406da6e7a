"""Writes Tests/Golden/sevennet: small random SevenNet checkpoints and what they evaluate to.

Run from anywhere:  python Scripts/golden/make_sevennet_fixtures.py [case ...]
Packages: requirements-sevennet.txt. The files are the same, bit for bit, on every run.
"""

import io
import json
import pathlib
import sys
import zlib

import e3nn
import numpy as np
import sevenn
import torch

import sevennet_reference as reference
from sevennet_cases import CASES
from sevennet_models import instructions, make_checkpoint
from sevennet_refused import make_refused
from sevennet_structures import STRUCTURES

ROOT = pathlib.Path(__file__).resolve().parents[2] / "Tests" / "Golden" / "sevennet"
UNITS = {"length": "Å", "energy": "eV", "force": "eV/Å", "virial": "eV"}


def check_every_tensor_matters(model, config, heads):
    """Every learnt tensor must change the atom energies; returns the share of idle numbers."""
    weights = np.random.default_rng(7)
    total = 0.0
    for head in heads:
        for structure in STRUCTURES[:4]:
            cell = None if structure["cell"] is None else np.asarray(structure["cell"])
            points = np.asarray(structure["positions"])
            index, offsets = reference.edges(points, cell, structure["pbc"], config["cutoff"])
            vectors = torch.as_tensor(points[index[1]] - points[index[0]] + offsets)
            energies = reference.atom_energies(model, structure, vectors, index, head)
            total = total + (energies * torch.as_tensor(weights.normal(size=len(energies)))).sum()
    named = [(n, p) for n, p in model.named_parameters() if p.numel()]
    gradients = torch.autograd.grad(total, [p for _, p in named], allow_unused=True)
    idle = count = 0
    for (name, _), gradient in zip(named, gradients):
        size = 0.0 if gradient is None else float(gradient.abs().max())
        assert size > 1e-5, f"{name} does not matter: {size}"
        idle += int((gradient.abs() < 1e-12).sum())
        count += gradient.numel()
    return idle / count


def draw(case, path):
    """Writes the checkpoint with the first weights whose forces are of a sensible size."""
    for attempt in range(50):
        torch.set_default_dtype(torch.float32)
        save(make_checkpoint(case, zlib.crc32(case.name.encode()) // 100 + attempt), path)
        model, config = reference.load(path)
        heads = sorted(config["_modal_map"]) if config.get("use_modality") else [None]
        records = {h: [reference.evaluate(model, config, s, h) for s in STRUCTURES] for h in heads}
        if all(0.2 < largest_force(r) < 8.0 for r in records.values()):
            return model, config, records
    raise SystemExit(f"{case.name}: no weights with forces between 0.2 and 8 eV/Å")


def largest_force(records):
    return max(np.abs(r["forces"]).max() for r in records)


def write(case):
    path = ROOT / f"{case.name}.pth"
    model, config, records = draw(case, path)
    heads = list(records)
    idle = check_every_tensor_matters(model, config, heads)
    single = instructions(case).get("float32")
    out = {
        "description": case.description,
        "source": {
            "code": "sevenn",
            "version": f"sevenn {sevenn.__version__}, e3nn {e3nn.__version__}, "
            f"torch {torch.__version__.split('+')[0]}",
            "command": f"python Scripts/golden/make_sevennet_fixtures.py {case.name}",
            "dtype": "float64 from float32 weights" if single else "float64",
        },
        "units": UNITS,
        "model": path.name,
    }
    out |= {"head": None, "structures": records[None]} if heads == [None] else {"heads": records}
    path.with_suffix(".json").write_text(dump(out), encoding="utf-8")
    sizes = [path.stat().st_size, path.with_suffix(".json").stat().st_size]
    energies = [r["energy"] for r in records[heads[0]]]
    force = largest_force(records[heads[0]])
    print(f"{case.name:26s} {sizes[0]:7d} {sizes[1]:6d} idle {idle:.2f} |F| {force:8.3f}",
          np.round(energies, 3), flush=True)


def save(checkpoint, path):
    """Saves without leaving the name of a temporary file or a time in the archive."""
    buffer = io.BytesIO()
    torch.save(checkpoint, buffer)
    path.write_bytes(buffer.getvalue())


def dump(record):
    """JSON with one entry of a structure a line, numbers in shortest exact form."""
    head = {k: v for k, v in record.items() if k not in ("structures", "heads")}
    lines = [json.dumps(head, ensure_ascii=False, indent=1)[:-2]]
    if "structures" in record:
        lines.append(',\n "structures": ' + block(record["structures"]))
    else:
        inner = ",\n".join(f'  "{h}": {block(s)}' for h, s in record["heads"].items())
        lines.append(',\n "heads": {\n' + inner + "\n }")
    return "".join(lines) + "\n}\n"


def block(structures):
    rows = []
    for structure in structures:
        entries = [f'    "{k}": {json.dumps(v)}' for k, v in structure.items()]
        rows.append("   {\n" + ",\n".join(entries) + "\n   }")
    return "[\n" + ",\n".join(rows) + "\n  ]"


def write_refused():
    folder = ROOT / "refused"
    folder.mkdir(exist_ok=True)
    torch.set_default_dtype(torch.float32)
    reasons = {}
    for name, reason, checkpoint in make_refused():
        save(checkpoint, folder / f"{name}.pth")
        reasons[f"{name}.pth"] = reason
    text = json.dumps({"description": "checkpoints to refuse, and why", "files": reasons}, indent=1)
    (folder / "refused.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    torch.set_num_threads(1)
    ROOT.mkdir(parents=True, exist_ok=True)
    wanted = sys.argv[1:]
    for case in CASES:
        if not wanted or case.name in wanted:
            write(case)
    if not wanted or "refused" in wanted:
        write_refused()

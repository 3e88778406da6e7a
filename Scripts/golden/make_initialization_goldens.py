"""Writes Tests/Golden/initialization: what mace-torch and SevenNet make of options, untrained.

Usage: python make_initialization_goldens.py mace|nequip
Packages: requirements-mace.txt, requirements-sevennet.txt; one environment each, so two runs.

For every model: hone's description, and under hone's names the shape of every tensor the original
builds from the same options. Where there are seeds, also the statistics of its numbers over that
many models: mean, standard deviation, extremes and kurtosis (3 for normal, 1.8 for uniform numbers).
"""

import argparse
import json
import pathlib

import numpy as np
import torch

OUTPUT = pathlib.Path(__file__).resolve().parents[2] / "Tests" / "Golden" / "initialization"


class Statistics:
    """Moments of the numbers of one tensor over several models."""

    def __init__(self, tensor):
        self.shape = list(tensor.shape)
        self.values = []

    def add(self, tensor):
        self.values.append(tensor.detach().double().flatten().numpy())

    def record(self, seeds):
        entry = {"shape": self.shape}
        values = np.concatenate(self.values)
        if seeds == 0 or values.size == 0:
            return entry
        mean, deviation = float(values.mean()), float(values.std())
        entry |= {"count": int(values.size), "mean": mean, "deviation": deviation}
        entry |= {"minimum": float(values.min()), "maximum": float(values.max())}
        if deviation > 1e-12:
            entry["kurtosis"] = float((((values - mean) / deviation) ** 4).mean())
        return entry


def gather(build, names, seeds):
    """Shapes and statistics of all tensors that have a name in hone."""
    found = {}
    for seed in range(max(seeds, 1)):
        torch.manual_seed(seed)
        model = build()
        known = dict(model.named_parameters()) | dict(model.named_buffers())
        for name, tensor in known.items():
            own = names(name)
            if own is not None:
                found.setdefault(own, Statistics(tensor)).add(tensor)
    return {name: found[name].record(seeds) for name in sorted(found)}


def mace_models():
    import initialization_mace as mace

    return mace.CASES, mace.builder, mace.name, {
        "code": "mace-torch", "version": "mace-torch 0.3.16, e3nn 0.4.4"}


def nequip_models():
    import initialization_sevennet as sevennet

    return sevennet.CASES, sevennet.builder, sevennet.name, {
        "code": "sevenn", "version": "sevenn 0.13.0, e3nn 0.6.0"}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("family", choices=["mace", "nequip"])
    family = parser.parse_args().family
    cases, builder, name, source = mace_models() if family == "mace" else nequip_models()
    torch.set_num_threads(1)
    source["command"] = f"python Scripts/golden/make_initialization_goldens.py {family}"
    models = []
    for case in cases:
        build = builder(case["options"])
        tensors = gather(build, name(case["description"]), case["seeds"])
        print(case["name"], len(tensors), "tensors", flush=True)
        models.append({
            "name": case["name"], "description": {"family": family} | case["description"],
            "seeds": case["seeds"], "tensors": tensors})
    OUTPUT.mkdir(exist_ok=True)
    rows = ",\n".join("  " + json.dumps(model, ensure_ascii=False) for model in models)
    text = f'{{"source": {json.dumps(source)},\n "models": [\n{rows}\n ]}}\n'
    (OUTPUT / f"{family}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

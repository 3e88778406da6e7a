#!/usr/bin/env python3
"""Writes a MACE model with random weights in hone's own format; needs Python alone.

    random_mace.py FILE [--channels K] [--degree L] [--cutoff R] [--species Z ...]

Hidden irreps Kx0e up to degree L = 0, 1 or 2; max_ell 3, correlation 3, two layers, radial network
[64, 64, 64] and 8 Bessel functions, as in common use. What a model costs does not depend on what it
has learnt. Equal arguments give equal bytes: Python promises the sequence of random() for a seed.
"""

import argparse
import array
import json
import math
import pathlib
import random
import struct
import sys

MAX_ELL, CORRELATION, BESSEL, HIDDEN, READOUT = 3, 3, 8, 64, 16
# Couplings of one to three harmonics up to degree 3 that give an output of degree 0, 1, 2.
COUPLINGS = {0: (1, 4, 23), 1: (1, 6, 51), 2: (1, 7, 65)}
# Paths of features up to degree L with harmonics up to degree 3 to degrees up to 3, parity kept.
PATHS = {0: 4, 1: 10, 2: 17}
# Scales the variance of silu of a normal variable to one, as e3nn does.
SILU_FACTOR = 1.6791767923989418


def irreps(channels, degree):
    return "+".join(f"{channels}x{l}{'eo'[l % 2]}" for l in range(degree + 1))


def layer(channels, before, after, index):
    """A layer's description; features go from degree `before` to degree `after`."""
    last = index == 1
    return {
        "interaction": "residual" if last else "agnostic",
        "input": irreps(channels, before), "sender": irreps(channels, before),
        "target": irreps(channels, MAX_ELL), "output": irreps(channels, after),
        "radial_hidden": [HIDDEN] * 3, "density_hidden": [], "average_neighbor_count": 60.0,
        "correlation": CORRELATION, "couplings": "full", "shares_product": False,
        "adds_residual": last,
        "readout": {
            "hidden": [READOUT] if last else [], "has_bias": False,
            "activation": "silu" if last else "identity",
            "activation_factor": SILU_FACTOR if last else 1.0, "masks_heads": False,
        },
    }  # fmt: skip


def description(channels, degree, cutoff, species):
    radial = {
        "kind": "bessel", "count": BESSEL, "factor": math.sqrt(2 / cutoff),
        "cutoff_radius": cutoff, "cutoff": {"kind": "polynomial", "p": 5}, "transform": None,
        "applies_cutoff": True,
    }  # fmt: skip
    mace = {
        "radial": radial, "l_max": MAX_ELL, "even_harmonics": False, "repulsion": None,
        "layers": [layer(channels, 0, degree, 0), layer(channels, degree, 0, 1)],
    }  # fmt: skip
    return {
        "format_version": 1, "units": {"length": "Å", "energy": "eV"},
        "atomic_numbers": species, "heads": ["Default"], "mace": mace,
        "provenance": {"imported_from": "random_mace.py", "class": "random weights"},
    }  # fmt: skip


def layer_shapes(channels, degree, species, index):
    """Shapes of a layer's parameters by their names."""
    before, after = ((0, degree), (degree, 0))[index]
    k, count, paths = channels, species, PATHS[before]
    widths = [BESSEL, HIDDEN, HIDDEN, HIDDEN, k * paths]
    shapes = {
        "mix.weight": [k * k * (after + 1)], "up.weight": [k * k * (before + 1)],
        "reduce.weight": [k * k * paths],
        # The first layer mixes its message by species, the second adds what it came from.
        "skip.weight": [k * k * count * (MAX_ELL + 1 if index == 0 else 1)],
    }  # fmt: skip
    for place in range(4):
        shapes[f"network.{place}.weight"] = [widths[place], widths[place + 1]]
    for l in range(after + 1):
        for order, couplings in enumerate(COUPLINGS[l], start=1):
            shapes[f"product.{l}.{order}.weight"] = [count, couplings, k]
    shapes["readout.0.weight"] = [k * READOUT if index == 1 else k]
    if index == 1:
        shapes["readout.1.weight"] = [READOUT]
    return {f"layers.{index}.{name}": shape for name, shape in shapes.items()}


def tensors(channels, degree, cutoff, species):
    """Pairs of a shape and values in double, by name."""
    generator = random.Random(1)
    count = len(species)
    shapes = {"embedding.weight": [channels * count]}
    for index in (0, 1):
        shapes |= layer_shapes(channels, degree, count, index)
    result = {}
    for name, shape in shapes.items():
        # Of variance one, as mace draws them; those of the product basis share it.
        width = math.sqrt(3) / (shape[1] if "product" in name else 1)
        values = [width * (2 * generator.random() - 1) for _ in range(math.prod(shape))]
        result[name] = (shape, values)
    frequencies = [math.pi * (n + 1) / cutoff for n in range(BESSEL)]
    result["radial.constants"] = ([BESSEL], frequencies)
    result["atomic_energies"] = ([count], [0.0] * count)
    result["scale"], result["shift"] = ([], [1.0]), ([], [0.0])
    return result


def write(path, channels=128, degree=0, cutoff=6.0, species=(11, 17)):
    """Writes a model in the safetensors format."""
    species = sorted(species)
    metadata = description(channels, degree, cutoff, species)
    header = {"__metadata__": {"hone": json.dumps(metadata, ensure_ascii=False)}}
    data = bytearray()
    for name, (shape, values) in sorted(tensors(channels, degree, cutoff, species).items()):
        numbers = array.array("d", values)
        if sys.byteorder == "big":
            numbers.byteswap()
        offsets = [len(data), len(data) + 8 * len(values)]
        header[name] = {"dtype": "F64", "shape": shape, "data_offsets": offsets}
        data += numbers.tobytes()
    text = json.dumps(header, ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    # Whole or not at all: others take the file for complete when it is there.
    temporary = path.with_name(path.name + ".part")
    temporary.write_bytes(struct.pack("<Q", len(text)) + text + data)
    temporary.rename(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("file")
    parser.add_argument("--channels", type=int, default=128)
    parser.add_argument("--degree", type=int, choices=sorted(PATHS), default=0)
    parser.add_argument("--cutoff", type=float, default=6.0)
    parser.add_argument("--species", type=int, nargs="+", default=[11, 17])
    options = parser.parse_args()
    write(options.file, options.channels, options.degree, options.cutoff, options.species)


if __name__ == "__main__":
    main()

"""Structures and neighbour graphs for the MACE fixtures.

The graph is built by brute force over periodic images, so the references do not depend on a
neighbour list library. Edges follow mace: sender j, receiver i, vector r_i - r_j + shift.
"""

import itertools

import numpy as np
import torch

MOLECULE = np.array(
    [
        [0.03, -0.02, 0.11],
        [1.21, 0.14, -0.08],
        [-0.55, 0.98, 0.35],
        [1.74, -0.87, 0.62],
        [-0.47, -0.93, -0.66],
        [2.05, 1.33, -0.41],
        [0.31, 1.92, 1.13],
    ]
)
CRYSTAL_CELL = np.array([[3.41, 0.22, -0.31], [0.74, 3.13, 0.42], [-0.53, 0.61, 3.82]])
CRYSTAL = np.array(
    [
        [0.02, 0.05, 0.01],
        [0.52, 0.47, 0.08],
        [0.49, 0.03, 0.44],
        [0.06, 0.53, 0.51],
        [0.27, 0.24, 0.76],
        [0.75, 0.77, 0.73],
    ]
)
SLAB_CELL = np.array([[4.03, 0.0, 0.0], [1.12, 4.27, 0.0], [0.0, 0.0, 11.5]])
SLAB = np.array(
    [
        [0.11, 0.21, 4.02],
        [1.92, 0.34, 4.71],
        [2.83, 2.35, 3.86],
        [0.94, 2.57, 5.23],
        [3.12, 3.61, 5.49],
    ]
)


def structures(species, cutoff):
    """The five structures of a model, with species taken in turn from its element list."""

    def numbers(count, stride):
        return [int(species[(stride * i + i // len(species)) % len(species)]) for i in range(count)]

    pair = np.array([[0.1, 0.2, -0.3], [0.1, 0.2, -0.3]])
    pair[1] += (cutoff - 0.015) * np.array([2.0, -1.0, 2.0]) / 3.0
    return [
        _structure("molecule", numbers(7, 1), MOLECULE),
        _structure("crystal", numbers(6, 1), CRYSTAL @ CRYSTAL_CELL, CRYSTAL_CELL, [True] * 3),
        _structure("slab", numbers(5, 2), SLAB, SLAB_CELL, [True, True, False]),
        _structure("atom", [int(species[-1])], np.array([[0.4, -1.3, 2.2]])),
        _structure("pair-at-cutoff", [int(species[0]), int(species[-1])], pair),
    ]


def _structure(name, numbers, positions, cell=None, periodic=(False, False, False)):
    return {
        "name": name,
        "numbers": numbers,
        "positions": positions.tolist(),
        "cell": None if cell is None else cell.tolist(),
        "pbc": list(periodic),
    }


def edges(structure, cutoff):
    """All directed pairs closer than the cutoff: senders, receivers, integer shifts."""
    positions = np.array(structure["positions"])
    cell = np.zeros((3, 3)) if structure["cell"] is None else np.array(structure["cell"])
    reach = [0, 0, 0]
    for axis in range(3):
        if structure["pbc"][axis]:
            normal = np.cross(cell[(axis + 1) % 3], cell[(axis + 2) % 3])
            height = abs(cell[axis] @ normal) / np.linalg.norm(normal)
            spread = np.ptp(positions @ normal) / np.linalg.norm(normal)
            reach[axis] = int(np.ceil((cutoff + spread) / height))
    found = []
    for shift in itertools.product(*(range(-n, n + 1) for n in reach)):
        offset = np.array(shift, dtype=float) @ cell
        for sender, receiver in itertools.product(range(len(positions)), repeat=2):
            if sender == receiver and not any(shift):
                continue
            if np.linalg.norm(positions[receiver] - positions[sender] + offset) < cutoff:
                found.append((sender, receiver, shift))
    senders = [edge[0] for edge in found]
    receivers = [edge[1] for edge in found]
    shifts = np.array([edge[2] for edge in found], dtype=float).reshape(-1, 3)
    return senders, receivers, shifts


def batch(structure, species, cutoff, head=0):
    """The dictionary that mace's forward expects, in double precision, for one structure."""
    senders, receivers, shifts = edges(structure, cutoff)
    count = len(structure["numbers"])
    one_hot = torch.zeros(count, len(species), dtype=torch.float64)
    for atom, number in enumerate(structure["numbers"]):
        one_hot[atom, list(species).index(number)] = 1.0
    cell = np.zeros((3, 3)) if structure["cell"] is None else np.array(structure["cell"])
    return {
        "positions": torch.tensor(structure["positions"], dtype=torch.float64),
        "node_attrs": one_hot,
        "edge_index": torch.tensor([senders, receivers], dtype=torch.int64).reshape(2, -1),
        "unit_shifts": torch.tensor(shifts, dtype=torch.float64),
        "shifts": torch.tensor(shifts @ cell, dtype=torch.float64),
        "cell": torch.tensor(cell, dtype=torch.float64),
        "batch": torch.zeros(count, dtype=torch.int64),
        "ptr": torch.tensor([0, count], dtype=torch.int64),
        "head": torch.tensor([head], dtype=torch.int64),
    }

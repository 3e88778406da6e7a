"""Energies, forces and virials of a SevenNet checkpoint, in double precision throughout.

sevenn itself evaluates in single precision. Here its modules are built in double precision and
three places where single precision creeps in are kept out: the one-hot encoding, the edge
vectors, and the 3j symbols of single-precision files, which are recomputed with the stored sign.
"""

import copy
import itertools
import math

import numpy as np
import torch

import sevenn._keys as KEY
import sevenn.scripts.backward_compatibility as compatibility
from e3nn.o3 import wigner_3j
from sevenn.checkpoint import _config_cp_routine
from sevenn.nn.node_embedding import OnehotEmbedding

from sevennet_models import build


def one_hot_in_default_precision(self, data):
    index = data[self.key_x]
    encoded = torch.nn.functional.one_hot(index, self.num_classes).to(torch.get_default_dtype())
    data[self.key_output] = encoded
    if self.key_additional_output is not None:
        data[self.key_additional_output] = encoded
    if self.key_save is not None:
        data[self.key_save] = index
    return data


OnehotEmbedding.forward = one_hot_in_default_precision


class Graph(dict):
    """The dictionary sevenn's modules pass on; `x` is looked up as an attribute too."""

    @property
    def x(self):
        return self[KEY.EDGE_VEC]


def load(path):
    """The model of a checkpoint file, in double precision."""
    torch.set_default_dtype(torch.float64)
    file = torch.load(path, map_location="cpu", weights_only=False)
    config = _config_cp_routine(copy.deepcopy(file["config"]))
    config["cuequivariance_config"] = {}
    model = build(copy.deepcopy(config), torch.float64)
    state = {k: v.double() if v.is_floating_point() else v
             for k, v in file["model_state_dict"].items()}
    missing, unexpected = model.load_state_dict(
        compatibility.patch_state_dict_if_old(state, config, model), strict=False)
    stripped = ("_w3j_", "convolution.weight", "output_mask")
    assert not unexpected and all(any(s in m for s in stripped) for m in missing), missing
    restore_constants(model, config)
    model.delete_module_by_key("force_output")
    model.key_grad = None
    model.set_is_batch_data(False)
    return model.requires_grad_(True), config


def restore_constants(model, config):
    for name, buffer in model.named_buffers():
        if "_w3j_" in name:
            exact = wigner_3j(*map(int, name.split("_w3j_")[1].split("_")), dtype=torch.float64)
            product = float((exact * buffer).sum())
            assert abs(abs(product) - 1) < 1e-6, name
            buffer.copy_(math.copysign(1.0, product) * exact)
    basis = model._modules["edge_embedding"].basis_function
    if not isinstance(basis.coeffs, torch.nn.Parameter):
        count = torch.arange(1, basis.num_basis + 1, dtype=torch.float64)
        basis.coeffs = count * math.pi / config["cutoff"]


def edges(positions, cell, pbc, cutoff):
    """All ordered pairs closer than the cutoff: centers, neighbors, image offsets (Å)."""
    images = [0, 0, 0]
    if cell is not None:
        inverse = np.linalg.inv(cell)
        reduced = positions @ inverse
        reach = cutoff * np.linalg.norm(inverse, axis=0) + np.ptp(reduced, axis=0)
        images = [int(math.ceil(r)) if p else 0 for r, p in zip(reach, pbc)]
    out = []
    for shift in itertools.product(*(range(-n, n + 1) for n in images)):
        offset = np.zeros(3) if cell is None else np.asarray(shift, float) @ cell
        distance = np.linalg.norm(positions[None] + offset - positions[:, None], axis=2)
        for i, j in zip(*np.nonzero((distance < cutoff) & (distance > 1e-9))):
            out.append((i, j, offset))
    index = np.array([(i, j) for i, j, _ in out], dtype=np.int64).reshape(-1, 2).T
    return index, np.array([o for _, _, o in out], dtype=float).reshape(-1, 3)


def atom_energies(model, structure, vectors, index, head):
    graph = Graph()
    graph[KEY.ATOMIC_NUMBERS] = torch.as_tensor(structure["numbers"])
    graph[KEY.EDGE_IDX] = torch.as_tensor(index)
    graph[KEY.EDGE_VEC] = vectors
    if head is not None:
        graph[KEY.DATA_MODALITY] = head
    return model(graph)[KEY.ATOMIC_ENERGY].reshape(-1)


def evaluate(model, config, structure, head=None):
    """The reference record of one structure."""
    cell = None if structure["cell"] is None else np.asarray(structure["cell"], float)
    points = np.asarray(structure["positions"], float)
    index, offsets = edges(points, cell, structure["pbc"], config["cutoff"])
    positions = torch.tensor(points, requires_grad=True)
    strain = torch.zeros(3, 3, requires_grad=True)
    deformed = positions + positions @ strain
    shifts = torch.as_tensor(offsets)
    vectors = deformed[index[1]] - deformed[index[0]] + shifts + shifts @ strain
    energies = atom_energies(model, structure, vectors, index, head)
    assert energies.dtype == torch.float64
    total = energies.sum()
    gradient, slope = torch.autograd.grad(
        total, (positions, strain), retain_graph=True, allow_unused=True)
    zeros = lambda like, value: torch.zeros_like(like) if value is None else value
    forces, virial = -zeros(positions, gradient), -zeros(strain, slope)
    record = dict(structure)
    record["edges"] = int(index.shape[1])
    record["energy"] = float(total)
    record["atom_energies"] = energies.tolist()
    record["forces"] = forces.tolist()
    record["virial"] = virial.tolist()
    record["atom_virials"] = None
    if cell is None:
        assert torch.allclose(positions.detach().T @ forces, virial, atol=1e-10)
        record["atom_virials"] = atom_virials(energies, positions, virial)
    return record


def atom_virials(energies, positions, virial):
    """W_j[a][b] = sum_i (r_i - r_j)_a dU_i/dr_j_b, by one gradient per atom."""
    out = torch.zeros(len(energies), 3, 3)
    points = positions.detach()
    for i, energy in enumerate(energies):
        gradient = torch.autograd.grad(energy, positions, retain_graph=True, allow_unused=True)[0]
        if gradient is not None:
            out += torch.einsum("ja,jb->jab", points[i] - points, gradient)
    assert torch.allclose(out.sum(0), virial, atol=1e-10)
    return out.tolist()

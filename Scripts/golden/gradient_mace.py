"""MACE fixtures as functions of their learnt tensors, for make_gradient_goldens.py."""

import mace_models  # first: it imports mace before e3nn and makes Chebyshev differentiable
import e3nn
import torch
from e3nn.util.codegen import CodeGenMixin

from mace_graph import batch

FOLDER = "mace"
SUFFIX = ".model"
SOURCE = {
    "code": "mace-torch",
    "version": f"mace-torch 0.3.16, e3nn {e3nn.__version__}, torch "
    + torch.__version__.split("+")[0],
}
# Fixtures with the head the loss is of.
CASES = {
    "vector-l3": "Default",
    "one-layer": "Default",
    "density-zbl": "Default",
    "nonlinear": "Default",
    "nonlinear-heads": "omat",
    "heads-3": "r2scan",
    "reduced-c3": "Default",
    "parity": "Default",
    "plain-tensor": "Default",
    "chebyshev-zbl": "Default",
}
# Buffers of mace that are parameters of hone's.
LEARNT_BUFFERS = (
    "atomic_energies_fn.atomic_energies",
    "scale_shift.scale",
    "scale_shift.shift",
    "radial_embedding.bessel_fn.bessel_weights",
    "radial_embedding.bessel_fn.gaussian_weights",
)


class Model:
    """A fixture whose learnt tensors all have derivatives."""

    def __init__(self, path, head):
        self.module = torch.load(path, weights_only=False).eval()
        self.head = list(self.module.heads).index(head)
        self.species = self.module.atomic_numbers.tolist()
        self.cutoff = float(self.module.r_max)
        self.tensors = learnt(self.module)
        for tensor in self.tensors.values():
            tensor.requires_grad_(True)

    def energy(self, structure, positions, strain):
        """The energy of positions and cell deformed by r + r·strain."""
        data = batch(structure, self.species, self.cutoff, self.head)
        data["positions"] = positions + positions @ strain
        data["shifts"] = data["shifts"] + data["shifts"] @ strain
        return self.module(data, compute_force=False)["energy"][0]

    def write(self, path, gradients):
        """Saves the model with gradients as its tensors; its own tensors are lost."""
        with torch.no_grad():
            for name, tensor in self.tensors.items():
                tensor.copy_(gradients[name])
                # Buffers have no derivatives in a fixture's file.
                tensor.requires_grad_(isinstance(tensor, torch.nn.Parameter))
        torch.save(self.module, path)

    def read(self, path):
        """The tensors of a file."""
        stored = learnt(torch.load(path, weights_only=False))
        return {name: tensor.detach() for name, tensor in stored.items()}


def learnt(module):
    """Parameters and learnt buffers by name."""
    named = [*module.named_parameters()]
    named += [(n, b) for n, b in module.named_buffers() if n in LEARNT_BUFFERS]
    return {name: tensor for name, tensor in named if tensor.numel()}


def structures(record, head):
    """The structures of a fixture's JSON file with the values of a head."""
    return [entry | entry.get("heads", {}).get(head, {}) for entry in record["structures"]]


def _state_without_code(self):
    """The state of a module less its compiled code: nobody evaluates a model of gradients."""
    state = _full_state(self)
    if "__codegen__" in state:
        state["__codegen__"] = {}
    return state


_full_state = CodeGenMixin.__getstate__
CodeGenMixin.__getstate__ = _state_without_code

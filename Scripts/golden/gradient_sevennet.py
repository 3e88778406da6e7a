"""SevenNet fixtures as functions of their learnt tensors, for make_gradient_goldens.py."""

import copy
import io

import e3nn
import numpy as np
import sevenn
import torch

import sevennet_reference as reference
from sevennet_models import build
from sevennet_reference import compatibility

FOLDER = "sevennet"
SUFFIX = ".pth"
SOURCE = {
    "code": "sevenn",
    "version": f"sevenn {sevenn.__version__}, e3nn {e3nn.__version__}, torch "
    + torch.__version__.split("+")[0],
}
# Fixtures with the modality the loss is of.
CASES = {
    "l1-defaults": None,
    "l1-xplor": None,
    "l2-parity": None,
    "bias": None,
    "readout-network": None,
    "modal-all": "R2SCAN",
    "old-order-parity": None,
    "new-order-flipped": None,
}


class Model:
    """A fixture whose learnt tensors all have derivatives."""

    def __init__(self, path, head):
        self.path = path
        self.head = head
        self.module, self.config = reference.load(path)
        # A denominator is an option of the model to hone, which divides by it.
        self.tensors = {
            name: tensor
            for name, tensor in self.module.named_parameters()
            if tensor.numel() and not name.endswith(".denominator")
        }

    def energy(self, structure, positions, strain):
        """The energy of positions and cell deformed by r + r·strain."""
        cell = None if structure["cell"] is None else np.asarray(structure["cell"], float)
        points = np.asarray(structure["positions"], float)
        index, offsets = reference.edges(points, cell, structure["pbc"], self.config["cutoff"])
        deformed = positions + positions @ strain
        shifts = torch.as_tensor(offsets)
        vectors = deformed[index[1]] - deformed[index[0]] + shifts + shifts @ strain
        return reference.atom_energies(self.module, structure, vectors, index, self.head).sum()

    def write(self, path, gradients):
        """Saves the checkpoint with gradients as its tensors, in the order of its version."""
        checkpoint = torch.load(self.path, weights_only=False)
        state = checkpoint["model_state_dict"]
        for name, (places, signs) in self._places(state).items():
            stored = torch.empty_like(state[name])
            stored.view(-1)[places] = signs * gradients[name].reshape(-1)
            state[name] = stored
        buffer = io.BytesIO()
        torch.save(checkpoint, buffer)
        path.write_bytes(buffer.getvalue())

    def read(self, path):
        """The tensors of a file in the model's own order."""
        state = torch.load(path, weights_only=False)["model_state_dict"]
        return {
            name: (signs * state[name].view(-1)[places]).reshape(self.tensors[name].shape)
            for name, (places, signs) in self._places(state).items()
        }

    def _places(self, state):
        """Where in the file's tensors the numbers of the model's stand, and with which signs.

        sevenn's own loader moves and negates the weights of old files; here it does so with
        their numbers, counted from one so that each has a sign.
        """
        numbered = {name: tensor.clone() for name, tensor in state.items()}
        for name, tensor in self.tensors.items():
            count = torch.arange(1, tensor.numel() + 1, dtype=torch.float64)
            numbered[name] = count.reshape(state[name].shape)
        # The loader takes what it needs for the order out of a model, so this is a new one.
        model = build(copy.deepcopy(self.config), torch.float64)
        moved = compatibility.patch_state_dict_if_old(numbered, self.config, model)
        flat = {name: moved[name].reshape(-1) for name in self.tensors}
        return {name: (values.abs().long() - 1, values.sign()) for name, values in flat.items()}


def structures(record, head):
    """The structures of a fixture's JSON file with the values of a modality."""
    return record["structures"] if head is None else record["heads"][head]

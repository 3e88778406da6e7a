"""Rescales a random MACE model so that the features of every layer have a size near one.

Each block of equal irreps is scaled on its own; otherwise products of features, which have heavy
tails, would hide some terms behind others.
"""

import math

import torch
from mace.modules import blocks

from mace_graph import batch


def calibrate(model, listed):
    """Scales, layer by layer, the last linear maps of messages, products and readouts."""
    for interaction, product in zip(model.interactions, model.products):
        for module, target in _message_maps(interaction):
            _scale(model, listed, module, target)
        _scale(model, listed, product.linear, 1.0)
    for readout in model.readouts:
        last = readout.linear if hasattr(readout, "linear") else readout.linear_2
        _scale(model, listed, last, 0.8)


def _message_maps(interaction):
    """The maps that fix the size of a message, in order of evaluation, with the size wanted."""
    if isinstance(interaction, blocks.RealAgnosticResidualNonLinearInteractionBlock):
        return [(interaction.linear_1, 6.0), (interaction.linear_2, 1.2)]
    if "Residual" in type(interaction).__name__:
        return [(interaction.linear, 1.2 * interaction.avg_num_neighbors)]
    return [(interaction.skip_tp, 1.2)]


def _scale(model, listed, module, target):
    seen = []
    handle = module.register_forward_hook(lambda _module, _inputs, out: seen.append(out.detach()))
    species = model.atomic_numbers.tolist()
    for structure in listed:
        with torch.no_grad():
            model(batch(structure, species, float(model.r_max)), compute_force=False)
    handle.remove()
    outputs = torch.cat(seen)
    for index, block in enumerate(module.irreps_out.slices()):
        size = outputs[:, block].square().mean().sqrt()
        if size > 1e-12:
            _scale_block(module, index, target / size)


def _scale_block(module, index, factor):
    offset = 0
    for instruction in module.instructions:
        if len(instruction.path_shape) < 2:  # a bias, which stays
            continue
        count = math.prod(instruction.path_shape)
        if instruction.i_out == index:
            module.weight.data[offset : offset + count] *= factor
        offset += count

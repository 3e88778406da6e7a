"""Builds small MACE models with random double weights of a size at which every term matters."""

import numpy as np
import torch
from mace import modules  # before e3nn, whose constants load only with the setting mace makes
from mace.modules import blocks, radial, wrapper_ops
from mace.tools.cg import CUET_AVAILABLE

from e3nn import nn, o3

torch.set_default_dtype(torch.float64)

# The reduced basis needs only cuequivariance; mace asks for cuequivariance_torch as well.
wrapper_ops.CUET_AVAILABLE = CUET_AVAILABLE

INTERACTIONS = {
    "RA": blocks.RealAgnosticInteractionBlock,
    "RR": blocks.RealAgnosticResidualInteractionBlock,
    "DA": blocks.RealAgnosticDensityInteractionBlock,
    "DR": blocks.RealAgnosticDensityResidualInteractionBlock,
    "NL": blocks.RealAgnosticResidualNonLinearInteractionBlock,
    "AT": blocks.RealAgnosticAttResidualInteractionBlock,
}


def arguments(case):
    """Constructor arguments of mace's classes from a case, which names only what is not default."""
    options = dict(case["options"])
    species = case["species"]
    heads = options.get("heads")
    generator = np.random.default_rng(case["seed"])
    shape = (len(heads), len(species)) if heads else (len(species),)
    layers = options.setdefault("num_interactions", 2)
    options.setdefault("correlation", 2)
    first, other = options.pop("interactions")
    return {
        "r_max": 4.0,
        "num_bessel": 4,
        "num_polynomial_cutoff": 5,
        "max_ell": 2,
        "gate": torch.nn.functional.silu,
        "avg_num_neighbors": 7.3 if layers > 1 else 5.9,
        "radial_MLP": [8, 8],
        "MLP_irreps": o3.Irreps("4x0e"),
        "use_reduced_cg": False,
        "num_elements": len(species),
        "atomic_numbers": species,
        "atomic_energies": -3.0 * generator.random(shape) - 1.0,
        "interaction_cls_first": INTERACTIONS[first],
        "interaction_cls": INTERACTIONS[other],
        **options,
        "hidden_irreps": o3.Irreps(options["hidden_irreps"]),
    }


def build(case):
    """The model of a case, in double precision, with all weights drawn from the case's seed."""
    torch.manual_seed(case["seed"])
    kwargs = arguments(case)
    if "scale" in case:
        kwargs["atomic_inter_scale"] = case["scale"]
        kwargs["atomic_inter_shift"] = case["shift"]
        model = modules.ScaleShiftMACE(**kwargs)
    else:
        model = modules.MACE(**kwargs)
    if "after" in case:
        case["after"](model)
    randomize(model, case["seed"])
    return model.double().eval()


def randomize(model, seed):
    """Gives weights that mace starts at zero, one or tiny values a size at which they show."""
    generator = torch.Generator().manual_seed(seed)

    def normal(parameter, scale, mean=0.0):
        noise = torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
        parameter.data = mean + scale * noise

    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            continue
        if name.endswith(".bias"):
            normal(parameter, 0.4)
        elif name.endswith("_embedding.weight") and "interactions" in name:
            normal(parameter, 0.7)
        elif name.endswith(".alpha"):
            normal(parameter, 0.2, 3.0)
        elif name.endswith(".beta"):
            normal(parameter, 0.2, 0.9)
        elif ".net." in name and parameter.dim() == 1:
            normal(parameter, 0.3, 1.0)
        elif "symmetric_contractions" in name:
            normal(parameter, 0.5)


def narrow_attention(model):
    """Shrinks the attention block's fixed widths (64 scalars, 256 units) to fixture size."""
    for block in model.interactions:
        if not isinstance(block, blocks.RealAgnosticAttResidualInteractionBlock):
            continue
        block.node_feats_down_irreps = o3.Irreps("3x0e")
        block.linear_down = o3.Linear(block.node_feats_irreps, block.node_feats_down_irreps)
        inputs = block.edge_feats_irreps.num_irreps + 6
        block.conv_tp_weights = nn.FullyConnectedNet(
            [inputs, 8, 8, block.conv_tp.weight_numel], torch.nn.functional.silu
        )


def detune_bessel(model):
    """Moves the Bessel frequencies away from n pi / r_max, as training them would."""
    basis = model.radial_embedding.bessel_fn
    count = basis.bessel_weights.numel()
    basis.bessel_weights *= 1.0 + 0.03 * torch.cos(torch.arange(count, dtype=torch.float64))


def train_bessel(model):
    """Turns the detuned Bessel frequencies from a buffer into a parameter."""
    detune_bessel(model)
    basis = model.radial_embedding.bessel_fn
    weights = basis.bessel_weights
    del basis._buffers["bessel_weights"]
    basis.bessel_weights = torch.nn.Parameter(weights)


def stride_weights(model):
    """Stores some weights as transposed or offset views of larger storages."""
    for block in model.interactions:
        block.avg_num_neighbors = torch.tensor(block.avg_num_neighbors)
    for name, parameter in model.named_parameters():
        if parameter.dim() >= 2:
            parameter.data = parameter.data.transpose(0, 1).contiguous().transpose(0, 1)
        elif name.endswith("linear.weight"):
            storage = torch.zeros(2 * parameter.numel() + 3)
            storage[3::2] = parameter.data
            parameter.data = storage[3::2]


def chebyshev(self, distances):
    """T_1(x) ... T_n(x) by recurrence: torch cannot differentiate its own Chebyshev function."""
    values = [torch.ones_like(distances), distances]
    for _ in range(2, self.num_basis + 1):
        values.append(2.0 * distances * values[-1] - values[-2])
    result = torch.cat(values[1 : self.num_basis + 1], dim=-1)
    if not torch.allclose(result, _chebyshev(self, distances.detach()), rtol=1e-12, atol=1e-12):
        raise ValueError("the Chebyshev recurrence differs from torch's function")
    return result


_chebyshev = radial.ChebychevBasis.forward
radial.ChebychevBasis.forward = chebyshev

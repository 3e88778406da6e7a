"""The supported fixtures: which options each model combines.

Options that a case does not name have the defaults of mace_models.arguments.
"""

import mace_models as models  # first: it imports mace before e3nn
import torch
from mace.modules import blocks

from e3nn import o3


def case(name, description, species, interactions, hidden, **rest):
    """One fixture: constructor options of mace as keywords, besides the keys named here."""
    entry = {"name": name, "description": description, "species": species}
    entry["seed"] = sum(ord(letter) * (index + 1) for index, letter in enumerate(name)) % 100_000
    for key in ("scale", "shift", "after", "finish", "dtype"):
        if key in rest:
            entry[key] = rest.pop(key)
    entry["options"] = {"interactions": interactions, "hidden_irreps": hidden, **rest}
    return entry


CASES = [
    case(
        "scalar-c3",
        "RA then RR, scalar features, correlation 3, Bessel, scale and shift: the usual model",
        [1, 6, 8], ("RA", "RR"), "8x0e", scale=0.83, shift=-0.27, correlation=3,
    ),
    case(
        "seven-elements",
        "RA then RR, seven elements: more than the compiled evaluator joins with the map of the"
        " centre's species",
        [1, 6, 7, 8, 9, 16, 17], ("RA", "RR"), "4x0e+4x1o", scale=0.9, shift=-0.1,
    ),
    case(
        "vector-l3",
        "RR twice, scalar and vector features, max_ell 3, correlation 2, Bessel frequencies that"
        " differ from n pi / r_max",
        [1, 8], ("RR", "RR"), "4x0e+4x1o", scale=1.17, shift=0.31, max_ell=3,
        after=models.detune_bessel,
    ),
    case(
        "plain-tensor",
        "class MACE (no scale and shift), features up to l = 2, p = 6, tanh gate, Bessel"
        " frequencies stored as a parameter",
        [6, 7], ("RR", "RR"), "4x0e+4x1o+4x2e", num_polynomial_cutoff=6, gate=torch.tanh,
        after=models.train_bessel,
    ),
    case(
        "one-layer",
        "num_interactions 1, RR, hidden 4x0e+4x1o of which the scalars stay, Gaussian basis",
        [1, 6], ("RR", "RR"), "4x0e+4x1o", scale=0.6, shift=0.2, num_interactions=1,
        correlation=3, radial_type="gaussian", num_bessel=6,
    ),
    case(
        "attention",
        "the attention block in both layers; its fixed widths (64 scalars, 256 units) are cut to 3"
        " and 8 after construction",
        [1, 6], ("AT", "AT"), "4x0e+4x1o", scale=0.95, shift=0.15, max_ell=1,
        after=models.narrow_attention,
    ),
    case(
        "nonlinear-heads",
        "NonLinear blocks as in the newest foundation models: two heads, edge_irreps for all"
        " layers, apply_cutoff False, kept last irreps, agnostic product, only the last readout, a"
        " NonLinearBiasReadoutBlock",
        [1, 6, 8], ("NL", "NL"), "4x0e+4x1o", scale=[0.9, 1.3], shift=[0.2, -0.4], max_ell=1,
        heads=["omat", "rgd1"], edge_irreps=o3.Irreps("3x0e+3x1o"), use_edge_irreps_first=True,
        apply_cutoff=False, keep_last_layer_irreps=True, use_agnostic_product=True,
        use_last_readout_only=True, readout_cls=blocks.NonLinearBiasReadoutBlock,
    ),
    case(
        "heads-3",
        "three heads, each with its own E0, scale and shift; RA then RR, correlation 3",
        [1, 6, 8], ("RA", "RR"), "4x0e+4x1o", scale=[0.8, 1.2, 0.5], shift=[-0.1, 0.3, 0.0],
        heads=["pbe", "r2scan", "ccsd"], max_ell=1, correlation=3,
    ),
    case(
        "reduced-c3",
        "use_reduced_cg True: a smaller product basis, stored in the file, correlation 3",
        [1, 6], ("RA", "RR"), "4x0e+4x1o", scale=0.9, shift=-0.3, use_reduced_cg=True,
        correlation=3, max_ell=1,
    ),
    case(
        "four-layers",
        "class MACE, RA in all four layers (no self connection anywhere), vectors, one correlation"
        " per layer (3, 1, 2, 1), p = 7, abs gate, one radial hidden layer, four elements",
        [1, 6, 7, 8], ("RA", "RA"), "2x0e+2x1o", num_interactions=4, max_ell=1,
        correlation=[3, 1, 2, 1], num_polynomial_cutoff=7, gate=torch.abs, radial_MLP=[8],
    ),
    case(
        "l4-gaussian",
        "one RA layer, max_ell 4, scalar features, Gaussian basis with the Soft distance"
        " transform, apply_cutoff False",
        [1, 6, 8], ("RA", "RA"), "4x0e", scale=0.7, shift=0.1, num_interactions=1, max_ell=4,
        radial_type="gaussian", distance_transform="Soft", apply_cutoff=False,
    ),
    case(
        "correlation-4",
        "one RR layer, correlation 4 with max_ell 1, whose basis keeps natural parities only",
        [1, 6], ("RR", "RR"), "4x0e", scale=1.1, shift=0.3, num_interactions=1, max_ell=1,
        correlation=4,
    ),
    case(
        "density-zbl",
        "density-normalised blocks (DA then DR), Agnesi transform, ZBL pair repulsion inside the"
        " scale, no gate, elements up to Cu",
        [6, 8, 29], ("DA", "DR"), "4x0e+4x1o", scale=0.77, shift=0.23,
        distance_transform="Agnesi", pair_repulsion=True, gate=None,
    ),
    case(
        "chebyshev-zbl",
        "class MACE, DR twice with apply_cutoff False (the cutoff multiplies radial weights and"
        " densities), Chebyshev basis of Agnesi distances, ZBL without scale, p = 6",
        [1, 14], ("DR", "DR"), "4x0e", radial_type="chebyshev", num_bessel=5,
        distance_transform="Agnesi", pair_repulsion=True, apply_cutoff=False,
        num_polynomial_cutoff=6,
    ),
    case(
        "nonlinear",
        "NonLinear blocks, max_ell 2, edge_irreps in the second layer only, every readout, a"
        " NonLinearReadoutBlock, correlations 2 and 1, Agnesi transform",
        [1, 8], ("NL", "NL"), "4x0e+4x1o", scale=1.1, shift=-0.2,
        edge_irreps=o3.Irreps("2x0e+2x1o"), correlation=[2, 1], distance_transform="Agnesi",
    ),
    case(
        "parity",
        "three RR layers with features of both parities, 2x0e+2x0o+2x1o+2x1e, reduced basis; some"
        " product bases vanish and weights are stored as zeros",
        [1, 6], ("RR", "RR"), "2x0e+2x0o+2x1o+2x1e", scale=0.9, shift=0.1, num_interactions=3,
        correlation=[3, 1, 2], use_reduced_cg=True,
    ),
    case(
        "so3",
        "use_so3: every irrep has even parity",
        [1, 6], ("RR", "RR"), "4x0e+4x1e", scale=0.9, shift=0.1, use_so3=True, max_ell=1,
    ),
    case(
        "reduced-l0",
        "one layer with max_ell 0, which mace can only build with the reduced basis",
        [1, 6], ("RR", "RR"), "8x0e", scale=0.9, shift=-0.3, use_reduced_cg=True, correlation=3,
        max_ell=0, num_interactions=1,
    ),
    case(
        "strided",
        "one RA layer; weights stored transposed, strided and offset in larger storages;"
        " avg_num_neighbors a tensor",
        [1, 6], ("RA", "RA"), "4x0e", scale=0.9, shift=-0.3, max_ell=1, num_interactions=1,
        finish=models.stride_weights,
    ),
    case(
        "float32",
        "a file in single precision, one RR layer; references in double from its weights, E0,"
        " scale and shift with every constant recomputed exactly",
        [1, 6, 8], ("RR", "RR"), "8x0e", scale=0.9, shift=-0.3, num_interactions=1, correlation=3,
        pair_repulsion=True, distance_transform="Agnesi", dtype="float32",
    ),
]

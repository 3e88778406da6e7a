"""The models of make_initialization_goldens.py that mace-torch builds, and names of their tensors."""

import re

import mace_models as models  # first: it imports mace before e3nn
import torch
from mace import modules
from mace.modules import blocks

from e3nn import o3

HEADS = ["pbe", "r2scan"]
SMALL = {"hidden_irreps": "16x0e+16x1o", "max_ell": 1, "correlation": 2, "num_bessel": 8,
         "radial_MLP": [16, 16], "MLP_irreps": "16x0e"}
SMALL_OWN = {"hidden_irreps": "16x0e+16x1o", "max_ell": 1, "correlation": 2,
             "radial_hidden": [16, 16]}


def case(name, options, description, seeds=0):
    """Options of mace's constructor, hone's description, and over how many models to average."""
    description = {"species": options["atomic_numbers"], "cutoff": 5.0,
                   "average_neighbor_count": 11.25} | description
    return {"name": name, "options": options, "description": description, "seeds": seeds}


CASES = [
    # What run_train builds without options.
    case("defaults", {"atomic_numbers": [1, 6, 8]}, {}),
    case("scalars", {"atomic_numbers": [14], "hidden_irreps": "64x0e", "max_ell": 2,
                     "num_interactions": 3, "correlation": [3, 2, 1], "num_bessel": 10,
                     "radial_MLP": [32], "first": "RR"},
         {"hidden_irreps": "64x0e", "max_ell": 2, "interactions": 3, "correlation": [3, 2, 1],
          "radial_functions": 10, "radial_hidden": [32], "first_interaction": "residual"}),
    case("density", {**SMALL, "atomic_numbers": [1, 8], "first": "DA", "other": "DR",
                     "heads": HEADS},
         {**SMALL_OWN, "first_interaction": "density", "interaction": "density_residual",
          "heads": HEADS}, seeds=16),
    case("agnostic", {**SMALL, "atomic_numbers": [1, 8], "correlation": 3},
         {**SMALL_OWN, "correlation": 3}, seeds=16),
    case("non-linear", {**SMALL, "atomic_numbers": [1, 8], "first": "NL", "other": "NL",
                        "heads": HEADS, "use_reduced_cg": True, "use_agnostic_product": True,
                        "readout_cls": blocks.NonLinearBiasReadoutBlock, "apply_cutoff": False,
                        "edge_irreps": "8x0e+8x1o", "use_edge_irreps_first": True,
                        "keep_last_layer_irreps": True, "use_last_readout_only": True},
         {**SMALL_OWN, "first_interaction": "non_linear_residual",
          "interaction": "non_linear_residual", "heads": HEADS, "couplings": "reduced",
          "shares_product": True, "readout_bias": True, "applies_cutoff": False,
          "edge_irreps": "8x0e+8x1o", "first_sees_edge_irreps": True, "keeps_last_irreps": True,
          "reads_last_only": True}, seeds=24),
]


def builder(options):
    """A function that builds the model anew; defaults are those of run_train."""
    options = dict(options)
    numbers = options["atomic_numbers"]
    heads = options.get("heads") or ["Default"]
    first = options.pop("first", "RA")
    other = options.pop("other", "RR")
    options |= {key: o3.Irreps(options[key]) for key in ("edge_irreps",) if key in options}
    arguments = {
        "r_max": 5.0, "num_bessel": 8, "num_polynomial_cutoff": 5, "max_ell": 3,
        "num_interactions": 2, "correlation": 3, "gate": torch.nn.functional.silu,
        "use_reduced_cg": False, "avg_num_neighbors": 11.25, "heads": heads,
        "num_elements": len(numbers), "atomic_energies": [[0.0] * len(numbers)] * len(heads),
        "interaction_cls_first": models.INTERACTIONS[first],
        "interaction_cls": models.INTERACTIONS[other], "radial_MLP": [64, 64, 64],
        "atomic_inter_scale": [1.0] * len(heads), "atomic_inter_shift": [0.0] * len(heads),
        **options,
        "hidden_irreps": o3.Irreps(options.get("hidden_irreps", "128x0e+128x1o")),
        "MLP_irreps": o3.Irreps(options.get("MLP_irreps", "16x0e")),
    }
    if arguments["use_reduced_cg"] and not models.CUET_AVAILABLE:
        raise SystemExit("the reduced basis needs cuequivariance; mace would take the full one")
    return lambda: modules.ScaleShiftMACE(**arguments)


PLAIN = {
    "linear_up.weight": "up.weight", "skip_tp.weight": "skip.weight",
    "linear_res.weight": "reduce_own.weight", "source_embedding.weight": "source.weight",
    "target_embedding.weight": "target.weight", "alpha": "alpha", "beta": "beta",
}
GLOBAL = {
    "node_embedding.linear.weight": "embedding.weight", "scale_shift.scale": "scale",
    "scale_shift.shift": "shift", "atomic_energies_fn.atomic_energies": "atomic_energies",
    "radial_embedding.bessel_fn.bessel_weights": "radial.constants",
}
READOUT = {"linear": 0, "linear_1": 0, "linear_mid": 1}


def name(description):
    """A function from mace's names to hone's; None for what hone does not keep."""
    gated = description.get("interaction") == "non_linear_residual"
    correlation = description.get("correlation", 3)
    last_only = description.get("reads_last_only", False)
    layers = description.get("interactions", 2)

    def network(role, rest):
        if match := re.fullmatch(r"layer(\d+)\.weight", rest):
            return f"{role}.{match[1]}.weight"
        if match := re.fullmatch(r"net\.(\d+)\.(weight|bias)", rest):
            k, part = divmod(int(match[1]), 3)
            kinds = [{"weight": "weight", "bias": "bias"}, {"weight": "gain", "bias": "offset"}]
            return f"{role}.{k}.{kinds[part][match[2]]}"
        return None

    def interaction(rest):
        if rest in PLAIN:
            return PLAIN[rest]
        if rest == ("linear_1.weight" if gated else "linear.weight"):
            return "reduce.weight"
        if gated and rest == "linear_2.weight":
            return "reduce_gated.weight"
        for module, role in (("conv_tp_weights.", "network"), ("density_fn.", "density")):
            if rest.startswith(module):
                return network(role, rest[len(module):])
        return None

    def product(index, rest):
        if rest == "linear.weight":
            return "mix.weight"
        match = re.fullmatch(r"symmetric_contractions\.contractions\.(\d+)\.weights(.*)", rest)
        if not match or "zeroed" in match[2]:
            return None
        order = correlation[index] if isinstance(correlation, list) else correlation
        factors = order if match[2] == "_max" else order - 1 - int(match[2][1:])
        return f"product.{match[1]}.{factors}.weight"

    def own(full):
        if full in GLOBAL:
            return GLOBAL[full]
        match = re.fullmatch(r"(interactions|products|readouts)\.(\d+)\.(.*)", full)
        if not match:
            return None
        index = int(match[2])
        if match[1] == "readouts":
            index = layers - 1 if last_only else index
            module, kind = match[3].rsplit(".", 1)
            bias = description.get("readout_bias", False)
            k = READOUT.get(module, (2 if bias else 1) if module == "linear_2" else None)
            if k is None or kind not in ("weight", "bias") or kind == "bias" and not (bias and k):
                return None
            return f"layers.{index}.readout.{k}.{kind}"
        rest = interaction(match[3]) if match[1] == "interactions" else product(index, match[3])
        return rest and f"layers.{index}.{rest}"

    return own

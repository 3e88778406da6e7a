"""The models of make_initialization_goldens.py that SevenNet builds, and names of their tensors."""

import copy
import re
import warnings

import torch

warnings.filterwarnings("ignore")

import sevenn._const as const
import sevenn.parse_input as parse_input
from sevenn.model_build import build_E3_equivariant_model

DEFAULTS = copy.deepcopy(const.DEFAULT_E3_EQUIVARIANT_MODEL_CONFIG)


def case(name, options, description, seeds=0):
    """Options of sevenn, hone's description, and over how many models to average."""
    return {"name": name, "options": {"chemical_species": ["H", "C", "O"]} | options,
            "description": {"species": [1, 6, 8]} | description, "seeds": seeds}


CASES = [
    # What sevenn builds without options.
    case("defaults", {}, {}),
    # The options of SevenNet-0.
    case("sevennet-0", {
        "cutoff": 5.0, "channel": 128, "lmax": 2, "is_parity": False,
        "num_convolution_layer": 5, "self_connection_type": "linear",
        "cutoff_function": {"cutoff_function_name": "XPLOR", "cutoff_on": 4.5},
        "irreps_manual": ["128x0e"] + ["128x0e+64x1e+32x2e"] * 4 + ["128x0e"]},
        {"cutoff": 5.0, "channels": 128, "max_ell": 2, "parity": False, "interactions": 5,
         "self_connection": "linear", "cutoff_function": "xplor", "cutoff_onset": 4.5,
         "irreps": ["128x0e"] + ["128x0e+64x1e+32x2e"] * 4 + ["128x0e"]}),
    case("parity", {"channel": 16, "lmax": 2, "use_bias_in_linear": True,
                    "weight_nn_hidden_neurons": [32]},
         {"channels": 16, "max_ell": 2, "bias": True, "radial_hidden": [32]}, seeds=24),
    case("network", {"channel": 16, "lmax_edge": 3, "lmax_node": 2, "is_parity": False,
                     "num_convolution_layer": 2, "readout_as_fcn": True,
                     "self_connection_type": ["linear", "nequip"]},
         {"channels": 16, "max_ell": 3, "feature_max_ell": 2, "parity": False, "interactions": 2,
          "readout": "network", "self_connection": ["linear", "by_species"]}, seeds=24),
    case("modal", {"channel": 16, "is_parity": False, "use_modality": True,
                   "_modal_map": {"pbe": 0, "r2scan": 1}, "_number_of_modalities": 2,
                   "use_modal_node_embedding": True, "use_modal_self_inter_intro": True,
                   "use_modal_self_inter_outro": True, "use_modal_output_block": True,
                   "use_modal_wise_shift": True, "use_modal_wise_scale": False},
         {"channels": 16, "parity": False, "modal_maps": ["embedding", "intro", "outro", "readout"],
          "heads": [{"name": "pbe", "shift": 0.5}, {"name": "r2scan", "shift": 1.5}]}, seeds=24),
]


def builder(options):
    """A function that builds the model anew."""
    const.DEFAULT_E3_EQUIVARIANT_MODEL_CONFIG.clear()
    const.DEFAULT_E3_EQUIVARIANT_MODEL_CONFIG.update(copy.deepcopy(DEFAULTS))
    config = copy.deepcopy(parse_input.init_model_config(copy.deepcopy(options)))
    config |= copy.deepcopy(const.DEFAULT_TRAINING_CONFIG)
    config |= copy.deepcopy(const.DEFAULT_DATA_CONFIG)
    config |= {key: value for key, value in options.items() if "modal" in key}
    config["conv_denominator"] = [1.0] * config["num_convolution_layer"]
    species = len(config["_type_map"])
    config["shift"], config["scale"] = 0.0, 1.0
    if config.get("use_modality"):
        config["shift"] = [[0.5] * species, [1.5] * species]
        config["scale"] = [1.0] * species
    return lambda: build_E3_equivariant_model(copy.deepcopy(config))


GLOBAL = {
    "edge_embedding.basis_function.coeffs": "radial.constants",
    "rescale_atomic_energy.shift": "shift", "rescale_atomic_energy.scale": "scale",
}
LINEAR = {
    "onehot_to_feature_x": "embedding", "reduce_input_to_hidden": "readout.0",
    "reduce_hidden_to_energy": "readout.1",
}
ROLES = {
    "self_interaction_1.linear": "up", "self_interaction_2.linear": "reduce",
    "self_connection_intro.linear": "skip", "self_connection_intro.fc_tensor_product": "skip",
}


def name(description):
    """A function from sevenn's names to hone's; None for what hone does not keep."""

    def own(full):
        if full in GLOBAL:
            return GLOBAL[full]
        module, kind = full.rsplit(".", 1)
        if kind not in ("weight", "bias") or kind == "bias" and not description.get("bias"):
            return None
        if module.endswith(".linear") and module[:-7] in LINEAR:
            return f"{LINEAR[module[:-7]]}.{kind}"
        if match := re.fullmatch(r"readout_FCN\.fcn\.layer(\d+)", module):
            return f"readout.{match[1]}.{kind}"
        if match := re.fullmatch(r"(\d+)_convolution\.weight_nn\.layer(\d+)", module):
            return f"layers.{match[1]}.network.{match[2]}.{kind}"
        if match := re.fullmatch(r"(\d+)_(.+)", module):
            role = ROLES.get(match[2])
            if role and not (role == "skip" and kind == "bias"):
                return f"layers.{match[1]}.{role}.{kind}"
        return None

    return own

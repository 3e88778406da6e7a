"""Checkpoints an importer has to refuse, each the smallest model with one thing changed."""

import copy

import sevenn._const as const
import torch

from sevennet_cases import Case
from sevennet_models import make_checkpoint

SMALL = Case("small", "the model each of these starts from", {
    "lmax": 1, "channel": 2, "num_convolution_layer": 1, "weight_nn_hidden_neurons": [],
    "chemical_species": ["H", "O"], "cutoff_function": {"cutoff_function_name": "poly_cut"}})
VECTORS = Case("small-vectors", "the same with vectors throughout, so that 3j are stored", {
    **SMALL.config, "num_convolution_layer": 2,
    "irreps_manual": ["2x0e", "2x0e+1x1e", "2x0e+1x1e"]})
SCRAMBLED = Case("small-manual", "the same with scalars behind vectors in a manual list", {
    **SMALL.config, "num_convolution_layer": 2, "irreps_manual": ["2x0e", "2x1e+2x0e", "2x0e"]})


def entry(key, value):
    """Changes one entry of the configuration; `None` removes it."""
    def change(checkpoint):
        if value is None:
            del checkpoint["config"][key]
        else:
            checkpoint["config"][key] = value
    return change


def drop(name):
    return lambda checkpoint: checkpoint["model_state_dict"].pop(name)


def replace(name, function):
    def change(checkpoint):
        state = checkpoint["model_state_dict"]
        state[name] = function(state[name])
    return change


def old_unreduced(checkpoint):
    checkpoint["config"] |= {"version": "0.9.1", "optimize_by_reduce": False}


def cut_last(value):
    return value[..., :-1].contiguous()


MODEL = {"shift", "scale", "use_modality"}
THREE_J = "1_convolution.convolution._compiled_main_left_right._w3j_1_1_1"

REFUSED = [
    ("radial-basis", "a radial basis sevenn does not have", SMALL,
     entry("radial_basis", {"radial_basis_name": "gaussian"})),
    ("cutoff-function", "a cutoff function sevenn does not have", SMALL,
     entry("cutoff_function", {"cutoff_function_name": "cosine"})),
    ("cutoff-on-missing", "XPLOR without cutoff_on", SMALL,
     entry("cutoff_function", {"cutoff_function_name": "XPLOR"})),
    ("activation", "an activation sevenn does not have", SMALL, entry("act_radial", "gelu")),
    ("interaction-type", "an interaction other than nequip", SMALL,
     entry("interaction_type", "mace")),
    ("self-connection-none", "self_connection_type none, which sevenn cannot build", SMALL,
     entry("self_connection_type", "none")),
    ("model-type", "a model type other than E3_equivariant_model", SMALL,
     entry("_model_type", "other_model")),
    ("version-missing", "no version, so the order of the paths is unknown", SMALL,
     entry("version", None)),
    ("not-reduced", "optimize_by_reduce False, dropped by sevenn as well", SMALL, old_unreduced),
    ("type-map-hole", "a type map that skips an index", SMALL, entry("_type_map", {1: 0, 8: 2})),
    ("tensor-missing", "a weight that is not there", SMALL,
     drop("0_self_interaction_2.linear.weight")),
    ("radial-columns", "a radial network with a column too few", SMALL,
     replace("0_convolution.weight_nn.layer0.weight", cut_last)),
    ("denominator-zero", "a denominator of zero", SMALL,
     replace("0_convolution.denominator", torch.zeros_like)),
    ("not-a-number", "a weight that is not a number", SMALL,
     replace("reduce_hidden_to_energy.linear.weight", lambda v: v * float("nan"))),
    ("foreign-3j", "a stored 3j that is neither the known one nor its negative", VECTORS,
     replace(THREE_J, lambda v: v.flip(0))),
    ("scalars-last", "irreps_manual with scalars behind vectors: sevenn mixes the two up",
     SCRAMBLED, lambda checkpoint: None),
]


def make_refused():
    """Yields (name, reason, checkpoint)."""
    for name, reason, case, change in REFUSED:
        checkpoint = copy.deepcopy(make_checkpoint(case, seed=900))
        # What only training reads is left out to keep the files small.
        for key in (set(const.DEFAULT_TRAINING_CONFIG) | set(const.DEFAULT_DATA_CONFIG)) - MODEL:
            checkpoint["config"].pop(key, None)
        checkpoint["optimizer_state_dict"] = {}
        change(checkpoint)
        yield name, reason, checkpoint

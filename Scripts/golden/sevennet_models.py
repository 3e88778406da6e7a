"""Builds small SevenNet models and writes the checkpoints sevenn's trainer would write."""

import copy
import warnings

import numpy as np
import torch

warnings.filterwarnings("ignore")

import sevenn._const as const
import sevenn.parse_input as parse_input
from sevenn.model_build import build_E3_equivariant_model
from sevenn.train.trainer import Trainer

from sevennet_cases import BASE

BLANKS = {
    "edge_embedding": "EdgeEmbedding",
    "reduce_input_to_hidden": "reducing nn input to hidden",
    "reduce_hidden_to_energy": "reducing nn hidden to energy",
    "rescale_atomic_energy": "rescale atomic energy",
}
BLANKED = ("self_connection_intro", "convolution", "self_interaction_2", "equivariant_gate")

# sevenn removes entries from its own table while it loads a checkpoint.
DEFAULTS = copy.deepcopy(const.DEFAULT_E3_EQUIVARIANT_MODEL_CONFIG)


def instructions(case):
    """The '@' keys of a case."""
    return {k[1:]: v for k, v in case.config.items() if k.startswith("@")}


def full_config(case, rng):
    """The configuration as training leaves it: defaults filled in, statistics resolved."""
    asked = copy.deepcopy(BASE)
    asked |= copy.deepcopy({k: v for k, v in case.config.items() if not k.startswith("@")})
    const.DEFAULT_E3_EQUIVARIANT_MODEL_CONFIG.update(copy.deepcopy(DEFAULTS))
    config = parse_input.init_model_config(copy.deepcopy(asked))
    config = copy.deepcopy(config)
    config |= copy.deepcopy(const.DEFAULT_TRAINING_CONFIG)
    config |= copy.deepcopy(const.DEFAULT_DATA_CONFIG)
    config |= {k: v for k, v in asked.items() if "modal" in k}
    do = instructions(case)
    layers = config["num_convolution_layer"]
    species = len(config["_type_map"])
    draw = lambda *shape: rng.normal(size=shape)
    center = do.get("denominator", 2.5)
    config["conv_denominator"] = [float(v) for v in center * rng.uniform(0.7, 1.4, layers)]
    shift, scale = 2.0 * draw(species) - 1.0, rng.uniform(0.6, 1.8, species)
    mode = do.get("rescale", "species")
    config["shift"] = float(shift[0]) if mode in ("global", "scale-by-species") else shift.tolist()
    config["scale"] = float(scale[0]) if mode == "global" else scale.tolist()
    if config.get("use_modality"):
        count = config["_number_of_modalities"]
        if config["use_modal_wise_shift"]:
            config["shift"] = (2.0 * draw(count, species)).tolist()
        if config["use_modal_wise_scale"]:
            config["scale"] = rng.uniform(0.6, 1.8, (count, species)).tolist()
    config |= {"version": "0.13.0", "_model_type": "E3_equivariant_model", "is_ddp": False}
    config |= {"optim_param": {"lr": 0.004}, "scheduler_param": {"gamma": 0.99}}
    config |= {"device": torch.device("cpu"), "dtype": "single" if do.get("float32") else "double"}
    return config


def randomize(model, config, rng):
    """Gives every parameter a value that matters: the rest of sevenn's starting values are
    normal deviates already."""
    with torch.no_grad():
        for name, value in model.named_parameters():
            noise = torch.as_tensor(rng.normal(size=tuple(value.shape)))
            if name.endswith("weight"):
                value.copy_(noise)
            elif name.endswith("bias"):
                value.copy_(0.4 * noise)
            elif name.endswith("coeffs"):
                value.mul_(1 + 0.05 * noise)
        for t, denominator in enumerate(config["conv_denominator"]):
            model._modules[f"{t}_convolution"].denominator.fill_(denominator)
        # The constructors pass these through single precision.
        for key in ("shift", "scale"):
            value = getattr(model._modules["rescale_atomic_energy"], key)
            value.copy_(torch.as_tensor(config[key], dtype=value.dtype).expand(value.shape))


def build(config, dtype):
    """A model of the configuration, its constants and parameters in `dtype`."""
    previous = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        return build_E3_equivariant_model(config).to(dtype)
    finally:
        torch.set_default_dtype(previous)


def make_checkpoint(case, seed):
    """The dictionary to save for a case."""
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    do = instructions(case)
    config = full_config(case, rng)
    config["random_seed"] = seed
    built = config | {"cuequivariance_config": {}}
    model = build(copy.deepcopy(built), torch.float32 if do.get("float32") else torch.float64)
    randomize(model, config, rng)
    trainer = Trainer.from_config(model, config)
    if do.get("adam"):
        for parameter in trainer.model.parameters():
            if parameter.requires_grad:
                parameter.grad = torch.as_tensor(rng.normal(size=tuple(parameter.shape)))
        trainer.optimizer.step()
    checkpoint = trainer.get_checkpoint_dict() | {"config": config, "epoch": 1}
    checkpoint |= {"time": "2025-01-01 00:00", "hash": f"{seed:032x}"}
    # Parameters are shared with the model and gradients are of no interest in a file.
    state = {k: v.detach().clone() for k, v in checkpoint["model_state_dict"].items()}
    for path in do.get("flip", []):
        flip_stored_3j(state, model, path)
    if "old" in do:
        state = to_creation_order(state, model)
        to_old_config(config, do["old"])
    if do.get("strip"):
        drop = ("_w3j_", "convolution.convolution.weight", "convolution.convolution.output_mask")
        state = {k: v for k, v in state.items() if not any(d in k for d in drop)}
    if do.get("blank-names"):
        state = {blank_name(k): v for k, v in state.items()}
    if do.get("drop-defaults"):
        for key, value in DEFAULTS.items():
            if key != "train_shift_scale" and config.get(key) == value:
                del config[key]
    ordered = type(checkpoint["model_state_dict"])
    checkpoint["model_state_dict"] = ordered(state)
    return checkpoint


def paths(model, layer):
    """Triples (l1, l2, l3), path lengths and creation rank, in sorted order."""
    convolution = model._modules[f"{layer}_convolution"]
    product = convolution.convolution
    created = [i[:3] for i in convolution._instructions_before_sort]
    out = []
    for ins in product.instructions:
        ls = tuple(ir[i].ir.l for ir, i in zip(
            (product.irreps_in1, product.irreps_in2, product.irreps_out), ins[:3]))
        out.append((ls, product.irreps_in1[ins.i_in1].mul, created.index(tuple(ins[:3]))))
    return out


def convolutions(state):
    return sorted({int(k.split("_")[0]) for k in state if k.split(".")[0].endswith("_convolution")})


def last_radial(state, layer):
    names = [k for k in state if k.startswith(f"{layer}_convolution.weight_nn.layer")]
    return max(names)


def split(weight, sizes):
    return list(torch.split(weight, sizes, dim=1))


def flip_stored_3j(state, model, path):
    """Turns the sign of a stored 3j and of the weights it multiplies: the energy stays."""
    for layer in convolutions(state):
        stem = f"{layer}_convolution.convolution._compiled_main_left_right._w3j_"
        key = stem + "_".join(map(str, path))
        if key not in state:
            continue
        state[key] = -state[key]
        rows, name = paths(model, layer), last_radial(state, layer)
        parts = split(state[name], [mul for _, mul, _ in rows])
        parts = [-p if ls == tuple(path) else p for p, (ls, _, _) in zip(parts, rows)]
        state[name] = torch.cat(parts, dim=1)


def to_creation_order(state, model):
    """Puts the columns of the last radial layer in the order used before sevenn 0.11."""
    for layer in convolutions(state):
        rows, name = paths(model, layer), last_radial(state, layer)
        parts = split(state[name], [mul for _, mul, _ in rows])
        order = sorted(range(len(rows)), key=lambda i: rows[i][2])
        state[name] = torch.cat([parts[i] for i in order], dim=1)
    return state


def to_old_config(config, version):
    """Names and kinds of values that files before 0.11 have."""
    config["version"] = version
    config["shift"] = np.asarray(config["shift"], dtype=np.float32)
    config["scale"] = np.asarray(config["scale"])
    if version.startswith("0.9"):
        denominators = config.pop("conv_denominator")
        config["avg_num_neigh"] = [np.float32(d * d) for d in denominators]
        config["train_avg_num_neigh"] = config.pop("train_denominator")
        config["optimize_by_reduce"] = True
        config["cutoff_function"].setdefault("poly_cut_p_value", 6)
        config["readout_fcn_hidden_neurons"] = config["readout_fcn_activation"] = None
        del config["_normalize_sph"], config["use_flash_tp"], config["use_oeq"]


def blank_name(key):
    head, tail = key.split(".", 1)
    if head in BLANKS:
        head = BLANKS[head]
    elif head.split("_", 1)[-1] in BLANKED:
        head = head.replace("_", " ")
    return f"{head}.{tail.replace('denominator', 'denumerator')}"

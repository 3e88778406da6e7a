"""The options of every SevenNet fixture: one small model per row.

`Case.config` holds what differs from BASE. Keys with a leading '@' are instructions to the
generator and do not enter the checkpoint; see sevennet_models.py.
"""

from dataclasses import dataclass, field

ELEMENTS = ["H", "C", "N", "O"]

BASE = {
    "chemical_species": ELEMENTS,
    "cutoff": 4.0,
    "channel": 4,
    "lmax": 1,
    "is_parity": False,
    "num_convolution_layer": 2,
    "weight_nn_hidden_neurons": [8, 8],
    "radial_basis": {"radial_basis_name": "bessel", "bessel_basis_num": 6},
    "self_connection_type": "linear",
}


@dataclass
class Case:
    name: str
    description: str
    config: dict = field(default_factory=dict)


def polynomial(p):
    return {"cutoff_function_name": "poly_cut", "poly_cut_p_value": p}


def xplor(on):
    return {"cutoff_function_name": "XPLOR", "cutoff_on": on}


def modal(count, **flags):
    names = ["PBE", "R2SCAN", "HSE"][:count]
    # The map is deliberately not in alphabetical order.
    order = {name: count - 1 - i for i, name in enumerate(names)}
    keys = ["node_embedding", "self_inter_intro", "self_inter_outro", "output_block"]
    out = {"use_modality": True, "_modal_map": order, "_number_of_modalities": count}
    out |= {f"use_modal_{k}": flags.get(k, False) for k in keys}
    out["use_modal_wise_shift"] = flags.get("shift", False)
    out["use_modal_wise_scale"] = flags.get("scale", False)
    return out


CASES = [
    Case("l0-one-layer", "lmax 0, one layer, radial network without hidden layer, after a step", {
        "lmax": 0, "num_convolution_layer": 1, "weight_nn_hidden_neurons": [],
        "cutoff_function": polynomial(6), "@rescale": "global", "@adam": True}),
    Case("l1-xplor", "lmax 1 without parity, XPLOR", {"cutoff_function": xplor(3.4)}),
    Case("l1-defaults", "what sevenn fills in by itself: parity, nequip, p = 6, silu and tanh", {
        "is_parity": True, "num_convolution_layer": 3, "self_connection_type": "nequip",
        "@rescale": "global", "@drop-defaults": True, "weight_nn_hidden_neurons": [6, 6]}),
    Case("l2-manual", "irreps_manual as in SevenNet-0, XPLOR from 2 A, radial ssp", {
        "lmax": 2, "channel": 6, "act_radial": "ssp", "cutoff_function": xplor(2.0),
        "irreps_manual": ["6x0e", "6x0e+4x1e+2x2e", "6x0e"]}),
    Case("l2-parity", "lmax 2 with parity, p = 4, both self connections in turn", {
        "lmax": 2, "is_parity": True, "num_convolution_layer": 3, "cutoff_function": polynomial(4),
        "self_connection_type": ["nequip", "linear", "nequip"],
        "weight_nn_hidden_neurons": [4], "@rescale": "scale-by-species"}),
    Case("l3", "lmax 3 without parity, p = 6, radial elu", {
        "lmax": 3, "act_radial": "elu", "cutoff_function": polynomial(6),
        "weight_nn_hidden_neurons": [4, 5]}),
    Case("l3-parity", "lmax 3 with parity, p = 3, radial sigmoid", {
        "lmax": 3, "is_parity": True, "act_radial": "sigmoid",
        "num_convolution_layer": 3, "cutoff_function": polynomial(3),
        "weight_nn_hidden_neurons": [4], "@denominator": 6.0}),
    Case("lmax-edge-below", "lmax 2 but harmonics to l = 1, radial relu", {
        "lmax": 2, "lmax_edge": 1, "num_convolution_layer": 3, "act_radial": "relu",
        "weight_nn_hidden_neurons": [6, 5],
        "@denominator": 1.0}),
    Case("lmax-edge-above", "lmax 1, harmonics to l = 3, features to l = 2, radial abs", {
        "lmax": 1, "lmax_edge": 3, "lmax_node": 2, "act_radial": "abs",
        "num_convolution_layer": 3, "weight_nn_hidden_neurons": [5]}),
    Case("bias", "biases in the linear layers, radial tanh", {
        "use_bias_in_linear": True, "act_radial": "tanh", "lmax": 2}),
    Case("bias-nequip-parity", "biases beside a nequip self connection, with parity", {
        "use_bias_in_linear": True, "is_parity": True, "self_connection_type": "nequip",
        "num_convolution_layer": 3, "weight_nn_hidden_neurons": [5], "@denominator": 0.5}),
    Case("readout-network", "readout_as_fcn with tanh and two hidden layers", {
        "readout_as_fcn": True, "readout_fcn_hidden_neurons": [7, 5],
        "readout_fcn_activation": "tanh", "num_convolution_layer": 1}),
    Case("odd-scalars", "pseudoscalars that matter: six layers with parity; ssp and abs", {
        "is_parity": True, "num_convolution_layer": 6, "weight_nn_hidden_neurons": [4],
        "act_scalar": {"e": "ssp", "o": "abs"}, "act_gate": {"e": "ssp", "o": "abs"}}),
    Case("odd-gates", "a layer without even scalars, so that its gates are odd", {
        "is_parity": True, "num_convolution_layer": 4, "weight_nn_hidden_neurons": [6],
        "irreps_manual": ["4x0e", "4x0e+4x1o", "4x0e+4x1o+3x1e", "3x0o+4x1o+3x1e", "4x0e"],
        "@denominator": 0.4}),
    Case("manual-unsorted", "irreps_manual with repeated and unsorted irreps", {
        "lmax": 2, "irreps_manual": ["6x0e", "4x0e+2x0e+3x2e+4x1e+2x1e", "3x0e+3x0e+2x2e", "5x0e"],
        "num_convolution_layer": 3, "weight_nn_hidden_neurons": [5]}),
    Case("manual-unreachable", "irreps_manual naming irreps that no path reaches", {
        "is_parity": True, "self_connection_type": "nequip",
        "irreps_manual": ["4x0e+2x0o", "3x0o+4x0e+3x1o+2x1e", "4x0e"]}),
    Case("raw-harmonics", "_normalize_sph False: harmonics of the edge vector itself", {
        "lmax": 2, "_normalize_sph": False, "@denominator": 10.0}),
    Case("fixed-bessel", "Bessel frequencies that are not trained and not stored", {
        "radial_basis": {"radial_basis_name": "bessel", "bessel_basis_num": 5,
                         "trainable_coeff": False}, "num_convolution_layer": 1}),
    Case("universal", "chemical_species univ: 119 species, index equal to atomic number", {
        "chemical_species": "univ", "train_shift_scale": True, "train_denominator": True,
        "num_convolution_layer": 1}),
    Case("modal-all", "two modalities, every modal option, biases", {
        **modal(2, node_embedding=True, self_inter_intro=True, self_inter_outro=True,
                output_block=True, shift=True, scale=True), "use_bias_in_linear": True}),
    Case("modal-mf0", "the modal options of SevenNet-MF-0", {
        **modal(2, self_inter_intro=True, self_inter_outro=True, output_block=True, shift=True),
        "lmax": 2, "cutoff_function": xplor(3.4)}),
    Case("modal-embedding", "three modalities, only node embedding and modal scale", {
        **modal(3, node_embedding=True, scale=True)}),
    Case("modal-intro", "only self_inter_intro", {**modal(2, self_inter_intro=True),
                                                  "self_connection_type": "nequip"}),
    Case("modal-outro", "only self_inter_outro and modal shift, with parity", {
        **modal(2, self_inter_outro=True, shift=True), "is_parity": True,
        "num_convolution_layer": 3, "weight_nn_hidden_neurons": [5], "@denominator": 1.0}),
    Case("modal-output", "only output_block", {
        **modal(2, output_block=True), "num_convolution_layer": 1}),
    Case("float32", "weights in single precision; reference from them with exact constants", {
        "lmax": 2, "channel": 8, "cutoff_function": xplor(3.4), "@float32": True,
        "num_convolution_layer": 3, "weight_nn_hidden_neurons": [5]}),
    Case("float32-l3-modal", "the same with lmax 3, parity and modalities", {
        **modal(2, self_inter_intro=True, output_block=True, shift=True), "lmax": 3,
        "is_parity": True, "weight_nn_hidden_neurons": [6], "@float32": True}),
    Case("old-names", "layout of 0.9 before April 2024: names with blanks, raw harmonics", {
        "lmax": 2, "@old": "0.9.1", "@blank-names": True, "_normalize_sph": False,
        "cutoff_function": xplor(3.0), "@denominator": 4.0,
        "num_convolution_layer": 3, "weight_nn_hidden_neurons": [5]}),
    Case("old-order", "before 0.11: paths in order of creation, 3j signs flipped, float32", {
        "lmax": 3, "@old": "0.10.3", "@float32": True, "cutoff_function": polynomial(6),
        "num_convolution_layer": 3, "weight_nn_hidden_neurons": [5],
        "@flip": [(1, 2, 2), (2, 1, 2), (2, 2, 1), (1, 3, 3), (3, 1, 3), (3, 3, 1)]}),
    Case("old-order-parity", "the same in double precision with parity, version 0.11.0.dev0", {
        "lmax": 2, "is_parity": True, "@old": "0.11.0.dev0", "self_connection_type": "nequip",
        "num_convolution_layer": 3, "weight_nn_hidden_neurons": [5],
        "@flip": [(1, 1, 2), (1, 2, 1), (2, 2, 2), (1, 2, 2)]}),
    Case("new-order-flipped", "order of 0.11 and later, yet stored 3j of the other sign", {
        "lmax": 2, "num_convolution_layer": 3, "weight_nn_hidden_neurons": [5],
        "@flip": [(1, 1, 1), (1, 2, 2), (2, 1, 2)]}),
    Case("no-stored-3j", "without the tensors that only e3nn's convolution stores", {
        "lmax": 2, "num_convolution_layer": 3, "weight_nn_hidden_neurons": [5],
        "cuequivariance_config": {"use": True},
        "@strip": True}),
]

"""Writes MACE models with random weights: make_mace_models.py DIRECTORY.

What a model costs does not depend on what it has learnt. Sizes as in common use: max_ell 3,
correlation 3, two layers, radial network [64, 64, 64], 8 Bessel functions, weights in double.
"""

import contextlib
import pathlib
import sys

import numpy as np
import torch

with contextlib.redirect_stdout(None):  # mace prints which optional packages are not there
    from mace import modules

from e3nn import o3

MATERIALS, MOLECULES = [1, 8, 14], [1, 6, 7, 8]
MODELS = {  # hidden irreps, cutoff in Å, mean number of neighbors, elements
    "mace-32x0e-r5": ("32x0e", 5.0, 16.0, MOLECULES),
    "mace-32x0e+32x1o-r5": ("32x0e+32x1o", 5.0, 16.0, MOLECULES),
    "mace-128x0e+128x1o-r5": ("128x0e+128x1o", 5.0, 16.0, MOLECULES),
    "mace-128x0e-r6": ("128x0e", 6.0, 60.0, MATERIALS),
    "mace-128x0e+128x1o-r6": ("128x0e+128x1o", 6.0, 60.0, MATERIALS),
    "mace-128x0e+128x1o+128x2e-r6": ("128x0e+128x1o+128x2e", 6.0, 60.0, MATERIALS),
}


def build(irreps, cutoff, neighbors, species):
    torch.manual_seed(1)
    return modules.ScaleShiftMACE(
        r_max=cutoff,
        num_bessel=8,
        num_polynomial_cutoff=5,
        max_ell=3,
        interaction_cls_first=modules.interaction_classes["RealAgnosticInteractionBlock"],
        interaction_cls=modules.interaction_classes["RealAgnosticResidualInteractionBlock"],
        num_interactions=2,
        num_elements=len(species),
        hidden_irreps=o3.Irreps(irreps),
        MLP_irreps=o3.Irreps("16x0e"),
        gate=torch.nn.functional.silu,
        atomic_energies=np.zeros(len(species)),
        avg_num_neighbors=neighbors,
        atomic_numbers=species,
        correlation=3,
        radial_MLP=[64, 64, 64],
        radial_type="bessel",
        atomic_inter_scale=1.0,
        atomic_inter_shift=0.0,
    )


def main():
    torch.set_default_dtype(torch.float64)
    directory = pathlib.Path(sys.argv[1])
    directory.mkdir(parents=True, exist_ok=True)
    for name, arguments in MODELS.items():
        path = directory / f"{name}.model"
        if not path.exists():
            # A run that is cut off leaves no half of a file.
            temporary = path.with_suffix(".part")
            torch.save(build(*arguments), temporary)
            temporary.rename(path)


if __name__ == "__main__":
    main()

"""Small files of kinds that hone does not evaluate and an importer must refuse by name."""

import mace_models as models  # first: it imports mace before e3nn
import torch
from mace import modules
from mace.modules import lora, wrapper_ops
from mace_save import save

from e3nn import o3


def _case(**rest):
    options = {"interactions": ("RR", "RR"), "hidden_irreps": "2x0e", "num_interactions": 1}
    options.update(max_ell=1, correlation=1, radial_MLP=[4], num_bessel=3, **rest)
    return {"species": [1, 8], "seed": 17, "options": options}


def _dipole(cls, **rest):
    """AtomicDipolesMACE and EnergyDipolesMACE take fewer options than MACE."""
    kwargs = models.arguments(_case())
    kwargs.update(
        hidden_irreps=o3.Irreps("2x0e+2x1o"),
        MLP_irreps=o3.Irreps("2x0e+2x1o"),
        correlation=1,
        num_interactions=1,
    )
    kwargs.update(rest)
    return cls(**kwargs)


def joint_embedding():
    """ScaleShiftMACE whose node embedding also takes a total charge."""
    specs = {
        "total_charge": {
            "type": "categorical",
            "per": "graph",
            "num_classes": 5,
            "offset": 2,
            "emb_dim": 2,
        }
    }
    case = _case(embedding_specs=specs, use_embedding_readout=True)
    return models.build(case | {"scale": 1.0, "shift": 0.0})


def low_rank():
    """ScaleShiftMACE with low-rank adapters, not merged, around its linear maps."""
    model = models.build(_case() | {"scale": 1.0, "shift": 0.0})
    lora.inject_lora(model, rank=1, alpha=1.0)
    return model.double()


def transposed_layout():
    """An e3nn model marked as evaluated by cuequivariance in its ir_mul layout."""
    model = models.build(_case() | {"scale": 1.0, "shift": 0.0})
    config = wrapper_ops.CuEquivarianceConfig(layout="ir_mul", layout_str="ir_mul")
    config.enabled = True
    config.optimize_all = True
    for block in [*model.interactions, *model.products]:
        block.cueq_config = config
    return model


def checkpoint():
    """A training checkpoint: state dictionaries without the architecture."""
    model = models.build(_case())
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    return {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3}


KINDS = {
    "joint-embedding": joint_embedding,
    "atomic-dipoles": lambda: _dipole(modules.AtomicDipolesMACE, atomic_energies=None),
    "energy-dipoles": lambda: _dipole(modules.EnergyDipolesMACE),
    "lora": low_rank,
    "cueq-layout": transposed_layout,
    "checkpoint": checkpoint,
}


def write_unsupported(output):
    """Writes unsupported-KIND.model for each kind."""
    for name, make in KINDS.items():
        save(make(), output / f"unsupported-{name}.model")

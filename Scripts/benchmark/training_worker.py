"""Trains with mace-torch when told to: training_worker.py MODEL XYZ DTYPE THREADS.

All frames are one batch. Steps are those of mace's own `take_step`: energies, forces, its weighted
loss, the gradient, clipping, AMSGrad, the running average of the parameters. A first step is made
before the number of edges, its loss and the norm of its gradient are printed. Each line that is
then read says for how many seconds to go on, one step at least, and is answered with the times of
the steps. At the end of the input comes the memory.
"""

import contextlib
import json
import pathlib
import sys
import time
import warnings

warnings.filterwarnings("ignore")

import ase.io
import torch

with contextlib.redirect_stdout(None):  # mace prints which optional packages are not there
    from mace import data
    from mace.modules.loss import WeightedEnergyForcesLoss
    from mace.tools import AtomicNumberTable, torch_geometric
    from mace.tools.train import take_step

from torch_ema import ExponentialMovingAverage

LEARNING_RATE = 1e-4  # as `hone benchmark --training` has it


def memory(key):
    """A line of the kernel's account of this process, in MB."""
    lines = pathlib.Path("/proc/self/status").read_text().splitlines()
    return next(float(line.split()[1]) / 1024 for line in lines if line.startswith(key + ":"))


def stepper(path, frames, dtype):
    """A function that takes a step with a given clipping, the model and the number of edges."""
    torch.set_default_dtype(dtype)
    model = torch.load(path, map_location="cpu", weights_only=False).to(dtype).train()
    table = AtomicNumberTable([int(z) for z in model.atomic_numbers])
    keys = data.KeySpecification(
        info_keys={"energy": "REF_energy"}, arrays_keys={"forces": "REF_forces"}
    )
    graphs = [
        data.AtomicData.from_config(
            data.config_from_atoms(atoms, key_specification=keys),
            z_table=table, cutoff=float(model.r_max),
        )
        for atoms in frames
    ]  # fmt: skip
    loader = torch_geometric.dataloader.DataLoader(graphs, batch_size=len(graphs))
    batch = next(iter(loader))
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE, amsgrad=True)
    average = ExponentialMovingAverage(model.parameters(), decay=0.99)
    loss = WeightedEnergyForcesLoss(energy_weight=1.0, forces_weight=100.0)
    outputs = {"forces": True, "virials": False, "stress": False}

    def step(largest_norm):
        value, _ = take_step(
            model, loss, batch, optimizer, average, outputs, largest_norm, torch.device("cpu")
        )
        return float(value)

    return step, model, batch.edge_index.shape[1]


def gradient_norm(model):
    gradients = [p.grad.double().square().sum() for p in model.parameters() if p.grad is not None]
    return float(torch.stack(gradients).sum().sqrt())


def main():
    path, structures, dtype, threads = sys.argv[1:5]
    torch.set_num_threads(int(threads))
    torch.set_num_interop_threads(1)
    answers = sys.stdout
    sys.stdout = sys.stderr  # what the libraries print is not an answer
    step, model, edges = stepper(path, ase.io.read(structures, ":"), getattr(torch, dtype))
    before = memory("VmRSS")
    # Without clipping: the norm that is compared is that of the whole gradient.
    loss = step(None)
    first = {"edges": edges, "loss": loss, "gradient_norm": gradient_norm(model)}
    step(10.0)
    print(json.dumps(first), file=answers, flush=True)
    for line in sys.stdin:
        times = {"wall": [], "cpu": []}
        end = time.perf_counter() + float(line)
        while not times["wall"] or time.perf_counter() < end:
            wall, cpu = time.perf_counter(), time.process_time()
            step(10.0)
            times["wall"].append(time.perf_counter() - wall)
            times["cpu"].append(time.process_time() - cpu)
        print(json.dumps(times), file=answers, flush=True)
    print(json.dumps({"memory": memory("VmHWM"), "before": before}), file=answers, flush=True)


if __name__ == "__main__":
    main()

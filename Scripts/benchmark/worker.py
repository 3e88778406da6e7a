"""Evaluates a structure with PyTorch when told to: worker.py mace|sevennet MODEL XYZ DTYPE THREADS.

The graph is made, the weights are converted and two evaluations are made before "ready" is
printed. Each line that is then read is answered with the time of one evaluation: energy, forces
and stress, from the graph on. At the end of the input come the results and the peak memory.
"""

import json
import pathlib
import resource
import sys
import time
import warnings

warnings.filterwarnings("ignore")

import ase.io
import numpy as np
import torch


def mace_evaluator(path, atoms, dtype):
    from mace import data
    from mace.tools import torch_geometric, utils

    torch.set_default_dtype(dtype)
    model = torch.load(path, map_location="cpu", weights_only=False).to(dtype).eval()
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    table = utils.AtomicNumberTable([int(z) for z in model.atomic_numbers])
    graph = data.AtomicData.from_config(
        data.config_from_atoms(atoms), z_table=table, cutoff=float(model.r_max)
    )
    loader = torch_geometric.dataloader.DataLoader([graph], batch_size=1)
    batch = next(iter(loader)).to_dict()

    def evaluate():
        out = model(dict(batch), compute_force=True, compute_stress=True)
        return float(out["energy"]), out["forces"].detach().numpy()

    return evaluate, graph.edge_index.shape[1]


def sevennet_evaluator(path, atoms, dtype):
    sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "golden"))
    from sevennet_reference import KEY, restore_constants
    from sevenn.atom_graph_data import AtomGraphData
    from sevenn.checkpoint import SevenNetCheckpoint
    from sevenn.train.dataload import unlabeled_atoms_to_graph

    torch.set_default_dtype(torch.float32)  # what sevenn's loader compares constants in
    checkpoint = SevenNetCheckpoint(path)
    model = checkpoint.build_model().to(dtype).eval()
    torch.set_default_dtype(dtype)
    if dtype == torch.float64:
        restore_constants(model, checkpoint.config)
    model.set_is_batch_data(False)
    arrays = unlabeled_atoms_to_graph(atoms, checkpoint.config["cutoff"], with_shift=False)
    vectors = torch.tensor(arrays[KEY.EDGE_VEC], dtype=dtype)
    graph = AtomGraphData.from_numpy_dict(arrays)
    for key, value in graph.to_dict().items():
        if torch.is_tensor(value) and value.is_floating_point():
            graph[key] = value.to(dtype)

    def evaluate():
        data = AtomGraphData(**graph.to_dict())
        data[KEY.EDGE_VEC] = vectors.clone()
        out = model(data)
        energy = float(out[KEY.PRED_TOTAL_ENERGY])
        return energy, out[KEY.PRED_FORCE].detach().numpy()

    return evaluate, vectors.shape[0]


def main():
    family, path, structure, dtype, threads = sys.argv[1:6]
    torch.set_num_threads(int(threads))
    torch.set_num_interop_threads(1)
    answers = sys.stdout
    sys.stdout = sys.stderr  # what the libraries print is not an answer
    make = mace_evaluator if family == "mace" else sevennet_evaluator
    evaluate, edges = make(path, ase.io.read(structure), getattr(torch, dtype))
    for _ in range(2):
        energy, forces = evaluate()
    print(json.dumps({"edges": edges}), file=answers, flush=True)
    for _ in sys.stdin:
        wall, cpu = time.perf_counter(), time.process_time()
        energy, forces = evaluate()
        times = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
        print(json.dumps(times), file=answers, flush=True)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    results = {"energy": energy, "forces": np.asarray(forces, float).tolist(), "memory": memory}
    print(json.dumps(results), file=answers, flush=True)


if __name__ == "__main__":
    main()

"""Times steps of training against mace-torch: called by benchmark.py."""

import os
import statistics
import sys
import time

import ase.io
import numpy as np

from processes import ROOT, Worker, clock, hone, is_wanted

# Models of four elements, each with every precision and number of threads.
MODELS = ("mace-32x0e+32x1o-r5", "mace-128x0e+128x1o-r5")
FRAMES = 5
# Rounds of a row, PyTorch and hone in turn, and for how long each goes on in a round.
ROUNDS, TORCH_SECONDS, HONE_SECONDS = 5, 2.0, 0.7
# Largest difference of the first loss and of the norm of its gradient, relative.
TOLERANCE = {"float32": 1e-4, "float64": 1e-9}


def training_frames(path):
    """Writes five molecules of 3BPA out of equilibrium with labels that mean nothing.

    What a step costs follows from the positions alone.
    """
    molecule = ase.io.read(ROOT / "Scripts/benchmark/structures/3bpa.xyz")
    random = np.random.default_rng(1)
    frames = []
    for _ in range(FRAMES):
        atoms = molecule.copy()
        atoms.positions += 0.05 * random.standard_normal(atoms.positions.shape)
        atoms.info["REF_energy"] = random.standard_normal()
        atoms.arrays["REF_forces"] = random.standard_normal(atoms.positions.shape)
        frames.append(atoms)
    ase.io.write(path, frames, format="extxyz")
    return path


def require_equal(name, precision, ours, theirs):
    """Ends the run unless both codes do the same work."""
    if round(ours["neighbors_per_atom"] * ours["atoms_per_step"]) != theirs["edges"]:
        sys.exit(f"{name}, training: the neighbor lists differ")
    for key in ("loss", "gradient_norm"):
        difference = abs(ours[f"first_{key}"] / theirs[key] - 1)
        if not difference < TOLERANCE[precision]:
            sys.exit(f"{name}, {precision}: {key} of the first step differs by {difference:.1e}")


def measure(name, model, precision, threads, frames, python):
    """One row: PyTorch and hone in turn; medians, the ratios of each round, and the fastest steps."""
    worker = Worker(python, "training_worker.py", model, frames, precision, threads=threads)
    key = clock(threads)
    milliseconds = {"cpu": "cpu_milliseconds_per_step", "wall": "milliseconds_per_step"}[key]
    ours, theirs, fastest, reports = [], [], [], []
    for _ in range(ROUNDS):
        times = worker.ask(TORCH_SECONDS)[key]
        theirs.append(1e3 * statistics.median(times))
        fastest.append(1e3 * min(times))
        report = hone("benchmark", model, frames, "--training", "--batch-size", FRAMES, "--precision",
                      precision, "--seconds", HONE_SECONDS, threads=threads)  # fmt: skip
        require_equal(name, precision, report, worker.first)
        ours.append(report[f"{milliseconds}_median"])
        reports.append(report)
    torch = worker.end()
    ratios = [b / a for a, b in zip(ours, theirs)]
    return {
        "model": name, "precision": precision, "threads": threads, "clock": key, "rounds": ROUNDS,
        "atoms": report["atoms_per_step"], "parameters": report["parameters"],
        "neighbors_per_atom": report["neighbors_per_atom"],
        "hone_ms_per_step": statistics.median(ours),
        "torch_ms_per_step": statistics.median(theirs),
        "ratio": statistics.median(theirs) / statistics.median(ours),
        "ratio_least": min(ratios), "ratio_most": max(ratios),
        "ratio_fastest": min(fastest) / min(report[milliseconds] for report in reports),
        "hone_memory_mb": max(r["peak_memory_mb"] for r in reports),
        "hone_memory_of_steps_mb": max(
            r["peak_memory_mb"] - r["memory_before_mb"] for r in reports),
        "torch_memory_mb": torch["memory"],
        "torch_memory_of_steps_mb": torch["memory"] - torch["before"],
        "loss_difference": abs(report["first_loss"] / worker.first["loss"] - 1),
        "gradient_norm_difference": abs(
            report["first_gradient_norm"] / worker.first["gradient_norm"] - 1),
    }  # fmt: skip


HEADER = ("model", "precision", "threads", "hone", "PyTorch", "ratio", "of rounds", "of fastest", "hone", "of steps",
          "PyTorch", "of steps")  # fmt: skip
UNITS = ("", "", "", "ms/step", "ms/step", "", "", "", "MB", "MB", "MB", "MB")
WIDTHS = (22, 9, 7, 8, 8, 6, 13, 11, 6, 9, 8, 9)


def line(cells):
    return "".join(
        f" {cell:<{width}}" if place < 2 else f" {cell:>{width}}"
        for place, (cell, width) in enumerate(zip(cells, WIDTHS))
    )


def cells(row):
    return (
        row["model"], row["precision"], str(row["threads"]), f"{row['hone_ms_per_step']:.1f}",
        f"{row['torch_ms_per_step']:.0f}", f"{row['ratio']:.1f}",
        f"{row['ratio_least']:.1f} to {row['ratio_most']:.1f}", f"{row['ratio_fastest']:.1f}",
        f"{row['hone_memory_mb']:.0f}", f"{row['hone_memory_of_steps_mb']:.0f}",
        f"{row['torch_memory_mb']:.0f}", f"{row['torch_memory_of_steps_mb']:.0f}",
    )  # fmt: skip


def compare(models, frames, python):
    """Prints and returns the rows that are wanted.

    - models: the folder of the model files; frames: the file to write; python: with mace-torch.
    """
    cores = len(os.sched_getaffinity(0))
    wanted = [
        (name, precision, threads)
        for name in MODELS for precision in TOLERANCE for threads in (1, 2)
        if is_wanted(name, precision, "training")
    ]  # fmt: skip
    rows = []
    if not wanted:
        return rows
    training_frames(frames)
    print(f"a step of training, {FRAMES} frames of 27 atoms, load {os.getloadavg()[0]:.1f}")
    print(line(HEADER), line(UNITS), sep="\n", flush=True)
    started = time.monotonic()
    for name, precision, threads in wanted:
        if threads > cores:
            print(f" {name}, {precision}: two threads skipped, for this process may use one core")
            continue
        rows.append(measure(name, models / f"{name}.model", precision, threads, frames, python))
        print(line(cells(rows[-1])), flush=True)
    print(f"training: {time.monotonic() - started:.0f} s")
    return rows

"""Times hone against the reference codes: run by run.sh, see docs/performance.md.

Environment: HONE_COMMAND, HONE_MACE_PYTHON, HONE_SEVENN_PYTHON, HONE_BENCHMARK_THREADS,
HONE_BENCHMARK_CASES (words; rows whose model, system or precision contain one of them run).
"""

import functools
import json
import os
import pathlib
import platform
import subprocess
import sys
import tempfile
import time

import ase.build
import ase.io
import numpy as np

import operations
import training
from processes import BUILD, ROOT, Worker, clock, hone, is_wanted

PYTHONS = {
    "mace": os.environ["HONE_MACE_PYTHON"],
    "sevennet": os.environ["HONE_SEVENN_PYTHON"],
}
THREADS = int(os.environ.get("HONE_BENCHMARK_THREADS", "1"))
# Rounds of a row: at least the first, then more until PyTorch has had so many seconds.
ROUNDS, MOST_ROUNDS, SECONDS = 2, 10, 4.0
# How long hone repeats its evaluations in a round; three at least.
HONE_SECONDS = 0.3
# Largest difference of forces in eV/Å, relative to the largest force.
TOLERANCE = {"float32": 1e-3, "float64": 1e-7}

MACE = {  # channels K and largest degree L
    "mace-32x0e-r5": (32, 0),
    "mace-128x0e-r6": (128, 0),
    "mace-128x0e+128x1o-r6": (128, 1),
    "mace-128x0e+128x1o+128x2e-r6": (128, 2),
}
SEVENNET = {  # the package's own
    "SevenNet-0": "SevenNet_0__11Jul2024/checkpoint_sevennet_0.pth",
    "SevenNet-l3i5": "SevenNet_l3i5/checkpoint_l3i5.pth",
}
BOTH = ("float32", "float64")
ROWS = [  # system, model, precisions; PyTorch takes a minute for a row of the largest model
    ("h2o-3", "mace-32x0e-r5", BOTH),
    ("3bpa-27", "mace-32x0e-r5", BOTH),
    ("water-192", "mace-128x0e-r6", BOTH),
    ("water-192", "mace-128x0e+128x1o-r6", BOTH),
    ("water-192", "mace-128x0e+128x1o+128x2e-r6", ("float32",)),
    ("silicon-216", "mace-128x0e-r6", ("float32",)),
    ("silicon-216", "mace-128x0e+128x1o-r6", ("float32",)),
    ("silicon-216", "SevenNet-0", BOTH),
    ("water-192", "SevenNet-0", ("float32",)),
    ("salt-216", "SevenNet-0", ("float32",)),
    ("silicon-216", "SevenNet-l3i5", ("float32",)),
]
# Two threads against one, hone alone: system, model, precision.
THREAD_ROWS = [
    ("silicon-648", "mace-128x0e-r6", "float32"),
    ("silicon-648", "SevenNet-0", "float32"),
]


def structures(directory):
    """Files of water, a molecule, and crystals out of equilibrium."""
    directory.mkdir(parents=True, exist_ok=True)
    committed = ROOT / "Scripts/benchmark/structures"
    paths = {"water-192": committed / "water64.xyz", "3bpa-27": committed / "3bpa.xyz"}
    silicon = ase.build.bulk("Si", "diamond", a=5.43, cubic=True)
    salt = ase.build.bulk("NaCl", "rocksalt", a=5.64, cubic=True)
    made = {
        "h2o-3": ase.build.molecule("H2O"), "silicon-216": silicon.repeat(3),
        "salt-216": salt.repeat(3), "silicon-648": silicon.repeat((3, 3, 9)),
    }  # fmt: skip
    for name, atoms in made.items():
        atoms.rattle(0.05, seed=1)
        paths[name] = directory / f"{name}.xyz"
        ase.io.write(paths[name], atoms, format="extxyz")
    return paths


def model_file(name):
    """A model's family and file."""
    if name in MACE:
        return "mace", BUILD / "models" / f"{name}.model"
    return "sevennet", sevennet_folder() / SEVENNET[name]


@functools.cache
def sevennet_folder():
    """Where the package sevenn keeps the models it brings along."""
    code = "import sevenn, pathlib; print(pathlib.Path(sevenn.__file__).parent)"
    folder = subprocess.run(
        [PYTHONS["sevennet"], "-W", "ignore", "-c", code], check=True, capture_output=True, text=True
    ).stdout.split("\n")[-2]
    return pathlib.Path(folder) / "pretrained_potentials"


def difference(model, structure, precision, reference, directory):
    """Differences of energy per atom (eV) and of forces (relative to the largest)."""
    output = directory / "hone.xyz"
    hone("evaluate", model, structure, "--precision", precision, "--output", output,
         threads=THREADS)  # fmt: skip
    atoms = ase.io.read(output)
    forces = np.array(reference["forces"])
    energy = abs(atoms.get_potential_energy() - reference["energy"]) / len(atoms)
    return energy, np.abs(atoms.get_forces() - forces).max() / np.abs(forces).max()


def measure(system, name, precision, structure, directory):
    """One row: PyTorch and hone in turn, the fastest of each."""
    family, model = model_file(name)
    worker = Worker(
        PYTHONS[family], "worker.py", family, model, structure, precision, threads=THREADS
    )
    pairs, peaks = [], []
    key = {"cpu": "cpu_", "wall": ""}[clock(THREADS)]
    started = time.monotonic()
    while len(pairs) < MOST_ROUNDS:
        if len(pairs) >= ROUNDS and time.monotonic() - started > SECONDS:
            break
        torch_time = worker.ask()[clock(THREADS)]
        # The ceilings of the machine are taken before and after the rest.
        ceilings = ["--machine"] if len(pairs) < ROUNDS else ["--no-machine"]
        report = hone("benchmark", model, structure, "--precision", precision, "--virial",
                      "--seconds", HONE_SECONDS, *ceilings, threads=THREADS)  # fmt: skip
        pairs.append((report[f"{key}microseconds_per_atom"], 1e6 * torch_time / report["atoms"]))
        if report["gemm_peak_gflops"]:
            peaks.append((report["gemm_peak_gflops"], report["copy_gigabytes_per_second"]))
    reference = worker.end()
    energy, forces = difference(model, structure, precision, reference, directory)
    if report["neighbors_per_atom"] * report["atoms"] != worker.first["edges"]:
        sys.exit(f"{name}, {system}: the neighbor lists differ")
    if forces > TOLERANCE[precision]:
        sys.exit(f"{name}, {system}, {precision}: forces differ by {forces:.1e} of the largest")
    ours, theirs = (min(pair[i] for pair in pairs) for i in (0, 1))
    neighbors = report["neighbors_per_atom"]
    count = operations.mace(*MACE[name], neighbors) if name in MACE else None
    peak, copy = (max(pair[i] for pair in peaks) for i in (0, 1))
    return {
        "model": name, "system": system, "precision": precision, "atoms": report["atoms"],
        "neighbors_per_atom": neighbors, "hone_us_per_atom": ours, "torch_us_per_atom": theirs,
        "hone_us_per_call": ours * report["atoms"], "torch_us_per_call": theirs * report["atoms"],
        "ratio": theirs / ours, "ratio_median": float(np.median([b / a for a, b in pairs])),
        "rounds": len(pairs), "operations_per_atom": count, "gemm_peak_gflops": peak,
        "copy_gigabytes_per_second": copy,
        "peak_fraction": count / (ours * 1e-6) / (peak * 1e9) if count else None,
        "hone_memory_mb": report["peak_memory_mb"], "torch_memory_mb": reference["memory"],
        "hone_load_seconds": report["load_seconds"], "energy_difference_per_atom": energy,
        "force_difference_relative": forces,
    }  # fmt: skip


def measure_threads(system, name, precision, structure):
    """Two threads and one in turn, by the wall clock; the fastest of each."""
    model = model_file(name)[1]
    times = {1: [], 2: []}
    for _ in range(5):
        for threads, found in times.items():
            report = hone("benchmark", model, structure, "--precision", precision, "--virial",
                          "--seconds", HONE_SECONDS, "--no-machine", threads=threads)  # fmt: skip
            found.append(report["microseconds_per_atom"])
    one, two = min(times[1]), min(times[2])
    return {
        "model": name, "system": system, "precision": precision, "atoms": report["atoms"],
        "one_thread_us_per_atom": one, "two_threads_us_per_atom": two, "speedup": one / two,
        "two_threads_memory_mb": report["peak_memory_mb"],
    }  # fmt: skip


HEADER = ("model", "system", "precision", "neighbors", "hone", "hone", "PyTorch", "ratio", "of peak",
          "hone", "PyTorch")  # fmt: skip
UNITS = ("", "", "", "", "µs/call", "µs/atom", "µs/atom", "", "", "MB", "MB")
WIDTHS = (29, 12, 9, 9, 9, 9, 9, 7, 8, 6, 8)


def line(cells):
    return "".join(
        f" {cell:<{width}}" if place < 3 else f" {cell:>{width}}"
        for place, (cell, width) in enumerate(zip(cells, WIDTHS))
    )


def cells(row):
    fraction = f"{100 * row['peak_fraction']:.1f} %" if row["peak_fraction"] else "–"
    return (
        row["model"], row["system"], row["precision"], f"{row['neighbors_per_atom']:.0f}",
        f"{row['hone_us_per_call']:.0f}", f"{row['hone_us_per_atom']:.1f}",
        f"{row['torch_us_per_atom']:.0f}", f"{row['ratio']:.1f}", fraction,
        f"{row['hone_memory_mb']:.0f}", f"{row['torch_memory_mb']:.0f}",
    )  # fmt: skip


def machine():
    """What the numbers depend on."""
    names = [l.split(":")[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")]
    commit = subprocess.run(
        ["git", "-C", ROOT, "rev-parse", "--short", "HEAD"], capture_output=True, text=True
    ).stdout.strip()
    return {
        "processor": names[0] if names else platform.machine(), "cores": os.cpu_count(),
        "threads": THREADS, "load_before": os.getloadavg()[0], "commit": commit,
        "date": time.strftime("%Y-%m-%d"),
    }  # fmt: skip


def compare_with_torch(paths, report):
    if any(is_wanted(name, system, *precisions) for system, name, precisions in ROWS):
        print(line(HEADER), line(UNITS), sep="\n", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for precision in BOTH:
            for system, name, precisions in ROWS:
                if precision not in precisions or not is_wanted(name, system, precision):
                    continue
                row = measure(system, name, precision, paths[system], pathlib.Path(folder))
                report["rows"].append(row)
                print(line(cells(row)), flush=True)
    for precision in BOTH:
        rows = [row for row in report["rows"] if row["precision"] == precision]
        if rows:
            peak = max(row["gemm_peak_gflops"] for row in rows)
            copy = max(row["copy_gigabytes_per_second"] for row in rows)
            print(f"machine, {precision}: {peak:.0f} GFlop/s, copies {copy:.0f} GB/s")


def compare_threads(paths, report):
    rows = [row for row in THREAD_ROWS if is_wanted(*row, "threads")]
    if rows and len(os.sched_getaffinity(0)) < 2:
        print("skipped two threads against one: this process may use one core only")
        return
    for system, name, precision in rows:
        row = measure_threads(system, name, precision, paths[system])
        report["threads"].append(row)
        print(f"{name}, {system}, {precision}: {row['one_thread_us_per_atom']:.1f} µs/atom with one "
              f"thread, {row['two_threads_us_per_atom']:.1f} with two: {row['speedup']:.2f} times",
              flush=True)  # fmt: skip


def main():
    paths = structures(BUILD / "structures")
    report = {"machine": machine(), "rows": [], "threads": [], "training": []}
    about = report["machine"]
    print(f"{about['processor']}, {about['cores']} cores, load {about['load_before']:.1f}; "
          f"{THREADS} thread{'s' if THREADS > 1 else ''}, commit {about['commit']}")  # fmt: skip
    compare_with_torch(paths, report)
    compare_threads(paths, report)
    report["training"] = training.compare(
        BUILD / "models", BUILD / "structures" / "training.xyz", PYTHONS["mace"]
    )
    if not any(report[kind] for kind in ("rows", "threads", "training")):
        sys.exit("no row has one of the words of HONE_BENCHMARK_CASES")
    (BUILD / "benchmark.json").write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()

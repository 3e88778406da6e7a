"""Times hone against the reference codes: run by run.sh, see docs/performance.md.

Environment: HONE_COMMAND, HONE_MACE_PYTHON, HONE_SEVENN_PYTHON, HONE_BENCHMARK_THREADS,
HONE_BENCHMARK_CASES (words; cases whose names contain one of them run).
"""

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

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
HONE = os.environ.get("HONE_COMMAND", str(BUILD / "bin" / "hone"))
PYTHONS = {
    "mace": os.environ["HONE_MACE_PYTHON"],
    "sevennet": os.environ["HONE_SEVENN_PYTHON"],
}
THREADS = int(os.environ.get("HONE_BENCHMARK_THREADS", "1"))
# Rounds of a case: at least the first, then more until PyTorch has had so many seconds.
ROUNDS, MOST_ROUNDS, SECONDS = 3, 15, 6.0
# Largest difference of forces in eV/Å, relative to the largest force.
TOLERANCE = {"float32": 1e-3, "float64": 1e-7}

MACE = [  # file, K, L
    ("mace-32x0e-r4.5", 32, 0),
    ("mace-128x0e-r6", 128, 0),
    ("mace-128x0e+128x1o-r6", 128, 1),
]


def structures(directory):
    """Files of a water box and two crystals out of equilibrium."""
    directory.mkdir(parents=True, exist_ok=True)
    silicon = ase.build.bulk("Si", "diamond", a=5.43, cubic=True).repeat(3)
    salt = ase.build.bulk("NaCl", "rocksalt", a=5.64, cubic=True).repeat(3)
    paths = {"water-192": ROOT / "Scripts/benchmark/structures/water64.xyz"}
    for name, atoms in (("silicon-216", silicon), ("salt-216", salt)):
        atoms.rattle(0.05, seed=1)
        paths[name] = directory / f"{name}.xyz"
        ase.io.write(paths[name], atoms, format="extxyz")
    return paths


def cases(paths):
    """Models and systems: family, model's name, its file, its operations, the system."""
    for system in ("water-192", "silicon-216"):
        for name, channels, largest_l in MACE:
            path = BUILD / "models" / f"{name}.model"
            yield "mace", name, path, (channels, largest_l), system, paths[system]
    path = checkpoint()
    for system in ("water-192", "silicon-216", "salt-216"):
        yield "sevennet", "SevenNet-0", path, None, system, paths[system]


def checkpoint():
    """SevenNet-0 (11 July 2024), which the package sevenn brings along."""
    code = "import sevenn, pathlib; print(pathlib.Path(sevenn.__file__).parent)"
    folder = subprocess.run(
        [PYTHONS["sevennet"], "-W", "ignore", "-c", code], check=True, capture_output=True, text=True
    ).stdout.split("\n")[-2]
    name = "pretrained_potentials/SevenNet_0__11Jul2024/checkpoint_sevennet_0.pth"
    return pathlib.Path(folder) / name


def environment():
    """One thread means one thread, whatever library asks."""
    names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    return os.environ | {name: str(THREADS) for name in names}


class Worker:
    """A process with PyTorch that evaluates when asked."""

    def __init__(self, family, model, structure, precision):
        script = pathlib.Path(__file__).parent / "worker.py"
        self.log = tempfile.TemporaryFile(mode="w+")
        self.process = subprocess.Popen(
            [PYTHONS[family], script, family, model, structure, precision, str(THREADS)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True,
            env=environment(),
        )  # fmt: skip
        self.edges = self.answer()["edges"]

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            self.log.seek(0)
            sys.exit("the reference code failed:\n" + self.log.read()[-2000:])
        return json.loads(line)

    def evaluate(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return self.answer()

    def end(self):
        self.process.stdin.close()
        result = self.answer()
        self.process.wait()
        return result


def hone(*arguments):
    """Runs the command, whose JSON is the answer."""
    command = [HONE, *map(str, arguments), "--json", "--quiet", "--threads", str(THREADS)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment())
    if done.returncode:
        sys.exit(f"hone failed: {done.stderr.strip()}")
    return json.loads(done.stdout)


def difference(model, structure, precision, reference, directory):
    """Differences of energy per atom (eV) and of forces (relative to the largest)."""
    output = directory / "hone.xyz"
    hone("evaluate", model, structure, "--precision", precision, "--output", output)
    atoms = ase.io.read(output)
    forces = np.array(reference["forces"])
    energy = abs(atoms.get_potential_energy() - reference["energy"]) / len(atoms)
    return energy, np.abs(atoms.get_forces() - forces).max() / np.abs(forces).max()


def measure(family, name, model, size, system, structure, precision, directory):
    """One row: PyTorch and hone in turn, the fastest of each."""
    worker = Worker(family, model, structure, precision)
    pairs, peaks = [], []
    # With one thread its processor time is what the run takes on a machine without other work.
    clock, key = ("cpu", "cpu_") if THREADS == 1 else ("wall", "")
    started = time.monotonic()
    while len(pairs) < MOST_ROUNDS:
        if len(pairs) >= ROUNDS and time.monotonic() - started > SECONDS:
            break
        torch_time = worker.evaluate()[clock]
        report = hone("benchmark", model, structure, "--precision", precision, "--virial",
                      "--repeat", 3)  # fmt: skip
        pairs.append((report[f"{key}microseconds_per_atom"], 1e6 * torch_time / report["atoms"]))
        peaks.append(report["gemm_peak_gflops"])
    reference = worker.end()
    energy, forces = difference(model, structure, precision, reference, directory)
    if report["neighbors_per_atom"] * report["atoms"] != worker.edges:
        sys.exit(f"{name}, {system}: the neighbor lists differ")
    if forces > TOLERANCE[precision]:
        sys.exit(f"{name}, {system}, {precision}: forces differ by {forces:.1e} of the largest")
    ours, theirs = (min(pair[i] for pair in pairs) for i in (0, 1))
    neighbors = report["neighbors_per_atom"]
    count = operations.mace(*size, neighbors) if size else None
    peak = max(peaks)
    return {
        "model": name, "system": system, "precision": precision, "atoms": report["atoms"],
        "neighbors_per_atom": neighbors, "hone_us_per_atom": ours, "torch_us_per_atom": theirs,
        "ratio": theirs / ours, "ratio_median": float(np.median([b / a for a, b in pairs])),
        "rounds": len(pairs), "operations_per_atom": count, "gemm_peak_gflops": peak,
        "peak_fraction": count / (ours * 1e-6) / (peak * 1e9) if count else None,
        "hone_memory_mb": report["peak_memory_mb"], "torch_memory_mb": reference["memory"],
        "hone_load_seconds": report["load_seconds"], "energy_difference_per_atom": energy,
        "force_difference_relative": forces,
    }  # fmt: skip


HEADER = ("model", "system", "precision", "hone", "PyTorch", "ratio", "of peak", "hone", "PyTorch")
UNITS = ("", "", "", "µs/atom", "µs/atom", "", "", "MB", "MB")
WIDTHS = (22, 12, 9, 9, 9, 7, 8, 6, 8)


def line(cells):
    return "".join(
        f" {cell:<{width}}" if place < 3 else f" {cell:>{width}}"
        for place, (cell, width) in enumerate(zip(cells, WIDTHS))
    )


def cells(row):
    fraction = f"{100 * row['peak_fraction']:.1f} %" if row["peak_fraction"] else "–"
    return (
        row["model"], row["system"], row["precision"], f"{row['hone_us_per_atom']:.0f}",
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


def main():
    wanted = os.environ.get("HONE_BENCHMARK_CASES", "").split()
    paths = structures(BUILD / "structures")
    report = {"machine": machine(), "rows": []}
    about = report["machine"]
    print(f"{about['processor']}, {about['cores']} cores, load {about['load_before']:.1f}; "
          f"{THREADS} thread{'s' if THREADS > 1 else ''}, commit {about['commit']}")  # fmt: skip
    print(line(HEADER), line(UNITS), sep="\n", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for precision in ("float32", "float64"):
            for case in cases(paths):
                if wanted and not any(w in f"{case[1]} {case[4]} {precision}" for w in wanted):
                    continue
                row = measure(*case, precision, pathlib.Path(folder))
                report["rows"].append(row)
                print(line(cells(row)), flush=True)
    peaks = {row["precision"]: row["gemm_peak_gflops"] for row in report["rows"]}
    for precision, peak in peaks.items():
        print(f"machine, {precision}: {peak:.0f} GFlop/s")
    (BUILD / "benchmark.json").write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Time per atom by size of the system, cutoff, channels and degree of features.

MACE models with random weights (random_mace.py) on rock salt with displaced atoms, 100 to 100,000
of them; energy and forces by `hone benchmark`. Needs Python alone.

Environment: HONE_COMMAND (build/bin/hone), HONE_BENCHMARK_THREADS, HONE_SCALING_PRECISION.
"""

import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

import random_mace

ROOT = pathlib.Path(__file__).resolve().parents[2]
HONE = os.environ.get("HONE_COMMAND", str(ROOT / "build" / "bin" / "hone"))
THREADS = os.environ.get("HONE_BENCHMARK_THREADS", "1")
PRECISION = os.environ.get("HONE_SCALING_PRECISION", "float32")
CONSTANT = 5.64  # Å, of NaCl
DISPLACEMENT = 0.1  # Å, the largest along an axis
# Cubic cells of eight atoms along each direction: 96 to 97,336 atoms.
SIZES = [(2, 2, 3), (4, 4, 4), (5, 5, 5), (8, 8, 8), (11, 11, 11), (16, 16, 16), (23, 23, 23)]
SMALL = (5, 5, 5)
BASE = {"channels": 32, "degree": 0, "cutoff": 5.0}
VARIATIONS = [
    ("cutoff", (3.5, 4.0, 5.0, 6.0, 7.0)),
    ("channels", (16, 32, 64, 128, 256)),
    ("degree", (0, 1, 2)),
]


def write_salt(path, repeats):
    """Rock salt, displaced in the same way every time; returns the number of atoms."""
    generator = random.Random(1)
    sites = [(i, j, k) for i in (0, 1) for j in (0, 1) for k in (0, 1)]
    nx, ny, nz = repeats
    lattice = " ".join(
        str(CONSTANT * n if row == column else 0)
        for row, n in enumerate(repeats)
        for column in range(3)
    )
    with open(path, "w") as file:
        file.write(f"{8 * nx * ny * nz}\n")
        file.write(f'Lattice="{lattice}" Properties=species:S:1:pos:R:3 pbc="T T T"\n')
        for x in range(nx):
            for y in range(ny):
                for z in range(nz):
                    for i, j, k in sites:
                        place = (2 * x + i, 2 * y + j, 2 * z + k)
                        moved = [
                            CONSTANT / 2 * n + DISPLACEMENT * (2 * generator.random() - 1)
                            for n in place
                        ]
                        name = ("Na", "Cl")[(i + j + k) % 2]
                        file.write(f"{name} {moved[0]:.6f} {moved[1]:.6f} {moved[2]:.6f}\n")
    return 8 * nx * ny * nz


def benchmark(model, structure, atoms):
    command = [HONE, "benchmark", model, structure, "--json", "--quiet", "--no-machine",
               "--threads", THREADS, "--precision", PRECISION]  # fmt: skip
    # One evaluation of a large system is long enough.
    command += ["--repeat", "1"] if atoms > 10_000 else ["--seconds", "0.5"]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"hone failed: {done.stderr.strip()}")
    return json.loads(done.stdout)


def row(label, report):
    memory = report["peak_memory_mb"]
    # Processor time is what one thread takes on a machine without other work.
    time = report[("cpu_" if THREADS == "1" else "") + "microseconds_per_atom"]
    print(f"{label:>24} {report['atoms']:>8} {report['neighbors_per_atom']:>10.0f} "
          f"{time:>10.1f} {time / report['neighbors_per_atom']:>12.2f} "
          f"{f'{memory:.0f}' if memory else '–':>8}", flush=True)  # fmt: skip


def main():
    if not os.access(HONE, os.X_OK):
        sys.exit(f"scaling.py: expected the command at {HONE}; make builds it")
    print(f"rock salt, {PRECISION}, {THREADS} thread(s); MACE with {BASE['channels']}x0e, cutoff "
          f"{BASE['cutoff']} Å, where nothing else is said")  # fmt: skip
    print(f"{'':>24} {'atoms':>8} {'neighbors':>10} {'µs/atom':>10} {'µs/neighbor':>12} {'MB':>8}")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        model, structure = folder / "model.safetensors", folder / "salt.xyz"
        random_mace.write(model, **BASE)
        for repeats in SIZES:
            atoms = write_salt(structure, repeats)
            row("x".join(map(str, repeats)) + " cells", benchmark(model, structure, atoms))
        atoms = write_salt(structure, SMALL)
        for option, values in VARIATIONS:
            for value in values:
                random_mace.write(model, **(BASE | {option: value}))
                row(f"{option} {value}", benchmark(model, structure, atoms))


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Long runs of pair_style hone in build/lammps: conservation of energy, and a barostat.

    Scripts/lammps/soak.py nve MODEL [--ps 50] [--step 0.25] [--ranks 2] [--precision double]
    Scripts/lammps/soak.py npt MODEL [--ps 20] [--step 1.0] [--ranks 2] [--precision single]

nve: 64 water molecules, 300 K after a picosecond with a thermostat; prints the slope of the energy
with its error, from means over picoseconds. npt: 216 atoms of rock salt (Na, Cl) at 300 K and 1 bar;
prints temperature, pressure and lattice constant over the second half.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, "build")
WATER = os.path.join(ROOT, "Scripts", "benchmark", "structures", "water64.xyz")


def water(path):
    """Writes LAMMPS data of the molecules: types 1 (H) and 2 (O)."""
    with open(WATER) as file:
        lines = file.read().splitlines()
    edges = [float(x) for x in lines[1].split('"')[1].split()][::4]
    with open(path, "w") as file:
        file.write(f"water\n\n{len(lines) - 2} atoms\n2 atom types\n\n")
        for axis, edge in zip("xyz", edges):
            file.write(f"0 {edge} {axis}lo {axis}hi\n")
        file.write("\nMasses\n\n1 1.008\n2 15.999\n\nAtoms # atomic\n\n")
        for number, line in enumerate(lines[2:], 1):
            symbol, *position = line.split()[:4]
            file.write(f"{number} {'HO'.index(symbol) + 1} {' '.join(position)}\n")


def nve(options, work):
    data = os.path.join(work, "water.data")
    water(data)
    every = max(round(0.01 / options.step * 1000), 1)  # ten femtoseconds
    return f"""units metal
atom_style atomic
read_data {data}
plugin load {BUILD}/lib/honeplugin.so
pair_style hone precision {options.precision}
pair_coeff * * {os.path.abspath(options.model)} H O
velocity all create 300 7
timestep {options.step / 1000}
neighbor 1.0 bin
thermo {every}
thermo_style custom time temp press etotal
thermo_modify format float %.12g
fix 1 all nvt temp 300 300 0.05
run {round(1000 / options.step)}
unfix 1
velocity all zero linear
reset_timestep 0 time 0
fix 1 all nve
run {round(1000 * options.ps / options.step)}
"""


def npt(options, _work):
    return f"""units metal
atom_style atomic
lattice custom 5.64 a1 1 0 0 a2 0 1 0 a3 0 0 1 &
  basis 0 0 0 basis 0.5 0.5 0 basis 0.5 0 0.5 basis 0 0.5 0.5 &
  basis 0.5 0 0 basis 0 0.5 0 basis 0 0 0.5 basis 0.5 0.5 0.5
region box block 0 3 0 3 0 3
create_box 2 box
create_atoms 1 box basis 5 2 basis 6 2 basis 7 2 basis 8 2
mass 1 22.99
mass 2 35.45
plugin load {BUILD}/lib/honeplugin.so
pair_style hone precision {options.precision}
pair_coeff * * {os.path.abspath(options.model)} Na Cl
velocity all create 600 7
timestep {options.step / 1000}
thermo 20
thermo_style custom time temp press lx
thermo_modify format float %.12g
fix 1 all npt temp 300 300 0.1 iso 1 1 1
run {round(1000 * options.ps / options.step)}
"""


def rows(output):
    """The last table of thermodynamic output."""
    lines = output.splitlines()
    end = max(k for k, line in enumerate(lines) if line.startswith("Loop time"))
    start = max(k for k, line in enumerate(lines[:end]) if line.split()[:1] == ["Time"])
    return [[float(x) for x in line.split()] for line in lines[start + 1:end]]


def slope(times, values):
    """Least squares over means of picoseconds, which hardly know of each other; with its error."""
    blocks = {}
    for t, value in zip(times, values):
        blocks.setdefault(int(t + 1e-9), []).append((t, value))
    points = [(statistics.fmean(t for t, _ in b), statistics.fmean(v for _, v in b))
              for b in blocks.values() if len(b) > 10]
    x = statistics.fmean(t for t, _ in points)
    y = statistics.fmean(v for _, v in points)
    spread = sum((t - x) ** 2 for t, _ in points)
    result = sum((t - x) * (v - y) for t, v in points) / spread
    rest = sum((v - y - result * (t - x)) ** 2 for t, v in points) / (len(points) - 2)
    return result, (rest / spread) ** 0.5


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kind", choices=("nve", "npt"))
    parser.add_argument("model")
    parser.add_argument("--ps", type=float)
    parser.add_argument("--step", type=float, help="femtoseconds")
    parser.add_argument("--ranks", type=int, default=2)
    parser.add_argument("--precision", choices=("single", "double"))
    options = parser.parse_args()
    defaults = {"nve": (50, 0.25, "double"), "npt": (20, 1.0, "single")}[options.kind]
    options.ps = options.ps or defaults[0]
    options.step = options.step or defaults[1]
    options.precision = options.precision or defaults[2]
    with tempfile.TemporaryDirectory() as work:
        script = os.path.join(work, "in.soak")
        with open(script, "w") as file:
            file.write({"nve": nve, "npt": npt}[options.kind](options, work))
        command = [os.path.join(BUILD, "lammps", "bin", "mpirun"), "-np", str(options.ranks),
                   os.path.join(BUILD, "lammps", "bin", "lmp"), "-in", script, "-log", "none"]
        start = time.monotonic()
        done = subprocess.run(command, cwd=work, text=True, capture_output=True, check=False)
        seconds = time.monotonic() - start
    if done.returncode != 0:
        sys.exit(done.stdout[-2000:] + done.stderr[-1000:])
    table = rows(done.stdout)
    name = os.path.basename(options.model)
    print(f"{options.kind} with {name}: {options.ps:g} ps of {options.step:g} fs, "
          f"{options.precision} precision, {options.ranks} ranks, {seconds:.0f} s")
    if options.kind == "nve":
        drift, error = slope([row[0] for row in table], [1e3 * row[3] / 192 for row in table])
        print(f"drift {drift:.2e} +- {error:.1e} meV per atom and ps, "
              f"at {statistics.fmean(row[1] for row in table):.0f} K")
    else:
        half = table[len(table) // 2:]
        for what, column, scale in (("temperature, K", 1, 1), ("pressure, bar", 2, 1),
                                    ("lattice constant, A", 3, 1 / 3)):
            values = [scale * row[column] for row in half]
            print(f"{what}: {statistics.fmean(values):.4g} +- {statistics.stdev(values):.2g}")


main()

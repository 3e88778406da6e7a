#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Long runs of pair_style hone in build/lammps: conservation of energy, and a barostat.

    Scripts/lammps/soak.py nve MODEL [--ps 50] [--step 0.25] [--ranks 2] [--precision double]
                               [--equilibration 10] [--save FILE]
    Scripts/lammps/soak.py npt MODEL [--ps 20] [--step 1.0] [--ranks 2] [--precision single]

nve: 64 water molecules, after ten picoseconds of Langevin dynamics at 300 K, which couples to every
mode alike; prints the slope of the energy with its error and how much the energy fluctuates.
What the integrator conserves is not the energy E. Velocity Verlet with steps of dt conserves

  E' = E + dt^2 (v.U''.v / 12 - F.F/m / 24) + O(dt^4)
     = E + dt^2 (F.F/m + 2 d^2U/dt^2) / 24 + O(dt^4)

(Hairer, Lubich, Wanner, Acta Numerica 12, 399 (2003), doi:10.1017/S0962492902000144), and the mean
of d^2U/dt^2 over a long time is zero. E - E' is mostly in the fastest vibrations, and changes as
energy flows in and out of these, for picoseconds; the slope of the mean of E + dt^2 F.F/m / 24 is
what remains of E's: errors of forces. All means are over every step.

npt: 216 atoms of rock salt (Na, Cl) at 300 K and 1 bar; prints temperature, pressure and lattice
constant over the second half.
"""

import argparse
import os
import shutil
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
    every = max(round(10 / options.step), 1)  # ten femtoseconds
    return f"""units metal
atom_style atomic
read_data {data}
plugin load {BUILD}/lib/honeplugin.so
pair_style hone precision {options.precision}
pair_coeff * * {os.path.abspath(options.model)} H O
velocity all create 300 7
neighbor 1.0 bin
thermo 1000
timestep 0.0005
fix 1 all nve
fix 2 all langevin 300 300 0.1 7 zero yes
run {round(options.equilibration / 0.0005)}
unfix 2
velocity all zero linear
reset_timestep 0 time 0
timestep {options.step / 1000}
variable energy equal pe+ke
variable square atom (fx^2+fy^2+fz^2)/mass
compute square all reduce sum v_square
fix 3 all ave/time 1 {every} {every} v_energy c_square c_thermo_temp file {work}/means.txt &
  format " %.13g"
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


def block_means(values, size):
    return [statistics.fmean(values[k:k + size]) for k in range(0, len(values) - size + 1, size)]


def line(values):
    """Least squares over 0, 1, 2, …: the slope, and its error where residuals are independent."""
    count = len(values)
    x = (count - 1) / 2
    y = statistics.fmean(values)
    spread = sum((k - x) ** 2 for k in range(count))
    slope = sum((k - x) * (value - y) for k, value in enumerate(values)) / spread
    rest = sum((value - y - slope * (k - x)) ** 2 for k, value in enumerate(values))
    return slope, (rest / (count - 2) / spread) ** 0.5


def drift(values, per_picosecond):
    """The slope per picosecond and its error: the largest over means of 0.5 to 5 ps.

    Neighboring means of short times are alike, which makes errors from them too small.
    """
    results = []
    for length in (0.5, 1, 2, 2.5, 5):
        means = block_means(values, round(length * per_picosecond))
        if len(means) >= 8:
            slope, error = line(means)
            results.append((slope / length, error / length))
    return results[0][0], max(error for _, error in results)


def report_nve(options, work):
    atoms = 192
    with open(os.path.join(work, "means.txt")) as file:
        table = [[float(x) for x in row.split()] for row in file if not row.startswith("#")]
    if options.save:
        shutil.copy(os.path.join(work, "means.txt"), options.save)
    per_picosecond = round(1000 / options.step) / (table[1][0] - table[0][0])
    # eV/A squared by g/mol times ps squared, in meV.
    unit = 1e3 * 9648.5332 * (options.step / 1000) ** 2
    energies = [1e3 * row[1] / atoms for row in table]
    shadows = [e + unit * row[2] / 24 / atoms for e, row in zip(energies, table)]
    for name, values in (("energy", energies), ("conserved by the integrator", shadows)):
        slope, error = drift(values, per_picosecond)
        means = block_means(values, round(per_picosecond))
        print(f"{name}: drift {slope:.2e} +- {error:.1e} meV per atom and ps; means of 1 ps "
              f"deviate by {statistics.stdev(means):.1e} meV per atom")
    print(f"temperature: {statistics.fmean(row[3] for row in table):.0f} K")


def report_npt(table):
    half = table[len(table) // 2:]
    for what, column, scale in (("temperature, K", 1, 1), ("pressure, bar", 2, 1),
                                ("lattice constant, A", 3, 1 / 3)):
        values = [scale * row[column] for row in half]
        print(f"{what}: {statistics.fmean(values):.4g} +- {statistics.stdev(values):.2g}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kind", choices=("nve", "npt"))
    parser.add_argument("model")
    parser.add_argument("--ps", type=float)
    parser.add_argument("--step", type=float, help="femtoseconds")
    parser.add_argument("--ranks", type=int, default=2)
    parser.add_argument("--precision", choices=("single", "double"))
    parser.add_argument("--equilibration", type=float, default=10, help="picoseconds")
    parser.add_argument("--save", help="nve: where to keep the means of ten femtoseconds")
    options = parser.parse_args()
    defaults = {"nve": (50, 0.25, "double"), "npt": (20, 1.0, "single")}[options.kind]
    options.ps = options.ps or defaults[0]
    options.step = options.step or defaults[1]
    options.precision = options.precision or defaults[2]
    if options.kind == "nve" and options.ps < 5:
        parser.error("the slope of less than 5 ps says nothing")
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
        name = os.path.basename(options.model)
        print(f"{options.kind} with {name}: {options.ps:g} ps of {options.step:g} fs, "
              f"{options.precision} precision, {options.ranks} ranks, {seconds:.0f} s")
        if options.kind == "nve":
            report_nve(options, work)
        else:
            report_npt(rows(done.stdout))


main()

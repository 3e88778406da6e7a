#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Molecular dynamics of rock salt with SevenNet: pair_style hone in build/lammps against ASE with
sevenn's own calculator on PyTorch. Same structure, single precision, one thread, in turns.

    Scripts/lammps/against_ase.py MODEL PYTHON [--atoms 216] [--steps 20] [--rounds 3]

PYTHON has sevenn and ase. Both integrate with velocity Verlet and steps of 0.5 fs from the same
positions and speeds drawn at 300 K; both search for neighbors as they do by default. The energies
at the start must agree within 1e-5 eV per atom. What is printed is processor time per step, of which
the smallest over the rounds counts: others on the machine only add to it.
"""

import argparse
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, "build")
EDGE = 5.64


def crystal(atoms):
    """Positions, types (0 Na, 1 Cl) and the length of the box."""
    cells = max(round((atoms / 8) ** (1 / 3)), 1)
    shift = random.Random(4711)
    positions, types = [], []
    for site in range((2 * cells) ** 3):
        place = [site // (2 * cells) ** axis % (2 * cells) for axis in range(3)]
        positions.append([EDGE / 2 * x + shift.uniform(0, 0.1) for x in place])
        types.append(sum(place) % 2)
    return positions, types, cells * EDGE


def worker(text):
    """One run of ASE; prints the first energy and the seconds per step."""
    # Only the other Python has these.
    import torch
    torch.set_num_threads(1)
    from ase import Atoms, units
    from ase.md.velocitydistribution import MaxwellBoltzmannDistribution
    from ase.md.verlet import VelocityVerlet
    from sevenn.calculator import SevenNetCalculator

    job = json.loads(text)
    atoms = Atoms([("Na", "Cl")[t] for t in job["types"]], positions=job["positions"],
                  cell=[job["length"]] * 3, pbc=True)
    atoms.calc = SevenNetCalculator(job["model"], device="cpu")
    energy = atoms.get_potential_energy()
    MaxwellBoltzmannDistribution(atoms, temperature_K=300)
    dynamics = VelocityVerlet(atoms, 0.5 * units.fs)
    dynamics.run(2)
    start = time.process_time()
    dynamics.run(job["steps"])
    print(json.dumps([energy, (time.process_time() - start) / job["steps"]]))


def lammps(job, work):
    """One run of LAMMPS: the first energy and the seconds per step."""
    data = os.path.join(work, "salt.data")
    with open(data, "w") as file:
        file.write(f"rock salt\n\n{len(job['types'])} atoms\n2 atom types\n\n")
        for axis in "xyz":
            file.write(f"0 {job['length']} {axis}lo {axis}hi\n")
        file.write("\nMasses\n\n1 22.99\n2 35.45\n\nAtoms # atomic\n\n")
        for number, (kind, x) in enumerate(zip(job["types"], job["positions"]), 1):
            file.write(f"{number} {kind + 1} {x[0]:.17g} {x[1]:.17g} {x[2]:.17g}\n")
    script = os.path.join(work, "in.salt")
    with open(script, "w") as file:
        file.write(f"""units metal
atom_style atomic
read_data {data}
plugin load {BUILD}/lib/honeplugin.so
pair_style hone
pair_coeff * * {job['model']} Na Cl
thermo_style custom step temp pe
thermo_modify format float %.12g
run 0
velocity all create 300 1
timestep 0.0005
fix 1 all nve
run 2
run {job['steps']}
""")
    command = [os.path.join(BUILD, "lammps/bin/lmp"), "-in", script, "-log", "none", "-nocite"]
    done = subprocess.run(command, cwd=work, text=True, check=False, capture_output=True)
    if done.returncode != 0:
        sys.exit(done.stdout[-2000:] + done.stderr[-1000:])
    energy = float(re.search(r"PotEng.*\n(.*)", done.stdout).group(1).split()[2])
    seconds = float(re.findall(r"Loop time of (\S+)", done.stdout)[-1])
    share = float(re.findall(r"(\S+)% CPU use", done.stdout)[-1]) / 100
    return energy, seconds * share / job["steps"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("model")
    parser.add_argument("python")
    parser.add_argument("--atoms", type=int, default=216)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    positions, types, length = crystal(options.atoms)
    job = {"model": os.path.abspath(options.model), "steps": options.steps, "types": types,
           "positions": positions, "length": length}
    environment = dict(os.environ, OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")
    times = {"lammps": [], "ase": []}
    with tempfile.TemporaryDirectory() as work:
        for _ in range(options.rounds):
            ours, seconds = lammps(job, work)
            times["lammps"].append(seconds)
            done = subprocess.run(
                [options.python, "-W", "ignore", os.path.abspath(__file__), "--worker"],
                input=json.dumps(job), env=environment, text=True, check=False,
                capture_output=True)
            if done.returncode != 0:
                sys.exit(done.stderr[-2000:])
            theirs, seconds = json.loads(done.stdout.splitlines()[-1])
            times["ase"].append(seconds)
            if abs(ours - theirs) > 1e-5 * len(types):
                sys.exit(f"energies differ: {ours} and {theirs} eV")
    print(f"{len(types)} atoms, {options.steps} steps, smallest of {options.rounds} rounds")
    for name, values in times.items():
        print(f"{name:7s} {1 / min(values):8.2f} steps/s {1e6 * min(values) / len(types):9.1f} "
              "us per atom and step")
    ratios = [b / a for a, b in zip(times["lammps"], times["ase"])]
    print(f"ratio {min(times['ase']) / min(times['lammps']):.1f}, round by round "
          f"{min(ratios):.1f} to {max(ratios):.1f}")


if __name__ == "__main__":
    if sys.argv[1:] == ["--worker"]:
        worker(sys.stdin.read())
    else:
        main()

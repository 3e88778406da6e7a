#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Times pair_style hone in build/lammps and counts ghosts: those that there are, with features
exchanged between layers, and those that a halo of layers x cutoff would need.

    Scripts/lammps/measure.py MODEL LATTICE [--atoms 5000] [--ranks 1,2] [--threads 1] [--steps 10]
                              [--precision single] [--layers L --cutoff R]

LATTICE is salt:Na,Cl,5.64 (rock salt of two elements) or cubic:Si,2.7 (a simple lattice of one);
every atom is moved at random by up to 0.1 A. With --layers and --cutoff the ghosts of a halo are
counted too, by a style that does nothing. Memory is the largest rank's resident set.
"""

import argparse
import os
import re
import resource
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, "build")
GHOSTS = r"Nghost: +\S+ ave +(\S+) max"


def box(lattice, atoms):
    """LAMMPS commands for at least `atoms` atoms, and the elements by type."""
    kind, values = lattice.split(":")
    words = values.split(",")
    if kind == "salt":
        count = round((atoms / 8) ** (1 / 3))
        lines = [f"lattice custom {words[2]} a1 1 0 0 a2 0 1 0 a3 0 0 1 "
                 "basis 0 0 0 basis 0.5 0.5 0 basis 0.5 0 0.5 basis 0 0.5 0.5 "
                 "basis 0.5 0 0 basis 0 0.5 0 basis 0 0 0.5 basis 0.5 0.5 0.5"]
        make, elements = "create_atoms 1 box basis 5 2 basis 6 2 basis 7 2 basis 8 2", words[:2]
    else:
        count = round(atoms ** (1 / 3))
        lines, make, elements = [f"lattice sc {words[1]}"], "create_atoms 1 box", words[:1]
    lines += [f"region box block 0 {count} 0 {count} 0 {count}", f"create_box {len(elements)} box",
              make, "mass * 30.0", "displace_atoms all random 0.1 0.1 0.1 4711 units box"]
    return "\n".join(lines), elements


def run(text, ranks):
    """What LAMMPS writes."""
    with tempfile.TemporaryDirectory() as folder:
        script = os.path.join(folder, "in.measure")
        with open(script, "w") as file:
            file.write(text)
        command = [os.path.join(BUILD, "lammps/bin/lmp"), "-in", script, "-log", "none", "-nocite"]
        if ranks > 1:
            command = [os.path.join(BUILD, "lammps/bin/mpirun"), "-np", str(ranks), *command]
        environment = {"PATH": os.environ["PATH"], "OMP_NUM_THREADS": "1"}
        done = subprocess.run(command, cwd=folder, env=environment, text=True, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        sys.exit(done.stdout[-2000:])
    return done.stdout


def found(pattern, text, group=1):
    match = re.search(pattern, text)
    return float(match.group(group)) if match else float("nan")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("model")
    parser.add_argument("lattice")
    parser.add_argument("--atoms", type=int, default=5000)
    parser.add_argument("--ranks", default="1,2")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--precision", default="single")
    parser.add_argument("--layers", type=int, default=0)
    parser.add_argument("--cutoff", type=float, default=0.0)
    options = parser.parse_args()

    commands, elements = box(options.lattice, options.atoms)
    head = f"units metal\natom_style atomic\n{commands}\nneighbor 1.0 bin\n"
    first = None
    print("ranks threads   atoms  ghosts  pair ms/step  us/atom  speed  comm %  exchange MB  MB")
    for ranks in (int(word) for word in options.ranks.split(",")):
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        output = run(head + f"""plugin load {BUILD}/lib/honeplugin.so
pair_style hone precision {options.precision} threads {options.threads}
pair_coeff * * {os.path.abspath(options.model)} {' '.join(elements)}
velocity all create 300 1
fix 1 all nve
timestep 0.0005
run 2
run {options.steps}
""", ranks)
        # ru_maxrss is that of the largest child so far: later, smaller ones do not show.
        after = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        memory = f"{after / 1024:.0f}" if after > before else f"<{after / 1024:.0f}"
        last = output[output.rindex("Loop time"):]
        atoms = found(r"with (\d+) atoms", last)
        seconds = found(r"Loop time of (\S+)", last) / options.steps
        pair = found(r"Pair +\| \S+ +\| (\S+)", last) / options.steps
        first = first or seconds
        ghosts = found(GHOSTS, last)
        share = found(r"Comm .*[|] +(\S+)", last)
        exchange = found(r"exchange, per rank: (\S+)", output)
        print(f"{ranks:5d} {options.threads:7d} {atoms:7.0f} {ghosts:7.0f} {1000 * pair:13.2f} "
              f"{1e6 * seconds / atoms:8.2f} {first / seconds:6.2f} {share:7.2f} {exchange:12.1f}  "
              f"{memory}", flush=True)
        if options.layers:
            output = run(head + f"""pair_style zero {options.cutoff} full
pair_coeff * *
comm_modify cutoff {options.layers * options.cutoff + 1.0}
fix 1 all nve
run 0
""", ranks)
            print(f"      a halo of {options.layers} x {options.cutoff} A would have "
                  f"{found(GHOSTS, output):.0f} ghosts")


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: MIT
"""pair_style hone refine radius against models that the library refined."""

import os
import re

import systems
from runner import atoms_of, thermo

REASONS = {0: "closer to those", 1: "is like those", 2: "no radius brings", 3: "of this kind",
           4: "chose a larger one", 5: "it was given"}


def told(output):
    """What the log says of radii: (radius, training radius, the rest of the line)."""
    return [(float(a), float(b), c) for a, b, c in re.findall(
        r"Pair style hone: radius (\S+) Angstrom, (?:refined from the|as the) (\S+) of (.*)",
        output)]


def static(runner, system, model, value, options, ranks, newton, reason, check):
    """One structure: the radius, energy and forces that the library has."""
    name = f"refine radius {value}: {system.name}, {ranks} ranks"
    system.style = f"hone precision double refine radius {value}"
    dump = os.path.join(runner.work, "dump.radius")
    text = runner.head(system, model, newton) + f"""
thermo_style custom pe
thermo_modify format float %.17g
dump 1 all custom 1 {dump} id type x y z fx fy fz
dump_modify 1 sort id format float %.17g
fix 1 all nve
run 0
"""
    code, output = runner.lammps(text, ranks)
    if code != 0:
        check(name, False, output[-1200:])
        return
    wanted = runner.reference(system, model, dump, "-r", options)
    radius, training, found = wanted["radius"]
    lines = told(output)
    check(f"the radius of {name}", int(found) == reason and len(lines) == 1
          and abs(lines[0][0] - radius) < 1e-3 and abs(lines[0][1] - training) < 1e-3
          and REASONS[reason] in lines[0][2], f"{wanted['radius']} {lines}")
    energy = float(thermo(output)[-1][0])
    check(f"the energy of {name}", abs(energy - wanted["energy"]) < 1e-10 * abs(energy),
          f"{energy} {wanted['energy']}")
    pairs = [(a, b) for row in atoms_of(dump)
             for a, b in zip(row[5:8], wanted["atoms"][int(row[0])]["forces"])]
    scale = max(abs(b) for _, b in pairs)
    worst = max(abs(a - b) for a, b in pairs)
    check(f"the forces of {name}", worst < 1e-10 * scale, f"{worst} of {scale}")


def conserved(runner, model, frames, check):
    """A refined model keeps the energy as well as the model it is of, and its radius from run to
    run."""
    spreads = []
    for style in ("hone precision double refine radius smooth", "hone precision double"):
        system = systems.cluster(frames, 12, (2, 2, 1))
        text = runner.head(system, model, style=style) + """
velocity all create 150 5 loop geom
fix 1 all nve
timestep 0.00025
neighbor 0.3 bin
neigh_modify every 1 delay 0 check yes
thermo_style custom step etotal ke
thermo_modify format float %.12g
run 50
thermo 10
run 100
"""
        code, output = runner.lammps(text, 2)
        if code != 0:
            check("energy with a refined radius", False, output[-1200:])
            return
        if "refine" in style:
            lines = told(output)
            check("one radius for all runs", len(lines) == 1 and lines[0][0] < lines[0][1], lines)
        total = [float(row[1]) for row in thermo(output)]
        spreads.append(max(total) - min(total))
    check("energy with a refined radius", spreads[0] < 1.5 * spreads[1], spreads)


def again(runner, model, frames, check):
    """Commands that initialise do not choose; pair_coeff and another rule do so again."""
    system = systems.cluster(frames, 12, (2, 2, 1))
    data = os.path.join(runner.work, "data.written")
    coefficients = f"pair_coeff * * {model} {' '.join(system.elements)}\n"
    text = runner.head(system, model, style="hone refine radius smooth") + f"""
fix 1 all nve
write_data {data}
print "before"
run 1
run 1
pair_style hone refine radius smooth threads 2
run 1
pair_style hone refine radius 4.2
run 1
pair_style hone
run 1
print "settings"
pair_style hone refine radius smooth
{coefficients}run 1
"""
    code, output = runner.lammps(text, 2)
    lines = [line[0] for line in told(output)]
    check("radii are chosen once", code == 0 and len(lines) == 3 and lines[0] == lines[2] < 4.5
          and lines[1] == 4.2 and not told(output.split("before\n", maxsplit=1)[0]),
          f"{lines}\n{output[-800:] if code else ''}")
    cutoffs = [float(x) for x in re.findall(r"ghost cutoff (\S+) Angstrom", output)]
    expected = [lines[0], lines[0], 4.2, 4.5, lines[0]] if len(lines) == 3 else []
    check("ghosts reach the radius and the skin", len(cutoffs) == 5 and all(
        abs(a - b - 2) < 1e-3 for a, b in zip(cutoffs, expected)), f"{cutoffs} {expected}")


def run(runner, model, frames, check):
    def cluster(index, counts):
        return systems.cluster(frames, index, counts)

    def crystal():
        system = systems.triclinic()
        system.name = "triclinic of H, C and O"
        system.elements = ("C", "O", "H")
        return system

    smooth, paper = '{"mode": "smooth"}', '{"mode": "paper"}'
    for system, value, options, reason, ways in (
            (cluster(12, (2, 2, 2)), "smooth", smooth, 0, ((1, "on"), (2, "off"), (3, "on"))),
            (cluster(8, (1, 1, 1)), "smooth", smooth, 1, ((2, "on"),)),
            (cluster(8, (2, 2, 2)), "smooth", smooth, 2, ((2, "on"),)),
            (crystal(), "smooth", smooth, 3, ((2, "on"),)),
            (cluster(4, (1, 1, 1)), "paper", paper, 0, ((1, "on"), (2, "on"))),
            (cluster(8, (1, 1, 1)), "paper", paper, 4, ((2, "off"),)),
            (crystal(), "3.9", '{"radius": 3.9}', 5, ((1, "on"), (2, "off")))):
        for ranks, newton in ways:
            static(runner, system, model, value, options, ranks, newton, reason, check)
    conserved(runner, model, frames, check)
    again(runner, model, frames, check)

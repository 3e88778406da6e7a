# SPDX-License-Identifier: MIT
"""compute hone/distance, compute hone/shift and fix hone/guard against the library's diagnosis."""

import os
import re
import shutil

import systems
from runner import atoms_of, thermo

MEASURE = """
group some id 1:5
compute d all hone/distance
compute e some hone/distance
compute s all hone/shift
fix g all hone/guard 1 1e9
thermo_style custom c_d c_e f_g c_s[1] c_s[2] c_s[3] c_s[4]
thermo_modify format float %.17g
dump 1 all custom 1 {dump} id type x y z c_d c_e
dump_modify 1 sort id format float %.17g
fix 1 all nve
"""


def close(a, b, tolerance):
    return a == b or (a != a and b != b) or abs(a - b) <= tolerance * max(abs(a), abs(b), 1e-3)


def measured(runner, system, model, ranks, newton, check, tolerance):
    name = f"distances: {system.name}, {ranks} ranks, newton {newton}"
    dump = os.path.join(runner.work, "dump.distances")
    text = (runner.head(system, model, newton) + MEASURE.format(dump=dump) + system.before
            + "run 0\n")
    code, output = runner.lammps(text, ranks)
    if code != 0:
        check(name, False, output[-1200:])
        return
    wanted = runner.reference(system, model, dump, "-d")
    rows = {int(row[0]): row for row in atoms_of(dump)}
    wrong = [(id, row[5], wanted["distances"].get(id, 0.0)) for id, row in rows.items()
             if not close(row[5], wanted["distances"].get(id, 0.0), tolerance)]
    check(name, not wrong and len(wanted["distances"]) > 0, wrong[:5])
    check(f"of a group, {name}", all(
        row[6] == (row[5] if id <= 5 else 0.0) for id, row in rows.items()), list(rows.items())[:9])
    found = [float(word) for word in thermo(output)[-1]]
    largest = max(wanted["distances"].values())
    some = max(row[6] for row in rows.values())
    expected = [largest, some, largest, *wanted["shift"]]
    # How many standard deviations the mean force is off is a difference.
    check(f"numbers of {name}", all(
        close(a, b, 1e3 * tolerance if k == 4 else tolerance)
        for k, (a, b) in enumerate(zip(found, expected))), f"{found}\n{expected}")


def run(runner, model, check):
    for make in (systems.triclinic, systems.tiny, systems.mixed):
        for ranks, newton in ((1, "on"), (2, "off")):
            measured(runner, make(), model, ranks, newton, check, 1e-9)
    for make, ranks in ((systems.triclinic, 4), (systems.deserted, 3), (systems.divided, 2),
                        (systems.molecule, 3)):
        measured(runner, make(), model, ranks, "on", check, 1e-9)
    system = systems.triclinic()
    system.style, system.name = "hone precision single threads 2", "triclinic, single"
    measured(runner, system, model, 2, "on", check, 1e-3)
    several(runner, model, check)
    moving(runner, model, check)


def several(runner, model, check):
    """Two styles under one hybrid: an atom has the distance of the one that has the atom."""
    system = systems.triclinic()
    dump = os.path.join(runner.work, "dump.several")
    text = runner.head(system, model) + f"""
pair_style hybrid/overlay zero 5.0 hone precision double hone precision double
pair_coeff * * zero
pair_coeff * * hone 1 {model} C O NULL
pair_coeff * * hone 2 {model} NULL NULL H
compute d all hone/distance
thermo_style custom c_d
thermo_modify format float %.17g
dump 1 all custom 1 {dump} id type x y z c_d
dump_modify 1 sort id format float %.17g
fix 1 all nve
run 0
"""
    code, output = runner.lammps(text, 2)
    if code != 0:
        check("distances of two styles", False, output[-1200:])
        return
    wanted = {}
    for elements in (("C", "O", "NULL"), ("NULL", "NULL", "H")):
        system.elements = elements
        wanted.update(runner.reference(system, model, dump, "-d")["distances"])
    rows = atoms_of(dump)
    wrong = [row for row in rows if not close(row[5], wanted[int(row[0])], 1e-9)]
    check("distances of two styles", len(wanted) == len(rows) and not wrong
          and close(float(thermo(output)[-1][0]), max(wanted.values()), 1e-9), wrong[:5])


def moving(runner, model, check):
    """Atoms that change ranks keep their distances; forces do not know of them."""
    system = systems.triclinic()
    dump = os.path.join(runner.work, "dump.moving")
    rows = []
    for measure in (True, False):
        text = (runner.head(system, model) + "velocity all create 3000 5 loop geom\nfix 1 all nve\n"
                + "timestep 0.0005\nneighbor 0.05 bin\n"
                + ("compute d all hone/distance\n" if measure else "")
                + f"dump 1 all custom 30 {dump} id type x y z fx fy fz {'c_d' if measure else ''}\n"
                + "dump_modify 1 sort id delay 30 format float %.17g\nrun 30\n")
        code, output = runner.lammps(text, 2)
        if code != 0:
            check("distances of atoms that move", False, output[-1200:])
            return
        rows.append(atoms_of(dump))
        if measure:
            wanted = runner.reference(system, model, dump, "-d")["distances"]
            wrong = [(row[0], row[8], wanted[int(row[0])]) for row in rows[0]
                     if not close(row[8], wanted[int(row[0])], 1e-6)]
            check("distances of atoms that move", not wrong, wrong[:5])
    check("forces are the same with and without distances",
          [row[:8] for row in rows[0]] == [row[:8] for row in rows[1]])


def guard(runner, model, molecules, check):
    """What a fix does about an atom that is pushed away."""
    frames = os.path.join(runner.work, "far.xyz")
    push = """
fix p all hone/guard 5 {limit} {keywords}
compute d all hone/distance
fix 1 all nve
fix 2 push addforce 4.0 0.0 0.0
timestep 0.0005
thermo 5
thermo_style custom step c_d f_p f_p[1] f_p[2] f_p[3]
thermo_modify format float %.10g
run 60
print "first run: step $(step)"
run 10
print "second run: step $(step)"
"""
    system = systems.cluster(molecules, 8, (1, 1, 1))

    def push_apart(keywords, limit, ranks=2, alone=False):
        text = runner.head(system, model) + "group push id 4\n" + push.format(
            keywords=keywords, limit=limit)
        if alone:  # nothing but the guard asks for distances
            text = text.replace("compute d all hone/distance\n", "").replace("c_d ", "")
        return runner.lammps(text, ranks)

    code, output = push_apart("action none", 1e9)
    rows = [[float(x) for x in row] for row in thermo(output)] if code == 0 else []
    check("a guard without cause does nothing", code == 0 and "second run: step 70" in output
          and all(row[3] == row[4] == 0 for row in rows), output[-1200:])
    if code != 0:
        return
    code, output = push_apart("action none", 1e9, 1)
    first = [float(row[1]) for row in table(output)]
    limit = 0.5 * (first[0] + max(first))
    step = next(5 * k for k, distance in enumerate(first) if distance > limit)
    check("the pushed atom goes far", 0 < step < 60 and max(first) > 1.2 * first[0], first)

    for ranks in (1, 3):
        code, output = push_apart("action stop", limit, ranks, alone=True)
        check(f"a guard ends the run, {ranks} ranks", code == 0 and "the run ends" in output
              and f"first run: step {step}\n" in output
              and f"second run: step {step}\n" in output, output[-1500:])
        code, output = push_apart("action error", limit, ranks, alone=True)
        check(f"a guard fails, {ranks} ranks", code not in (0, None) and "first run" not in output
              and f"step {step}:" in output, output[-1500:])
    code, output = push_apart("action warn", limit)
    count = output.count("WARNING: Fix hone/guard p")
    check("a guard warns once per run", code == 0 and count == 2
          and "second run: step 70" in output, f"{count}\n{output[-1500:]}")

    code, output = push_apart(f"action none dump {frames} frames 3", limit)
    last = [float(x) for x in thermo(output)[-1]] if code == 0 else []
    # The second run begins with the structure that the first one ended with: that counts once.
    beyond = sum(float(row[1]) > limit for row in table(output)) if code == 0 else 0
    beyond += sum(float(row[1]) > limit for row in thermo(output)[1:]) if code == 0 else 0
    check("a guard counts", code == 0 and last[3] == beyond and last[5] == 3, f"{beyond} {last}")
    written(runner, frames, system, model, first, step, check)
    example(runner, model, check)


def table(output):
    """Rows of the first table of thermodynamic output."""
    return thermo(output.split("first run:", maxsplit=1)[0])


def written(runner, frames, system, model, distances, step, check):
    """Frames as extended XYZ: distances are those of their positions."""
    with open(frames) as file:
        lines = file.read().splitlines()
    size = len(system.atoms) + 2
    check("a guard writes so many frames", len(lines) == 3 * size, len(lines))
    if len(lines) != 3 * size:
        return
    rows = [line.split() for line in lines[2:size]]
    check("what a guard writes", lines[0] == str(size - 2) and f" step={step} " in lines[1] + " "
          and [row[0] for row in rows] == [system.elements[a[0] - 1] for a in system.atoms]
          and [int(row[4]) for row in rows] == list(range(1, size - 1)), lines[:size])
    check("distances that a guard writes", close(
        max(float(row[5]) for row in rows), distances[step // 5], 1e-5), lines[:size])


def example(runner, model, check):
    """The input of the documentation: the molecule hits the cluster, and that is too far."""
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "examples")
    shutil.copy(os.path.join(folder, "water.mol"), runner.work)
    frames = os.path.join(runner.work, "far.xyz")
    if os.path.exists(frames):
        os.remove(frames)
    with open(os.path.join(folder, "in.guard")) as file:
        text = file.read()
    code, output = runner.lammps(f"plugin load {runner.plugin}\nvariable model index {model}\n"
                                 f"variable limit index 3.0\n{text}", 2)
    last = re.search(r"^step (\d+): the largest distance is (\S+), the limit 3", output, re.M)
    step, distance = (int(last[1]), float(last[2])) if last else (0, 0.0)
    count = 0
    if os.path.exists(frames):
        with open(frames) as file:
            count = len(file.readlines())
    check("the example ends where the molecule hits", code == 0 and 0 < step < 1000
          and distance > 3 and count == 86, f"{step} {distance} {count}\n{output[-1200:]}")

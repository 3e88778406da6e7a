# SPDX-License-Identifier: MIT
"""Runs that move: differences against forces, restarts, relaxation, barostats."""

import os

import systems
from runner import atoms_of, thermo


def moved(first, second):
    """The largest difference of a column of two dumps, relative to the column's largest value."""
    worst = 0.0
    for column in range(2, 11):
        scale = max(abs(row[column]) for row in first) or 1.0
        worst = max(worst, *(abs(a[column] - b[column]) / scale for a, b in zip(first, second)))
    return worst


def differences(runner, model, check):
    """Forces and pressure are the slopes of the energy, as LAMMPS itself finds them."""
    for system, ranks in ((systems.triclinic(), 1), (systems.tiny(), 2), (systems.mixed(), 2)):
        dump = os.path.join(runner.work, "dump.numdiff")
        text = runner.head(system, model) + f"""
fix d all numdiff 1 1e-4
fix w all numdiff/virial 1 1e-5
compute p all pressure NULL virial
thermo_style custom c_p[1] c_p[2] c_p[3] c_p[6] c_p[5] c_p[4] &
  f_w[1] f_w[2] f_w[3] f_w[4] f_w[5] f_w[6]
thermo_modify format float %.17g
dump 1 all custom 1 {dump} id fx fy fz f_d[1] f_d[2] f_d[3]
dump_modify 1 sort id format float %.17g
fix 1 all nve
run 0
"""
        code, output = runner.lammps(text, ranks)
        worst = scale = 0.0
        if code == 0:
            for row in atoms_of(dump):
                scale = max(scale, *(abs(f) for f in row[1:4]))
                worst = max(worst, *(abs(a - b) for a, b in zip(row[1:4], row[4:7])))
        check(f"fix numdiff, {system.name}, {ranks} ranks", code == 0 and worst < 2e-6 * scale,
              f"{worst} of {scale}" if code == 0 else output[-1500:])
        if code == 0:
            row = [float(x) for x in thermo(output)[-1]]
            scale = max(abs(x) for x in row[:6])
            worst = max(abs(a - b) for a, b in zip(row[:6], row[6:]))
            check(f"fix numdiff/virial, {system.name}, {ranks} ranks", worst < 2e-6 * scale,
                  f"{worst} of {scale}: {row}")


def restart(runner, model, check):
    """A run that stops, is written, read and goes on is the run that goes on."""
    system, ranks = systems.triclinic(), 2
    paths = [os.path.join(runner.work, name) for name in ("restart.check", "dump.on", "dump.again")]
    tail = """
fix 1 all nve
timestep 0.0002
thermo 10
run 20
write_dump all custom {} id type x y z vx vy vz fx fy fz modify sort id format float %.17g
"""
    text = (runner.head(system, model) + "velocity all create 300 5 loop geom\nfix 1 all nve\n"
            f"timestep 0.0002\nrun 20\nwrite_restart {paths[0]}\n" + tail.format(paths[1]))
    code, output = runner.lammps(text, ranks)
    check("a run that writes a restart", code == 0, output[-1500:])
    text = (f"plugin load {runner.plugin}\nread_restart {paths[0]}\npair_style {system.style}\n"
            f"pair_coeff * * {model} C O H\n" + tail.format(paths[2]))
    again, output = runner.lammps(text, ranks)
    difference = moved(atoms_of(paths[1]), atoms_of(paths[2])) if code == again == 0 else None
    check("a restart goes on as the run does", difference is not None and difference < 1e-10,
          f"{difference}\n{output[-800:]}")
    text = (f"plugin load {runner.plugin}\nread_restart {paths[0]}\n"
            f"fix 1 all nve\nrun 1\n")
    code, output = runner.lammps(text, ranks)
    check("a restart without pair_style says so",
          code not in (0, None) and "pair" in output.lower(), output[-800:])


def conserved(runner, model, check):
    """Energy is kept over lists that are rebuilt and atoms that change ranks."""
    system = systems.triclinic()
    for newton in ("on", "off"):
        text = runner.head(system, model, newton) + """
velocity all create 600 5 loop geom
neighbor 0.05 bin
neigh_modify every 1 delay 0 check yes
fix 1 all nve
timestep 0.0001
thermo_style custom step etotal ke
thermo_modify format float %.12g
thermo 50
run 400
"""
        code, output = runner.lammps(text, 2)
        rows = thermo(output) if code == 0 else []
        total = [float(row[1]) for row in rows]
        spread = max(total) - min(total) if total else None
        builds = [line for line in output.splitlines() if line.startswith("Neighbor list builds")]
        rebuilt = bool(builds) and int(builds[-1].split("=")[1]) > 10
        # The model is untrained: atoms fall towards each other, and the kinetic energy grows.
        right = len(total) == 9 and spread < 2e-4 * float(rows[-1][2]) and rebuilt
        check(f"energy is kept, newton {newton}", right,
              f"{total} {builds}\n{output[-800:] if code else rows}")


def rerun(runner, model, check):
    """Frames that are read back, each with ghosts of its own, have the energies that they had."""
    system = systems.triclinic()
    dump = os.path.join(runner.work, "dump.frames")
    print_energy = "thermo_style custom step pe\nthermo_modify format float %.17g\n"
    text = runner.head(system, model) + f"""
velocity all create 3000 5 loop geom
fix 1 all nve
timestep 0.0005
thermo 10
{print_energy}dump 1 all custom 10 {dump} id type x y z
dump_modify 1 format float %.17g
run 40
"""
    for ranks in (1, 2):
        code, output = runner.lammps(text, ranks)
        first = [float(row[1]) for row in thermo(output)] if code == 0 else output[-1200:]
        again = runner.head(system, model) + (
            f"thermo 10\n{print_energy}rerun {dump} dump x y z\n")
        code, output = runner.lammps(again, ranks)
        second = [float(row[1]) for row in thermo(output)] if code == 0 else output[-1200:]
        scale = max(abs(x) for x in first) if len(first) == 5 else 0.0
        right = len(first) == len(second) == 5 and all(
            abs(a - b) < 1e-10 * scale for a, b in zip(first, second))
        check(f"rerun, {ranks} ranks", right, f"{first}\n{second}")


def styles(runner, model, check):
    """minimize, box/relax, npt, fixed atoms, tiled communication, and the plugin's path."""
    system = systems.triclinic()
    parts = {
        "fix box/relax": "fix 1 all box/relax aniso 0.0 vmax 0.001\nmin_modify dmax 0.01\n"
                         "minimize 0 0 10 20",
        "fix npt": "velocity all create 100 5\nfix 1 all npt temp 100 100 0.1 iso 0 0 1\n"
                   "timestep 0.0002\nrun 20",
        "fixed atoms": "group a id 1:20\nfix 1 all nve\nfix 2 a setforce 0 0 0\nrun 5",
        "comm_style tiled": "comm_style tiled\nbalance 1.0 rcb\nfix 1 all nve\nrun 5",
        "clear and again": "run 0\nclear\n" + runner.head(system, model) + "fix 1 all nve\nrun 2",
        "plugin unload": "run 0\nplugin unload pair hone\nprint done",
    }
    for what, text in parts.items():
        code, output = runner.lammps(runner.head(system, model) + text + "\n", 2)
        check(what, code == 0, output[-1200:])
    text = runner.head(system, model).replace(f"plugin load {runner.plugin}", "")
    code, output = runner.lammps(text + "run 0\n", 1, environment={
        "LAMMPS_PLUGIN_PATH": os.path.dirname(runner.plugin)})
    check("LAMMPS_PLUGIN_PATH finds the plugin", code == 0, output[-1200:])
    # The others wait in an exchange for a rank that is no more.
    text = runner.head(system, model) + 'fix 1 all nve\nrun 2\nshell "kill -9 $PPID"\nrun 100000\n'
    code, output = runner.lammps(text, 3, timeout=60)
    check("a killed rank ends the run", code not in (0, None), output[-1200:])

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""pair_style hone against the library's own computation. Called by check.sh.

    check.py BUILD DRIVER WORK

BUILD is where `make lammps` left things, DRIVER the compiled checks/compute_dump.c, WORK an empty
folder. LMP and MPIRUN in the environment name another LAMMPS than BUILD/lammps'.
"""

import os
import sys
import time

ROOT = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(ROOT, "checks"))
import adapt  # noqa: E402
import adapt_failures  # noqa: E402
import distances  # noqa: E402
import dynamics  # noqa: E402
import failures  # noqa: E402
import radius  # noqa: E402
import systems  # noqa: E402
from runner import Runner  # noqa: E402

GOLDEN = os.path.join(ROOT, "..", "..", "Tests", "Golden")
MACE = os.path.realpath(os.path.join(GOLDEN, "mace", "scalar-c3.model"))
FOUR_LAYERS = os.path.realpath(os.path.join(GOLDEN, "mace", "four-layers.model"))
SEVENNET = os.path.realpath(os.path.join(GOLDEN, "sevennet", "l1-defaults.pth"))
SHARE = os.path.realpath(os.path.join(ROOT, "..", "..", "share", "hone"))
ORGANIC = os.path.join(SHARE, "organic-xtb.safetensors")
HELD_OUT = os.path.join(SHARE, "held-out.xyz")
ONE_LAYER = os.path.realpath(os.path.join(GOLDEN, "sevennet", "l0-one-layer.pth"))

passed = failed = 0


def check(what, right, why=""):
    """Counts, and tells of failures."""
    global passed, failed
    if right:
        passed += 1
    else:
        failed += 1
        print(f"FAILED: {what}\n    " + str(why).replace("\n", "\n    "), flush=True)


def compare(what, found, expected, tolerance, scale):
    """Compares lists of numbers, relative to the largest number that went into them."""
    worst = max(abs(a - b) for a, b in zip(found, expected))
    check(what, len(found) == len(expected) and worst <= tolerance * max(scale, 1e-300),
          f"differs by {worst:.3g} of {scale:.3g}\n{found[:9]}\n{expected[:9]}")


def compare_static(runner, system, model, ranks, newton, tolerance=1e-10):
    """Energies, forces, virials, and what LAMMPS makes of them.

    Sums lose what their terms have: errors are relative to the largest number of a kind.
    """
    name = f"{system.name}, {os.path.basename(model)}, {ranks} ranks, newton {newton}"
    try:
        found = runner.static(system, model, ranks, newton)
        wanted = runner.reference(system, model, found["dump"])
    except AssertionError as failure:
        check(name, False, failure)
        return
    atoms = [(found["atoms"][id], wanted["atoms"][id]) for id in sorted(wanted["atoms"])]
    others = [atom for id, atom in found["atoms"].items() if id not in wanted["atoms"]]

    def column(key):
        a, b = [], []
        for mine, its in atoms:
            a += mine[key] if isinstance(mine[key], list) else [mine[key]]
            b += its[key] if isinstance(its[key], list) else [its[key]]
        return a, b, max(abs(x) for x in b)

    forces, energies, virials = column("forces"), column("energy"), column("virial")
    compare(f"energy: {name}", [found["energy"]], [wanted["energy"]], tolerance,
            abs(wanted["energy"]))
    compare(f"forces: {name}", forces[0], forces[1], tolerance, forces[2])
    compare(f"atom energies: {name}", energies[0], energies[1], tolerance, energies[2])
    compare(f"pressure: {name}", found["virial"], wanted["virial"], tolerance,
            max(abs(x) for x in wanted["virial"]))
    compare(f"atom virials: {name}", virials[0], virials[1], tolerance, virials[2])

    everything = list(found["atoms"].values())
    total = [sum(atom["virial"][k] for atom in everything) for k in range(9)]
    compare(f"atom virials sum to the pressure: {name}", total, found["virial"], tolerance,
            virials[2] * len(atoms))
    six = [sum(atom["symmetric"][k] for atom in everything) for k in range(6)]
    compare(f"stress/atom sums to the pressure: {name}", six,
            [found["virial"][k] for k in (0, 4, 8, 1, 2, 5)], tolerance, virials[2] * len(atoms))
    compare(f"atom energies sum to the energy: {name}", [sum(a["energy"] for a in everything)],
            [found["energy"]], tolerance, abs(found["energy"]))
    flux, scale = [0.0] * 3, 0.0
    for mine, its in atoms:
        for a in range(3):
            terms = [its["virial"][3 * a + b] * mine["velocity"][b] for b in range(3)]
            flux[a] += sum(terms)
            scale += sum(abs(term) for term in terms)
    # LAMMPS takes out the convective part of the flux by a difference.
    compare(f"heat flux: {name}", found["flux"], flux, tolerance, scale)
    if others:
        check(f"the other style's atoms feel nothing: {name}", all(
            f == 0.0 for atom in others for f in atom["forces"] + atom["virial"]))


def compare_all(runner):
    """All structures with every number of ranks; all models with some."""
    for make in systems.ALL:
        for ranks, newton in ((1, "on"), (1, "off"), (2, "on"), (2, "off"), (3, "off"), (4, "on")):
            compare_static(runner, make(), MACE, ranks, newton)
    for model in (FOUR_LAYERS, SEVENNET, ONE_LAYER):
        for make in (systems.molecule, systems.triclinic, systems.tiny, systems.mixed):
            for ranks, newton in ((1, "on"), (2, "off"), (4, "on")):
                compare_static(runner, make(), model, ranks, newton)
    for make in (systems.triclinic, systems.tiny):
        for model in (MACE, SEVENNET):
            for ranks in (1, 2, 4):
                system = make()
                system.style, system.name = "hone precision single", system.name + ", single"
                compare_static(runner, system, model, ranks, "off", 2e-5)
    for side, ranks in ((28, 1), (28, 2), (12, 3), (12, 4)):
        compare_static(runner, systems.large(side), MACE, ranks, "on")
    compare_static(runner, systems.large(12), FOUR_LAYERS, 2, "off")
    compare_static(runner, systems.large(12), SEVENNET, 2, "on")


def trained(runner, model):
    """A model of carbon, oxygen and hydrogen that knows some crystals and molecules."""
    frames = os.path.join(runner.work, "training.xyz")
    systems.write_training(frames)
    return runner.fit(model, frames, "trained")


def organic(runner):
    """The model that comes with hone, which knows the frames that come with it."""
    return runner.fit(ORGANIC, HELD_OUT, "organic")


def adapted(runner):
    """The command hone/adapt, with a model that has a head of a prior."""
    model = adapt.two_heads(runner)
    adapt.run(runner, model, ORGANIC, check)
    adapt_failures.run(runner, model, MACE, check)


def refused(runner):
    """A LAMMPS of another version, or with other integers, gets a sentence and no style."""
    for name, words in (("version", "it is version"), ("integers", "its tagint has")):
        plugin = os.path.join(runner.work, name, "honeplugin.so")
        text = f"plugin load {plugin}\npair_style hone\n"
        code, output = runner.lammps(text, 2, timeout=30)
        check(f"refused: other {name}", code not in (0, None) and words in output and
              "Unrecognized pair style 'hone'" in output, output[-1200:])


def main():
    build, driver, work = (os.path.abspath(path) for path in sys.argv[1:4])
    runner = Runner(build, work, driver)
    begin = time.time()
    parts = {
        "structures": lambda: compare_all(runner),
        "differences": lambda: [dynamics.differences(runner, m, check) for m in (MACE, SEVENNET)],
        "restart": lambda: dynamics.restart(runner, MACE, check),
        "rerun": lambda: dynamics.rerun(runner, MACE, check),
        "energy": lambda: dynamics.conserved(runner, MACE, check),
        "styles": lambda: dynamics.styles(runner, MACE, check),
        "distances": lambda: distances.run(runner, trained(runner, MACE), check),
        "guard": lambda: distances.guard(runner, organic(runner), HELD_OUT, check),
        "radius": lambda: radius.run(runner, organic(runner), HELD_OUT, check),
        "adapt": lambda: adapted(runner),
        "failures": lambda: failures.run(
            runner, MACE, trained(runner, MACE), os.path.join(ROOT, "check.py"), check),
        "versions": lambda: refused(runner),
    }
    for name, part in parts.items():
        if sys.argv[4:] and name not in sys.argv[4:]:
            continue
        part()
        print(f"{name}: {time.time() - begin:.0f} s", flush=True)
    print(f"lammps: {passed} passed, {failed} failed")
    return failed != 0 or passed == 0


if __name__ == "__main__":
    sys.exit(main())

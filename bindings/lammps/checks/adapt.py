# SPDX-License-Identifier: MIT
"""hone/adapt against weights that the library adapted by itself."""

import os
import re
import shutil
import subprocess

import systems
from runner import ENERGY, thermo

BUILT_IN = ('{"name": "lj", "sigma": {"H": 1.9, "C": 1.9, "O": 1.9}, '
            '"epsilon": {"H": 0.05, "C": 0.05, "O": 0.05}, "cutoff": 6}')
# What the library is asked for, and how the command is asked for the same.
OPTIONS = ('{"main_head": "main", "steps": 20, "seed": 5, "tolerance": 0.2, "dynamics": '
           '{"temperature": 200, "steps": 250, "interval": 50}}')
KEYWORDS = """steps 20 seed 5 dynamics 200 5 settings '{"tolerance": 0.2}'"""


def pair(depth=0.05, coefficients="* *"):
    """The potential that the prior's head of the model knows, as a pair style."""
    return (f'pair "lj/cut 6.0" "{coefficients} {depth:.17g} 1.9" '
            'command "pair_modify shift yes"')


def library(runner, *arguments):
    """What checks/adapt.c prints."""
    command = [os.path.join(os.path.dirname(runner.driver), "adapt"), *arguments]
    done = subprocess.run(command, env={}, text=True, capture_output=True, timeout=60, check=False)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return done.stdout


def energies(runner, system, model, commands, ranks=1, environment=None):
    """Exit code, output, and the energies in eV after each of `commands`."""
    dump = os.path.join(runner.work, "dump.adapt")
    text = runner.head(system, model) + f"""
thermo_style custom pe
thermo_modify format float %.17g
fix 1 all nve
dump 1 all custom 1 {dump} id type x y z
dump_modify 1 sort id format float %.17g
run 0
undump 1
""" + "".join(f"{command}\nrun 0\n" for command in commands)
    code, output = runner.lammps(text, ranks, environment=environment)
    found = [float(thermo(part + "Loop time")[-1][0]) / ENERGY[system.units]
             for part in output.split("Loop time")[:-1]] if code == 0 else []
    return code, output, found


def same(a, b, tolerance=1e-9):
    return abs(a - b) <= tolerance * max(abs(a), abs(b))


def expected(runner, system, model, prior, options=OPTIONS):
    """The energies that the library has of the last dump before and after it adapts the weights."""
    dump = os.path.join(runner.work, "dump.adapt")
    output = os.path.join(runner.work, "library.safetensors")
    said = library(runner, "refine", model, dump, prior, options, output, *system.numbers())
    return (runner.reference(system, model, dump)["energy"],
            runner.reference(system, output, dump)["energy"], said.split())


def adapted(runner, make, model, prior, own, ranks, check, tolerance=1e-9):
    """One structure, adapted by LAMMPS with some numbers of ranks, and by the library."""
    system = make()
    for count in ranks:
        name = f"adapted: {system.name}, prior {prior.split()[0][:8]}, {count} ranks"
        code, output, found = energies(
            runner, system, model, [f"hone/adapt prior {prior} {KEYWORDS}"], count)
        if code != 0 or len(found) != 2:
            check(name, False, output[-1500:])
            return
        before, after, said = expected(runner, system, model, own)
        check(name, same(found[0], before) and same(found[1], after, tolerance)
              and abs(after - before) > 1e-4 * abs(before), f"{found} {before} {after}")
        told = re.search(r"labels (\S+) before, (\S+) after", output)
        counts = re.search(r"(\d+) structures, of which 1 were held out; (\d+) of", output)
        check(f"what is told of {name}", told and counts
              and same(float(told[1]), float(said[1]), 1e-3)
              and same(float(told[2]), float(said[3]), 1e-3)
              and list(counts.groups()) == [said[5], said[7]], f"{said}\n{output[-1500:]}")


def priors(runner, model, check):
    quoted = f"'{BUILT_IN}'"
    adapted(runner, systems.triclinic, model, quoted, BUILT_IN, (1, 2, 4), check)
    adapted(runner, systems.slab, model, quoted, BUILT_IN, (2,), check)
    adapted(runner, systems.mixed, model, quoted, BUILT_IN, (2,), check)
    # Labels are those of the library within rounding, and so are steps that follow from them.
    adapted(runner, systems.triclinic, model, pair(), "shifted", (1, 2, 4), check, 1e-7)
    adapted(runner, systems.slab, model, pair(), "shifted", (1, 3), check, 1e-7)
    adapted(runner, small_box, model, pair(), "shifted", (2,), check, 1e-7)
    adapted(runner, systems.mixed, model, pair(), "shifted", (2,), check, 1e-7)
    adapted(runner, systems.divided, model, pair(), "shifted", (2,), check, 1e-7)
    adapted(runner, open_cluster, model, pair(), "shifted", (1, 4), check, 1e-7)
    adapted(runner, systems.real, model, pair(0.05 * ENERGY["real"]), "shifted", (2,), check, 1e-6)


def open_cluster():
    atoms = systems.lattice((2, 2, 2), 2.2, 0.25, (1, 2, 3), 7, lift=1.0)
    return systems.System("cluster", (30, 31, 32), (0, 0, 0), "f f f", ("C", "O", "H"), atoms)


def small_box():
    """A box smaller than the cutoffs."""
    atoms = systems.lattice((1, 2, 1), 2.3, 0.2, (1, 2), 3)
    return systems.System("small box", (2.3, 4.6, 2.4), (0.4, 0, 0.3), "p p p", ("C", "O"), atoms)


def charges(runner, model, check):
    """Atoms of the prior have the charges of the host, or those that its commands give."""
    prior = ('pair "lj/cut/coul/cut 6.0 20.0" "* * 0.05 1.9" '
             'command "pair_modify shift yes"')
    given = [("1", 0.3), ("2", -0.2), ("3", 0.1)]
    own = " ".join(f'command "set type {type} charge {charge}"' for type, charge in given)
    host = "fix q all property/atom q ghost yes\n" + "".join(
        f"set type {type} charge {charge}\n" for type, charge in given)
    results = [
        energies(runner, open_cluster(), model, [
            f"{before}hone/adapt prior {words} preset paper steps 20 dynamics 200 5"], 2)
        for before, words in (("", prior), ("", f"{prior} {own}"), (host, prior))]
    after = [found[1] for _, _, found in results if len(found) == 2]
    check("charges of the prior", len(after) == 3 and after[1] == after[2]
          and not same(after[0], after[1], 1e-6), f"{after}\n{results[-1][1][-1200:]}")


def later(runner, model, check):
    """What becomes of adapted weights: files, radii, pair_coeff, other settings."""
    file = os.path.join(runner.work, "adapted.safetensors")
    command = f"hone/adapt prior {pair()} {KEYWORDS}"
    coefficients = f"pair_coeff * * {model} C O H"
    style = "pair_style hone precision double"
    system = systems.triclinic()
    code, output, found = energies(runner, system, model, [
        f"{command} file {file}", command, f"{style} threads 2", coefficients,
        f"pair_coeff * * {file} C O H", command, f"{style} head prior", style], 2)
    names = ["once more begins with the file's weights", "other threads keep the weights",
             "pair_coeff reads the file", "the new file is the new model",
             "another head forgets the weights"]
    if code != 0 or len(found) != 9:
        check("adapted weights later", False, output[-1500:])
        return
    base, first, again, threads, old, new, _, _, forgotten = found
    rights = [same(again, first), same(threads, first), old == base, same(new, first),
              same(forgotten, new, 1e-12) and output.count("the weights are those of") == 1]
    for name, right in zip(names, rights):
        check(name, right and first != base, found)
    check("the log says what the weights are", f"in {file}: give it to pair_coeff" in output
          and "weights: not those of" in output and "in no file" in output, output[-1500:])

    # With a radius of its own: what is adapted is the model that has it.
    short = os.path.join(runner.work, "short.safetensors")
    library(runner, "radius", model, "3.5", short)
    system.style = "hone precision double refine radius 3.5"
    code, output, found = energies(runner, system, model, [
        command, "pair_style hone precision double refine radius 3.6"], 2)
    before, after, _ = expected(runner, system, short, "shifted")
    check("a radius stays", code == 0 and len(found) == 3 and same(found[0], before)
          and same(found[1], after, 1e-7) and "the weights are those of" in output,
          f"{found} {before} {after}\n{output[-1200:]}")
    # Also where no run has chosen it yet.
    text = runner.head(system, model) + f"{command}\nfix 1 all nve\nthermo_style custom pe\n" \
        "thermo_modify format float %.17g\nrun 0\n"
    code, output = runner.lammps(text, 2)
    check("a radius is chosen before", code == 0 and same(
        float(thermo(output)[-1][0]), after, 1e-7), output[-1200:])


def xtb(runner, model, check):
    """Molecules with GFN2-xTB, where libxtb is."""
    # The head of this model was trained on something else, which is refused unless told not to look.
    command = "hone/adapt prior gfn2-xtb steps 10 dynamics 200 3 settings "
    refused = command + "'{\"tolerance\": 0.2}'"
    command += "'{\"tolerance\": 0.2, \"checks_prior\": false, \"gate\": 0}'"
    system = open_cluster()
    # Four water molecules far from each other.
    places = ((0.0, 0.0, 0.0), (0.96, 0.0, 0.0), (-0.24, 0.93, 0.0))
    system.atoms = [(type, 8 + 3.2 * k + x, 8 + y, 8 + z) for k in range(3)
                    for type, (x, y, z) in zip((2, 3, 3), places)]
    code, output, found = energies(runner, system, model, [command + " refused continue"], 2)
    if "libxtb" in output and "not found" in re.sub(r"\s+", " ", output):
        print("skipped: hone/adapt with GFN2-xTB, because libxtb is not there", flush=True)
    else:
        check("adapted by GFN2-xTB", code == 0 and len(found) == 2 and found[0] != found[1],
              output[-1500:])
        code, output, _ = energies(runner, system, model, [refused], 2)
        check("a prior that is not the head's is refused", code != 0
              and "expected the prior that the head" in output, output[-1500:])
    code, output, _ = energies(runner, system, model, [command], 2,
                               environment={"HONE_XTB_LIBRARY": "/no/such/library"})
    check("adapt fails: no libxtb", code not in (0, None) and "xtb" in output.split(
        "Hone/adapt: ")[-1], output[-1200:])


def example(runner, model, prior, check):
    """The input of the documentation, with hone's own model as the prior."""
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "examples")
    shutil.copy(os.path.join(folder, "water.mol"), runner.work)
    with open(os.path.join(folder, "in.adapt")) as file:
        text = file.read()
    # The head of this model was trained on another prior.
    text = text.replace("hone/adapt prior ${prior}",
                        "hone/adapt prior ${prior} settings '{\"checks_prior\": false, \"gate\": 0}'")
    code, output = runner.lammps(
        f"plugin load {runner.plugin}\nvariable model index {model}\n"
        f"variable prior index model:{prior}\nvariable steps index 20\n{text}", 2)
    told = re.search(r"labels (\S+) before, (\S+) after", output)
    check("the example of hone/adapt runs", code == 0 and told
          and float(told[2]) < float(told[1]) and "Step" in output.split("Hone/adapt:")[-1]
          and os.path.exists(os.path.join(runner.work, "adapted.safetensors")), output[-1500:])


def two_heads(runner):
    """A model with a head of a prior."""
    model = os.path.join(runner.work, "two-heads.safetensors")
    library(runner, "train", model)
    return model


def run(runner, model, organic, check):
    priors(runner, model, check)
    charges(runner, model, check)
    later(runner, model, check)
    xtb(runner, model, check)
    example(runner, model, organic, check)

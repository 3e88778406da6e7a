# SPDX-License-Identifier: MIT
"""Inputs that must fail: exit code not zero, within seconds, on two ranks, with these words."""

import re

import systems


def simple(runner, model, style="hone", coefficients="* * {model} C O H", before="", after="",
           units="metal"):
    system = systems.triclinic()
    system.units, system.style, system.coefficients = units, style, (coefficients,)
    return runner.head(system, model) + before + "\nfix 1 all nve\n" + after + "\nrun 1\n"


BONDED = """units metal
atom_style bond
region box block 0 10 0 10 0 10
create_box 1 box bond/types 1 extra/bond/per/atom 1 extra/special/per/atom 2
mass 1 12.0
create_atoms 1 single 1 1 1
create_atoms 1 single 2 1 1
{special}
create_bonds single/bond 1 1 2
bond_style zero
bond_coeff 1
plugin load {plugin}
pair_style hone precision double
pair_coeff * * {model} C
fix 1 all nve
run 1
"""

OVERLAP = """create_atoms 1 single 3 3 3
create_atoms 1 single 3 3 3
"""


def inputs(runner, model, other):
    """(what, input, expected words)"""
    special = {"plugin": runner.plugin, "model": model}
    return [
        ("a keyword that is none", simple(runner, model, "hone precison double"),
         "unknown keyword precison"),
        ("a keyword without a value", simple(runner, model, "hone head"), "no value after head"),
        ("a precision that is none", simple(runner, model, "hone precision half"),
         "precision is single or double, not half"),
        ("too many threads", simple(runner, model, "hone threads 5000"), "threads is 0 to 4096"),
        ("a head that is none", simple(runner, model, "hone head nobody"), "the model failed: "),
        ("a missing file", simple(runner, "no-such.model"), "no-such.model"),
        ("a file that is no model", simple(runner, other), "reading the model failed"),
        ("a name that is no element", simple(runner, model, coefficients="* * {model} C O Xx"),
         "Xx for atom type 3 is neither an element nor NULL"),
        ("an element the model does not know",
         simple(runner, model, coefficients="* * {model} C O U"), "was not made for U"),
        ("too few names", simple(runner, model, coefficients="* * {model} C O"),
         "2 elements in pair_coeff for 3 atom types"),
        ("not * *", simple(runner, model, coefficients="1 1 {model} C O H"), "* *"),
        ("NULL without hybrid", simple(runner, model, coefficients="* * {model} C O NULL"),
         "All pair coeffs are not set"),
        ("all NULL", simple(runner, model, coefficients="* * {model} NULL NULL NULL"),
         "all atom types are NULL"),
        ("units lj", simple(runner, model, units="lj"), "needs units metal or real, not lj"),
        ("units electron", simple(runner, model, units="electron"), "needs units metal or real"),
        ("exclusions", simple(runner, model, before="neigh_modify exclude type 1 2"),
         "does not work with neigh_modify exclude"),
        ("exclusions of groups", simple(
            runner, model, before="group a id 1:9\nneigh_modify exclude group a a"),
         "does not work with neigh_modify exclude"),
        ("rRESPA, inner and outer", simple(
            runner, model, after="run_style respa 2 2 inner 1 3.0 4.0 outer 2"),
         "does not support rRESPA inner"),
        ("compute group/group", simple(
            runner, model,
            after="group a type 1\ncompute g a group/group a\nthermo_style custom c_g"),
         "group/group"),
        ("bonds whose pairs are left out", BONDED.format(special="", **special),
         "special_bonds leaves bonded ones out"),
        ("a lost atom", simple(
            runner, model, before="change_box all boundary p p f",
            after="velocity all set 0 0 100\nthermo 1\nthermo_modify lost error\nrun 100"),
         "Lost atoms"),
        ("atoms on top of each other", simple(runner, model, before=OVERLAP), "Pair style hone: "),
    ]


def allowed(runner, model):
    """(what, input) that must succeed though it is near to what fails."""
    special = {"plugin": runner.plugin, "model": model}
    mixed = runner.head(systems.mixed(), model)
    return [
        ("exclusions of other atoms", mixed + "group a type 3\nneigh_modify exclude group a a\n"
         "neigh_modify exclude type 1 3\nfix 1 all nve\nrun 1\n"),
        ("bonds whose pairs stay", BONDED.format(special="special_bonds lj/coul 1 1 1", **special)),
        ("bonds whose pairs are marked", BONDED.format(
            special="special_bonds lj 1e-20 1e-20 1e-20 coul 0.5 0.5 0.5", **special)),
        ("rRESPA, all of it on one level",
         simple(runner, model, after="run_style respa 2 2 pair 2")),
        ("settings after pair_coeff", simple(
            runner, model, after="run 1\npair_style hone precision double threads 2")),
    ]


def run(runner, model, other, check):
    for what, text, words in inputs(runner, model, other):
        code, output = runner.lammps(text, 2, timeout=30)
        # LAMMPS breaks long lines of its messages.
        said = re.sub(r"\s+", " ", output)
        check(f"fails: {what}", code not in (0, None) and words in said,
              "\n".join(output.splitlines()[-8:]))
    for what, text in allowed(runner, model):
        code, output = runner.lammps(text, 2, timeout=30)
        check(f"works: {what}", code == 0, "\n".join(output.splitlines()[-8:]))

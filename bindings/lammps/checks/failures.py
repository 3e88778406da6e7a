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


def diagnosis(runner, model, trained):
    """Inputs about training data: (what, input, expected words)."""
    def guard(words):
        return simple(runner, trained, before=f"fix g all hone/guard {words}")

    fit = "hone diagnose --fit DATA"
    return [
        ("a radius without a value", simple(runner, model, "hone refine radius"),
         "no value after refine radius"),
        ("something else refined", simple(runner, model, "hone refine weights"),
         "expected refine radius, not refine weights"),
        ("a rule that is none", simple(runner, model, "hone refine radius rough"),
         "refine radius is smooth, paper or Angstrom, not rough"),
        ("a radius that is none", simple(runner, model, "hone refine radius -1"),
         "a radius is more than 0"),
        ("a radius beyond that of training", simple(runner, trained, "hone refine radius 40"),
         "refining the radius failed: "),
        ("a rule without statistics", simple(runner, model, "hone refine radius smooth"),
         f"choosing a radius failed: the model has no statistics of its training data: '{fit}'"),
        ("the paper's rule for crystals", simple(runner, trained, "hone refine radius paper"),
         "choosing a radius failed: "),
        ("distances without statistics", simple(
            runner, model, before="compute d all hone/distance"), fit),
        ("a guard without statistics", simple(runner, model, before="fix g all hone/guard 1 1"),
         fit),
        ("a shift without statistics", simple(
            runner, model, before="compute s all hone/shift\nthermo_style custom c_s[1]"), fit),
        ("a shift of a group", simple(
            runner, trained, before="group a id 1\ncompute s a hone/shift"),
         "must use group all"),
        ("distances of a command before the run", simple(
            runner, trained, before="compute d all hone/distance\nvariable d equal c_d\nrun 0\n"
            "reset_timestep 5\nprint $d"), "no distances were measured at step 5"),
        ("distances of another pair style", simple(
            runner, trained, before="compute d all hone/distance",
            after="pair_style zero 5.0\npair_coeff * *"), "needs pair_style hone"),
        ("a guard without a limit", guard("10"), "expected fix ID group hone/guard N LIMIT"),
        ("a guard that never looks", guard("0 1.0"), "N is 1 or more steps, not 0"),
        ("a limit that is none", guard("1 0.0"), "LIMIT is more than 0"),
        ("a guard's keyword that is none", guard("1 1.0 acton stop"), "unknown keyword acton"),
        ("an action that is none", guard("1 1.0 action sleep"),
         "action is stop, error, warn or none, not sleep"),
        ("a guard's file that cannot be", guard("1 1.0 dump /no/such/folder/far.xyz"),
         "/no/such/folder/far.xyz cannot be written"),
        ("no frames", guard("1 1.0 frames 0"), "frames is 1 or more"),
    ]


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


def allowed(runner, model, trained):
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
        ("a radius that is given, without statistics", simple(
            runner, model, "hone refine radius 3.5")),
        ("a guard and distances of a minimization", simple(
            runner, trained, before="compute d all hone/distance\n"
            "fix g all hone/guard 2 1e9\nthermo_style custom step c_d f_g\nthermo 2",
            after="minimize 0 0 6 20")),
    ]


def run(runner, model, trained, other, check):
    for what, text, words in inputs(runner, model, other) + diagnosis(runner, model, trained):
        for _ in range(3):
            code, output = runner.lammps(text, 2, timeout=30)
            # LAMMPS breaks long lines of its messages.
            said = re.sub(r"\s+", " ", output)
            # Where one rank ends all, mpirun sometimes loses what was written just before.
            if code is None or words in said:
                break
        check(f"fails: {what}", code not in (0, None) and words in said,
              "\n".join(output.splitlines()[-8:]))
    for what, text in allowed(runner, model, trained):
        code, output = runner.lammps(text, 2, timeout=30)
        check(f"works: {what}", code == 0, "\n".join(output.splitlines()[-8:]))

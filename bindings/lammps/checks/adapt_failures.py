# SPDX-License-Identifier: MIT
"""hone/adapt where there is no new model: priors that fail, guards that refuse, wrong arguments."""

import re

import systems
from adapt import KEYWORDS, energies, pair


def unadapted(runner, model, check):
    """Where there is no new model the old one stays, and the input goes on if it is told to."""
    system = systems.slab()
    missing = 'pair "lj/cut 6.0" "1 1 0.05 1.9"'
    cases = [
        ("a missing coefficient", f"{missing} {KEYWORDS}", "All pair coeffs are not set"),
        ("a pair style that there is not", f"pair no/such/style {KEYWORDS}",
         "Unrecognized pair style 'no/such/style'"),
        ("a command that there is not", f'{pair()} command "nonsense 1" {KEYWORDS}',
         "Unknown command: nonsense 1"),
        ("a guard that refuses", f"""{pair()} steps 20 settings '{{"tolerance": 1e-12}}'""",
         "the refinement is refused"),
        ("a prior for other structures", f"gfn2-xtb {KEYWORDS}", "the prior returned"),
    ]
    for what, words, message in cases:
        for ranks in (1, 2):
            code, output, found = energies(
                runner, system, model, [f"hone/adapt prior {words} refused continue"], ranks)
            said = re.sub(r"\s+", " ", output)
            check(f"goes on after {what}, {ranks} ranks", code == 0 and len(found) == 2
                  and found[0] == found[1] and message in said
                  and "WARNING: Hone/adapt: " in said and "the model stays as it was" in said,
                  output[-1500:])
        code, output, _ = energies(runner, system, model, [f"hone/adapt prior {words}"], 2)
        said = re.sub(r"\s+", " ", output)
        check(f"ends after {what}", code not in (0, None) and message in said
              and "ERROR: Hone/adapt: " in said, output[-1500:])
    plugin = f"plugin load {runner.plugin}"
    code, output, found = energies(
        runner, system, model, [f"hone/adapt prior {pair()} {KEYWORDS}\n{plugin}", "plugin list"])
    check("plugins stay where a second instance goes", code == 0 and len(found) == 3
          and "command style plugin hone/adapt" in output, output[-1500:])


def wrong(runner, model, plain, check):
    """Arguments that are none: (what, arguments, expected words)."""
    prior = f"prior {pair()}"
    cases = [
        ("no prior", "steps 5", "expected hone/adapt prior NAME"),
        ("no pair style", "prior pair", "no pair style after prior pair"),
        ("a prior that there is not", "prior mopac", "mopac"),
        ("a keyword that is none", f"{prior} step 5", "unknown keyword step: use command"),
        ("a keyword without a value", f"{prior} steps", "no value after steps"),
        ("no steps", f"{prior} steps 0", "steps is 1 or more, not 0"),
        ("targets that are none", f"{prior} targets main", "targets is corrected or prior, not"),
        ("a preset that is none", f"{prior} preset fast", "preset is standard or paper, not fast"),
        ("a part that is none", f"{prior} part all", "part is min, med or max, not all"),
        ("no temperature", f"{prior} dynamics -5 10", "dynamics is a temperature above 0 K"),
        ("no count", f"{prior} dynamics 300", "dynamics and a temperature and a count"),
        ("refused nothing", f"{prior} refused no", "refused is error or continue, not no"),
        ("settings that are no JSON", f"{prior} settings fast", "settings is a JSON object"),
        ("settings that are none", f"""{prior} settings '{{"speed": 5}}'""", "speed"),
        ("a head that is none", f"{prior} prior_head other", "'other'"),
        ("a command without a pair style", 'prior lj command "pair_modify shift yes"',
         "command is for prior pair"),
        ("too many atoms", f"{prior} max_atoms 20", "48 atoms are more than 20"),
        ("a replay file that is not there", f"{prior} replay no-such.xyz", "no-such.xyz"),
        ("a file that cannot be", f"{prior} {KEYWORDS} file /no/such/folder/out.safetensors",
         "the new model could not be written"),
    ]
    for what, words, message in cases:
        code, output, _ = energies(runner, systems.triclinic(), model, [f"hone/adapt {words}"], 2)
        check(f"adapt fails: {what}", code not in (0, None)
              and message in re.sub(r"\s+", " ", output), output[-1200:])

    command = f"hone/adapt {prior} {KEYWORDS}"
    mixed = systems.mixed()
    twice = systems.mixed()
    twice.style = "hybrid/overlay hone hone"
    twice.coefficients = ("* * hone 1 {model} C O NULL", "* * hone 2 {model} NULL NULL H")
    known = systems.triclinic()
    head = runner.head
    cases = [
        ("a model of one head", head(known, plain) + command, "a head that was trained on a prior"),
        ("no style hone", head(mixed, model) + "pair_style zero 5.0\npair_coeff * *\n" + command,
         "Hone/adapt needs pair_style hone"),
        ("two styles hone", head(twice, model) + command, "there are 2 styles hone"),
        ("no model", head(known, model).rsplit("pair_coeff", maxsplit=1)[0] + command,
         "give pair_coeff before"),
        ("no box", f"plugin load {runner.plugin}\n{command}", "the box comes before"),
        ("a guard", head(known, model) + "fix g all hone/guard 1 1.0\n" + command,
         "an adapted model has no descriptors"),
        ("the head of the prior for use", head(
            known, model, style="hone head prior") + command, "got 'prior' for both"),
    ]
    for what, text, message in cases:
        code, output = runner.lammps(text + "\n", 2, timeout=30)
        check(f"adapt fails: {what}", code not in (0, None)
              and message in re.sub(r"\s+", " ", output), output[-1200:])


def run(runner, model, plain, check):
    unadapted(runner, model, check)
    wrong(runner, model, plain, check)

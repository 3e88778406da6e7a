"""Makes the MACE fixtures under Tests/Golden/mace: random models and their reference values.

Usage: python make_mace_fixtures.py [--only NAME ...] [--output DIRECTORY] [--report FILE]
Cases that need a reduced Clebsch-Gordan basis are skipped unless cuequivariance is installed.
"""

import argparse
import json
import pathlib
import re

import torch
from mace_models import build  # first: it sets the precision and imports mace before e3nn
from mace_calibrate import calibrate
from mace_cases import CASES
from mace_graph import structures
from mace_reference import check_precision, reference, sensitivity
from mace_save import save
from mace_unsupported import write_unsupported
from mace.tools.cg import CUET_AVAILABLE

UNITS = {"length": "Å", "energy": "eV", "force": "eV/Å", "virial": "eV"}
LEARNT_BUFFERS = (
    "atomic_energies_fn.atomic_energies",
    "scale_shift.scale",
    "scale_shift.shift",
)
OUTPUT = pathlib.Path(__file__).resolve().parents[2] / "Tests" / "Golden" / "mace"


def make(case, output):
    """Writes NAME.model and NAME.json of one case; returns the sensitivity of its parameters."""
    model = build(case)
    listed = structures(case["species"], float(model.r_max))
    calibrate(model, listed)
    if "finish" in case:
        case["finish"](model)
    check_precision(model)
    saved = model
    if case.get("dtype") == "float32":
        saved, model = round_weights(case, model)
    save(saved, output / f"{case['name']}.model")
    record = {
        "description": case["description"],
        "source": {
            "code": "mace-torch",
            "version": "0.3.16",
            "command": f"python make_mace_fixtures.py --only {case['name']}",
            "dtype": case.get("dtype", "float64"),
        },
        "units": UNITS,
        "model": f"{case['name']}.model",
        "head": list(model.heads)[-1],
        "structures": [reference(model, structure) for structure in listed],
    }
    text = json.dumps(record, indent=1, ensure_ascii=False)
    (output / f"{case['name']}.json").write_text(compact(text) + "\n", encoding="utf-8")
    return sensitivity(model, listed)


def round_weights(case, model):
    """A float32 copy to save, and a double model with its weights and exact constants."""
    saved = model.float()
    exact = build(case)
    state = saved.state_dict()
    with torch.no_grad():
        for name, parameter in exact.named_parameters():
            parameter.copy_(state[name].double())
        for name in LEARNT_BUFFERS:
            exact.get_buffer(name).copy_(state[name].double())
    return saved, exact


def compact(text):
    """Puts innermost lists, which are rows of numbers, on one line each."""
    return re.sub(
        r"\[\s*([^\[\]{}]*?)\s*\]",
        lambda row: "[" + re.sub(r"\s*\n\s*", " ", row.group(1)) + "]",
        text,
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="*")
    parser.add_argument("--output", type=pathlib.Path, default=OUTPUT)
    parser.add_argument("--report", type=pathlib.Path)
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    for case in CASES:
        if options.only and case["name"] not in options.only:
            continue
        if case["options"].get("use_reduced_cg") and not CUET_AVAILABLE:
            print(f"{case['name']}: skipped, cuequivariance is not installed")
            continue
        changes = make(case, options.output)
        weakest = sorted(changes.items(), key=lambda item: item[1])[:3]
        print(f"{case['name']}:", ", ".join(f"{name} {change:.1e}" for name, change in weakest))
        if options.report:
            with options.report.open("a", encoding="utf-8") as report:
                for name, change in sorted(changes.items()):
                    report.write(f"{case['name']} {name} {change:.3e}\n")
    if not options.only:
        write_unsupported(options.output)


if __name__ == "__main__":
    main()

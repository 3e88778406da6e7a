"""Dynamics of unseen molecules with the model before and after training at test time.

    python stability.py HONE MODEL FOLDER OUT [--temperature 1000] [--steps 40000] [--seeds 3]

FOLDER is what split.py wrote, OUT that of study.py, whose refined models are run beside MODEL. Every
molecule starts from its frame of lowest energy with velocities of the temperature, half of which goes
into the potential; the run is NVE, 0.5 fs a step. A run lives until a bond of the start is half as long
again, two atoms are closer than 0.5 Å or a number is not finite. Results go to OUT/stability.json; a
run that was interrupted goes on where it was. Needs ase.
"""

import argparse
import json
import subprocess
from collections import defaultdict
from pathlib import Path

import ase.io
import numpy as np
from ase.data import covalent_radii

UNSEEN = ["molecules", "classes", "large"]
INTERVAL = 20
TIMESTEP = 0.5


def distances(positions):
    return np.linalg.norm(positions[:, None] - positions[None], axis=-1)


def life(start, frames, wanted):
    """Picoseconds until the molecule is broken, and whether it lasted."""
    radii = covalent_radii[start.numbers]
    first = distances(start.positions)
    upper = np.triu(np.ones_like(first, dtype=bool), 1)
    bonded = upper & (first < 1.3 * (radii[:, None] + radii[None]))
    for index, frame in enumerate(frames):
        now = distances(frame.positions)
        finite = np.isfinite(now).all()
        if not finite or (now[bonded] > 1.5 * first[bonded]).any() or now[upper].min() < 0.5:
            return index * INTERVAL * TIMESTEP * 1e-3, False
    # A run that failed has fewer frames.
    return (len(frames) - 1) * INTERVAL * TIMESTEP * 1e-3, len(frames) >= wanted


def starts(folder, limit):
    for name in UNSEEN:
        molecules = defaultdict(list)
        for frame in ase.io.read(folder / f"{name}-main.xyz", ":"):
            molecules[frame.info["molecule"]].append(frame)
        for molecule in sorted(molecules, key=lambda m: (-len(molecules[m]), m))[:limit]:
            lowest = min(molecules[molecule], key=lambda f: f.info["REF_energy"])
            lowest.calc = None
            yield name, molecule, lowest


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("hone")
    parser.add_argument("model")
    parser.add_argument("folder")
    parser.add_argument("out")
    parser.add_argument("--temperature", type=float, default=1000)
    parser.add_argument("--steps", type=int, default=40000)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--limit", type=int, default=12, help="molecules of each set")
    options = parser.parse_args()
    out = Path(options.out)
    path = out / "stability.json"
    results = json.loads(path.read_text()) if path.exists() else []
    done = {(r["set"], r["molecule"], r["model"], r["seed"]) for r in results}
    scratch = out / "scratch"
    scratch.mkdir(parents=True, exist_ok=True)
    for name, molecule, start in starts(Path(options.folder), options.limit):
        models = {"base": options.model}
        for kind in ("corrected", "prior", "paper"):
            refined = out / "models" / f"{name}.{molecule}.{kind}.safetensors"
            # What was refused leaves the base model in use.
            models[kind] = refined if refined.exists() else options.model
        ase.io.write(scratch / "start.xyz", start, format="extxyz")
        for kind, model in models.items():
            for seed in range(1, options.seeds + 1):
                if (name, molecule, kind, seed) in done:
                    continue
                trajectory = scratch / "trajectory.xyz"
                trajectory.unlink(missing_ok=True)
                command = [
                    options.hone, "md", model, scratch / "start.xyz", "--head", "main",
                    "--steps", options.steps, "--timestep", TIMESTEP, "--interval", INTERVAL,
                    "--temperature", options.temperature, "--seed", seed, "--quiet",
                    "--trajectory", trajectory,
                ]
                subprocess.run(list(map(str, command)), capture_output=True)
                frames = ase.io.read(trajectory, ":")
                lived, survived = life(start, frames, options.steps // INTERVAL)
                results.append(
                    {
                        "set": name, "molecule": molecule, "model": kind, "seed": seed,
                        "life": lived, "survived": bool(survived),
                    }
                )
                fresh = path.with_suffix(".new")
                fresh.write_text(json.dumps(results))
                fresh.replace(path)
        print(
            name, molecule,
            {
                kind: [
                    f"{r['life']:.1f}" + ("" if r["survived"] else "!")
                    for r in results
                    if (r["set"], r["molecule"], r["model"]) == (name, molecule, kind)
                ]
                for kind in models
            },
            flush=True,
        )


if __name__ == "__main__":
    main()

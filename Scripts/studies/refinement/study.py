"""Radius refinement and training at test time on molecules that a model was not trained on.

    python study.py HONE MODEL FOLDER OUT [--prior gfn1-xtb] [--threads 1] [--limit N] [--sets A,B]

FOLDER is what split.py wrote, MODEL a model trained on its train.xyz with the heads main and prior, with
statistics (hone diagnose --fit). For every molecule of every test set the radius is refined in both modes
and the weights in three ways; errors of the main head's forces, whose references no refinement sees, are
written to OUT/results.json, refined models to OUT/models. A run that was interrupted goes on where it
was. tables.py prints what came out, stability.py runs dynamics. Needs ase.
"""

import argparse
import json
import subprocess
import time
from collections import defaultdict
from pathlib import Path

import ase.io
import numpy as np

SETS = ["familiar", "hot", "molecules", "classes", "large"]
RADII = ["smooth", "paper"]
WEIGHTS = {
    "corrected": [],
    "prior": [
        "--targets", "prior", "--part", "min", "--rate", "3e-4", "--batch-size", "8",
        "--settings", json.dumps({"pull": 10, "replay_batch_size": 8, "patience": 6}),
    ],
    "paper": ["--preset", "paper"],
}


class Study:
    def __init__(self, options):
        self.hone, self.model, self.options = options.hone, options.model, options
        self.folder, self.out = Path(options.folder), Path(options.out)
        self.scratch, self.models = self.out / "scratch", self.out / "models"
        for folder in (self.scratch, self.models):
            folder.mkdir(parents=True, exist_ok=True)

    def run(self, *arguments):
        began = time.perf_counter()
        command = [self.hone, *map(str, arguments), "--json", "--quiet"]
        done = subprocess.run(command, capture_output=True, text=True)
        seconds = time.perf_counter() - began
        if done.returncode != 0:
            return None, done.stderr.strip(), seconds
        return json.loads(done.stdout), "", seconds

    def errors(self, model, path):
        """The mean absolute error of force components, meV/Å, by frame."""
        output = self.scratch / "predicted.xyz"
        found, message, _ = self.run("evaluate", model, path, "--head", "main", "--output", output)
        assert found is not None, message
        known = ase.io.read(path, ":")
        predicted = ase.io.read(output, ":")
        return [
            1e3 * float(np.abs(p.get_forces() - k.arrays["REF_forces"]).mean())
            for p, k in zip(predicted, known)
        ]

    def radius(self, mode, path, before):
        target = self.scratch / "radius.safetensors"
        found, message, seconds = self.run(
            "refine", "radius", self.model, path, "--mode", mode, "--output", target
        )
        if found is None:
            return {"refused": message}
        choice = found["model"]
        after = before
        if choice["effective_radius"] < choice["training_radius"]:
            after = self.errors(target, path)
        return {
            "after": after,
            "radius": choice["effective_radius"],
            "reason": choice["reason"],
            "milliseconds": 1e3 * seconds / len(before),
        }

    def weights(self, kind, path, target, count):
        found, message, seconds = self.run(
            "refine", "train", self.model, path, "--prior", self.options.prior,
            "--head", "main", "--output", target, "--threads", self.options.threads,
            *WEIGHTS[kind],
        )
        if found is None:
            return {"refused": message}
        return {
            "after": self.errors(target, path),
            "familiar": self.errors(target, self.folder / "familiar-main.xyz"),
            "milliseconds": 1e3 * seconds / count,
            "report": found,
        }

    def treat(self, name, molecule, path, before):
        """What each treatment does to the frames of one molecule."""
        results = {f"radius {mode}": self.radius(mode, path, before) for mode in RADII}
        for kind in WEIGHTS:
            target = self.models / f"{name}.{molecule}.{kind}.safetensors"
            results[f"weights {kind}"] = self.weights(kind, path, target, len(before))
        return results

    def molecules(self, name):
        """Frames of the molecules of a set, those with most frames first."""
        molecules = defaultdict(list)
        for frame in ase.io.read(self.folder / f"{name}-main.xyz", ":"):
            molecules[frame.info["molecule"]].append(frame)
        if name == "familiar":
            # Few frames of each are held out of training; the others go along as structures.
            for frame in ase.io.read(self.folder / "train-main.xyz", ":"):
                if frame.info["molecule"] in molecules:
                    molecules[frame.info["molecule"]].append(frame)
        kept = sorted(molecules, key=lambda m: (-len(molecules[m]), m))[: self.options.limit]
        return [(molecule, molecules[molecule]) for molecule in kept]

    def study(self):
        path = self.out / "results.json"
        known = json.loads(path.read_text()) if path.exists() else None
        if known is None:
            known = {
                "familiar": self.errors(self.model, self.folder / "familiar-main.xyz"),
                "molecules": [],
            }
        done = {(entry["set"], entry["molecule"]) for entry in known["molecules"]}
        for name in self.options.sets.split(","):
            for molecule, frames in self.molecules(name):
                if (name, molecule) in done:
                    continue
                structures = self.scratch / "frames.xyz"
                ase.io.write(structures, frames, format="extxyz")
                before = self.errors(self.model, structures)
                treated = self.treat(name, molecule, structures, before)
                known["molecules"].append(
                    {"set": name, "molecule": molecule, "before": before, "after": treated}
                )
                summary = {
                    k: round(float(np.mean(v["after"])), 1) if "after" in v else "refused"
                    for k, v in treated.items()
                }
                print(f"{name} {molecule}: {np.mean(before):.1f} meV/Å, {summary}", flush=True)
                # Written whole or not at all: an interruption leaves what was there.
                fresh = path.with_suffix(".new")
                fresh.write_text(json.dumps(known))
                fresh.replace(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("hone")
    parser.add_argument("model")
    parser.add_argument("folder")
    parser.add_argument("out")
    parser.add_argument("--prior", default="gfn1-xtb")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--limit", type=int, default=12, help="molecules of each set")
    parser.add_argument("--sets", default=",".join(SETS))
    Study(parser.parse_args()).study()


if __name__ == "__main__":
    main()

"""Radius refinement and training at test time on molecules that a model was not trained on.

    python study.py HONE MODEL FOLDER OUT [--prior gfn1-xtb] [--threads 1] [--limit N]

FOLDER is what split.py wrote, MODEL a model trained on its train.xyz with the heads main and prior, with
statistics (hone diagnose --fit). For every molecule of every test set the radius is refined in both modes
and the weights with both presets; errors of the main head's forces, whose references no refinement sees,
are written to OUT/results.json and summarised by tables.py. Needs ase.
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


class Study:
    def __init__(self, options):
        self.hone, self.model, self.options = options.hone, options.model, options
        self.folder, self.out = Path(options.folder), Path(options.out)
        self.scratch = self.out / "scratch"
        self.scratch.mkdir(parents=True, exist_ok=True)

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

    def treat(self, path, before, familiar):
        """What each treatment does to the frames of one molecule."""
        results = {}
        frames = len(before)
        for mode in ("smooth", "paper"):
            target = self.scratch / f"radius-{mode}.safetensors"
            found, message, seconds = self.run(
                "refine", "radius", self.model, path, "--mode", mode, "--output", target
            )
            if found is None:
                results[f"radius {mode}"] = {"refused": message}
                continue
            choice = found["model"]
            after = before
            if choice["effective_radius"] < choice["training_radius"]:
                after = self.errors(target, path)
            results[f"radius {mode}"] = {
                "after": after,
                "radius": choice["effective_radius"],
                "reason": choice["reason"],
                "milliseconds": 1e3 * seconds / frames,
            }
        for preset in ("standard", "paper"):
            target = self.scratch / f"weights-{preset}.safetensors"
            found, message, seconds = self.run(
                "refine", "train", self.model, path, "--prior", self.options.prior,
                "--head", "main", "--preset", preset, "--output", target,
                "--threads", self.options.threads,
            )
            if found is None:
                results[f"weights {preset}"] = {"refused": message}
                continue
            results[f"weights {preset}"] = {
                "after": self.errors(target, path),
                "familiar": self.errors(target, familiar),
                "milliseconds": 1e3 * seconds / frames,
                "report": found,
            }
        return results

    def study(self):
        results = []
        familiar = self.folder / "familiar-main.xyz"
        known = self.errors(self.model, familiar)
        for name in SETS:
            molecules = defaultdict(list)
            for frame in ase.io.read(self.folder / f"{name}-main.xyz", ":"):
                molecules[frame.info["molecule"]].append(frame)
            if name == "familiar":
                # Few frames of each are held out of training; the others go along as structures.
                for frame in ase.io.read(self.folder / "train-main.xyz", ":"):
                    if frame.info["molecule"] in molecules:
                        molecules[frame.info["molecule"]].append(frame)
            kept = sorted(molecules, key=lambda m: (-len(molecules[m]), m))[: self.options.limit]
            for molecule in kept:
                path = self.scratch / "frames.xyz"
                ase.io.write(path, molecules[molecule], format="extxyz")
                before = self.errors(self.model, path)
                treated = self.treat(path, before, familiar)
                results.append(
                    {"set": name, "molecule": molecule, "before": before, "after": treated}
                )
                summary = {
                    k: round(float(np.mean(v["after"])), 1) if "after" in v else "refused"
                    for k, v in treated.items()
                }
                print(f"{name} {molecule}: {np.mean(before):.1f} meV/Å, {summary}", flush=True)
                self.out.joinpath("results.json").write_text(
                    json.dumps({"familiar": known, "molecules": results})
                )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("hone")
    parser.add_argument("model")
    parser.add_argument("folder")
    parser.add_argument("out")
    parser.add_argument("--prior", default="gfn1-xtb")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--limit", type=int, default=12, help="molecules of each set")
    Study(parser.parse_args()).study()


if __name__ == "__main__":
    main()

"""Writes frames again with the labels of a cheap method as those of a head.

    python label.py IN.xyz OUT.xyz --method GFN1-xTB --head prior [--processes N]

Needs tblite, ase. The structures and their order stay; labels of other heads are not copied.
"""

import argparse
from multiprocessing import Pool

import ase.io
import numpy as np
from ase.units import Bohr, Hartree
from tblite.interface import Calculator


def label(job):
    numbers, positions, method = job
    calculator = Calculator(method, numbers, positions / Bohr)
    calculator.set("verbosity", 0)
    try:
        result = calculator.singlepoint()
    except RuntimeError:
        return None
    return result.get("energy") * Hartree, -result.get("gradient") * Hartree / Bohr


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source")
    parser.add_argument("target")
    parser.add_argument("--method", default="GFN1-xTB")
    parser.add_argument("--head", default="prior")
    parser.add_argument("--processes", type=int, default=1)
    options = parser.parse_args()
    frames = ase.io.read(options.source, ":")
    jobs = [(f.numbers, f.positions, options.method) for f in frames]
    labelled = []
    with Pool(options.processes) as pool:
        for frame, found in zip(frames, pool.imap(label, jobs, chunksize=32)):
            if found is None:
                continue
            energy, forces = found
            made = ase.Atoms(frame.numbers, frame.positions, pbc=False)
            kept = {k: v for k, v in frame.info.items() if not k.startswith("REF_")}
            made.info = dict(kept, REF_energy=energy, head=options.head)
            made.arrays["REF_forces"] = np.asarray(forces)
            labelled.append(made)
    ase.io.write(options.target, labelled, format="extxyz")
    print(f"{len(labelled)} of {len(frames)} frames labelled with {options.method}")


if __name__ == "__main__":
    main()

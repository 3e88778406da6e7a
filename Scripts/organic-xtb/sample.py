#!/usr/bin/env python3
"""A few frames of molecules that the model was not trained on, for demonstrations.

    sample.py FOLDER OUTPUT.xyz

FOLDER is what generate.py has filled. Of each molecule below: a minimum, and a frame of dynamics at
each temperature.
"""

import sys

from ase.io import read, write

MOLECULES = [
    "ethanol_water-x2", "water-x4", "1-butanol", "proline", "threonine", "cytosine", "styrene",
    "propionamide", "methanethiol-x2", "morpholine",
]


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    frames = {}
    for frame in read(f"{sys.argv[1]}/test-molecules.xyz", ":"):
        kind = (frame.info["molecule"], frame.info["config_type"], frame.info.get("temperature"))
        frames.setdefault(kind, frame)
    chosen = []
    for molecule in MOLECULES:
        kinds = [("minimum", None)] + [("md", temperature) for temperature in (300, 600, 1000)]
        chosen += [frames[(molecule, *kind)] for kind in kinds if (molecule, *kind) in frames]
    write(sys.argv[2], chosen, format="extxyz")


if __name__ == "__main__":
    main()

"""Cuts the project's GFN2-xTB data into what the study of refinement trains and tests on.

    python split.py FOLDER OUT

FOLDER holds the sets of Scripts/organic-xtb (train, validation, test-frames, test-molecules and
isolated_atoms .xyz) and beside them prior-<the same names>, the frames as label.py wrote them with the
prior's labels. Every frame is written twice, once for each head. Needs ase.

trained on: molecules of twelve classes, H C N O, up to 14 atoms, minima, displacements along normal modes
and dynamics up to 400 K.
tests: familiar (other frames of these molecules), hot (these molecules at 600 and 1000 K), molecules
(unseen ones of the same classes), classes (of eleven unseen classes), large (unseen, more than 14 atoms).
"""

import sys
from collections import defaultdict
from pathlib import Path

import ase.io

KNOWN = set(
    "alkane alkene alcohol ether ketone aldehyde acid ester amine amide aromatic cycloalkane".split()
)
OTHERS = set(
    "nitrile nitro heteroaromatic imine hydrazine peroxide amino-acid nucleobase sugar cumulated "
    "alkyne".split()
)
ELEMENTS = {1, 6, 7, 8}
LARGEST = 14


def calm(frame):
    kind = frame.info["config_type"]
    if kind in ("minimum", "modes"):
        return True
    return kind == "md" and float(frame.info["temperature"]) <= 400


def hot(frame):
    return frame.info["config_type"] == "md" and float(frame.info["temperature"]) >= 600


def main():
    source, target = Path(sys.argv[1]), Path(sys.argv[2])
    target.mkdir(parents=True, exist_ok=True)
    sets = defaultdict(list)

    def read(name):
        frames = ase.io.read(source / f"{name}.xyz", ":")
        priors = ase.io.read(source / f"prior-{name}.xyz", ":")
        assert len(frames) == len(priors)
        for frame, prior in zip(frames, priors):
            frame.info["head"], prior.info["head"] = "main", "prior"
            yield frame, prior

    trained = set()
    for frame, prior in read("train"):
        if not set(frame.numbers) <= ELEMENTS or frame.info["class"] not in KNOWN:
            continue
        if len(frame) > LARGEST:
            continue
        if calm(frame):
            sets["train"].append((frame, prior))
            trained.add(frame.info["molecule"])
        elif hot(frame):
            sets["hot"].append((frame, prior))
    sets["hot"] = [pair for pair in sets["hot"] if pair[0].info["molecule"] in trained][::4]
    for frame, prior in read("validation"):
        if frame.info["molecule"] in trained and calm(frame) and len(frame) <= LARGEST:
            sets["validation"].append((frame, prior))
    for frame, prior in read("test-frames"):
        if frame.info["molecule"] in trained and calm(frame) and len(frame) <= LARGEST:
            sets["familiar"].append((frame, prior))
    for frame, prior in read("test-molecules"):
        if not set(frame.numbers) <= ELEMENTS:
            continue
        kind, small = frame.info["class"], len(frame) <= LARGEST
        if not (calm(frame) or hot(frame)):
            continue
        if small and kind in KNOWN:
            sets["molecules"].append((frame, prior))
        elif small and kind in OTHERS:
            sets["classes"].append((frame, prior))
        elif not small and kind in KNOWN | OTHERS | {"hydrogen-bonded", "stacked", "dispersion"}:
            sets["large"].append((frame, prior))
    for name in ("isolated_atoms",):
        sets[name] = [pair for pair in read(name) if set(pair[0].numbers) <= ELEMENTS]
    for name, pairs in sets.items():
        ase.io.write(target / f"{name}-main.xyz", [pair[0] for pair in pairs], format="extxyz")
        ase.io.write(target / f"{name}-prior.xyz", [pair[1] for pair in pairs], format="extxyz")
        both = [frame for pair in pairs for frame in pair]
        ase.io.write(target / f"{name}.xyz", both, format="extxyz")
        molecules = {pair[0].info["molecule"] for pair in pairs}
        print(f"{name}: {len(pairs)} frames of {len(molecules)} molecules")


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: MIT
"""The structures of the checks: small, seeded, of carbon, oxygen and hydrogen."""

import dataclasses
import random

NUMBERS = {"H": 1, "C": 6, "N": 7, "O": 8, "F": 9, "S": 16, "NULL": 0}


@dataclasses.dataclass
class System:
    """Atoms in a LAMMPS box. `elements` by type; `atoms` are (type, x, y, z)."""

    name: str
    box: tuple  # lengths
    tilt: tuple
    boundary: str
    elements: tuple
    atoms: list
    style: str = "hone precision double"
    coefficients: tuple = ("* * {model} {elements}",)
    units: str = "metal"
    before: str = ""  # commands before the run that is looked at

    def numbers(self):
        return [str(NUMBERS[element]) for element in self.elements]

    def write(self, path):
        """A data file."""
        with open(path, "w") as file:
            file.write(f"{self.name}\n\n{len(self.atoms)} atoms\n")
            file.write(f"{len(self.elements)} atom types\n\n")
            for axis, length in zip("xyz", self.box):
                file.write(f"0 {length} {axis}lo {axis}hi\n")
            if any(self.tilt):
                file.write("%g %g %g xy xz yz\n" % self.tilt)
            file.write("\nMasses\n\n")
            for type in range(len(self.elements)):
                file.write(f"{type + 1} {12 + type}\n")
            file.write("\nAtoms\n\n")
            for index, (type, x, y, z) in enumerate(self.atoms):
                file.write(f"{index + 1} {type} {x:.17g} {y:.17g} {z:.17g}\n")


def lattice(counts, spacing, jitter, types, seed, tilt=(0, 0, 0), lift=0.0):
    """A simple lattice whose atoms are moved at random, so that no two come close."""
    generator = random.Random(seed)
    xy, xz, yz = (t / (n * spacing) for t, n in zip(tilt, (counts[1], counts[2], counts[2])))
    atoms = []
    for i in range(counts[0]):
        for j in range(counts[1]):
            for k in range(counts[2]):
                x, y, z = (spacing * (n + 0.5) for n in (i, j, k))
                place = (x + xy * y + xz * z, y + yz * z, z + lift)
                moved = tuple(p + generator.uniform(-jitter, jitter) for p in place)
                atoms.append((generator.choice(types), *moved))
    return atoms


def molecule():
    """Seven atoms near a corner of a large open box: with several ranks some have none."""
    places = [
        (3, 0.03, -0.02, 0.11), (1, 1.21, 0.14, -0.08), (2, -0.55, 0.98, 0.35),
        (1, 1.74, -0.87, 0.62), (2, -0.47, -0.93, -0.66), (3, 2.05, 1.33, -0.41),
        (2, 0.31, 1.92, 1.13),
    ]
    atoms = [(type, x + 5, y + 5, z + 5) for type, x, y, z in places]
    return System("molecule", (40, 42, 44), (0, 0, 0), "f f f", ("C", "O", "H"), atoms)


def triclinic():
    tilt = (1.5, -0.8, 1.1)
    atoms = lattice((4, 4, 3), 2.3, 0.25, (1, 2, 3), 1, tilt)
    return System("triclinic", (9.2, 9.2, 6.9), tilt, "p p p", ("C", "O", "H"), atoms)


def slab():
    atoms = lattice((4, 3, 2), 2.2, 0.25, (1, 2), 2, lift=5.0)
    return System("slab", (8.8, 6.6, 14.0), (0, 0, 0), "p p f", ("C", "O"), atoms)


def tiny():
    """A box smaller than the cutoff: atoms see several images of themselves and of others."""
    atoms = lattice((1, 2, 1), 1.6, 0.2, (1, 2), 3)
    return System("tiny", (2.7, 3.2, 2.9), (0.4, 0, 0.3), "p p p", ("C", "O"), atoms)


def deserted():
    """Two atoms that are on other ranks than at the step before: some ranks now have none, but have
    ghosts, and memory that was used."""
    system = tiny()
    system.name = "deserted ranks"
    system.before = "run 0 post no\n".join(
        ["", *(f"displace_atoms all move {x} {x} {x} units box\n" for x in (0.7, 0.7, 0.7, 0.5))])
    return system


def mixed():
    """Atoms of a type that the model does not see lie among the others."""
    atoms = lattice((4, 4, 3), 2.3, 0.25, (1, 2, 3), 4)
    return System(
        "NULL under hybrid/overlay", (9.2, 9.2, 6.9), (0, 0, 0), "p p p", ("C", "O", "NULL"), atoms,
        "hybrid/overlay zero 5.0 hone precision double",
        ("* * zero", "* * hone {model} {elements}"))


def divided():
    """The same with hybrid, where each pair of types has one style."""
    system = mixed()
    system.name = "NULL under hybrid"
    system.style = "hybrid hone precision double zero 5.0"
    system.coefficients = ("* * hone {model} {elements}", "1*3 3 zero")
    return system


def large(side):
    """side x side x side atoms, thinner than liquid so that the check stays quick."""
    atoms = lattice((side, side, side), 2.6, 0.25, (1, 2, 3), 5)
    lengths = (2.6 * side,) * 3
    return System(f"{side ** 3} atoms", lengths, (0, 0, 0), "p p p", ("C", "O", "H"), atoms)


def real():
    system = triclinic()
    system.name = "units real"
    system.units = "real"
    return system


def write_training(path):
    """Frames for statistics: crystals like `triclinic` and its like, less disordered."""
    generator = random.Random(6)
    with open(path, "w") as file:
        for seed in range(12):
            spacing = generator.uniform(2.25, 2.4)
            counts = (3, 3, 2)
            atoms = lattice(counts, spacing, 0.1, (1, 2, 3), 100 + seed)
            cell = " ".join(f"{spacing * counts[k] if j == k else 0:.6g}"
                            for j in range(3) for k in range(3))
            file.write(f'{len(atoms)}\nLattice="{cell}" Properties=species:S:1:pos:R:3 '
                       f'REF_energy=0.0 pbc="T T T"\n')
            for type, x, y, z in atoms:
                file.write(f"{'COH'[type - 1]} {x:.8f} {y:.8f} {z:.8f}\n")


def frame(path, index):
    """Symbols and positions of one frame of an extended XYZ file."""
    with open(path) as file:
        lines = file.read().splitlines()
    start = 0
    for _ in range(index):
        start += int(lines[start]) + 2
    rows = [line.split() for line in lines[start + 2:start + 2 + int(lines[start])]]
    return [(row[0], *map(float, row[1:4])) for row in rows]


def cluster(path, index, counts):
    """Copies of a molecule side by side, 1.7 Angstrom between them, in a large open box."""
    atoms = frame(path, index)
    elements = ("H", "C", "O", "N", "S", "F")
    extent = [max(a[k] for a in atoms) - min(a[k] for a in atoms) + 1.7 for k in (1, 2, 3)]
    copies = [(i, j, k) for i in range(counts[0]) for j in range(counts[1])
              for k in range(counts[2])]
    placed = [(elements.index(symbol) + 1,
               *(10 + x + n * length for x, n, length in zip(place, copy, extent)))
              for copy in copies for symbol, *place in atoms]
    return System(f"cluster of {len(copies)}", (60, 60, 60), (0, 0, 0), "f f f", elements, placed)


ALL = (molecule, triclinic, slab, tiny, deserted, mixed, divided, real)

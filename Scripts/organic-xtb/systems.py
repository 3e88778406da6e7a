# SPDX-License-Identifier: MIT
"""What is sampled: molecules, clusters, scans of bonds, contacts and reactions, in this order."""

import hashlib
import itertools
import pathlib
from dataclasses import dataclass, field

from rdkit import Chem

HERE = pathlib.Path(__file__).parent

#: A bond to scan for every pair of elements, in molecules that a closed shell describes, and
#: multiple bonds.
SCANNED_BONDS = """
dihydrogen:H-H methane:C-H ammonia:N-H water:O-H hydrogen-fluoride:F-H hydrogen-sulfide:S-H
ethane:C-C methylamine:C-N methanol:C-O fluoromethane:C-F methanethiol:C-S hydrazine:N-N
hydroxylamine:N-O fluoramine:N-F thiohydroxylamine:N-S hydrogen-peroxide:O-O hypofluorous-acid:O-F
hydrogen-thioperoxide:O-S difluorine:F-F fluorosulfane:F-S hydrogen-disulfide:S-S
ethene:C-C ethyne:C-C methanimine:C-N hydrogen-cyanide:C-N formaldehyde:C-O carbon-monoxide:C-O
carbon-dioxide:C-O thioformaldehyde:C-S carbon-disulfide:C-S dinitrogen:N-N diimide:N-N
nitrous-acid:N-O sulfur-dioxide:O-S
""".split()

#: Pushed onto one another in all pairs, also with themselves: between them all pairs of elements.
HYDRIDES = ("dihydrogen methane ammonia water hydrogen-fluoride hydrogen-sulfide").split()
#: Likewise, with fewer frames.
CONTACTS = ("ethene formaldehyde acetonitrile methanol acetone formamide methylamine fluoromethane "
            "dimethyl-sulfide dimethyl-sulfoxide nitromethane").split()


@dataclass
class System:
    """A molecule or a set of them, sampled by one recipe."""

    kind: str  # molecule, cluster, bond, contact or reaction
    group: str  # the functional class, `class` in the files
    name: str  # `molecule` in the files
    smiles: list  # one per part
    detail: object = None  # of the recipe
    named: list = field(default_factory=list)  # SMILES of molecules that must not be held out

    @property
    def key(self):
        """What it is made of; two systems with one key never are on two sides of a split."""
        return ".".join(sorted(canonical(part) for part in self.smiles))

    @property
    def file(self):
        """Its name on disk, without an ending."""
        return f"{self.kind}.{self.group}.{self.name}"

    def seed(self, base):
        """A seed that depends on nothing but the system and `base`."""
        digest = hashlib.sha256(f"{base}:{self.file}".encode()).digest()
        return int.from_bytes(digest[:4], "little") >> 1


def canonical(smiles):
    """The same text for all SMILES of a molecule."""
    mol = Chem.MolFromSmiles(smiles)
    for atom in mol.GetAtoms():
        atom.SetAtomMapNum(0)
    # Hydrogens that carry numbers are atoms of their own until now.
    return Chem.MolToSmiles(Chem.RemoveHs(Chem.MolFromSmiles(Chem.MolToSmiles(mol))))


def lines(name):
    text = (HERE / name).read_text().splitlines()
    return [line for line in text if line and not line.startswith("#")]


def molecules():
    found = []
    for line in lines("molecules.txt"):
        group, name, smiles = line.split()
        found.append(System("molecule", group, name, [smiles]))
    return found


def composed(kind, group, parts, known, detail=None):
    """A system of molecules by name, such as [("water", 2), ("urea", 1)]."""
    parts = sorted(parts)
    name = "_".join(part + (f"-x{count}" if count > 1 else "") for part, count in parts)
    smiles = [known[part] for part, count in parts for _ in range(count)]
    return System(kind, group, name, smiles, detail, smiles)


def clusters(known):
    found = []
    for line in lines("clusters.txt"):
        group, *words = line.split()
        parts = [(word.split("*")[0], int((word + "*1").split("*")[1])) for word in words]
        found.append(composed("cluster", group, parts, known))
    return found


def bonds(known):
    found = []
    for word in SCANNED_BONDS:
        name, bond = word.split(":")
        found.append(System("bond", "bond-scan", name, [known[name]], bond.split("-"),
                            [known[name]]))
    return found


def contacts(known):
    found = []
    for names, count in ((HYDRIDES, 24), (CONTACTS, 10)):
        for pair in itertools.combinations_with_replacement(names, 2):
            parts = [(name, pair.count(name)) for name in sorted(set(pair))]
            found.append(composed("contact", "contact", parts, known, count))
    return found


def reactions():
    found = []
    for line in lines("reactions.txt"):
        name, smiles, drives, products = (word.strip() for word in line.split(";"))
        detail = []
        for drive in drives.split():
            pair, length = drive.split("=")
            detail.append((*map(int, pair.split("-")), float(length)))
        parts = smiles.split(".")
        found.append(System("reaction", "reaction", name, parts, detail, parts + products.split()))
    return found


def all_systems():
    """Every system, once."""
    single = molecules()
    known = {system.name: system.smiles[0] for system in single}
    found = single + clusters(known) + bonds(known) + contacts(known) + reactions()
    files = [system.file for system in found]
    keys = [system.key for system in single]
    for values in (files, keys):
        twice = {value for value in values if values.count(value) > 1}
        if twice:
            raise ValueError(f"listed twice: {sorted(twice)}")
    return found

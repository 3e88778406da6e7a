# SPDX-License-Identifier: MIT
"""Molecules from SMILES, and clusters of them."""

from dataclasses import dataclass, field

import numpy as np
from ase import Atoms
from rdkit import Chem
from rdkit.Chem import AllChem

#: van der Waals radii in Å (Bondi, J. Phys. Chem. 68, 441 (1964)), by atomic number.
VDW = {1: 1.20, 6: 1.70, 7: 1.55, 8: 1.52, 9: 1.47, 16: 1.80}


@dataclass
class Molecule:
    """Atoms with their bonds.

    Several molecules after one another are one Molecule whose `parts` are their atoms.
    """

    atoms: Atoms
    bonds: list  # (i, j)
    parts: list  # one array of indices per molecule
    rings: set = field(default_factory=set)  # bonds that no cut takes apart
    marked: dict = field(default_factory=dict)  # map number in the SMILES: index


def embedded(smiles, seed, count=1):
    """Up to `count` conformers of the molecule a SMILES describes, from distance geometry."""
    parameters = Chem.SmilesParserParams()
    parameters.removeHs = False
    mol = Chem.AddHs(Chem.MolFromSmiles(smiles, parameters))
    embed = AllChem.ETKDGv3()
    embed.randomSeed = seed
    embed.useRandomCoords = True
    kept = list(AllChem.EmbedMultipleConfs(mol, count, embed))
    if not kept:
        raise ValueError(f"no geometry for {smiles}")
    if AllChem.MMFFHasAllMoleculeParams(mol) and mol.GetNumAtoms() > 2:
        AllChem.MMFFOptimizeMoleculeConfs(mol)
    numbers = [atom.GetAtomicNum() for atom in mol.GetAtoms()]
    bonds = [(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()) for bond in mol.GetBonds()]
    rings = {pair for pair, bond in zip(bonds, mol.GetBonds()) if bond.IsInRing()}
    marked = {a.GetAtomMapNum(): a.GetIdx() for a in mol.GetAtoms() if a.GetAtomMapNum()}
    made = []
    for index in kept:
        atoms = Atoms(numbers, mol.GetConformer(index).GetPositions())
        atoms.positions -= atoms.get_center_of_mass()
        made.append(Molecule(atoms, bonds, [np.arange(len(numbers))], rings, marked))
    return made


def joined(molecules):
    """One Molecule of several, where they are."""
    whole = Molecule(Atoms(), [], [], set(), {})
    for molecule in molecules:
        start = len(whole.atoms)
        whole.atoms += molecule.atoms
        whole.bonds += [(i + start, j + start) for i, j in molecule.bonds]
        whole.rings |= {(i + start, j + start) for i, j in molecule.rings}
        whole.parts += [part + start for part in molecule.parts]
        whole.marked |= {mark: i + start for mark, i in molecule.marked.items()}
    return whole


def moved(molecule, rotation, shift):
    """A copy with its positions turned about the origin, then shifted."""
    atoms = molecule.atoms.copy()
    atoms.positions = atoms.positions @ rotation.T + shift
    return Molecule(atoms, molecule.bonds, molecule.parts, molecule.rings, molecule.marked)


def random_rotation(rng):
    """A rotation matrix, uniform over all."""
    q, r = np.linalg.qr(rng.normal(size=(3, 3)))
    q = q * np.sign(np.diag(r))
    return q if np.linalg.det(q) > 0 else q[:, [1, 0, 2]]


def closeness(first, second):
    """The smallest distance between atoms of two molecules, over the sum of their radii."""
    radii = [np.array([VDW[number] for number in a.numbers]) for a in (first, second)]
    distances = np.linalg.norm(first.positions[:, None] - second.positions[None], axis=2)
    return (distances / (radii[0][:, None] + radii[1][None])).min()


def approached(first, second, rng, ratio):
    """Two molecules with random orientations, as far apart as `ratio` in `closeness` says."""
    a = moved(first, random_rotation(rng), np.zeros(3))
    turned = random_rotation(rng)
    near, far = 0.0, 30.0
    for _ in range(30):
        middle = 0.5 * (near + far)
        b = moved(second, turned, np.array([middle, 0, 0]))
        near, far = (near, middle) if closeness(a.atoms, b.atoms) > ratio else (middle, far)
    return joined([a, moved(second, turned, np.array([far, 0, 0]))])


def packed(molecules, rng):
    """A loose cluster: each molecule comes in along six random lines, to the nearest contact."""
    whole = moved(molecules[0], random_rotation(rng), np.zeros(3))
    for molecule in molecules[1:]:
        turned = moved(molecule, random_rotation(rng), np.zeros(3))
        axes = random_rotation(rng)
        best = np.full(3, np.inf)
        for line in (*axes, *-axes):
            distance = 30.0
            while distance > 0 and closeness(whole.atoms, moved(turned, np.eye(3),
                                                                distance * line).atoms) > 0.8:
                distance -= 0.1
            best = min(best, (distance + 0.1) * line, key=np.linalg.norm)
        whole = joined([whole, moved(turned, np.eye(3), best)])
        whole.atoms.positions -= whole.atoms.get_center_of_mass()
    return whole


def stacked(first, second, rng):
    """Two planar molecules, parallel, 3.5 Å apart, turned and shifted at random."""
    flat = []
    for molecule in (first, second):
        positions = molecule.atoms.positions - molecule.atoms.positions.mean(axis=0)
        axes = np.linalg.svd(positions)[2]
        flat.append(moved(molecule, axes * np.sign(np.linalg.det(axes)), np.zeros(3)))
    angle = rng.uniform(0, 2 * np.pi)
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0],
                     [0, 0, 1]])
    return joined([flat[0], moved(flat[1], turn, np.append(rng.uniform(-1.6, 1.6, 2), 3.5))])


def sides(molecule, bond):
    """The atoms on both sides of a bond that no ring contains, the fewer last; None in a ring."""
    if bond in molecule.rings:
        return None
    reached = {bond[0]}
    while True:
        more = {b for a, b in molecule.bonds + [(j, i) for i, j in molecule.bonds]
                if a in reached and {a, b} != set(bond)} - reached
        if not more:
            break
        reached |= more
    part = next(part for part in molecule.parts if bond[0] in part)
    other = [i for i in part if i not in reached]
    return sorted((sorted(reached), other), key=len, reverse=True)


def intact(molecule, reference, positions):
    """Whether no bond is broken and no other made, compared with `reference`, [atoms, 3].

    A bond counts as broken beyond 1.45 times its length, and two atoms as newly bound below 0.5
    times the sum of their radii, unless the reference holds them closer than that already.
    """
    first, second = np.array(molecule.bonds, int).reshape(-1, 2).T
    length = np.linalg.norm(positions[first] - positions[second], axis=1)
    relaxed = np.linalg.norm(reference[first] - reference[second], axis=1)
    if (length > 1.45 * relaxed).any():
        return False
    radii = np.array([VDW[number] for number in molecule.atoms.numbers])
    near = 0.5 * (radii[:, None] + radii[None])
    near[first, second] = near[second, first] = 0
    np.fill_diagonal(near, 0)
    pairs = [np.linalg.norm(p[:, None] - p[None], axis=2) for p in (positions, reference)]
    return not (pairs[0] < np.minimum(near, 0.85 * pairs[1])).any()

"""Makes structures/water64.xyz: 64 rigid water molecules at 997 kg/m³, equilibrated at 300 K.

Metropolis Monte Carlo with the TIP3P potential (Jorgensen et al., J. Chem. Phys. 79, 926 (1983)),
its charges damped and shifted (Fennell, Gezelter, J. Chem. Phys. 124, 234104 (2006)) so that no
lattice sum is needed. The file is committed; this script says where it came from.
"""

import math
import pathlib

import numpy as np

SEED = 20260
MOLECULES = 64
SWEEPS = 4000
TEMPERATURE = 300.0
BOX = (MOLECULES * 18.015 / 0.602214 / 0.997) ** (1 / 3)  # Å
CUTOFF = BOX / 2
DAMPING = 0.2  # 1/Å
COULOMB = 332.0637  # kcal Å / (mol e²)
KT = 0.0019872 * TEMPERATURE  # kcal/mol
SIGMA, EPSILON = 3.1507, 0.1521  # Å, kcal/mol
CHARGES = np.array([-0.834, 0.417, 0.417])


def monomer():
    angle = math.radians(104.52) / 2
    arm = 0.9572 * np.array([[math.sin(angle), math.cos(angle), 0], [-math.sin(angle), math.cos(angle), 0]])
    return np.vstack([np.zeros(3), arm])


def rotation(rng, largest):
    """A rotation about a random axis by an angle up to `largest`."""
    axis = rng.normal(size=3)
    x, y, z = axis / np.linalg.norm(axis)
    angle = largest * rng.uniform(-1, 1)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + math.sin(angle) * cross + (1 - math.cos(angle)) * cross @ cross


def damped_table():
    """erfc(a r)/r shifted to zero, with its slope, at the cutoff; by distance in steps of 0.001 Å."""
    r = np.arange(1, int(CUTOFF / 0.001) + 2) * 0.001
    erfc = np.vectorize(math.erfc)
    value = erfc(DAMPING * r) / r
    end = math.erfc(DAMPING * CUTOFF) / CUTOFF
    gauss = 2 * DAMPING / math.sqrt(math.pi) * math.exp(-((DAMPING * CUTOFF) ** 2))
    slope = end / CUTOFF + gauss / CUTOFF
    return np.concatenate([[value[0]], value]) - end + slope * (np.concatenate([[0], r]) - CUTOFF)


TABLE = damped_table()
PAIR = COULOMB * np.outer(CHARGES, CHARGES)


def energy(molecule, others):
    """Of one molecule, [3, 3], with the others, [n, 3, 3], in kcal/mol."""
    shift = others[:, 0] - molecule[0]
    image = np.round(shift / BOX) * BOX
    delta = (others - image[:, None])[:, None, :, :] - molecule[None, :, None, :]
    distance = np.sqrt((delta**2).sum(-1))  # [n, 3, 3]
    near = distance < CUTOFF
    place = np.minimum(distance / 0.001, len(TABLE) - 1).astype(int)
    total = (PAIR * TABLE[place] * near).sum()
    six = (SIGMA / np.maximum(distance[:, 0, 0], 0.5)) ** 6
    total += (4 * EPSILON * (six * six - six))[near[:, 0, 0]].sum()
    return total if distance.min() > 1.2 else np.inf


def start(rng):
    """Molecules with random orientations on a simple cubic lattice."""
    sites = np.array(list(np.ndindex(4, 4, 4)))[:MOLECULES] * BOX / 4
    return np.array([site + monomer() @ rotation(rng, math.pi).T for site in sites])


def main():
    rng = np.random.default_rng(SEED)
    waters = start(rng)
    accepted = 0
    for _ in range(SWEEPS * MOLECULES):
        index = rng.integers(MOLECULES)
        others = np.delete(waters, index, axis=0)
        old = waters[index]
        turned = (old - old[0]) @ rotation(rng, 0.35).T + old[0]
        new = turned + 0.15 * rng.uniform(-1, 1, 3)
        change = energy(new, others) - energy(old, others)
        if change <= 0 or rng.random() < math.exp(-change / KT):
            waters[index] = new
            accepted += 1
    # Flexible models meet stretched bonds too.
    waters += rng.normal(scale=0.02, size=waters.shape)
    total = 0.5 * sum(energy(w, np.delete(waters, i, axis=0)) for i, w in enumerate(waters))
    print(f"accepted {accepted / SWEEPS / MOLECULES:.2f}, energy {total / MOLECULES:.2f} kcal/mol")
    path = pathlib.Path(__file__).parent / "structures" / "water64.xyz"
    lattice = f"{BOX:.6f} 0 0 0 {BOX:.6f} 0 0 0 {BOX:.6f}"
    lines = [f'{3 * MOLECULES}', f'Lattice="{lattice}" Properties=species:S:1:pos:R:3 pbc="T T T"']
    for water in waters:
        water = water - np.floor(water[0] / BOX) * BOX
        lines += [f"{s} {x:.6f} {y:.6f} {z:.6f}" for s, (x, y, z) in zip("OHH", water)]
    path.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()

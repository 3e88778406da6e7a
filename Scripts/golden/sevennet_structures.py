"""The structures every SevenNet fixture is evaluated on: H, C, N and O, none of any symmetry."""


def structure(name, numbers, positions, cell=None, pbc=(False, False, False)):
    out = {"name": name, "numbers": numbers, "positions": positions}
    return out | {"cell": cell, "pbc": list(pbc)}


STRUCTURES = [
    structure("molecule", [6, 8, 7, 1, 1, 1, 1], [
        [0.03, 0.01, -0.02], [1.19, 0.12, 0.21], [-0.77, 1.08, 0.17], [-0.52, -0.94, -0.28],
        [-0.31, 1.95, 0.42], [-1.74, 1.06, -0.11], [1.46, -2.31, 1.35]]),
    structure("crystal", [6, 7, 8, 1, 1, 6], [
        [0.11, 0.07, 0.02], [1.35, 1.52, 0.24], [0.41, 1.68, 1.87], [1.92, 0.33, 1.41],
        [2.61, 2.22, 2.15], [1.97, 0.86, 3.02]],
        [[3.31, 0.12, -0.21], [0.74, 3.12, 0.18], [0.36, 0.58, 3.47]], (True, True, True)),
    structure("slab", [8, 1, 7, 6], [
        [0.21, 0.32, 6.11], [1.12, 1.87, 6.94], [1.93, 0.54, 7.62], [2.41, 2.12, 5.43]],
        [[3.62, 0.24, 0.11], [-0.83, 3.41, -0.07], [0.42, 0.61, 14.2]], (True, True, False)),
    structure("chain", [7, 1], [[0.12, -0.31, 0.24], [0.81, 0.22, 1.37]],
              [[9.0, 0.2, 0.1], [0.3, 8.0, -0.2], [0.41, -0.26, 2.63]], (False, False, True)),
    structure("atom", [7], [[0.4, -0.2, 0.9]]),
]

# SPDX-License-Identifier: MIT
"""Labelled structures as extended XYZ."""

import os
from dataclasses import dataclass

import numpy as np
from ase.io import iread

INFO = ("molecule", "class", "config_type", "temperature")


@dataclass
class Frame:
    """A structure with its labels."""

    symbols: list
    positions: np.ndarray  # Å, [atoms, 3]
    energy: float  # eV
    forces: np.ndarray  # eV/Å, [atoms, 3]
    info: dict  # of INFO, what applies

    @property
    def formula(self):
        """The same for all orders of the same atoms."""
        return "".join(sorted(self.symbols))

    def text(self):
        """Its lines."""
        info = " ".join(f"{key}={value}" for key, value in self.info.items())
        rows = [f"{len(self.symbols)}",
                f"Properties=species:S:1:pos:R:3:REF_forces:R:3 {info} "
                f'REF_energy={self.energy:.8f} pbc="F F F"']
        for symbol, place, force in zip(self.symbols, self.positions, self.forces):
            rows.append(f"{symbol:2s}" + "".join(f" {x:12.6f}" for x in place)
                        + "".join(f" {x:13.8f}" for x in force))
        return "\n".join(rows) + "\n"


def replace_file(path, text):
    """Writes a file that is either whole or not there."""
    part = path.with_name(path.name + ".part")
    part.write_text(text)
    os.replace(part, path)


def write(path, frames):
    """Writes frames to a file, at once."""
    replace_file(path, "".join(frame.text() for frame in frames))


def read(path):
    """All frames of a file that `write` wrote."""
    if path.stat().st_size == 0:
        return []
    frames = []
    for atoms in iread(path, format="extxyz"):
        info = {key: atoms.info[key] for key in INFO if key in atoms.info}
        frames.append(Frame(atoms.get_chemical_symbols(), atoms.positions,
                            float(atoms.info["REF_energy"]), atoms.arrays["REF_forces"], info))
    return frames

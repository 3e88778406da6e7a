# SPDX-License-Identifier: MIT
"""Runs LAMMPS and the library on one system, and reads what they wrote."""

import os
import subprocess

# LAMMPS' constants: eV per energy unit, and pressure times volume per energy.
ENERGY = {"metal": 1.0, "real": 23.060549}
PRESSURE = {"metal": 1.6021765e6, "real": 68568.415}

COLUMNS = "id type x y z fx fy fz vx vy vz c_pe " + " ".join(f"c_w[{k}]" for k in range(1, 10))
COLUMNS += " " + " ".join(f"c_s[{k}]" for k in range(1, 7))


class Runner:
    """Paths of a build, and a folder to work in."""

    def __init__(self, build, work, driver):
        self.build, self.work, self.driver = build, work, driver
        self.lmp = os.environ.get("LMP", os.path.join(build, "lammps", "bin", "lmp"))
        mpirun = os.path.join(build, "lammps", "bin", "mpirun")
        self.mpirun = os.environ.get("MPIRUN", mpirun).split()
        self.plugin = os.path.join(build, "lib", "honeplugin.so")

    def lammps(self, text, ranks=1, timeout=60, environment=None):
        """Runs an input under an empty environment: exit code and what it wrote."""
        script = os.path.join(self.work, "in.check")
        with open(script, "w") as file:
            file.write(text)
        command = self.mpirun + ["-np", str(ranks)] if ranks > 1 else []
        command = command + [self.lmp, "-in", script, "-log", "none", "-nocite"]
        # glibc fills new memory with this, so that reading it shows.
        clean = {"PATH": os.environ["PATH"], "OMP_NUM_THREADS": "1", "MALLOC_PERTURB_": "85",
                 **(environment or {})}
        try:
            done = subprocess.run(command, cwd=self.work, env=clean, timeout=timeout, text=True,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, check=False)
        except subprocess.TimeoutExpired as expired:
            return None, f"still running after {timeout} s\n{expired.stdout}"
        return done.returncode, done.stdout

    def head(self, system, model, newton="on", style=None):
        """The lines of an input that make the system and its pair style."""
        data = os.path.join(self.work, "data.check")
        system.write(data)
        lines = [f"units {system.units}", "atom_style atomic", "atom_modify map yes",
                 f"newton {newton}", f"boundary {system.boundary}", f"read_data {data}",
                 f"plugin load {self.plugin}", f"pair_style {style or system.style}"]
        elements = " ".join(system.elements)
        lines += ["pair_coeff " + c.format(model=model, elements=elements)
                  for c in system.coefficients]
        return "\n".join(lines) + "\n"

    def static(self, system, model, ranks, newton):
        """What LAMMPS computes without moving: in eV and Angstrom, atoms by id."""
        dump = os.path.join(self.work, "dump.check")
        text = self.head(system, model, newton) + f"""
velocity all create 500 12 loop geom
compute pe all pe/atom pair
compute ke all ke/atom
compute s all stress/atom NULL pair
compute w all centroid/stress/atom NULL pair
compute p all pressure NULL pair
compute j all heat/flux ke pe w
thermo_style custom pe vol c_p[1] c_p[2] c_p[3] c_p[4] c_p[5] c_p[6] &
  c_j[1] c_j[2] c_j[3] c_j[4] c_j[5] c_j[6]
thermo_modify format float %.17g
dump 1 all custom 1 {dump} {COLUMNS}
dump_modify 1 sort id format float %.17g
fix 1 all nve
{system.before}run 0
"""
        code, output = self.lammps(text, ranks)
        if code != 0:
            last = "\n".join(output.splitlines()[-12:])
            raise AssertionError(f"LAMMPS failed ({code}):\n{last}")
        return self.read(system, output, dump)

    def read(self, system, output, dump):
        energy, pressure = ENERGY[system.units], PRESSURE[system.units]
        row = [float(x) for x in thermo(output)[-1]]
        result = {"energy": row[0] / energy, "atoms": {}, "dump": dump}
        xx, yy, zz, xy, xz, yz = (p * row[1] / pressure / energy for p in row[2:8])
        result["virial"] = [xx, xy, xz, xy, yy, yz, xz, yz, zz]
        result["flux"] = [(row[8 + k] - row[11 + k]) / energy for k in range(3)]
        for values in atoms_of(dump):
            w = [-x / pressure / energy for x in values[12:21]]
            result["atoms"][int(values[0])] = {
                "type": int(values[1]),
                "forces": [f / energy for f in values[5:8]],
                "velocity": values[8:11],
                "energy": values[11] / energy,
                # LAMMPS' order is xx yy zz xy xz yz yx zx zy.
                "virial": [w[0], w[3], w[4], w[6], w[1], w[5], w[7], w[8], w[2]],
                "symmetric": [-x / pressure / energy for x in values[21:27]],
            }
        return result

    def fit(self, model, frames, name):
        """A copy of a model that knows the frames of a file as its training data."""
        path = os.path.join(self.work, name)
        command = [os.path.join(os.path.dirname(self.driver), "fit_model"), model, frames, path]
        done = subprocess.run(command, env={}, text=True, capture_output=True, timeout=60,
                              check=False)
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        return path

    def reference(self, system, model, dump, *flags):
        """What the library computes for the atoms of a dump."""
        done = subprocess.run([self.driver, *flags, model, dump, *system.numbers()], env={},
                              text=True, capture_output=True, timeout=60, check=False)
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        result = {"atoms": {}, "distances": {}}
        for line in done.stdout.splitlines():
            word, *values = line.split()
            numbers = [float(value) for value in values]
            if word == "energy":
                result["energy"] = numbers[0]
            elif word in ("virial", "radius", "shift"):
                result[word] = numbers
            elif word == "distance":
                result["distances"][int(numbers[0])] = numbers[1]
            else:
                result["atoms"][int(numbers[0])] = {
                    "forces": numbers[1:4], "energy": numbers[4], "virial": numbers[5:]}
        return result


def thermo(output):
    """Rows of the last table of thermodynamic output."""
    lines = output.splitlines()
    last = max(k for k, line in enumerate(lines) if line.startswith("Loop time"))
    rows = []
    for line in reversed(lines[:last]):
        words = line.split()
        try:
            [float(word) for word in words]
        except ValueError:
            break
        rows.insert(0, words)
    return rows


def atoms_of(dump):
    """Rows of the last frame of a dump."""
    with open(dump) as file:
        lines = file.read().splitlines()
    start = max(k for k, line in enumerate(lines) if line.startswith("ITEM: ATOMS"))
    return [[float(word) for word in line.split()] for line in lines[start + 1:]]

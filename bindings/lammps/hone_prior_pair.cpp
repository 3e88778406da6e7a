/* SPDX-License-Identifier: GPL-2.0-only
 *
 * pair_style hone for LAMMPS, https://www.lammps.org. This file derives from classes of LAMMPS,
 * which is under the GNU General Public License, version 2: see LICENSE in this directory.
 *
 * Another instance of LAMMPS, on one rank, as a prior.
 */

#include "hone_prior_pair.h"

#include "atom.h"
#include "compute.h"
#include "domain.h"
#include "fmt/format.h"
#include "input.h"
#include "lammps.h"
#include "modify.h"
#include "update.h"

#include <algorithm>
#include <mpi.h>
#include <sstream>
#include <stdexcept>

using namespace LAMMPS_NS;

/* ----------------------------------------------------------------------
   throws what LAMMPS throws
------------------------------------------------------------------------- */

HonePriorPair::HonePriorPair(LAMMPS *host, const HoneAdaptSettings &settings,
                             const HoneAtoms &types, const HoneAtoms &charges, double unit) :
    instance(nullptr), atom_count(types.numbers.size()), energy_unit(unit)
{
  std::string words[] = {"hone/adapt", "-log", "none", "-screen", "none", "-nocite"};
  std::vector<char *> arguments;
  for (std::string &word : words) arguments.push_back(&word[0]);
  instance = new LAMMPS(static_cast<int>(arguments.size()), arguments.data(), MPI_COMM_SELF);
  try {
    run(std::string("units ") + host->update->unit_style);
    make_box(host, types);
    make_atoms(types, charges);
    make_forces(settings);
  } catch (...) {
    release();
    throw;
  }
}

/* ---------------------------------------------------------------------- */

HonePriorPair::~HonePriorPair()
{
  release();
}

/* ---------------------------------------------------------------------- */

void HonePriorPair::release()
{
  // Versions before that keep the plugins of a process with each instance: with this one they would
  // go, and this code with them.
  static constexpr bool leaves_plugins = HONE_LAMMPS_VERSION >= 20250722;
  try {
    if (leaves_plugins) delete instance;
  } catch (...) {
    // What an instance says at its end matters to nobody.
  }
  instance = nullptr;
}

/* ---------------------------------------------------------------------- */

void HonePriorPair::run(const std::string &command)
{
  instance->input->one(command);
}

/* ----------------------------------------------------------------------
   the box of the host; open directions are as long as atoms need at every step
------------------------------------------------------------------------- */

void HonePriorPair::make_box(LAMMPS *host, const HoneAtoms &atoms)
{
  const Domain *domain = host->domain;
  run("atom_style charge");
  run("atom_modify map array sort 0 0.0");
  std::string boundary = "boundary", bounds;
  for (int k = 0; k < 3; k++) {
    double lo = domain->boxlo[k], hi = domain->boxhi[k];
    boundary += atoms.periodic[k] ? " p" : " s";
    if (!atoms.periodic[k])
      for (size_t i = 0; i < atom_count; i++) {
        lo = std::min(lo, atoms.positions[3 * i + k] - 1.0);
        hi = std::max(hi, atoms.positions[3 * i + k] + 1.0);
      }
    bounds += fmt::format(" {:.17g} {:.17g}", lo, hi);
  }
  run(boundary);
  run("box tilt large");
  if (domain->triclinic)
    run(fmt::format("region hone_box prism{} {:.17g} {:.17g} {:.17g} units box", bounds, domain->xy,
                    domain->xz, domain->yz));
  else
    run(fmt::format("region hone_box block{} units box", bounds));
  run(fmt::format("create_box {} hone_box", host->atom->ntypes));
  run("mass * 1.0");
}

/* ----------------------------------------------------------------------
   atoms have the IDs 1, 2, ... in the order of the structure
------------------------------------------------------------------------- */

void HonePriorPair::make_atoms(const HoneAtoms &types, const HoneAtoms &charges)
{
  for (size_t i = 0; i < atom_count; i++) {
    const double *x = &types.positions[3 * i];
    run(fmt::format("create_atoms {:.0f} single {:.17g} {:.17g} {:.17g} remap yes units box",
                    types.values[i], x[0], x[1], x[2]));
  }
  if (instance->atom->natoms != static_cast<bigint>(atom_count))
    throw std::runtime_error("atoms of the structure are not in the box");
  for (size_t i = 0; i < charges.values.size(); i++)
    instance->atom->q[instance->atom->map(static_cast<tagint>(i) + 1)] = charges.values[i];
}

/* ---------------------------------------------------------------------- */

void HonePriorPair::make_forces(const HoneAdaptSettings &settings)
{
  run("neighbor 0.5 bin");
  run("pair_style " + settings.pair_style);
  for (const std::string &words : settings.coefficients) run("pair_coeff " + words);
  for (const std::string &command : settings.commands) run(command);
  run("thermo_style custom step pe");
}

/* ----------------------------------------------------------------------
   every label begins with new lists and, where a fix has them, new charges: it does not depend on
   what was computed before
------------------------------------------------------------------------- */

void HonePriorPair::compute(const hone_structure &structure, double &energy, double *forces)
{
  if (structure.n_atoms != static_cast<int64_t>(atom_count))
    throw std::runtime_error("the number of atoms has changed");
  Atom *atom = instance->atom;
  for (int64_t i = 0; i < structure.n_atoms; i++) {
    double *x = atom->x[atom->map(static_cast<tagint>(i) + 1)];
    std::copy_n(structure.positions + 3 * i, 3, x);
    instance->domain->remap(x);
  }
  run("run 0 post no");
  if (atom->natoms != structure.n_atoms) throw std::runtime_error("atoms were lost");

  energy = instance->modify->get_compute_by_id("thermo_pe")->compute_scalar() / energy_unit;
  for (int64_t i = 0; i < structure.n_atoms; i++) {
    const double *f = atom->f[atom->map(static_cast<tagint>(i) + 1)];
    for (int k = 0; k < 3; k++) forces[3 * i + k] = f[k] / energy_unit;
  }
}

/* ---------------------------------------------------------------------- */

int32_t HonePriorPair::label(void *context, const hone_structure *structure, double *energy,
                             double *forces, double *virial)
{
  auto *prior = static_cast<HonePriorPair *>(context);
  try {
    if (virial) throw std::runtime_error("a pair style as a prior gives no virial");
    prior->compute(*structure, *energy, forces);
    prior->last_failure.clear();
    return 0;
  } catch (const std::exception &failure) {
    prior->last_failure = plain(failure.what());
  } catch (...) {
    prior->last_failure = "an exception that is none of LAMMPS'";
  }
  return 1;
}

/* ----------------------------------------------------------------------
   "ERROR: Words (src/file.cpp:12)\nLast input line: ...": the words, on one line
------------------------------------------------------------------------- */

std::string HonePriorPair::plain(const char *message)
{
  std::string text = message;
  text = text.substr(0, text.find("\nLast"));
  const size_t colon = text.find(": ");
  if (text.compare(0, 5, "ERROR") == 0 && colon != std::string::npos) text.erase(0, colon + 2);
  const size_t place = text.rfind(" (");
  if (place != std::string::npos && text.find(".cpp:", place) != std::string::npos)
    text.erase(place);
  std::string line;
  std::istringstream words(text);
  for (std::string word; words >> word;) line += (line.empty() ? "" : " ") + word;
  return line;
}

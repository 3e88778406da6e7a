/* -*- c++ -*- SPDX-License-Identifier: GPL-2.0-only
 *
 * pair_style hone for LAMMPS, https://www.lammps.org. This file derives from classes of LAMMPS,
 * which is under the GNU General Public License, version 2: see LICENSE in this directory.
 */

#ifndef LMP_HONE_PRIOR_PAIR_H
#define LMP_HONE_PRIOR_PAIR_H

#include "hone_adapt_settings.h"
#include "hone_host.h"

#include <string>
#include <vector>

namespace LAMMPS_NS {

class LAMMPS;

// A pair style of LAMMPS as a prior: a second instance of LAMMPS within this process, on one rank,
// that has the atoms, their types and charges, and the box of the first one.
class HonePriorPair {
 public:
  // `types` and `charges` are in `values`; energies of the instance are divided by the unit for eV.
  HonePriorPair(LAMMPS *, const HoneAdaptSettings &, const HoneAtoms &types,
                const HoneAtoms &charges, double energy_unit);
  ~HonePriorPair();
  HonePriorPair(const HonePriorPair &) = delete;
  HonePriorPair &operator=(const HonePriorPair &) = delete;

  // A hone_prior, whose context is one of these. No exception leaves it.
  static int32_t label(void *, const hone_structure *, double *energy, double *forces,
                       double *virial);
  // Why the last label could not be had, empty where all could.
  const std::string &failure() const { return last_failure; }
  // What LAMMPS said, without file names and the line of the input.
  static std::string plain(const char *message);

 private:
  LAMMPS *instance;
  size_t atom_count;
  double energy_unit;
  std::string last_failure;

  void run(const std::string &);
  void make_box(LAMMPS *, const HoneAtoms &);
  void make_atoms(const HoneAtoms &, const HoneAtoms &);
  void make_forces(const HoneAdaptSettings &);
  void compute(const hone_structure &, double &, double *);
  void release();
};

}    // namespace LAMMPS_NS

#endif

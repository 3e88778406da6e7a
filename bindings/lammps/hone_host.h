/* -*- c++ -*- SPDX-License-Identifier: GPL-2.0-only
 *
 * pair_style hone for LAMMPS, https://www.lammps.org. This file derives from classes of LAMMPS,
 * which is under the GNU General Public License, version 2: see LICENSE in this directory.
 *
 * What the pair style, the computes, the fix and the command share: failures that all ranks hear
 * of, the whole structure on one rank, and a model of one rank on all.
 */

#ifndef LMP_HONE_HOST_H
#define LMP_HONE_HOST_H

#include "lmptype.h"

#include "hone.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace LAMMPS_NS {

class LAMMPS;

// The atomic number of an element, 0 where there is none of that name; and back.
int32_t hone_atomic_number(const std::string &symbol);
std::string hone_element_symbol(int32_t atomic_number);

// Called by all ranks: when any has failed, all end with `what` and the message of the first that
// has.
void hone_require(LAMMPS *, hone_status, const std::string &what);
// The same where what failed was not the library: `failure` is empty where nothing did.
void hone_require(LAMMPS *, const std::string &failure, const std::string &what);

struct HoneModelDeleter {
  void operator()(hone_model *model) const { hone_model_free(model); }
};
using HoneModelHandle = std::unique_ptr<hone_model, HoneModelDeleter>;

// Called by all ranks: the model of rank 0, on all of them; what the others give is not looked at.
HoneModelHandle hone_share_model(LAMMPS *, HoneModelHandle, const std::string &what);

// Atoms of all ranks, on rank 0, by ascending ID where atoms have one; empty on the others.
struct HoneAtoms {
  std::vector<tagint> ids;                // [atoms]
  std::vector<int32_t> numbers;           // [atoms], atomic numbers, 0 for other styles' atoms
  std::vector<double> positions;          // [atoms][3], Angstrom
  std::vector<double> values;             // [atoms], 0 where none were given
  double cell[9];                         // rows are cell vectors, Angstrom
  int32_t periodic[3];                    // non-zero where a cell vector is a period

  bool is_periodic() const { return periodic[0] || periodic[1] || periodic[2]; }
  // Points into this: for as long as it is not changed. Without periods there is no cell.
  hone_structure structure() const;
};

// Called by all ranks. `numbers` are atomic numbers by type; `values`, one per atom of this rank,
// may be null. Other styles' atoms, whose number is 0, are left out unless `everything` is wanted.
HoneAtoms hone_gather(LAMMPS *, const std::vector<int32_t> &numbers, const double *values,
                      bool everything);

}    // namespace LAMMPS_NS

#endif

/* -*- c++ -*- SPDX-License-Identifier: GPL-2.0-only
 *
 * pair_style hone for LAMMPS, https://www.lammps.org. This file derives from classes of LAMMPS,
 * which is under the GNU General Public License, version 2: see LICENSE in this directory.
 */

#ifndef LMP_COMPUTE_HONE_SHIFT_H
#define LMP_COMPUTE_HONE_SHIFT_H

#include "compute.h"

namespace LAMMPS_NS {

// How the structure differs from what the model was trained on: whether it is shifted, by how many
// standard deviations its mean force is off, the quantile of its connectivity, and the largest
// descriptor distance. Rank 0 computes the whole structure for it.
class ComputeHoneShift : public Compute {
 public:
  ComputeHoneShift(class LAMMPS *, int, char **);
  ~ComputeHoneShift() override;

  void init() override;
  void compute_vector() override;
};

}    // namespace LAMMPS_NS

#endif

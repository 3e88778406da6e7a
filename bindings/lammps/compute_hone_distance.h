/* -*- c++ -*- SPDX-License-Identifier: GPL-2.0-only
 *
 * pair_style hone for LAMMPS, https://www.lammps.org. This file derives from classes of LAMMPS,
 * which is under the GNU General Public License, version 2: see LICENSE in this directory.
 */

#ifndef LMP_COMPUTE_HONE_DISTANCE_H
#define LMP_COMPUTE_HONE_DISTANCE_H

#include "compute.h"

namespace LAMMPS_NS {

// How far atoms are from what the model was trained on, by their descriptors; the largest over the
// group as a scalar.
class ComputeHoneDistance : public Compute {
 public:
  ComputeHoneDistance(class LAMMPS *, int, char **);
  ~ComputeHoneDistance() override;

  void init() override;
  double compute_scalar() override;
  void compute_peratom() override;
  double memory_usage() override;

 private:
  int nmax;
};

}    // namespace LAMMPS_NS

#endif

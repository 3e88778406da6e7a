/* -*- c++ -*- SPDX-License-Identifier: GPL-2.0-only
 *
 * pair_style hone for LAMMPS, https://www.lammps.org. This file derives from classes of LAMMPS,
 * which is under the GNU General Public License, version 2: see LICENSE in this directory.
 */

#ifndef LMP_FIX_HONE_GUARD_H
#define LMP_FIX_HONE_GUARD_H

#include "fix.h"

#include <cstdio>
#include <string>
#include <vector>

namespace LAMMPS_NS {

// Watches how far atoms are from what the model was trained on: ends the run, warns, or writes the
// frame where one is too far.
class FixHoneGuard : public Fix {
 public:
  FixHoneGuard(class LAMMPS *, int, char **);
  ~FixHoneGuard() override;

  int setmask() override;
  void init() override;
  void setup(int) override;
  void min_setup(int) override;
  void end_of_step() override;
  void min_post_force(int) override;
  double compute_scalar() override;
  double compute_vector(int) override;
  double memory_usage() override;

 private:
  enum Action { NONE, WARN, STOP, ERROR };

  double limit;
  Action action;
  std::string path;    // of the frames, empty for none
  FILE *file;          // on rank 0
  bigint most_frames;

  std::vector<double> distances;    // [nlocal]
  double largest;                   // of the last check
  bigint far_count;                 // atoms beyond the limit at the last check
  bigint violations, frames;        // since the fix was made
  bigint checked_step;              // -1 before the first check
  bool warned;                      // in this run

  void read_keywords(int, char **);
  void open_file();
  void check();
  std::string farthest_atom() const;
  void write_frame();
};

}    // namespace LAMMPS_NS

#endif

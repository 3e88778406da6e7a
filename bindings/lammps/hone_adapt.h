/* -*- c++ -*- SPDX-License-Identifier: GPL-2.0-only
 *
 * pair_style hone for LAMMPS, https://www.lammps.org. This file derives from classes of LAMMPS,
 * which is under the GNU General Public License, version 2: see LICENSE in this directory.
 */

#ifndef LMP_HONE_ADAPT_H
#define LMP_HONE_ADAPT_H

#include "command.h"

#include "hone_adapt_settings.h"
#include "hone_host.h"

namespace LAMMPS_NS {

class PairHone;

// The command hone/adapt: trains the weights of pair_style hone for the structure there is, by
// labels of a cheap prior, and lets the style go on with them. Rank 0 trains.
class HoneAdapt : public Command {
 public:
  HoneAdapt(class LAMMPS *);
  ~HoneAdapt() override;

  void command(int, char **) override;

 private:
  // What rank 0 comes to.
  struct Outcome {
    hone_status status = HONE_SUCCESS;
    std::string message;    // of a failure
    std::string trouble;    // of the prior, also where it was got over
    hone_refinement report = {};
    HoneModelHandle model;
  };

  HoneAdaptSettings settings;

  PairHone *the_style();
  void refuse_distances();
  void try_file();
  void check_size(size_t);
  Outcome train(const PairHone *, const hone_model *, const HoneAtoms &, const HoneAtoms &);
  void refine(Outcome &, const PairHone *, const hone_model *, hone_structure, hone_prior, void *);
  void share_failure(Outcome &);
  void log(const Outcome &);
};

}    // namespace LAMMPS_NS

#endif

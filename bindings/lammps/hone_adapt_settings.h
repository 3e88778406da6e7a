/* -*- c++ -*- SPDX-License-Identifier: GPL-2.0-only
 *
 * pair_style hone for LAMMPS, https://www.lammps.org. This file derives from classes of LAMMPS,
 * which is under the GNU General Public License, version 2: see LICENSE in this directory.
 */

#ifndef LMP_HONE_ADAPT_SETTINGS_H
#define LMP_HONE_ADAPT_SETTINGS_H

#include <cstdint>
#include <string>
#include <vector>

namespace LAMMPS_NS {

class LAMMPS;

// The arguments of the command hone/adapt.
struct HoneAdaptSettings {
  std::string prior;                        // a name or JSON; empty where it is a pair style
  std::string pair_style;                   // with its arguments
  std::vector<std::string> coefficients;    // of pair_coeff, one for each
  std::vector<std::string> commands;        // for the instance that has the pair style
  bool has_dynamics = false;    // the keyword was there; these two say what there is to adapt to
  double temperature = 300.0;               // K
  int64_t structure_count = 20;
  double charge = 0.0;        // e
  int32_t multiplicity = 0;   // 0 for the lowest
  std::string replay;         // extended XYZ, empty for what the model carries
  std::string file;           // for the new model, empty for none
  bool continues = false;     // where there is no new model
  int64_t most_atoms = 500;

  // Every how many steps of 0.5 fs a structure is kept.
  static constexpr int64_t interval = 50;

  HoneAdaptSettings() = default;
  HoneAdaptSettings(LAMMPS *, int narg, char **arg);

  // The options of hone_refine_weights.
  std::string options(const std::string &main_head) const;
  std::string prior_name() const;

 private:
  std::vector<std::string> members;    // "key": value
  std::string given;                   // members that the user gave as JSON

  int read_prior(LAMMPS *, int, char **);
  int read_keyword(LAMMPS *, int, char **);
  void read_json(LAMMPS *, const std::string &);
};

}    // namespace LAMMPS_NS

#endif

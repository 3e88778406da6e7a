/* -*- c++ -*- SPDX-License-Identifier: GPL-2.0-only
 *
 * pair_style hone for LAMMPS, https://www.lammps.org. This file derives from classes of LAMMPS,
 * which is under the GNU General Public License, version 2: see LICENSE in this directory.
 */

#ifndef LMP_PAIR_HONE_H
#define LMP_PAIR_HONE_H

#include "pair.h"

#include "hone_host.h"

#include <cstdint>
#include <exception>
#include <string>
#include <vector>

namespace LAMMPS_NS {

class PairHone : public Pair {
 public:
  PairHone(class LAMMPS *);
  ~PairHone() override;

  void compute(int, int) override;
  void settings(int, char **) override;
  void coeff(int, char **) override;
  void init_style() override;
  void setup() override;
  double init_one(int, int) override;
  double memory_usage() override;

  int pack_forward_comm(int, int *, double *, int, int *) override;
  void unpack_forward_comm(int, int, double *) override;
  int pack_reverse_comm(int, int, double *) override;
  void unpack_reverse_comm(int, int *, double *) override;

  // for computes and fixes; see pair_hone_diagnosis.cpp
  static std::vector<PairHone *> instances(LAMMPS *);
  static std::vector<int32_t> numbers_by_type(LAMMPS *);
  static void atom_distances(LAMMPS *, const std::string &, double *);
  static double largest_distance(LAMMPS *, const double *, int);
  void diagnose(hone_diagnosis &);

  // for the command hone/adapt; see pair_hone_adapt.cpp
  HoneModelHandle model_to_adapt();
  std::string main_head() const;
  const std::vector<int32_t> &numbers() const { return type_numbers; }
  double energy_unit() const { return energy_scale; }
  void adapt(HoneModelHandle, const std::string &);

 private:
  // what the user chose
  hone_precision precision;
  int thread_count;
  std::string head;
  std::string path;
  std::string refine_mode;    // "smooth" or "paper"; empty for the radius of the file
  double refine_radius;       // that the user gave, Angstrom; 0 where a rule chooses

  // the model of the file; what another radius made of it, and hone/adapt of that: null where it
  // stays as it is
  hone_model *model;
  hone_model *refined;
  hone_model *adapted;
  std::string adaptation;    // when and by what, for the log
  bool radius_chosen;
  // one of these with the settings above, and a workspace made of it: `prepared` says that they
  // still have them
  hone_model *configured;
  hone_workspace *workspace;
  bool prepared, reported, fallback_reported;
  double cutoff;          // of one layer, Angstrom
  int exchange_width;     // the widest exchange
  double energy_scale;    // from eV to the energy of the units in use
  std::vector<int32_t> model_numbers;    // atomic numbers that the model was made for
  std::vector<int32_t> type_numbers;     // by type: atomic number, 0 where not this model's

  // what a call of the library reads and writes: grown, never shrunk
  std::vector<int32_t> atomic_numbers;    // [nlocal + nghost]
  std::vector<int32_t> ghost_owners;      // [nghost]
  std::vector<double> forces;             // [nlocal + nghost][3]
  std::vector<double> atom_energies;      // [nlocal]
  std::vector<double> atom_virials;       // [nlocal + nghost][3][3]
  std::vector<double> owner_indices;      // [nlocal + nghost][2], rank and index

  // descriptor distances: who asks for them, and those of the last step that measured
  bool always_measures;                  // a compute does
  std::vector<bigint> guard_intervals;   // fixes do, every so many steps
  std::vector<double> distances;         // [distance_count]
  int distance_count;
  bigint distance_step;                  // -1 where there are none

  // rows that the communication under way reads and writes
  double *rows;
  int row_width;
  bool rows_are_single;
  int message_width;    // doubles per row in a message
  std::exception_ptr exchange_failure;

  void allocate();
  void read_radius(const std::string &);
  void load_model(const char *);
  void map_types(int, char **);
  void prepare();
  void find_energy_scale();
  void release_models();
  void choose_radius();
  void forget_radius();
  void forget_adaptation();
  void log_choice(const hone_radius_choice &);
  void check_exclusions();
  void check_special_bonds();
  bool any_in_group(int);
  void log_model();
  void log_domains();
  void warn_of_fallback();

  void init_diagnosis();
  bool wants_distances() const;
  void keep_distances();

  void grow_buffers(bool);
  void find_ghost_owners();
  void tally(double, const double *);
  void add_forces();
  void tally_atom_virials();

  void set_rows(double *, int, bool);
  void forward_rows(double *, int, bool);
  void reverse_rows(double *, int, bool);
  void pack_row(const double *, double *) const;
  static int32_t exchange(void *, hone_exchange_direction, int64_t, double *);

  [[noreturn]] void fail_one(const std::string &);
  void fail_together(hone_status, const std::string &);
};

}    // namespace LAMMPS_NS

#endif

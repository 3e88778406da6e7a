/* SPDX-License-Identifier: GPL-2.0-only
 *
 * pair_style hone for LAMMPS, https://www.lammps.org. This file derives from classes of LAMMPS,
 * which is under the GNU General Public License, version 2: see LICENSE in this directory.
 *
 * The radius of the model, chosen once for the structure that the first run begins with, before
 * ghosts and neighbor lists are made for it.
 */

#include "pair_hone.h"

#include "comm.h"
#include "fmt/format.h"

#include <mpi.h>

using namespace LAMMPS_NS;

static std::string radius_options(const std::string &mode, double radius)
{
  return fmt::format("{{\"mode\": \"{}\", \"radius\": {:.17g}}}", mode, radius);
}

/* ----------------------------------------------------------------------
   rank 0 chooses, for it alone has the structure; every rank then makes the same model of the
   number that it was told
------------------------------------------------------------------------- */

void PairHone::choose_radius()
{
  hone_radius_choice choice = {};
  choice.size = sizeof(choice);
  std::string options;
  if (refine_radius > 0.0) {
    options = radius_options(refine_mode, refine_radius);
  } else {
    const HoneAtoms atoms = hone_gather(lmp, type_numbers, nullptr, false);
    hone_status status = HONE_SUCCESS;
    if (comm->me == 0) {
      const hone_structure structure = atoms.structure();
      const std::string mode = fmt::format("{{\"mode\": \"{}\"}}", refine_mode);
      status = hone_refine_radius(model, 1, &structure, mode.c_str(), &choice, nullptr);
    }
    fail_together(status, "choosing a radius failed");
    MPI_Bcast(&choice, sizeof(choice), MPI_BYTE, 0, world);
    if (choice.reason == HONE_RADIUS_REFINED)
      options = radius_options(refine_mode, choice.radius);
    else if (hone_model_cutoff(model) != choice.training_radius)
      // The file is of a model that was refined for other structures. A list of neighbors that ends
      // at the radius of training is what there was before.
      options = radius_options("paper", choice.training_radius);
  }

  forget_radius();
  if (!options.empty()) {
    hone_radius_choice given = {};
    given.size = sizeof(given);
    fail_together(hone_refine_radius(model, 0, nullptr, options.c_str(), &given, &refined),
                  "refining the radius failed");
    if (refine_radius > 0.0) choice = given;
  }
  radius_chosen = true;
  log_choice(choice);
}

/* ----------------------------------------------------------------------
   the next run chooses again
------------------------------------------------------------------------- */

void PairHone::forget_radius()
{
  forget_adaptation();
  hone_model_free(refined);
  refined = nullptr;
  radius_chosen = prepared = false;
}

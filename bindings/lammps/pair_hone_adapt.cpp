/* SPDX-License-Identifier: GPL-2.0-only
 *
 * pair_style hone for LAMMPS, https://www.lammps.org. This file derives from classes of LAMMPS,
 * which is under the GNU General Public License, version 2: see LICENSE in this directory.
 *
 * Other weights than those of the file, which the command hone/adapt trains and this style then
 * computes with.
 */

#include "pair_hone.h"

#include "error.h"

using namespace LAMMPS_NS;

/* ----------------------------------------------------------------------
   called by all ranks: the model of the file, with the radius of the style, and its settings
   never the adapted one: what an adaptation may change is counted from the file
------------------------------------------------------------------------- */

HoneModelHandle PairHone::model_to_adapt()
{
  if (!model)
    error->all(FLERR, "Hone/adapt: pair_style hone has no model yet: give pair_coeff before");
  find_energy_scale();
  if (!refine_mode.empty() && !radius_chosen) choose_radius();

  hone_model *view = nullptr;
  hone_status status = hone_model_view(refined ? refined : model, &view);
  HoneModelHandle result(view);
  if (status == HONE_SUCCESS) status = hone_model_set_precision(view, precision);
  if (status == HONE_SUCCESS) status = hone_model_set_thread_count(view, thread_count);
  if (status == HONE_SUCCESS) status = hone_model_set_head(view, main_head().c_str());
  fail_together(status, "setting up the model failed");
  return result;
}

/* ---------------------------------------------------------------------- */

std::string PairHone::main_head() const
{
  return head.empty() ? hone_model_head_name(model, 0) : head;
}

/* ----------------------------------------------------------------------
   called by all ranks: the next step is computed with this model
------------------------------------------------------------------------- */

void PairHone::adapt(HoneModelHandle other, const std::string &what)
{
  forget_adaptation();
  adapted = other.release();
  adaptation = what;
  prepare();
}

/* ---------------------------------------------------------------------- */

void PairHone::forget_adaptation()
{
  hone_model_free(adapted);
  adapted = nullptr;
  prepared = false;
}

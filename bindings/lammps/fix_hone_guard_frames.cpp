/* SPDX-License-Identifier: GPL-2.0-only
 *
 * pair_style hone for LAMMPS, https://www.lammps.org. This file derives from classes of LAMMPS,
 * which is under the GNU General Public License, version 2: see LICENSE in this directory.
 *
 * The frames that fix hone/guard writes: extended XYZ, which hone and others read.
 */

#include "fix_hone_guard.h"

#include "comm.h"
#include "error.h"
#include "fmt/format.h"
#include "pair_hone.h"
#include "update.h"
#include "utils.h"

#include <cerrno>
#include <cstring>

using namespace LAMMPS_NS;

/* ----------------------------------------------------------------------
   called by all ranks: that a file cannot be written is told before the run that needs it
------------------------------------------------------------------------- */

void FixHoneGuard::open_file()
{
  int failure = 0;
  if (comm->me == 0) {
    file = fopen(path.c_str(), "a");
    failure = file ? 0 : errno;
  }
  MPI_Bcast(&failure, 1, MPI_INT, 0, world);
  if (failure)
    error->all(FLERR, "Fix hone/guard: the file {} cannot be written: {}", path, strerror(failure));
}

/* ----------------------------------------------------------------------
   the second line: box, columns, and where the frame comes from
------------------------------------------------------------------------- */

static std::string comment(const HoneAtoms &atoms, bigint step, double largest)
{
  std::string text;
  if (atoms.is_periodic()) {
    text = "Lattice=\"";
    for (int k = 0; k < 9; k++) text += fmt::format("{}{:.10g}", k ? " " : "", atoms.cell[k]);
    text += "\" ";
  }
  text += "Properties=species:S:1:pos:R:3:id:I:1:descriptor_distance:R:1 pbc=\"";
  for (int k = 0; k < 3; k++) text += std::string(k ? " " : "") + (atoms.periodic[k] ? "T" : "F");
  return text + fmt::format("\" step={} largest_descriptor_distance={:.6g}\n", step, largest);
}

/* ----------------------------------------------------------------------
   called by all ranks: all atoms, also other styles', whose species is X where no model knows it
------------------------------------------------------------------------- */

void FixHoneGuard::write_frame()
{
  const HoneAtoms atoms =
      hone_gather(lmp, PairHone::numbers_by_type(lmp), distances.data(), true);
  int failure = 0;
  if (comm->me == 0) {
    utils::print(file, "{}\n{}", atoms.numbers.size(), comment(atoms, update->ntimestep, largest));
    for (size_t i = 0; i < atoms.numbers.size(); i++) {
      const double *x = &atoms.positions[3 * i];
      const int32_t number = atoms.numbers[i];
      utils::print(file, "{} {:.10g} {:.10g} {:.10g} {} {:.6g}\n",
                   number ? hone_element_symbol(number) : "X", x[0], x[1], x[2], atoms.ids[i],
                   atoms.values[i]);
    }
    if (fflush(file) != 0 || ferror(file)) failure = errno ? errno : EIO;
  }
  MPI_Bcast(&failure, 1, MPI_INT, 0, world);
  if (failure)
    error->all(FLERR, "Fix hone/guard: writing {} failed: {}", path, strerror(failure));
  frames++;
}

/* SPDX-License-Identifier: GPL-2.0-only
 *
 * pair_style hone for LAMMPS, https://www.lammps.org. This file derives from classes of LAMMPS,
 * which is under the GNU General Public License, version 2: see LICENSE in this directory.
 *
 * A model of one rank on all of them. The library reads and writes files alone: their bytes travel,
 * so that ranks need no folder that all of them see.
 */

#include "hone_host.h"

#include "comm.h"
#include "lammps.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <mpi.h>
#include <new>
#include <unistd.h>

using namespace LAMMPS_NS;

namespace {

// A file for a moment, in a folder of its own: nobody else writes there.
class TemporaryFile {
 public:
  TemporaryFile()
  {
    const char *folder = getenv("TMPDIR");
    directory = std::string(folder && *folder ? folder : "/tmp") + "/hone-XXXXXX";
    if (!mkdtemp(&directory[0])) directory.clear();
  }
  ~TemporaryFile()
  {
    if (directory.empty()) return;
    unlink(path().c_str());
    rmdir(directory.c_str());
  }
  TemporaryFile(const TemporaryFile &) = delete;
  TemporaryFile &operator=(const TemporaryFile &) = delete;

  bool exists() const { return !directory.empty(); }
  std::string path() const { return directory + "/model.safetensors"; }

 private:
  std::string directory;
};

const char *const no_folder = "no file can be made in the folder TMPDIR, or /tmp";

// What these two give is the failure, empty for none.
std::string read_bytes(const std::string &path, std::vector<char> &bytes)
{
  FILE *file = fopen(path.c_str(), "rb");
  if (!file) return path + " cannot be read";
  char block[65536];
  for (size_t count; (count = fread(block, 1, sizeof(block), file)) > 0;)
    bytes.insert(bytes.end(), block, block + count);
  const bool failed = ferror(file);
  fclose(file);
  return failed ? path + " cannot be read" : "";
}

std::string write_bytes(const std::string &path, const std::vector<char> &bytes)
{
  FILE *file = fopen(path.c_str(), "wb");
  if (!file) return path + " cannot be written";
  const bool written = fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size();
  return fclose(file) == 0 && written ? "" : path + " cannot be written";
}

std::string bytes_of(const hone_model *model, std::vector<char> &bytes)
{
  const TemporaryFile file;
  if (!file.exists()) return no_folder;
  if (hone_model_save(model, file.path().c_str()) != HONE_SUCCESS) return hone_last_error();
  return read_bytes(file.path(), bytes);
}

std::string model_of(const std::vector<char> &bytes, HoneModelHandle &result)
{
  const TemporaryFile file;
  if (!file.exists()) return no_folder;
  const std::string failure = write_bytes(file.path(), bytes);
  if (!failure.empty()) return failure;
  hone_model *model = nullptr;
  if (hone_model_load(file.path().c_str(), &model) != HONE_SUCCESS) return hone_last_error();
  result.reset(model);
  return "";
}

}    // namespace

/* ---------------------------------------------------------------------- */

HoneModelHandle LAMMPS_NS::hone_share_model(LAMMPS *lmp, HoneModelHandle model,
                                            const std::string &what)
{
  if (lmp->comm->nprocs == 1) return model;
  const bool gives = lmp->comm->me == 0;
  std::vector<char> bytes;
  std::string failure;
  try {
    if (gives) failure = bytes_of(model.get(), bytes);
  } catch (const std::bad_alloc &) {
    failure = "memory could not be had";
  }
  hone_require(lmp, failure, what);

  auto count = static_cast<bigint>(bytes.size());
  MPI_Bcast(&count, 1, MPI_LMP_BIGINT, 0, lmp->world);
  try {
    bytes.resize(count);
  } catch (const std::bad_alloc &) {
    failure = "memory could not be had";
  }
  hone_require(lmp, failure, what);
  // MPI counts in int.
  static constexpr bigint most = 1 << 30;
  for (bigint begin = 0; begin < count; begin += most)
    MPI_Bcast(bytes.data() + begin, static_cast<int>(std::min(most, count - begin)), MPI_BYTE, 0,
              lmp->world);

  if (!gives) failure = model_of(bytes, model);
  hone_require(lmp, failure, what);
  return model;
}

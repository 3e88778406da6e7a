/* SPDX-License-Identifier: GPL-2.0-only
 *
 * pair_style hone for LAMMPS, https://www.lammps.org. This file derives from classes of LAMMPS,
 * which is under the GNU General Public License, version 2: see LICENSE in this directory.
 *
 * The plugin's entry. LAMMPS does not check that a plugin was built for it, and classes change from
 * release to release: this does, by C functions alone, before anything of LAMMPS' classes is used.
 *
 * Set by the build: HONE_LAMMPS_VERSION, as 20250722, and HONE_LAMMPS_VERSION_TEXT, "22 Jul 2025".
 */

#include "compute_hone_distance.h"
#include "compute_hone_shift.h"
#include "fix_hone_guard.h"
#include "hone_adapt.h"
#include "pair_hone.h"

#include "lammps.h"

#include <cstdio>
#include <dlfcn.h>
#include <string>

namespace {

// What LAMMPS' lammpsplugin.h declares; not all installations have that header.
struct lammpsplugin_t {
  const char *version;
  const char *style;
  const char *name;
  const char *info;
  const char *author;
  union {
    void *(*v1)(void *);
    void *(*v2)(void *, int, char **);
  } creator;
  void *handle;
};
using register_function = void (*)(lammpsplugin_t *, void *);

using version_function = int (*)(void *);
using setting_function = int (*)(void *, const char *);
using error_function = void (*)(void *, int, const char *);

template <typename F> F find(const char *name)
{
  return reinterpret_cast<F>(dlsym(RTLD_DEFAULT, name));
}

template <typename Style> void *create(void *lmp)
{
  return new Style(static_cast<LAMMPS_NS::LAMMPS *>(lmp));
}

template <typename Style> void *create_with_arguments(void *lmp, int narg, char **arg)
{
  return new Style(static_cast<LAMMPS_NS::LAMMPS *>(lmp), narg, arg);
}

// Why the plugin must not be used with this LAMMPS; empty when it may.
std::string mismatch(void *lmp)
{
  const auto version = find<version_function>("lammps_version");
  const auto setting = find<setting_function>("lammps_extract_setting");
  if (!version || !setting)
    return "its version cannot be found out, because its library functions are not visible";

  const int running = version(lmp);
  if (running != HONE_LAMMPS_VERSION)
    return "it is version " + std::to_string(running) + ", and the plugin was built for " +
        std::to_string(HONE_LAMMPS_VERSION);

  const struct {
    const char *name;
    int size;
  } integers[] = {{"bigint", sizeof(LAMMPS_NS::bigint)},
                  {"tagint", sizeof(LAMMPS_NS::tagint)},
                  {"imageint", sizeof(LAMMPS_NS::imageint)}};
  for (const auto &integer : integers) {
    const int size = setting(lmp, integer.name);
    if (size != integer.size)
      return std::string("its ") + integer.name + " has " + std::to_string(size) +
          " bytes, and the plugin was built for " + std::to_string(integer.size);
  }
  return "";
}

// On rank 0, by LAMMPS where that is possible.
void tell(void *lmp, const std::string &message)
{
  const auto setting = find<setting_function>("lammps_extract_setting");
  if (setting && setting(lmp, "world_rank") > 0) return;
  const auto warn = find<error_function>("lammps_error");
  if (warn)
    warn(lmp, 0, message.c_str());
  else
    fprintf(stderr, "WARNING: %s\n", message.c_str());
}

}    // namespace

extern "C" void lammpsplugin_init(void *lmp, void *handle, void *regfunc)
{
  const std::string reason = mismatch(lmp);
  if (!reason.empty()) {
    tell(lmp, "pair style hone is not available in this LAMMPS: " + reason +
             "; build the plugin for it with 'make lammps'");
    return;
  }

  const auto add = reinterpret_cast<register_function>(regfunc);
  lammpsplugin_t plugin = {};
  plugin.version = HONE_LAMMPS_VERSION_TEXT;
  plugin.author = "the hone developers";
  plugin.handle = handle;

  plugin.style = "pair";
  plugin.name = "hone";
  plugin.info = "pair style hone, MACE and SevenNet force fields";
  plugin.creator.v1 = &create<LAMMPS_NS::PairHone>;
  add(&plugin, lmp);

  plugin.style = "compute";
  plugin.name = "hone/distance";
  plugin.info = "compute style hone/distance, how far atoms are from the training data";
  plugin.creator.v2 = &create_with_arguments<LAMMPS_NS::ComputeHoneDistance>;
  add(&plugin, lmp);

  plugin.name = "hone/shift";
  plugin.info = "compute style hone/shift, how the structure differs from the training data";
  plugin.creator.v2 = &create_with_arguments<LAMMPS_NS::ComputeHoneShift>;
  add(&plugin, lmp);

  plugin.style = "fix";
  plugin.name = "hone/guard";
  plugin.info = "fix style hone/guard, ends runs that leave the training data";
  plugin.creator.v2 = &create_with_arguments<LAMMPS_NS::FixHoneGuard>;
  add(&plugin, lmp);

  plugin.style = "command";
  plugin.name = "hone/adapt";
  plugin.info = "command hone/adapt, weights adapted to the structure by a cheap prior";
  plugin.creator.v1 = &create<LAMMPS_NS::HoneAdapt>;
  add(&plugin, lmp);
}

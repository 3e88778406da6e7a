/* SPDX-License-Identifier: GPL-2.0-only
 *
 * pair_style hone for LAMMPS, https://www.lammps.org. This file derives from classes of LAMMPS,
 * which is under the GNU General Public License, version 2: see LICENSE in this directory.
 *
 * The arguments of hone/adapt, and the options of the library that follow from them.
 */

#include "hone_adapt_settings.h"

#include "error.h"
#include "fmt/format.h"
#include "lammps.h"
#include "utils.h"

#include <algorithm>

using namespace LAMMPS_NS;

static const char *const keyword_names =
    "command, prior_head, preset, targets, part, steps, seed, dynamics, charge, multiplicity, "
    "replay, file, refused, max_atoms or settings";

static bool is_one_of(const std::string &value, std::initializer_list<const char *> names)
{
  return std::any_of(names.begin(), names.end(), [&value](const char *n) { return value == n; });
}

// A string of JSON.
static std::string quoted(const std::string &text)
{
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    if (static_cast<unsigned char>(c) < 0x20)
      result += fmt::format("\\u{:04x}", static_cast<int>(c));
    else
      result += c;
  }
  return result + "\"";
}

/* ----------------------------------------------------------------------
   hone/adapt prior NAME keyword value ...
   hone/adapt prior pair "STYLE ARGUMENTS" "I J ARGUMENTS" ... keyword value ...
------------------------------------------------------------------------- */

HoneAdaptSettings::HoneAdaptSettings(LAMMPS *lmp, int narg, char **arg)
{
  int iarg = read_prior(lmp, narg, arg);
  while (iarg < narg) iarg += read_keyword(lmp, narg - iarg, arg + iarg);
  if (!commands.empty() && pair_style.empty())
    lmp->error->all(FLERR, "Hone/adapt: command is for prior pair, not for the prior {}", prior);
}

/* ----------------------------------------------------------------------
   returns how many arguments it took; those with a blank are of pair_coeff
------------------------------------------------------------------------- */

int HoneAdaptSettings::read_prior(LAMMPS *lmp, int narg, char **arg)
{
  if (narg < 2 || std::string(arg[0]) != "prior")
    lmp->error->all(FLERR, "Hone/adapt: expected hone/adapt prior NAME, or prior pair STYLE and "
                           "coefficients, and keywords");
  if (std::string(arg[1]) != "pair") {
    prior = arg[1];
    return 2;
  }
  if (narg < 3) lmp->error->all(FLERR, "Hone/adapt: no pair style after prior pair");
  pair_style = arg[2];
  int iarg = 3;
  while (iarg < narg && utils::split_words(arg[iarg]).size() > 1)
    coefficients.push_back(arg[iarg++]);
  return iarg;
}

/* ----------------------------------------------------------------------
   returns how many arguments it took
------------------------------------------------------------------------- */

int HoneAdaptSettings::read_keyword(LAMMPS *lmp, int narg, char **arg)
{
  Error *error = lmp->error;
  const std::string keyword = arg[0];
  if (!is_one_of(keyword, {"command", "prior_head", "preset", "targets", "part", "steps", "seed",
                           "dynamics", "charge", "multiplicity", "replay", "file", "refused",
                           "max_atoms", "settings"}))
    error->all(FLERR, "Hone/adapt: unknown keyword {}: use {}", keyword, keyword_names);
  if (narg < 2) error->all(FLERR, "Hone/adapt: no value after {}", keyword);
  const std::string value = arg[1];
  const auto whole = [&](int64_t least) {
    const int64_t number = utils::bnumeric(FLERR, value, false, lmp);
    if (number < least)
      error->all(FLERR, "Hone/adapt: {} is {} or more, not {}", keyword, least, value);
    return number;
  };
  const auto choice = [&](std::initializer_list<const char *> names, const char *text) {
    if (!is_one_of(value, names))
      error->all(FLERR, "Hone/adapt: {} is {}, not {}", keyword, text, value);
    return fmt::format("{}: {}", quoted(keyword), quoted(value));
  };

  if (keyword == "command") {
    commands.push_back(value);
  } else if (keyword == "prior_head") {
    members.push_back(fmt::format("{}: {}", quoted(keyword), quoted(value)));
  } else if (keyword == "preset") {
    members.push_back(choice({"standard", "paper"}, "standard or paper"));
  } else if (keyword == "targets") {
    members.push_back(choice({"corrected", "prior"}, "corrected or prior"));
  } else if (keyword == "part") {
    members.push_back(choice({"min", "med", "max"}, "min, med or max"));
  } else if (keyword == "steps") {
    members.push_back(fmt::format("\"steps\": {}", whole(1)));
  } else if (keyword == "seed") {
    members.push_back(fmt::format("\"seed\": {}", whole(0)));
  } else if (keyword == "dynamics") {
    if (narg < 3) error->all(FLERR, "Hone/adapt: expected dynamics and a temperature and a count");
    temperature = utils::numeric(FLERR, value, false, lmp);
    structure_count = utils::bnumeric(FLERR, arg[2], false, lmp);
    if (!(temperature > 0.0) || structure_count < 1 || structure_count > 1000000)
      error->all(FLERR, "Hone/adapt: dynamics is a temperature above 0 K and a count from 1 to "
                        "1000000, not {} {}", value, arg[2]);
    has_dynamics = true;
    return 3;
  } else if (keyword == "charge") {
    charge = utils::numeric(FLERR, value, false, lmp);
  } else if (keyword == "multiplicity") {
    multiplicity = static_cast<int32_t>(std::min<int64_t>(whole(1), 1000000));
  } else if (keyword == "replay") {
    replay = value;
  } else if (keyword == "file") {
    file = value;
  } else if (keyword == "refused") {
    choice({"error", "continue"}, "error or continue");
    continues = value == "continue";
  } else if (keyword == "max_atoms") {
    most_atoms = whole(1);
  } else {
    read_json(lmp, value);
  }
  return 2;
}

/* ----------------------------------------------------------------------
   the members of an object; the library reads them
------------------------------------------------------------------------- */

void HoneAdaptSettings::read_json(LAMMPS *lmp, const std::string &text)
{
  const std::string object = utils::trim(text);
  if (object.size() < 2 || object.front() != '{' || object.back() != '}')
    lmp->error->all(FLERR, "Hone/adapt: settings is a JSON object such as "
                           "'{{\"tolerance\": 0.05}}', not {}", text);
  if (!given.empty())
    lmp->error->all(FLERR, "Hone/adapt: settings is there twice: give one object");
  given = utils::trim(object.substr(1, object.size() - 2));
}

/* ----------------------------------------------------------------------
   where a name is there twice the last one counts: what was given as JSON
------------------------------------------------------------------------- */

std::string HoneAdaptSettings::options(const std::string &main_head) const
{
  std::string result = "{\"main_head\": " + quoted(main_head);
  result += fmt::format(", \"dynamics\": {{\"temperature\": {:.17g}, \"steps\": {}, "
                        "\"interval\": {}}}", temperature, structure_count * interval, interval);
  for (const std::string &member : members) result += ", " + member;
  if (!given.empty()) result += ", " + given;
  return result + "}";
}

/* ---------------------------------------------------------------------- */

std::string HoneAdaptSettings::prior_name() const
{
  return pair_style.empty() ? prior : "pair " + pair_style;
}

// SPDX-License-Identifier: MIT
// Energy and forces of a structure in a file, with the C++ wrapper.
//
//   c++ -std=c++11 energy.cpp $(pkg-config --cflags --libs hone) -o energy
//   ./energy MODEL STRUCTURE.xyz
#include <cstdio>
#include <exception>
#include <fstream>
#include <hone.hpp>
#include <sstream>
#include <stdexcept>
#include <string>

namespace {

const char* const symbols[] = {
    "",   "H",  "He", "Li", "Be", "B",  "C",  "N",  "O",  "F",  "Ne", "Na", "Mg", "Al", "Si", "P",
    "S",  "Cl", "Ar", "K",  "Ca", "Sc", "Ti", "V",  "Cr", "Mn", "Fe", "Co", "Ni", "Cu", "Zn", "Ga",
    "Ge", "As", "Se", "Br", "Kr", "Rb", "Sr", "Y",  "Zr", "Nb", "Mo", "Tc", "Ru", "Rh", "Pd", "Ag",
    "Cd", "In", "Sn", "Sb", "Te", "I",  "Xe", "Cs", "Ba", "La", "Ce", "Pr", "Nd", "Pm", "Sm", "Eu",
    "Gd", "Tb", "Dy", "Ho", "Er", "Tm", "Yb", "Lu", "Hf", "Ta", "W",  "Re", "Os", "Ir", "Pt", "Au",
    "Hg", "Tl", "Pb", "Bi", "Po", "At", "Rn", "Fr", "Ra", "Ac", "Th", "Pa", "U",  "Np", "Pu"};

std::int32_t atomic_number(const std::string& symbol) {
  for (std::int32_t number = 1; number <= 94; number++)
    if (symbol == symbols[number]) return number;
  throw std::runtime_error("unknown element " + symbol);
}

/// The text of key="text" in the comment of an extended XYZ file, or nothing.
std::string quoted(const std::string& comment, const std::string& key) {
  const std::size_t at = comment.find(key + "=\"");
  if (at == std::string::npos) return "";
  const std::size_t start = at + key.size() + 2;
  return comment.substr(start, comment.find('"', start) - start);
}

/// Reads the first frame; elements and positions must be the first columns.
hone::Structure read_xyz(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::size_t count = 0;
  if (!std::getline(file, line) || !(std::istringstream(line) >> count))
    throw std::runtime_error(path + " does not start with the number of atoms");
  hone::Structure structure;
  std::getline(file, line);
  std::istringstream cell(quoted(line, "Lattice")), flags(quoted(line, "pbc"));
  for (double value; cell >> value;) structure.cell.push_back(value);
  if (!structure.cell.empty())
    for (std::string flag; flags >> flag;) structure.periodic.push_back(flag == "T");
  for (std::size_t i = 0; i < count; i++) {
    std::string symbol;
    double x, y, z;
    if (!std::getline(file, line) || !(std::istringstream(line) >> symbol >> x >> y >> z))
      throw std::runtime_error(path + " ends before its last atom");
    structure.atomic_numbers.push_back(atomic_number(symbol));
    structure.positions.insert(structure.positions.end(), {x, y, z});
  }
  return structure;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: %s MODEL STRUCTURE.xyz\n", argv[0]);
    return 2;
  }
  try {
    const hone::Structure structure = read_xyz(argv[2]);
    hone::Model model(argv[1]);
    model.set_precision(HONE_FLOAT64);
    const hone::Result result =
        model.compute(structure, hone::energy | hone::forces | hone::virial);
    std::printf("energy %.10f eV\n", result.energy);
    std::printf("virial xx yy zz %.8f %.8f %.8f eV\n", result.virial[0], result.virial[4],
                result.virial[8]);
    for (std::size_t i = 0; i < result.forces.size(); i += 3)
      std::printf("force %zu %14.8f %14.8f %14.8f eV/A\n", i / 3, result.forces[i],
                  result.forces[i + 1], result.forces[i + 2]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}

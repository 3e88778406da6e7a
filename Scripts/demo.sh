#!/usr/bin/env bash
# Shows what hone does with a real model: the equation of state of rock salt, then dynamics of 64
# atoms from C and from Fortran.
#
#   Scripts/demo.sh BUILD_FOLDER
#
# SevenNet-0 (Park et al., J. Chem. Theory Comput. 20, 4857 (2024)) comes in the wheel of sevenn,
# of which nothing but the checkpoint is used.
set -euo pipefail

built=$(cd "$1" && pwd)
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
model=$built/sevennet/SevenNet_0__11Jul2024/checkpoint_sevennet_0.pth
salt=()
if [ ! -e "$model" ]; then
  echo "Fetching SevenNet-0 (from the wheel of sevenn; only its checkpoints are used)."
  if ! Scripts/fetch-sevennet.sh "$built/sevennet"; then
    echo
    echo "SevenNet-0 cannot be fetched here. What follows uses a small model with RANDOM weights that"
    echo "the project carries: it shows that the programs work, and its numbers mean nothing."
    model=$root/Tests/Golden/sevennet/bias.pth
    salt=(5.39 6 8)
  fi
fi

mkdir -p "$built/demo"
for name in equation_of_state nve; do
  "${CC:-cc}" -std=c99 -O2 -I"$built/include" "bindings/c/$name.c" -o "$built/demo/$name" \
    -L"$built/lib" -lhone -lm -Wl,-rpath,"$built/lib"
done
"${FC:-gfortran}" -O2 -I"$built/include" bindings/fortran/nve.f90 -o "$built/demo/nve_fortran" \
  -L"$built/lib" -lhone_fortran -lhone -Wl,-rpath,"$built/lib"

echo
echo "== Rock salt: energy and pressure against the lattice constant (C) =="
"$built/demo/equation_of_state" "$model" "${salt[@]}"
if [ ${#salt[@]} -eq 0 ]; then
  echo "(PBE, which SevenNet-0 learned from: 5.70 A, 24 GPa; experiment: 5.60 A at 0 K, 27 GPa)"
fi

steps=(500)
[ ${#salt[@]} -eq 0 ] || steps=(200 "${salt[0]}" "${salt[1]}" 12.011 "${salt[2]}" 15.999)
echo
echo "== Dynamics of 64 atoms at constant energy, from C =="
time "$built/demo/nve" "$model" "${steps[@]}"
echo
echo "== The same from Fortran =="
time "$built/demo/nve_fortran" "$model" "${steps[@]}"

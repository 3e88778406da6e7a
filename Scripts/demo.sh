#!/usr/bin/env bash
# Shows what hone does with real models: molecules that its own small model was not trained on, their
# dynamics, and, where SevenNet-0 can be fetched, rock salt from C and from Fortran.
#
#   Scripts/demo.sh BUILD_FOLDER
#
# SevenNet-0 (Park et al., J. Chem. Theory Comput. 20, 4857 (2024)) comes in the wheel of sevenn,
# of which nothing but the checkpoint is used.
set -euo pipefail

built=$(cd "$1" && pwd)
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
own=share/hone/organic-xtb.safetensors
mkdir -p "$built/demo"
for name in energy equation_of_state nve; do
  "${CC:-cc}" -std=c99 -O2 -I"$built/include" "bindings/c/$name.c" -o "$built/demo/$name" \
    -L"$built/lib" -lhone -lm -Wl,-rpath,"$built/lib"
done
"${FC:-gfortran}" -O2 -I"$built/include" bindings/fortran/nve.f90 -o "$built/demo/nve_fortran" \
  -L"$built/lib" -lhone_fortran -lhone -Wl,-rpath,"$built/lib"

if [ -x "$built/bin/hone" ]; then
  echo
  echo "== The small model that comes with hone, and molecules it was not trained on =="
  "$built/bin/hone" evaluate "$own" share/hone/held-out.xyz --by molecule --plot "$built/demo/parity.svg"
  echo "(beside GFN2-xTB; $built/demo/parity.svg shows every energy and force)"
  echo
  echo "== Dynamics of ethanol with two molecules of water at constant energy =="
  "$built/bin/hone" md "$own" share/hone/held-out.xyz --steps 2000 --temperature 300 --interval 400 \
    --trajectory "$built/demo/ethanol-water.xyz"
fi

echo
echo "== Energy and forces of ethanol with two molecules of water, from C =="
"$built/demo/energy" "$own" share/hone/held-out.xyz

model=$built/sevennet/SevenNet_0__11Jul2024/checkpoint_sevennet_0.pth
if [ ! -e "$model" ]; then
  echo
  echo "Fetching SevenNet-0 (from the wheel of sevenn; only its checkpoints are used)."
  if ! Scripts/fetch-sevennet.sh "$built/sevennet"; then
    echo "SevenNet-0 cannot be fetched here, so rock salt is left out."
    exit 0
  fi
fi

echo
echo "== Rock salt: energy and pressure against the lattice constant (C) =="
"$built/demo/equation_of_state" "$model"
echo "(PBE, which SevenNet-0 learned from: 5.70 A, 24 GPa; experiment: 5.60 A at 0 K, 27 GPa)"
echo
echo "== Dynamics of 64 atoms at constant energy, from C =="
time "$built/demo/nve" "$model" 500
echo
echo "== The same from Fortran =="
time "$built/demo/nve_fortran" "$model" 500

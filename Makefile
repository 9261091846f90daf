# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# `make help` lists the targets. Variables worth setting: BUILD, PREFIX, DESTDIR, CC, CFLAGS,
# WERROR=-Werror, V=1 (show the commands), PARTS (build only these floors of src/), SHARED=1 and
# PIE=-pie (a command that needs its shared libraries, at any address).

BUILD ?= build
PARTS ?= base numeric model machine plan run preset scenario report cli
PREFIX ?= /usr/local
DESTDIR ?=
CC ?= cc
HOSTCC ?= $(CC)
CFLAGS ?= -O2 -g
WERROR ?=
V ?= 0

BINDIR ?= $(PREFIX)/bin
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
DATADIR ?= $(PREFIX)/share
MANDIR ?= $(PREFIX)/share/man
BASHDIR ?= $(DATADIR)/bash-completion/completions
ZSHDIR ?= $(DATADIR)/zsh/site-functions
FISHDIR ?= $(DATADIR)/fish/vendor_completions.d

VERSION = $(shell sed -n 's/^\#define TB_VERSION "\(.*\)"/\1/p' include/trainbudget/version.h)
SOVERSION = 0
PKGS = gsl yaml-0.1 jansson libmd

Q = $(if $(filter-out 0,$(V)),,@)
say = $(if $(filter-out 0,$(V)),@:,@printf '  %-7s %s\n')
# A build that starts itself again uses every core unless it was told how many.
jobs = $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(shell nproc 2>/dev/null || echo 1))

# Asked for once, when the first compiler line needs it: `make deps` must work without pkg-config.
PKG_CFLAGS = $(eval PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null))$(PKG_CFLAGS)
PKG_LIBS = $(eval PKG_LIBS := $(shell pkg-config --libs $(PKGS) 2>/dev/null))$(PKG_LIBS)

WARN = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wdouble-promotion -Wstrict-prototypes \
       -Wmissing-prototypes -Wvla -Wformat=2 -Wwrite-strings -Wundef
BASE_CFLAGS = -std=c11 $(WARN) $(WERROR) -ffp-contract=off -fPIC -fopenmp
ALL_CFLAGS = $(BASE_CFLAGS) -Iinclude -Isrc -I$(BUILD)/gen $(PKG_CFLAGS) $(CPPFLAGS) $(CFLAGS)
LIBS = $(LDFLAGS) $(PKG_LIBS) -lcsv -lm -fopenmp
# Finding, mapping and binding nine shared libraries is most of what a short command takes. So the
# command takes what it needs from their archives where the compiler finds one (SHARED=1: never), and
# stands at a fixed address, which spares it some thousand relocations (PIE=-pie: where it must not).
SHARED ?=
PIE ?= -no-pie
archive = $(if $(SHARED),,$(filter /%,$(shell $(CC) -print-file-name=lib$(1).a)))
in_archive = $(if $(filter -lm,$(1)),$(1),$(or $(call archive,$(1:-l%=%)),$(1)))
COMMAND_LIBS = $(LDFLAGS) $(foreach l,$(PKG_LIBS) -lcsv -lm,$(if $(filter -l%,$l),$(call in_archive,$l),$l)) \
               $(call archive,gomp) -Wl,--as-needed -fopenmp

LIB_SRC = $(foreach p,$(filter-out cli,$(PARTS)),$(wildcard src/$(p)/*.c))
CLI_SRC = $(if $(filter cli,$(PARTS)),$(wildcard src/cli/*.c))
# The generator reads the presets with the library's own reader.
EMBED_SRC = $(if $(filter preset,$(PARTS)),$(wildcard src/preset/gen/embed.c src/preset/yaml.c src/preset/packed.c \
              src/preset/names.c src/preset/file.c src/base/*.c))
GEN_OBJ = $(if $(EMBED_SRC),$(BUILD)/obj/gen/builtin.o)
LIB_OBJ = $(LIB_SRC:%.c=$(BUILD)/obj/%.o) $(GEN_OBJ)
CLI_OBJ = $(CLI_SRC:%.c=$(BUILD)/obj/%.o)
TEST_SRC = $(foreach p,$(PARTS),$(wildcard tests/unit/$(p)/test_*.c))
TEST_BIN = $(TEST_SRC:%.c=$(BUILD)/%)
BENCH_BIN = $(patsubst %.c,$(BUILD)/%,$(wildcard tests/bench/*.c))
SUPPORT_OBJ = $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tests/support/*.c))
PRESET_FILES = $(shell find presets 2>/dev/null)

LIB_A = $(BUILD)/libtrainbudget.a
SONAME = libtrainbudget.so.$(SOVERSION)
LIB_SO = $(BUILD)/libtrainbudget.so.$(VERSION)
PC = $(BUILD)/trainbudget.pc
COMMAND = $(if $(wildcard src/cli/main.c),$(if $(filter cli,$(PARTS)),$(BUILD)/trainbudget))
TB = $(abspath $(BUILD)/trainbudget)

## all: build the command, both libraries and the pkg-config file
all: $(COMMAND) lib

## lib: build the static and the shared library and the pkg-config file
lib: $(LIB_A) $(LIB_SO) $(PC)

$(BUILD)/obj/%.o: %.c
	$(say) CC $<
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

# The presets, turned into C by a program of the build machine.
$(BUILD)/embed: $(EMBED_SRC)
	$(say) HOSTCC $@
	$(Q)mkdir -p $(@D)
	$(Q)$(HOSTCC) $(ALL_CFLAGS) $(EMBED_SRC) -o $@ $(LIBS)

$(BUILD)/gen/builtin.c: $(BUILD)/embed $(PRESET_FILES)
	$(say) GEN $@
	$(Q)mkdir -p $(@D)
	$(Q)$(BUILD)/embed presets $@ || { rm -f $@; exit 1; }

$(BUILD)/obj/gen/builtin.o: $(BUILD)/gen/builtin.c
	$(say) CC $<
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

$(LIB_A): $(LIB_OBJ)
	$(say) AR $@
	$(Q)rm -f $@
	$(Q)ar rcs $@ $^

# Only what the public headers name leaves the shared library.
$(BUILD)/exports.map: $(wildcard include/trainbudget/*.h)
	$(Q)mkdir -p $(@D)
	$(Q){ echo 'TRAINBUDGET_$(SOVERSION) {'; echo '  global:'; \
	  sed -n 's/.*\(tb_[a-z0-9_]*\)(.*/    \1;/p' $^ | sort -u; \
	  echo '  local: *;'; echo '};'; } > $@

$(LIB_SO): $(LIB_OBJ) $(BUILD)/exports.map
	$(say) LD $@
	$(Q)$(CC) $(CFLAGS) -shared -Wl,-soname,$(SONAME) -Wl,--version-script=$(BUILD)/exports.map \
	  $(LIB_OBJ) -o $@ $(LIBS)
	$(Q)ln -sf $(@F) $(BUILD)/$(SONAME)
	$(Q)ln -sf $(SONAME) $(BUILD)/libtrainbudget.so

define PC_TEXT
prefix=$(PREFIX)
libdir=$(LIBDIR)
includedir=$(INCLUDEDIR)

Name: trainbudget
Description: Estimates what training a large language model takes
Version: $(VERSION)
Requires.private: $(PKGS)
Libs: -L$${libdir} -ltrainbudget
Libs.private: -lcsv -lm -fopenmp
Cflags: -I$${includedir}
endef
export PC_TEXT

# Written anew each time: PREFIX may have changed since the last build.
$(PC): FORCE
	$(Q)mkdir -p $(@D)
	$(Q)printf '%s\n' "$$PC_TEXT" > $@

$(BUILD)/trainbudget: $(CLI_OBJ) $(LIB_A)
	$(say) LD $@
	$(Q)$(CC) $(CFLAGS) $(PIE) $^ -o $@ $(COMMAND_LIBS)

define LINK_TEST
$(say) TEST $<
$(Q)mkdir -p $(@D)
$(Q)$(CC) $(ALL_CFLAGS) -Itests/support -MMD -MP -MF $@.d $(filter %.c %.o,$^) $(LIB_A) -o $@ \
  $(LIBS) -lcmocka
endef

$(BUILD)/tests/unit/%: tests/unit/%.c $(SUPPORT_OBJ) $(LIB_A)
	$(LINK_TEST)

# Tests of the command's own parts get its objects but main.
$(BUILD)/tests/unit/cli/%: tests/unit/cli/%.c $(SUPPORT_OBJ) $(filter-out %/main.o,$(CLI_OBJ)) $(LIB_A)
	$(LINK_TEST)

# Tools of the tests, with the tests' own reading of tables.
$(BUILD)/tests/tools/%: tests/tools/%.c $(SUPPORT_OBJ) $(LIB_A)
	$(LINK_TEST)

$(BUILD)/tests/bench/%: tests/bench/%.c $(LIB_A)
	$(say) BENCH $<
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -MF $@.d $< $(LIB_A) -o $@ $(LIBS)

## deps: install the missing Debian or Ubuntu packages, or list what is needed elsewhere
deps:
	@sh .ci/deps

## demo: install missing packages, build, and print one estimate
demo: deps
	@$(MAKE) --no-print-directory $(jobs) all
	@echo '$$ trainbudget --preset v4pro-post --chip 910c'
	@$(BUILD)/trainbudget --preset v4pro-post --chip 910c

## check: install missing packages, build, and run all tests
check: deps
	@$(MAKE) --no-print-directory $(jobs) all test-programs
	@rm -f $(BUILD)/tally
	@for suite in unit cli presets house; do \
	  $(MAKE) --no-print-directory TALLY=$(abspath $(BUILD))/tally check-$$suite || \
	    echo "$$suite 0 0 0 failed" >> $(BUILD)/tally; \
	done; sh tests/support/total.sh $(BUILD)/tally

test-programs: $(TEST_BIN)

## check-unit: run the unit tests of the chosen PARTS
check-unit: $(TEST_BIN)
	@TALLY='$(TALLY)' V=$(V) BUILD=$(BUILD) sh tests/support/unit.sh $(TEST_BIN)

## check-cli: compare what the command prints with the recorded texts of tests/cli
check-cli: $(COMMAND)
	@TALLY='$(TALLY)' TB=$(TB) BUILD=$(BUILD) sh tests/cli/run.sh

## check-presets: check every preset for ranges, units, sources and references
check-presets: $(COMMAND)
	@TALLY='$(TALLY)' TB=$(TB) sh tests/support/presets.sh

## check-house: hold the sources to the laws of docs/design.md
check-house: $(COMMAND) $(LIB_SO)
	@TALLY='$(TALLY)' TB=$(TB) BUILD=$(BUILD) sh tests/house/run.sh

## check-configs: count the config.json files of DIR and compare with TABLE (DIR/counts.csv)
check-configs: $(BUILD)/tests/tools/check_configs
	@$< '$(DIR)' $(if $(TABLE),'$(TABLE)')

ASAN_CFLAGS = -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

## check-asan: run the unit and command tests under the address and undefined sanitizers
check-asan:
	@$(MAKE) --no-print-directory $(jobs) BUILD=$(BUILD)/asan CFLAGS='$(ASAN_CFLAGS)' all test-programs
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/asan CFLAGS='$(ASAN_CFLAGS)' \
	  check-unit check-cli check-presets

## check-valgrind: run the unit tests and some commands under valgrind
check-valgrind: all test-programs
	@TB=$(TB) BUILD=$(BUILD) sh tests/support/valgrind.sh $(TEST_BIN)

## check-slow: run the sanitizers and valgrind
check-slow:
	@$(MAKE) --no-print-directory check-asan
	@$(MAKE) --no-print-directory check-valgrind

C_FILES = $(shell find src include tests -name '*.[ch]' 2>/dev/null | sort)

## lint: check format, banned functions, sizes, and run cppcheck
lint:
	clang-format --dry-run -Werror $(C_FILES)
	sh tests/house/run.sh banned size
	cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr \
	  --suppress=missingIncludeSystem --error-exitcode=1 -Iinclude -Isrc src

## format: rewrite the C sources the way clang-format 14 prints them
format:
	clang-format -i $(C_FILES)

## coverage: write an HTML report of the lines that the tests run to BUILD/coverage/html
coverage:
	$(MAKE) --no-print-directory $(jobs) BUILD=$(BUILD)/coverage CFLAGS='-O0 -g --coverage' all test-programs
	-$(MAKE) --no-print-directory BUILD=$(BUILD)/coverage CFLAGS='-O0 -g --coverage' \
	  check-unit check-cli check-presets
	lcov --quiet --capture --directory $(BUILD)/coverage --base-directory . --no-external \
	  --output-file $(BUILD)/coverage/all.info
	lcov --quiet --remove $(BUILD)/coverage/all.info '*/tests/*' '*/gen/*' \
	  --output-file $(BUILD)/coverage/src.info
	genhtml --quiet --output-directory $(BUILD)/coverage/html $(BUILD)/coverage/src.info
	lcov --summary $(BUILD)/coverage/src.info

## bench: time the command and the parts of an estimate
bench: all $(BENCH_BIN)
	@TB=$(TB) sh tests/support/bench.sh $(BENCH_BIN)

## priors: fit the MFU priors to the published runs anew and compare them with the presets
priors: $(COMMAND)
	$(BUILD)/trainbudget fit mfu presets/observations/pretrain_runs.csv \
	  presets/observations/ascend_runs.csv -o $(BUILD)/priors.yaml
	cat $(BUILD)/priors.yaml
	diff $(BUILD)/priors.yaml presets/priors.yaml && echo 'as in presets/priors.yaml'

## calibrate: fit the constants of steps and of post-training anew and compare with the presets
calibrate: $(COMMAND)
	$(BUILD)/trainbudget fit posttrain presets/observations/posttrain_runs.csv \
	  -o $(BUILD)/posttrain.yaml
	diff $(BUILD)/posttrain.yaml presets/posttrain.yaml && echo 'as in presets/posttrain.yaml'
	$(BUILD)/trainbudget fit throughput presets/observations/throughput.csv \
	  -o $(BUILD)/constants.yaml
	diff $(BUILD)/constants.yaml presets/constants.yaml && echo 'as in presets/constants.yaml'

MAN_FILES = $(wildcard docs/man/*.[1357])
HEADERS = $(wildcard include/trainbudget/*.h)
SCHEMAS = $(wildcard docs/schema/*.json)
SCHEMADIR = $(DATADIR)/trainbudget/schema
# Deepest first; those of the system stay.
INSTALL_DIRS = $(SCHEMADIR) $(DATADIR)/trainbudget $(BASHDIR) $(ZSHDIR) $(FISHDIR) \
  $(DATADIR)/bash-completion $(DATADIR)/zsh $(DATADIR)/fish \
  $(sort $(foreach p,$(MAN_FILES),$(MANDIR)/man$(subst .,,$(suffix $(p))))) \
  $(INCLUDEDIR)/trainbudget $(LIBDIR)/pkgconfig \
  $(if $(filter /usr /usr/local,$(PREFIX)),,$(MANDIR) $(DATADIR) $(BINDIR) $(LIBDIR) $(INCLUDEDIR))

## install: install under DESTDIR and PREFIX (/usr/local)
install: all
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(LIBDIR)/pkgconfig \
	  $(DESTDIR)$(INCLUDEDIR)/trainbudget
	install -m 755 $(BUILD)/trainbudget $(DESTDIR)$(BINDIR)/trainbudget
	install -m 644 $(LIB_A) $(DESTDIR)$(LIBDIR)/libtrainbudget.a
	install -m 755 $(LIB_SO) $(DESTDIR)$(LIBDIR)/libtrainbudget.so.$(VERSION)
	ln -sf libtrainbudget.so.$(VERSION) $(DESTDIR)$(LIBDIR)/$(SONAME)
	ln -sf $(SONAME) $(DESTDIR)$(LIBDIR)/libtrainbudget.so
	install -m 644 $(PC) $(DESTDIR)$(LIBDIR)/pkgconfig/trainbudget.pc
	install -m 644 $(HEADERS) $(DESTDIR)$(INCLUDEDIR)/trainbudget/
	@set -e; for page in $(MAN_FILES); do \
	  section=$(DESTDIR)$(MANDIR)/man$${page##*.}; \
	  install -d $$section; install -m 644 $$page $$section/; \
	done
	install -d $(DESTDIR)$(BASHDIR) $(DESTDIR)$(ZSHDIR) $(DESTDIR)$(FISHDIR) $(DESTDIR)$(SCHEMADIR)
	install -m 644 docs/completion/trainbudget.bash $(DESTDIR)$(BASHDIR)/trainbudget
	install -m 644 docs/completion/trainbudget.zsh $(DESTDIR)$(ZSHDIR)/_trainbudget
	install -m 644 docs/completion/trainbudget.fish $(DESTDIR)$(FISHDIR)/trainbudget.fish
	install -m 644 $(SCHEMAS) $(DESTDIR)$(SCHEMADIR)/

## uninstall: remove what install put there
uninstall:
	rm -f $(DESTDIR)$(BINDIR)/trainbudget $(DESTDIR)$(LIBDIR)/libtrainbudget.a \
	  $(DESTDIR)$(LIBDIR)/libtrainbudget.so $(DESTDIR)$(LIBDIR)/$(SONAME) \
	  $(DESTDIR)$(LIBDIR)/libtrainbudget.so.$(VERSION) \
	  $(DESTDIR)$(LIBDIR)/pkgconfig/trainbudget.pc
	rm -f $(HEADERS:include/%=$(DESTDIR)$(INCLUDEDIR)/%)
	@for page in $(MAN_FILES); do \
	  rm -f $(DESTDIR)$(MANDIR)/man$${page##*.}/$${page##*/}; \
	done
	rm -f $(DESTDIR)$(BASHDIR)/trainbudget $(DESTDIR)$(ZSHDIR)/_trainbudget \
	  $(DESTDIR)$(FISHDIR)/trainbudget.fish $(SCHEMAS:docs/schema/%=$(DESTDIR)$(SCHEMADIR)/%)
	@rmdir $(addprefix $(DESTDIR),$(INSTALL_DIRS)) 2>/dev/null || true

## dist: write BUILD/trainbudget-VERSION.tar.gz
dist:
	@mkdir -p $(BUILD)
	git archive --format=tar.gz --prefix=trainbudget-$(VERSION)/ \
	  -o $(BUILD)/trainbudget-$(VERSION).tar.gz HEAD

## clean: remove BUILD
clean:
	rm -rf $(BUILD)

## help: list the targets
help:
	@sed -n 's/^## \([a-z-]*\): \(.*\)/  \1|\2/p' $(firstword $(MAKEFILE_LIST)) | \
	  awk -F'|' '{printf "%-17s %s\n", $$1, $$2}'

FORCE:

.PHONY: FORCE all lib deps demo check test-programs check-unit check-cli check-presets check-house \
        check-configs check-asan check-valgrind check-slow lint format coverage bench \
        priors calibrate install uninstall dist clean help
.SECONDARY:
.DELETE_ON_ERROR:

-include $(LIB_OBJ:.o=.d) $(CLI_OBJ:.o=.d) $(SUPPORT_OBJ:.o=.d) $(TEST_BIN:=.d) $(BENCH_BIN:=.d)

# SPDX-License-Identifier: GPL-3.0-or-later
# `make help` lists the targets.

BUILD ?= build
PARTS ?= base numeric model machine plan run preset scenario report cli
CC ?= cc
PKGS = gsl yaml-0.1 jansson libmd

CFLAGS ?= -O2 -g
WARN = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wdouble-promotion -Wstrict-prototypes \
       -Wmissing-prototypes -Wvla -Wformat=2 -Wwrite-strings -Wundef
ALL_CFLAGS = -std=c11 $(WARN) $(WERROR) -ffp-contract=off -fPIC -fopenmp -Iinclude -Isrc -I$(BUILD)/gen \
             $(shell pkg-config --cflags $(PKGS)) $(CFLAGS)
LIBS = $(shell pkg-config --libs $(PKGS)) -lcsv -lm -fopenmp

LIB_SRC = $(foreach p,$(filter-out cli,$(PARTS)),$(wildcard src/$(p)/*.c))
CLI_SRC = $(if $(filter cli,$(PARTS)),$(wildcard src/cli/*.c))
LIB_OBJ = $(LIB_SRC:%.c=$(BUILD)/obj/%.o)
CLI_OBJ = $(CLI_SRC:%.c=$(BUILD)/obj/%.o)
TEST_SRC = $(foreach p,$(PARTS),$(wildcard tests/unit/$(p)/test_*.c))
TEST_BIN = $(TEST_SRC:%.c=$(BUILD)/%)
SUPPORT_OBJ = $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tests/support/*.c))

all: $(BUILD)/libtrainbudget.a

$(BUILD)/libtrainbudget.a: $(LIB_OBJ)
	@rm -f $@
	ar rcs $@ $^

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/tests/unit/%: tests/unit/%.c $(SUPPORT_OBJ) $(BUILD)/libtrainbudget.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Itests/support $< $(SUPPORT_OBJ) $(BUILD)/libtrainbudget.a $(LIBS) -lcmocka -o $@

check-unit: $(TEST_BIN)
	@set -e; for t in $(TEST_BIN); do $$t; done

.PHONY: all check-unit
-include $(LIB_OBJ:.o=.d) $(CLI_OBJ:.o=.d)

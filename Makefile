# Everything a developer types. `make help` lists it.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON := .venv/bin/python
RUN_PACKAGES := libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core fonts-freefont-ttf fonts-wqy-microhei fonts-symbola redis-server
TEST_PACKAGES := $(RUN_PACKAGES) postgresql chromium hledger poppler-utils qpdf strace
# The same Chromium without windows: the tests take it where it is, and are quicker.
QUICK_PACKAGES := chromium-headless-shell
RUN_COMMANDS := redis-server
TEST_COMMANDS := $(RUN_COMMANDS) chromium hledger pdftotext qpdf strace

.PHONY: help setup setup-test run verify test fast browser faults check bench requirements shots

help: ## List the commands
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1\t\2/p' $(MAKEFILE_LIST) | sort | while IFS=$$'\t' read -r name text; do printf '  make %-13s %s\n' "$$name" "$$text"; done

setup: ## Make .venv and install what lexapp needs to run
	@$(call system_packages,$(RUN_PACKAGES),$(RUN_COMMANDS),)
	$(call python_packages,requirements.txt)

setup-test: ## The same, and what the tests and checks need
	@$(call system_packages,$(TEST_PACKAGES),$(TEST_COMMANDS),exit 1)
	$(call system_packages,$(QUICK_PACKAGES),,)
	$(call python_packages,requirements-dev.txt)
	$(call peer_packages,ledes)

run: setup ## Start the demonstration firm (PORT=5000), or with DEMO=no an empty one of your own; Ctrl-C stops everything
	@DEMO=$(if $(filter no false,$(DEMO)),false,true) exec .venv/bin/lexapp dev

verify: setup ## Prove the books that `make run` keeps (DEMO=no: those of your own firm); DEMO=true .venv/bin/lexapp verify does the same
	@DEMO=$(if $(filter no false,$(DEMO)),false,true) exec .venv/bin/lexapp verify

test: setup-test ## Run every test on SQLite and PostgreSQL (ARGS="-k word")
	@exec $(PYTHON) -m pytest -n 2 --dist worksteal $(ARGS)

fast: setup-test ## Run the rules of the house, domain and services on SQLite, in less than a minute
	@EXAMPLES=50 HYPOTHESIS_PROFILE=quick exec $(PYTHON) -m pytest -n 2 --dist worksteal --engines sqlite -m "not faults and not slow" tests/architecture tests/domain tests/services $(ARGS)

browser: setup-test ## Run the tests that drive Chromium
	@exec $(PYTHON) -m pytest -m browser $(ARGS)

faults: setup-test ## Run the tests that race, kill processes and wipe Redis, those with a seeded year, properties with 20,000 examples
	@EXAMPLES=20000 exec $(PYTHON) -m pytest -m "faults or money_property" --timeout 1800 --year $(ARGS)

check: setup-test ## Lint, types, import contracts and the rules of tests/architecture
	@$(PYTHON) -m ruff check .
	$(PYTHON) -m mypy
	.venv/bin/lint-imports
	$(PYTHON) -m pytest -q tests/architecture

bench: setup-test ## Measure the numbers of the README (ARGS="events pages": only those)
	@exec $(PYTHON) -m benchmarks $(ARGS)

shots: setup-test ## Photograph the screens into var/shots
	@exec $(PYTHON) -m tests.browser.shots

requirements: setup-test ## Compile requirements*.in into hashed requirements*.txt
	@$(PYTHON) -m pip install -q uv
	compile() { .venv/bin/uv pip compile -q --universal --generate-hashes --python-version 3.11 "$$@"; }
	compile requirements.in -o requirements.txt
	compile -c requirements.txt requirements-dev.in -o requirements-dev.txt
	compile requirements-ledes.in -o requirements-ledes.txt

# system_packages(Debian packages, commands to look for where there is no dpkg, what to do when something stays missing)
define system_packages
missing=()
if ! command -v python3 >/dev/null; then missing+=(python3 python3-venv); elif ! python3 -c 'import ensurepip' 2>/dev/null; then missing+=(python3-venv); fi
if command -v dpkg-query >/dev/null; then
  for package in $(1); do [ "$$(dpkg-query -W -f='$${db:Status-Status}' $$package 2>/dev/null)" = installed ] || missing+=($$package); done
else
  for command in $(2); do command -v $$command >/dev/null || missing+=($$command); done
fi
if [ $${#missing[@]} -gt 0 ]; then
  if [ $$(id -u) = 0 ]; then as_root=(); else as_root=(sudo); fi
  if ! { command -v apt-get && command -v $${as_root[0]:-true}; } >/dev/null || ! "$${as_root[@]}" bash -euc "$$apt_install" apt "$${missing[@]}"; then
    echo "These system packages are missing and could not be installed from here: $${missing[*]}. Please install them (on Debian: apt-get install $${missing[*]}) and run make again." >&2
    case " $${missing[*]} " in *" python3"*) exit 1;; esac
    $(3)
  fi
fi
endef

# Installs packages without letting the servers among them start: lexapp starts its own, on its own sockets.
define apt_install
policy=/usr/sbin/policy-rc.d
if [ ! -e $$policy ]; then trap "rm -f $$policy" EXIT; printf '#!/bin/sh\nexit 101\n' > $$policy; chmod 755 $$policy; fi
echo "Installing system packages: $$*"
export DEBIAN_FRONTEND=noninteractive
log=$$(mktemp)
{ apt-get -qq update && apt-get -qq -y --no-install-recommends install "$$@"; } > $$log 2>&1 || { cat $$log >&2; exit 1; }
rm -f $$log
if [ -d /run/systemd/system ]; then for name in "$$@"; do case $$name in redis-server|postgresql) systemctl -q disable $$name;; esac; done; fi
endef
export apt_install

# python_packages(requirements file): a second run finds the stamp of what it installed and does nothing.
define python_packages
python=
for name in python3 python3.14 python3.13 python3.12 python3.11; do
  if $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$$name; break; fi
done
if [ -z "$$python" ]; then echo "lexapp needs Python 3.11 or newer; this machine has $$(python3 --version). Please install a newer python3 and run make again." >&2; exit 1; fi
stamp=.venv/installed-$(1)
wanted=$$(cat $(1) pyproject.toml | sha256sum)
if ! $(PYTHON) -c '' 2>/dev/null; then rm -f .venv/installed-*; $$python -m venv --clear .venv; fi
if [ "$$(cat $$stamp 2>/dev/null)" != "$$wanted" ]; then
  echo "Installing Python packages of $(1) into .venv"
  $(PYTHON) -m pip install -qq --disable-pip-version-check --require-hashes -r $(1)
  $(PYTHON) -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
  echo "$$wanted" > $$stamp
fi
endef

# peer_packages(name): a program that judges ours in the tests, in an environment of its own below .venv/peers.
define peer_packages
stamp=.venv/installed-peer-$(1)
wanted=$$(sha256sum < requirements-$(1).txt)
if [ "$$(cat $$stamp 2>/dev/null)" != "$$wanted" ]; then
  echo "Installing Python packages of requirements-$(1).txt into .venv/peers/$(1)"
  $(PYTHON) -m venv --clear .venv/peers/$(1)
  .venv/peers/$(1)/bin/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements-$(1).txt
  echo "$$wanted" > $$stamp
fi
endef

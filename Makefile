# Every verb of the project. `make demo` and `make test` are all that a newcomer needs.
.DEFAULT_GOAL := help
UV_VERSION := 0.13.8
UV := .tools/uv/bin/uv
RUN := $(UV) run --frozen --no-sync
STAMP := .venv/.synced
CHROMIUM := .tools/.chromium

.PHONY: help demo serve test check bench lint types contracts soak fuzz clean

help: ## show the verbs
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

demo: $(STAMP) ## run the whole loop once, on real sockets, and write demo-report.html
	@$(RUN) captcha-range demo

serve: $(STAMP) ## start the range on 127.0.0.1
	@$(RUN) captcha-range serve

test: $(STAMP) $(CHROMIUM) ## all tests, in parallel
	@$(RUN) pytest -n auto -m "not soak"

check: lint types contracts test ## everything that must be green before a change lands

lint: $(STAMP) ## ruff: rules and formatting
	@$(RUN) ruff check . && $(RUN) ruff format --check .

types: $(STAMP) ## mypy, strict
	@$(RUN) mypy

contracts: $(STAMP) ## import-linter: who may import whom
	@$(RUN) lint-imports

bench: $(STAMP) $(CHROMIUM) ## measure, with peers in the same run
	@$(RUN) python -m benchmarks

soak: $(STAMP) ## the long sweeps that `test` leaves out
	@$(RUN) pytest -m soak

fuzz: $(STAMP) ## 100,000 hostile requests at the solver
	@$(RUN) python -m tests.fuzz --requests 100000

clean: ## remove what the other verbs built
	rm -rf .venv .tools .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist demo-report.html

# uv is installed beside the project: a fresh machine has only python3 and pip, and this leaves both alone.
$(UV):
	@echo "installing uv $(UV_VERSION) into .tools/"
	@python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target .tools/uv "uv==$(UV_VERSION)"

# The tests of the browser worker drive the system's Chromium; nothing else is ever downloaded for it.
$(CHROMIUM):
	@if ! command -v chromium >/dev/null; then \
		command -v apt-get >/dev/null || { echo "chromium is missing: install it so that \`chromium\` is on the PATH" >&2; exit 1; }; \
		echo "installing chromium with apt-get"; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium >/dev/null \
			|| { echo "chromium could not be installed: run \`apt-get install chromium\` as root" >&2; exit 1; }; \
	fi
	@mkdir -p $(@D) && touch $@

$(STAMP): $(UV) pyproject.toml uv.lock
	@echo "installing the locked packages into .venv/"
	@$(UV) sync --frozen --quiet --compile-bytecode
	@touch $(STAMP)

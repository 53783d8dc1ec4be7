# Every verb of the project. `make demo` and `make test` are all that a newcomer needs.
.DEFAULT_GOAL := help
UV_VERSION := 0.13.8
UV := .tools/uv/bin/uv
RUN := $(UV) run --frozen --no-sync
STAMP := .venv/.synced
PROGRAMS := .tools/.programs
TRAINER := .tools/train

.PHONY: help demo serve test check bench lint types contracts web soak fuzz train clean

help: ## show the verbs
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

demo: $(STAMP) ## run the whole loop once, on real sockets, and write demo-report.html
	@$(RUN) captcha-range demo

serve: $(STAMP) ## start the range on 127.0.0.1
	@$(RUN) captcha-range serve

# Four at a time even on two cores: many tests wait for processes and browsers.
test: $(STAMP) $(PROGRAMS) ## all tests, in parallel
	@$(RUN) pytest -n 4 --dist worksteal -m "not soak"

check: lint types contracts test ## everything that must be green before a change lands

lint: $(STAMP) ## ruff: rules and formatting
	@$(RUN) ruff check . && $(RUN) ruff format --check .

types: $(STAMP) ## mypy, strict
	@$(RUN) mypy

contracts: $(STAMP) ## import-linter: who may import whom
	@$(RUN) lint-imports

bench: $(STAMP) $(PROGRAMS) ## measure, with peers in the same run
	@$(RUN) python -m benchmarks

web: $(PROGRAMS) ## compile widget and dashboard from web/ into the package; the result is committed
	@cd web && npm ci --ignore-scripts --no-audit --no-fund --silent && npx tsc -p . && node build.mjs ../src/captcha_range/provider/web

soak: $(STAMP) ## the long sweeps that `test` leaves out
	@$(RUN) pytest -m soak

fuzz: $(STAMP) ## 100,000 hostile requests at the solver
	@$(RUN) python -m tests.fuzz --requests 100000

train: $(TRAINER) ## train the recogniser `cnn` from zero, a quarter of an hour on two free cores
	@PYTHONPATH=src $(TRAINER)/bin/python -m tools.train

clean: ## remove what the other verbs built
	rm -rf web/node_modules .venv .tools .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist demo-report.html

# uv is installed beside the project: a fresh machine has only python3 and pip, and this leaves both alone.
$(UV):
	@echo "installing uv $(UV_VERSION) into .tools/"
	@python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target .tools/uv "uv==$(UV_VERSION)"

# The tests drive the system's Chromium and run clients from npm; what is missing comes from Debian's packages.
$(PROGRAMS):
	@missing=$$(for program in chromium node npm; do command -v $$program >/dev/null || echo $$program; done); \
	packages=$$(echo $$missing | sed 's/\bnode\b/nodejs/'); \
	if [ -n "$$packages" ]; then \
		command -v apt-get >/dev/null || { echo "missing on the PATH:" $$missing >&2; exit 1; }; \
		echo "installing with apt-get:" $$packages; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $$packages >/dev/null \
			|| { echo "could not be installed: run \`apt-get install" $$packages "\` as root" >&2; exit 1; }; \
	fi
	@mkdir -p $(@D) && touch $@

# PyTorch stays out of the lock and of the environment of everything else: only training needs it.
$(TRAINER):
	@echo "installing PyTorch and the exporter into $@/"
	@python3 -m venv $@.part
	@$@.part/bin/python -m pip install --quiet --disable-pip-version-check torch==2.13.0 onnx==1.23.2 onnxruntime==1.31.1 \
		numpy opencv-python-headless msgspec imagesize pillow resvg-py
	@mv $@.part $@

$(STAMP): $(UV) pyproject.toml uv.lock
	@echo "installing the locked packages into .venv/"
	@$(UV) sync --frozen --quiet --compile-bytecode
	@touch $(STAMP)

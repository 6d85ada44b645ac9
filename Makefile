# Two commands on a fresh machine with Python 3.11, make and git: `make demo` and `make test`.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
PAGE ?= samples/shopping.jpg
BENCH ?= bench.md
WORKERS ?= 2
PLUGINS := $(patsubst %/,%,$(dir $(wildcard plugins/*/ocrpipe_*/__init__.py)))
DATA ?= strokes
FONTS ?= fonts
WEIGHTS := ocrpipe/nn/weights

.PHONY: demo test test-slow lint format bench weights data-and-fonts clean

demo: .venv/installed  ## read a sample page, and draw what was read
	$(BIN)/ocrpipe run $(PAGE) --timings
	@$(BIN)/ocrpipe run $(PAGE) --to overlay -o demo
	@echo "What was read, drawn on the page: $$(ls demo/*.overlay.png)"

test: .venv/installed-dev  ## the whole suite, but for what installs packages
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile -m "not slow"

test-slow: .venv/installed-dev  ## what installs packages
	$(BIN)/python -m pytest -m slow

lint: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy $(PLUGINS)
	$(BIN)/lint-imports

format: .venv/installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: .venv/installed-dev  ## speed, accuracy, training and memory, with the machine and versions, as Markdown: $(BENCH)
	@{ for part in machine speed accuracy training memory; do \
		printf '## %s\n\n' $$part; \
		echo "benchmarks/$$part.py ..." >&2; \
		$(BIN)/python benchmarks/$$part.py || exit 1; \
		echo; \
	done; } > $(BENCH).part && mv $(BENCH).part $(BENCH)
	@echo "What was measured: $(BENCH)"

weights: data-and-fonts .venv/installed-torch  ## the shipped networks again; docs/training.md says where DATA and FONTS come from
	$(BIN)/python -m ocrpipe.train.perceptron --data $(DATA) --fonts $(FONTS) --out $(WEIGHTS)/capitals-mlp.safetensors
	@mkdir -p runs
	for name in capitals letters; do \
		$(BIN)/python -m ocrpipe.train.convnet $$name-first --data $(DATA) --fonts $(FONTS) \
			--out runs/$$name-first.safetensors && \
		$(BIN)/python -m ocrpipe.train.convnet $$name --start runs/$$name-first.safetensors --data $(DATA) --fonts $(FONTS) \
			--out $(WEIGHTS)/$$name.safetensors || exit 1; \
	done
	$(BIN)/ocrpipe train mlp $(DATA)/unipen-upper.jsonl.gz $(DATA)/unipen-digits.jsonl.gz --recipe course -o runs/course
	cp runs/course/weights.safetensors $(WEIGHTS)/course.safetensors
	$(BIN)/ocrpipe train autoencoder $(DATA)/unipen-upper.jsonl.gz $(DATA)/unipen-digits.jsonl.gz --recipe autoencoder-narrow -o runs/autoencoder
	cp runs/autoencoder/weights.safetensors $(WEIGHTS)/autoencoder.safetensors

data-and-fonts:
	@for folder in "$(DATA)" "$(FONTS)"; do test -d "$$folder" || \
		{ echo "$$folder is no folder: make weights DATA=... FONTS=...; see docs/training.md" >&2; exit 1; }; done

clean:
	rm -rf .venv demo build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "ocrpipe needs Python 3.11 or newer: say make PYTHON=/path/to/python3.11" >&2; exit 1; }
	$(PYTHON) -m venv .venv

# compat: else a folder that holds a clone called ocrpipe would be imported in place of the package
.venv/installed: .venv/bin/python pyproject.toml
	$(PIP) install --quiet --config-settings editable_mode=compat --editable .
	@$(BIN)/python -m compileall -q ocrpipe
	@touch $@

.venv/installed-dev: .venv/bin/python pyproject.toml
	$(PIP) install --quiet --config-settings editable_mode=compat --editable '.[dev]'
	@$(BIN)/python -m compileall -q ocrpipe
	@touch $@ .venv/installed

.venv/installed-torch: .venv/bin/python pyproject.toml
	$(PIP) install --quiet --config-settings editable_mode=compat --editable '.[torch]'
	@touch $@ .venv/installed

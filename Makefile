# Every target sets up what it needs on a fresh Debian or Ubuntu machine.
PYTHON := .venv/bin/python
export HF_HUB_OFFLINE ?= 1
# Two threads that wait for each other by spinning starve whatever else runs on two cores.
export OMP_WAIT_POLICY ?= PASSIVE
# Compiled tests are kept, so that no worker compiles them again.
unexport PYTHONDONTWRITEBYTECODE
# An epoch's shapes are more than oneDNN's cache has room for: docs/speed.md.
export ONEDNN_PRIMITIVE_CACHE_CAPACITY ?= 16384

.PHONY: demo check test lint types pytest mutants versions experiments bench configs docs clean

# weights can't be compressed, which takes seconds to find out
demo: export DIST_EXTRA_CONFIG = $(CURDIR)/scripts/demo/wheel.cfg
# memory stays with the process: each step's gradient of the embeddings needs 47 MB
demo: export MALLOC_MMAP_MAX_ = 0
demo: export MALLOC_TRIM_THRESHOLD_ = 1073741824
demo: .venv/ready
	$(PYTHON) -m scripts.demo.workflow all

experiments: .venv/dev
	$(PYTHON) -m spacy project run experiments

# TWEETS: aligned tweets, as `spacy project run twitter` makes them
TWEETS ?= corpus/twitter/valid.spacy
bench: .venv/dev
	$(PYTHON) -m spacy project run encoder
	$(PYTHON) -m benchmarks.run $(TWEETS) benchmarks/results.json

# configs/*.cfg, after a change in spacy_ita/recipes or of a default that they hold
configs: .venv/ready
	$(PYTHON) scripts/write_configs.py

# the reference of the public API, from its docstrings
docs: .venv/dev
	.venv/bin/pdoc spacy_ita -d google -t scripts/reference -o site

# check: before each commit, without the slow tests; test: all of it, as CI runs it
test: OPTIONS := --slow
# slow tests often wait for other processes, so a third keeps two cores busy
test: WORKERS := 3
check test: .venv/dev
	@start=$$(date +%s); \
	$(MAKE) --no-print-directory -kj3 lint types pytest OPTIONS="$(OPTIONS)" WORKERS=$(WORKERS); code=$$?; \
	echo "make $@ took $$(($$(date +%s) - start)) seconds"; exit $$code

lint:
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/lint-imports

types:
	$(PYTHON) -m mypy

# WORKERS: processes that share the tests, each on one thread
WORKERS ?= 2
pytest:
	$(PYTHON) -m pytest --numprocesses $(WORKERS) --dist worksteal --durations 10 $(OPTIONS)

# which changes of the CRF, the loss, the subwords and the context no test would notice:
# docs/mutants.md
mutants: .venv/dev
	$(PYTHON) -m pip install -q mutmut==3.8.1
	PATH=$(CURDIR)/.venv/bin:$$PATH .venv/bin/mutmut run --max-children $(WORKERS)
	.venv/bin/mutmut results
	.venv/bin/mutmut results --all true | $(PYTHON) scripts/mutation_score.py

# PYTHONS: those that are installed of these, and on the oldest the lowest versions that setup.cfg
# allows; TESTS: folders or files
PYTHONS ?= 3.10 3.11 3.12 3.13 lowest
TESTS ?= tests
versions: .venv/dev
	$(PYTHON) -m pip install -q uv==0.13.9
	sh scripts/versions.sh "$(PYTHONS)" $(TESTS)

.venv/ready: requirements.txt setup.cfg setup.py scripts/setup.sh
	sh scripts/setup.sh
	touch $@

.venv/dev: .venv/ready requirements-dev.txt scripts/setup_dev.sh
	sh scripts/setup_dev.sh
	touch $@

clean:
	rm -rf .venv build mutants corpus training alignments metrics packages site *.egg-info

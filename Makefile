# `make demo` and `make test` set up everything they need on a fresh Debian or Ubuntu machine.
PYTHON := .venv/bin/python
export HF_HUB_OFFLINE ?= 1
# Two threads that wait for each other by spinning starve whatever else runs on two cores.
export OMP_WAIT_POLICY ?= PASSIVE
# An epoch's shapes are more than oneDNN's cache has room for: docs/speed.md.
export ONEDNN_PRIMITIVE_CACHE_CAPACITY ?= 16384

.PHONY: demo test experiments bench docs clean

demo: .venv/ready
	$(PYTHON) -m spacy project run all

experiments: .venv/dev
	$(PYTHON) -m spacy project run experiments

# TWEETS: aligned tweets, as `spacy project run twitter` makes them
TWEETS ?= corpus/twitter/valid.spacy
bench: .venv/dev
	$(PYTHON) -m spacy project run encoder
	$(PYTHON) benchmarks/run.py $(TWEETS) benchmarks/results.json

# the reference of the public API, from its docstrings
docs: .venv/dev
	.venv/bin/pdoc spacy_ita -t scripts/reference -o site

test: .venv/dev
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	$(PYTHON) -m mypy
	$(PYTHON) -m pytest --slow

.venv/ready: requirements.txt setup.cfg setup.py scripts/setup.sh
	sh scripts/setup.sh
	touch $@

.venv/dev: .venv/ready requirements-dev.txt scripts/setup_dev.sh
	sh scripts/setup_dev.sh
	touch $@

clean:
	rm -rf .venv build corpus training alignments metrics packages site *.egg-info

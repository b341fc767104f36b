# `make demo` and `make test` set up everything they need on a fresh Debian or Ubuntu machine.
PYTHON := .venv/bin/python
export HF_HUB_OFFLINE ?= 1
# Two threads that wait for each other by spinning starve whatever else runs on two cores.
export OMP_WAIT_POLICY ?= PASSIVE

.PHONY: demo test experiments bench clean

demo: .venv/ready
	$(PYTHON) -m spacy project run all

experiments: .venv/ready
	$(PYTHON) -m spacy project run experiments

# TWEETS: aligned tweets, as `spacy project run twitter` makes them
TWEETS ?= corpus/twitter/valid.spacy
bench: .venv/ready
	$(PYTHON) benchmarks/run.py $(TWEETS) benchmarks/results.json

test: .venv/ready .venv/browser
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	$(PYTHON) -m mypy
	$(PYTHON) -m pytest --slow

.venv/ready: requirements.txt setup.cfg setup.py scripts/setup.sh
	sh scripts/setup.sh
	touch $@

# The tests of the page drive it, and are skipped without it; Ubuntu has it as a snap alone.
.venv/browser: scripts/browser.sh
	sh scripts/browser.sh
	touch $@

clean:
	rm -rf .venv build corpus training alignments metrics packages *.egg-info

SHELL := /bin/bash
.DEFAULT_GOAL := help

# The Python 3.11 that .venv is made from. To use another one: make PYTHON=/path/to/python3.11 ...
PYTHON := $(shell command -v python3.11 || command -v python3)

# Snakemake makes the environments with conda >= 24.7.1. If there is none on PATH, a front end on uv takes its place.
CONDA_VERSION := $(shell conda --version 2>/dev/null | cut -d ' ' -f 2)
HAS_CONDA := $(shell printf '%s\n' 24.7.1 '$(CONDA_VERSION)' | sort -V -C && echo yes)
export PATH := $(CURDIR)/.venv/bin:$(if $(HAS_CONDA),,$(CURDIR)/envs/uv-conda/bin:)$(PATH)

# The workflow, its tests and the copies that tests make of it all share one set of environments.
export SNAKEMAKE_CONDA_PREFIX := $(CURDIR)/.snakemake/conda

SNAKEMAKE := .venv/bin/snakemake --cores all
SMALL := --profile profiles/small
SKY := results/sky
DEMO := --configfile config.demo.yaml $(SMALL)

.PHONY: help
help: ## list these targets
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 26

.PHONY: demo
demo: .venv/complete ## run the whole workflow on simulated cadences, and print the scores
	$(SNAKEMAKE) $(DEMO)

.PHONY: demo-observe
demo-observe: .venv/complete ## train a small ensemble, and search two simulated observations of a telescope by it
	$(SNAKEMAKE) bundle $(SKY)/simulated/observations/observations.tsv --configfile config.sky.yaml $(SMALL)
	$(SNAKEMAKE) observe $(SMALL) --config observations=$(SKY)/simulated/observations/observations.tsv bundle=$(SKY)/bundle

.PHONY: run
run: .venv/complete ## run the real job of config.yaml: make run ARGS="--resources gpu=2"
	$(SNAKEMAKE) $(ARGS)

.PHONY: report
report: .venv/complete ## put the figures of the finished demo, or of the run of ARGS, into results/report.html
	$(SNAKEMAKE) $(or $(ARGS),$(DEMO)) --report results/report.html

.PHONY: test
test: .venv/complete ## run all tests that need no cluster; on Debian, root installs a browser
	tests/browser/install.sh
	$(SNAKEMAKE) --snakefile tests/unit.smk --forceall --quiet progress rules
	.venv/bin/pytest --numprocesses 2 --dist loadfile tests/workflow

.PHONY: test-slurm
test-slurm: .venv/complete ## run the workflow on a real SLURM on this machine; on Debian, root installs it
	tests/slurm/install.sh
	.venv/bin/pytest tests/slurm

.PHONY: benchmark
benchmark: .venv/complete ## compare the stores on fainter simulated needles, and print the scores
	$(SNAKEMAKE) --configfile config.benchmark.yaml $(SMALL)

.PHONY: benchmark-faint
benchmark-faint: .venv/complete ## teach models needles that are too faint to learn from labels, and print the scores
	$(SNAKEMAKE) --configfile config.faint.yaml $(SMALL)
	$(SNAKEMAKE) --snakefile benchmarks/made_needles.smk

.PHONY: benchmark-pixels
benchmark-pixels: .venv/complete ## compare sizes of images at the same time of training, and print the scores
	$(SNAKEMAKE) --configfile config.pixels.yaml $(SMALL)

.PHONY: ablations
ablations: .venv/complete ## compare every training switch with the same base
	$(SNAKEMAKE) ablations --configfile config.ablation.yaml $(SMALL)

.PHONY: benchmark-overlaps
benchmark-overlaps: .venv/complete ## measure how the time of the search for overlaps grows, and try it on hard skies
	$(SNAKEMAKE) --snakefile benchmarks/find_overlaps.smk --forceall --quiet progress rules

.PHONY: benchmark-augment
benchmark-augment: .venv/complete ## measure what augmentation adds to the time of a training step
	$(SNAKEMAKE) --snakefile benchmarks/augment.smk --forceall --quiet progress rules

.PHONY: benchmark-feeding
benchmark-feeding: .venv/complete ## compare the input path with the usual way, and training with steps on one batch
	$(SNAKEMAKE) --snakefile benchmarks/feeding.smk --forceall --quiet progress rules

.PHONY: benchmark-scoring
benchmark-scoring: .venv/complete ## compare scoring with forward passes of one batch
	$(SNAKEMAKE) --snakefile benchmarks/feeding.smk --forceall --quiet progress rules -- results/benchmarks/scoring.md

.PHONY: benchmark-start
benchmark-start: .venv/complete ## measure how long the script of each rule takes to start
	$(SNAKEMAKE) --snakefile benchmarks/start.smk --forceall --quiet progress rules

.PHONY: benchmark-sharing
benchmark-sharing: .venv/complete ## compare a training on two GPUs with one on a GPU alone, or processes of a CPU
	$(SNAKEMAKE) --snakefile benchmarks/feeding.smk --forceall --quiet progress rules -- results/benchmarks/sharing.md

.PHONY: benchmark-step
benchmark-step: .venv/complete ## compare ways of computing a training step; on a GPU, of the real job
	$(SNAKEMAKE) --snakefile benchmarks/feeding.smk --forceall --quiet progress rules -- results/benchmarks/step.md

.PHONY: benchmark-preprocess
benchmark-preprocess: .venv/complete ## measure how long each store takes, and NMF by each backend
	$(SNAKEMAKE) --snakefile benchmarks/preprocess.smk --forceall --quiet progress rules

.PHONY: benchmark-tables
benchmark-tables: .venv/complete ## measure the scripts that work on whole tables, at the competition's size
	$(SNAKEMAKE) --snakefile benchmarks/tables.smk --forceall --quiet progress rules $(ARGS)

.PHONY: benchmark-drift
benchmark-drift: .venv/complete ## compare ways of summing panels along straight paths
	$(SNAKEMAKE) --snakefile benchmarks/drift.smk --forceall --quiet progress rules

.PHONY: benchmark-grad-cam
benchmark-grad-cam: .venv/complete ## after make benchmark: measure whether Grad-CAM points at needles
	$(SNAKEMAKE) --snakefile benchmarks/grad_cam.smk --forceall --quiet progress rules

.PHONY: benchmark-cost
benchmark-cost: .venv/complete ## estimate what the recipes cost on the competition's data
	$(SNAKEMAKE) --snakefile benchmarks/cost.smk --forceall --quiet progress rules

.PHONY: benchmark-scale
benchmark-scale: .venv/complete ## estimate how long the recipes take on 1 to 64 GPUs
	$(SNAKEMAKE) --snakefile benchmarks/cost.smk --forceall --quiet progress rules -- scale

.PHONY: benchmark-candidates
benchmark-candidates: .venv/complete ## measure how quick the page of 1,000 candidates is
	$(SNAKEMAKE) --snakefile benchmarks/candidates.smk --forceall --quiet progress rules

.PHONY: benchmark-turbo-seti
benchmark-turbo-seti: .venv/complete ## search simulated cadences with turboSETI, and print what it finds
	$(SNAKEMAKE) --snakefile benchmarks/turbo_seti.smk --forceall --quiet progress rules

WIDE := results/benchmarks/observe/observations.tsv

.PHONY: benchmark-observe
benchmark-observe: .venv/complete ## after make demo-observe: measure the search of a cadence of 2.1 GB
	$(SNAKEMAKE) --snakefile benchmarks/observe.smk $(WIDE)
	$(SNAKEMAKE) observe $(SMALL) --forceall --config run='{name: observe_benchmark}' observe='{shards: 2}' observations=$(WIDE) bundle=$(SKY)/bundle
	$(SNAKEMAKE) --snakefile benchmarks/observe.smk --quiet progress rules

.PHONY: benchmark-peers
benchmark-peers: .venv/complete ## after make benchmark: try the detectors of Aetherscan on its cadences
	$(SNAKEMAKE) --snakefile benchmarks/peers.smk --forceall --quiet progress rules

.PHONY: benchmark-leases
benchmark-leases: .venv/complete ## lease GPUs 10,000 times under random kills
	.venv/bin/python benchmarks/leases.py

.PHONY: benchmark-kills
benchmark-kills: .venv/complete ## run the demo with 20 random kills, and compare its submission
	.venv/bin/python benchmarks/kills.py $(DEMO)

.PHONY: pictures
pictures: .venv/complete ## renew the pictures of README.md from the finished demo
	$(SNAKEMAKE) --snakefile docs/pictures.smk --forceall --quiet progress rules

.PHONY: lint
lint: .venv/complete ## check the form of the code with the linters
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/snakefmt --check Snakefile rules tests benchmarks docs
	.venv/bin/snakemake --lint $(DEMO)

.PHONY: envs
envs: .venv/complete ## make the conda environments of all rules
	$(SNAKEMAKE) $(DEMO) --conda-create-envs-only

.PHONY: config-reference
config-reference: .venv/complete ## write docs/config.md, the reference of all settings, from their schema
	.venv/bin/python docs/config_reference.py > docs/config.md

.PHONY: lock
lock: .venv/complete ## renew the pins: envs/*.in -> envs/*.yaml, envs/driver.txt
	.venv/bin/python envs/lock.py

.PHONY: clean
clean: ## remove all results, but keep the environments
	@test -d results/ || { echo 'results is not a folder, or is a link to something that is not: $$(ls -ld results)' >&2; exit 1; }
	find results/ -mindepth 1 -maxdepth 1 ! -name README.md -exec rm -rf {} +

# The tools that run the workflow and its tests: Snakemake, uv, pytest and the linters.
.venv/complete: envs/driver.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || \
		{ echo 'abacad needs Python 3.11, and "$(PYTHON)" is not: make PYTHON=/path/to/python3.11 ...' >&2; exit 1; }
	$(PYTHON) -m venv --clear .venv
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement envs/driver.txt
	touch $@

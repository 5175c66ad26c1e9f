# `make` alone lists the targets. Variables may be given as `make run PORT=9000` or exported.

.DEFAULT_GOAL := help
.PHONY: help run test lint chaos bench-preview bench-latency bench-fairness bench-waiting bench-background lock clean bench-engine bench-watermark

ifdef ENGINE
export VOICECLONE_ENGINE := $(ENGINE)
endif

help: ## List the targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo 'make run heeds PORT, VOICECLONE_HOME, VOICECLONE_PUBLIC_URL and ENGINE;'
	@echo 'make test hands ARGS to pytest, as in: make test ARGS="-k wallet -x";'
	@echo 'PYTHON names the interpreter that .venv/ is made with.'

run: ## Install what is needed and start the whole service on this machine; Ctrl-C stops it.
	@sh scripts/bootstrap.sh run && exec .venv/bin/python -m voiceclone.embedded

test: ## Run all tests on PostgreSQL and Redis, which they start, then the portable ones on SQLite.
	@sh scripts/bootstrap.sh dev && exec sh scripts/test.sh $(ARGS)

lint: ## Check style, types, layers and missing migrations.
	@sh scripts/bootstrap.sh dev && exec sh scripts/lint.sh

bench-preview: ## Measure the preview engine: its real-time factor on this machine.
	@sh scripts/bootstrap.sh run && exec .venv/bin/python -m benchmarks.preview_engine

bench-latency: ## Show how long a sentence takes on the embedded service.
	@sh scripts/bootstrap.sh dev && exec .venv/bin/python -m benchmarks.latency

bench-fairness: ## Show how long a single job waits, alone and behind a crowd of 1,000.
	@sh scripts/bootstrap.sh dev && exec .venv/bin/python -m benchmarks.fairness

bench-waiting: ## Show how long a poll takes, alone and while 200 requests wait.
	@sh scripts/bootstrap.sh dev && exec .venv/bin/python -m benchmarks.waiting $(ARGS)

bench-background: ## Show what claiming, housekeeping and webhooks cost with many rows.
	@sh scripts/bootstrap.sh dev && exec .venv/bin/python -m benchmarks.background $(ARGS)

chaos: ## Break a running service for SECONDS (300) with SEED (1) and look for anything lost.
	@sh scripts/bootstrap.sh dev && exec .venv/bin/python -m tests.faults.chaos \
		--seconds $(or $(SECONDS),300) --seed $(or $(SEED),1)

bench-engine: ## Measure the Chatterbox engine beside the package's own loop: ARGS=--tiny for a quick look.
	@VOICECLONE_ENGINE=chatterbox sh scripts/bootstrap.sh run && exec .venv/bin/python -m benchmarks.engine $(ARGS)

bench-watermark: ## Measure how surely the watermark is found after each format, tempo and rate.
	@VOICECLONE_ENGINE=chatterbox sh scripts/bootstrap.sh run && exec .venv/bin/python -m benchmarks.watermark $(ARGS)

lock: ## Compile requirements/*.txt anew from pyproject.toml (needs uv).
	@sh scripts/lock.sh

clean: ## Remove .venv/ and the caches; data under var/ stays.
	rm -rf .venv .venv.old .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache staticfiles
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

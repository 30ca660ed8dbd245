# Every target makes .venv ready first (scripts/bootstrap.sh), which takes no time once it is.
# Options go through ARGS: make chat ARGS="--port 8000", make test ARGS="tests/unit -k guard".
# Which Python: make chat PYTHON=/path/to/python3.12

.DEFAULT_GOAL := help
.PHONY: help chat test check deps neo4j studio bench screenshots clean run-venv dev-venv
.NOTPARALLEL:
export PYTHON

ARGS ?=
PICTURES_PORT ?= 7899
# Test files side by side (tests/conftest.py), in the order of their names. A worker that has
# crashed is not started again: it would crash over the same test for ever.
WORKERS ?= 2

help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## /{printf "make %-12s %s\n", $$1, $$2}' Makefile

chat: run-venv  ## Chat in the browser: no Docker, no key, no model needed
	@echo "nodriza: starting the chat: about 10 seconds. Ctrl-C stops it." >&2
	@exec .venv/bin/nodriza ui $(ARGS)

test: dev-venv  ## Run the tests; those without their server or browser are skipped (see deps)
	.venv/bin/python -m pytest -n $(WORKERS) --max-worker-restart 0 \
		--dist loadfile --no-loadscope-reorder $(ARGS)

check: dev-venv  ## Lint, format, types, and who may import whom
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

deps: run-venv  ## Install what all tests need: Chromium, PostgreSQL, HAProxy, Java, Maven, Neo4j, llama.cpp
	@sh scripts/deps.sh

neo4j: run-venv  ## Run a real Neo4j in the foreground and print its settings
	@exec .venv/bin/python -m scripts.neo4j_server run $(ARGS)

studio: dev-venv  ## Open the graph in LangGraph's dev server, for its Studio
	@LANGGRAPH_CLI_NO_ANALYTICS=1 exec .venv/bin/langgraph dev --no-browser $(ARGS)

bench: dev-venv  ## Measure the budgets of speed and size
	.venv/bin/python -m scripts.bench $(ARGS)

screenshots: dev-venv  ## Take the README's pictures of the chat (needs Chromium: deps)
	@folder=$$(mktemp -d); \
	NODRIZA_DATA_FOLDER="$$folder" .venv/bin/nodriza ui --port $(PICTURES_PORT) & server=$$!; \
	trap 'kill $$server 2>/dev/null; wait $$server; rm -rf "$$folder"' EXIT; \
	url=http://127.0.0.1:$(PICTURES_PORT); \
	until .venv/bin/python -c "import urllib.request as u; u.urlopen('$$url/salud')" 2>/dev/null; do \
		kill -0 $$server || exit 1; sleep 1; \
	done; \
	.venv/bin/python -m scripts.screenshots --url $$url --out docs/images $(ARGS)

clean:  ## Remove .venv and caches; conversations (data/) stay
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find agent evaluation records scripts tests tools ui -name __pycache__ -prune -exec rm -rf {} +

run-venv:
	@sh scripts/bootstrap.sh run

dev-venv:
	@sh scripts/bootstrap.sh dev

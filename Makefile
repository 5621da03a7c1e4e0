# Revisit on this machine, without containers; docker/compose.yaml is the way with them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup demo serve test lint fmt bench i18n db stop clean

help: ## Show this list
	@sed -nE 's/^([a-z0-9]+): .*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

setup: ## Set up Odoo 19, PostgreSQL, Chromium and the tools
	@docker/setup all

demo: ## Create revisit_demo, run the demonstration, serve it (SERVE=0 PORT=8069)
	@docker/demo

serve: ## Serve a database (DB=revisit_demo PORT=8069)
	@docker/serve "$(or $(DB),revisit_demo)"

test: ## Lint and run all tests (ARGS='-k word' LINT=0 JOBS=1)
	@docker/test $(ARGS)

lint: ## Check style and static errors
	@docker/lint

fmt: ## Format Python, XML, JavaScript and styles
	@docker/lint fix

bench: ## Run the benchmark on a fresh database
	@docker/bench

i18n: ## Export the texts and merge them into the translations
	@docker/i18n

db: ## Create a database without demo data (DB=name)
	@docker/db "$(DB)"

stop: ## Stop this clone's database cluster
	@docker/cluster stop

clean: ## Remove this clone's cluster, databases and files (ALL=1: downloads, too)
	@docker/clean

# Everything about Mien is done from here: `make help`.

SHELL := /bin/bash
.DEFAULT_GOAL := help

# What the build needs beside Swift, by Debian's names.
PACKAGES := pkg-config libopenblas-dev libserialport-dev libssl-dev liblua5.4-dev libmosquitto-dev libasound2-dev \
	libsndfile1-dev libsamplerate0-dev libedit-dev libncurses-dev libzstd-dev gzip mosquitto librsvg2-bin
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

SECONDS ?= 30
ROBOT ?= Robots/maestro-face-23.yaml
MODEL ?= suhmo
CALIBRATED ?= dynamixel-neck-3 feetech-face-8 ohbot inmoov-head maestro-face-23
PYTHON ?= $(if $(wildcard .venv/bin/python),.venv/bin/python,python3)
MIEN_DATA ?= $(abspath $(wildcard ../shared/data))
export MIEN_DATA
# One thread: OpenBLAS gains nothing on vectors, and results do not depend on the number of cores.
export OPENBLAS_NUM_THREADS := 1

TEST_BUILD := --scratch-path .build-test -c release -Xswiftc -enable-testing
SWIFT_FILES := Package.swift Sources Tests

.PHONY: power-cut calibration-error latency attack-table help setup build run test soak lint format bench train train-setup evaluate test-training test-peers test-dashboard test-peers-ha bench-broker clean

help: ## Say what there is to make
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-14s %s\n", $$1, $$2 }'

setup: ## Install the system libraries that are missing (apt)
	@missing=""; for package in $(PACKAGES); do \
		dpkg-query -W -f='$${Status}' $$package 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$package"; \
	done; \
	if [ -n "$$missing" ]; then \
		echo "installing:$$missing"; \
		$(SUDO) apt-get update -qq && DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	fi

build: setup ## Build the mien command in release
	swift build -c release --product mien

run: build ## Run the main job with a simulated robot for SECONDS (30; 0: until Ctrl-C)
	.build/release/mien run --broker --robot $(ROBOT) --seconds $(SECONDS)

test: setup ## Build and pass all tests (release; long ones at 1 % of their length)
	swift build $(TEST_BUILD) --build-tests
	swift test $(TEST_BUILD) --skip-build --disable-xctest $(if $(TEST_FILTER),--filter '$(TEST_FILTER)')

soak: setup ## Run the long tests at full length: 10 million ticks, an hour of motion, a thousand faults
	swift build $(TEST_BUILD) --build-tests
	MIEN_SOAK=1 swift test $(TEST_BUILD) --skip-build --disable-xctest --filter Soak

lint: ## Check the format of the Swift files, strictly, and that targets declare what they import
	swift format lint --strict --recursive $(SWIFT_FILES)
	set -o pipefail; swift package describe --type json | python3 .ci/imports.py

format: ## Format the Swift files in place
	swift format --in-place --recursive $(SWIFT_FILES)

bench: build ## Time models and tick; beside PyTorch where .venv has it
	@if $(PYTHON) -c 'import torch' 2>/dev/null; then \
		peer=$$(mktemp); trap 'rm -f '$$peer EXIT; \
		(cd Training && $(if $(filter .venv/%,$(PYTHON)),../$(PYTHON),$(PYTHON)) -m mien_training.peers.bench_torch) > $$peer && .build/release/mien bench --peer $$peer; \
	else echo "PyTorch not found (make train-setup installs it): no peer beside the figures"; .build/release/mien bench; fi

train-setup: ## Make .venv with PyTorch (CPU build) for training
	python3 -m venv .venv
	.venv/bin/pip install -r Training/requirements.txt

train: ## Train a model: make train MODEL=suhmo or MODEL=sfms
	cd Training && $(if $(filter .venv/%,$(PYTHON)),../$(PYTHON),$(PYTHON)) -m mien_training.$(MODEL).train $(ARGUMENTS)

evaluate: build ## Measure the shipped models on people kept out of training: Models/evaluation
	cd Training && $(if $(filter .venv/%,$(PYTHON)),../$(PYTHON),$(PYTHON)) -m mien_training.evaluate $(ARGUMENTS)

test-training: ## Test the training code; skips without PyTorch
	@if $(PYTHON) -c 'import torch, pytest, threadpoolctl' 2>/dev/null; then cd Training && $(if $(filter .venv/%,$(PYTHON)),../$(PYTHON),$(PYTHON)) -m pytest -q tests; \
	else echo "training tests skipped: python without torch, pytest and threadpoolctl (make train-setup)"; fi

PEERS ?= maestro dynamixel feetech hobby console schema avr mqtt mqtt_cluster clock mcap mqtt_faults

test-peers: build ## Hold Mien against other people's servo masters (installs them into .venv-peers)
	@test -x .venv-peers/bin/python || { $(SUDO) apt-get install -y -qq python3-venv >/dev/null && python3 -m venv .venv-peers; }
	.venv-peers/bin/pip install -q -r Tests/Peers/requirements.txt
	.venv-peers/bin/pip install -q --no-deps pysparkplug==0.6.1
	@command -v mosquitto_sub >/dev/null || $(SUDO) apt-get install -y -qq --no-install-recommends mosquitto-clients >/dev/null
	@failed=; for peer in $(PEERS); do \
		.venv-peers/bin/python Tests/Peers/$$peer.py .build/release/mien || failed="$$failed $$peer"; \
	done; [ -z "$$failed" ] || { echo "PEERS FAILED:$$failed"; exit 1; }

test-dashboard: build ## Drive the dashboard in headless Chromium over a real mosquitto (installs both)
	@for program in chromium mosquitto; do \
		PATH=$$PATH:/usr/sbin command -v $$program >/dev/null || { \
			$(SUDO) apt-get update -qq && DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -y -qq --no-install-recommends $$program >/dev/null; }; \
	done
	@test -x .venv-peers/bin/python || { $(SUDO) apt-get install -y -qq python3-venv >/dev/null && python3 -m venv .venv-peers; }
	.venv-peers/bin/pip install -q -r Tests/Peers/requirements-dashboard.txt
	.venv-peers/bin/python Tests/Peers/dashboard.py .build/release/mien $(DASHBOARD)

test-peers-ha: build ## Hold the discovery payload against Home Assistant's own schemas (installs it: minutes)
	@PATH="$$PATH:$$(ls -d $$HOME/.pyenv/versions/3.1[13].*/bin 2>/dev/null | tr '\n' ':')"; for python in python3.11 python3.13; do \
		venv=.venv-peers-$$python; \
		if ! $$python -c '' 2>/dev/null; then echo "home_assistant: skipped on $$python: not here"; continue; fi; \
		test -x $$venv/bin/python || $$python -m venv $$venv; \
		$$venv/bin/pip install -q -r Tests/Peers/home_assistant-$$python.txt || exit 1; \
		$$venv/bin/python Tests/Peers/home_assistant.py .build/release/mien || exit 1; \
	done

bench-broker: build ## Measure how far one mosquitto goes with up to 500 light robots on it
	@test -x .venv-peers/bin/python || { $(SUDO) apt-get install -y -qq python3-venv >/dev/null && python3 -m venv .venv-peers; }
	@.venv-peers/bin/pip install -q paho-mqtt==2.2.0
	.venv-peers/bin/python Tests/Peers/mqtt_fleet.py .build/release/mien

latency: build ## Measure from a face packet to the servo bytes, on a pseudo-terminal
	python3 Tests/Peers/latency.py .build/release/mien

calibration-error: build ## Calibrate simulated robots with hidden horns, and measure the true error
	@folder=$$(mktemp -d); trap 'rm -rf '$$folder EXIT; echo '{}' > $$folder/answers.json; \
	for robot in $(CALIBRATED); do \
		hidden="--serial hidden --folder $$folder --measure simulator --hidden 7 --stops 5"; \
		if grep -q 'kind: *\(maestro\|ohbot\|firmata\)' Robots/$$robot.yaml; then hidden=$${hidden% --stops 5}; fi; \
		echo "$$robot"; \
		.build/release/mien calibrate Robots/$$robot.yaml --answers $$folder/answers.json --json $$hidden > /dev/null && \
		.build/release/mien calibrate check Robots/$$robot.yaml $$hidden --points 9 || exit 1; \
	done

power-cut: build ## Kill mien run on every simulated robot, and measure until no servo is driven
	python3 Tests/Peers/power_cut.py .build/release/mien

attack-table: build ## Measure the script sandbox under attack and write Documentation/sandbox.md
	python3 Tests/Attacks/table.py .build/release/mien > Documentation/sandbox.md.new
	mv Documentation/sandbox.md.new Documentation/sandbox.md

clean: ## Remove what was built
	rm -rf .build .build-test .venv-peers

# The list of commands, for people, the README and CI. Each does its own
# set-up; rustup, cc and make are all that has to be there.

CARGO ?= cargo
TARGET := wasm32-wasip2

.PHONY: help demo test check package layers conformance soak fuzz bench lucene component mutants soak-watch hosts hosts-python hosts-node hosts-node-red hosts-http hosts-parity xsoar sinks deploy-check install fmt target

help:
	@echo "make demo       the main job on a simulated Logz.io, in ten seconds"
	@echo "make test       everything that is proved, without a network"
	@echo "make check      formatting, layers, lints, documentation, licences, packaging"
	@echo "make layers     no circle and no arrow upwards among modules and crates"
	@echo "make conformance  the component held to the contract, then the suite to its mutants"
	@echo "make soak       the fetch through SEEDS=10000 schedules and KILLS=1000 kills; 1 000 logs of 1 MiB"
	@echo "make soak-watch  watch killed every few seconds between faulty accounts and sinks: SECONDS=1800 ACCOUNTS=200 SEED=1"
	@echo "make fuzz       random cursors, times, queries, indicators, JSON, states and answers: TIME=60 seconds each"
	@echo "make bench      what calls cost: the component, its core natively, and Python with requests; ROUNDS=7"
	@echo "make lucene     queries compared with Lucene itself: COUNT=5000 SEED=1; needs Java"
	@echo "make hosts      Python, Node.js, Node-RED and plain HTTP: built, tested, held to the contract"
	@echo "make xsoar      the content pack for Cortex XSOAR, built, validated and tested"
	@echo "make deploy-check  the unit, alert rules, dashboard and compose files in deploy/, against a running watch"
	@echo "make sinks      what sinks write, held to published schemas; needs Python and Node.js"
	@echo "make component  the component alone: target/logzio-soar.wasm"
	@echo "make mutants    the component that breaks a rule on demand: target/logzio-soar-mutants.wasm"
	@echo "make install    the command logzio-soar, with the component in it"

demo: target
	$(CARGO) run --quiet --package logzio-soar-cli -- demo

test: target
	$(CARGO) test --workspace

check: target layers package
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings
	$(CARGO) clippy --package logzio-soar --lib --target $(TARGET) -- -D warnings
	$(CARGO) clippy --package logzio-soar --lib --features mutations --target $(TARGET) -- -D warnings
	$(CARGO) clippy --package logzio-soar-http --lib --target $(TARGET) -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --quiet
	@if command -v cargo-deny >/dev/null 2>&1; then $(CARGO) deny check licenses bans sources; \
	else echo "cargo-deny is not installed: licences were not checked"; fi

layers: target
	$(CARGO) run --quiet --package logzio-soar-layers

# The runner for others to use: it compiles as it would be published, and without anything nested. Unpacked here, with
# new dates: Cargo's own check takes what it unpacked and compiled before of a package with the same version.
PACKAGED := target/package/unpacked
package: target
	$(CARGO) check --quiet --package logzio-soar-host --all-targets
	$(CARGO) package --quiet --no-verify --package logzio-soar-wit-json --package logzio-soar-network --package logzio-soar-secrets --package logzio-soar-host --allow-dirty
	rm -rf $(PACKAGED) && mkdir -p $(PACKAGED)
	for crate in target/package/logzio-soar-*.crate; do tar -xmzf $$crate -C $(PACKAGED) || exit 1; done
	$(CARGO) check --quiet --manifest-path $(PACKAGED)/logzio-soar-host-*/Cargo.toml --target-dir target \
		--config "patch.crates-io.logzio-soar-wit-json.path='$$(echo $(PACKAGED)/logzio-soar-wit-json-*)'" \
		--config "patch.crates-io.logzio-soar-network.path='$$(echo $(PACKAGED)/logzio-soar-network-*)'" \
		--config "patch.crates-io.logzio-soar-secrets.path='$$(echo $(PACKAGED)/logzio-soar-secrets-*)'"

# Every case on the built component, and then the suite once for each rule that a component can break.
conformance: component mutants
	$(CARGO) run --quiet --package logzio-soar-cli -- conformance --verbose target/logzio-soar.wasm
	$(CARGO) run --quiet --package logzio-soar-cli -- conformance --mutants target/logzio-soar-mutants.wasm

soak: target
	SEEDS=$${SEEDS:-10000} $(CARGO) test --package logzio-soar --test soak
	KILLS=$${KILLS:-1000} $(CARGO) test --package logzio-soar-cli --test main kills
	LARGE_LOGS=1000 $(CARGO) test --package logzio-soar-sandboxed-tests --test sandboxed large_logs

# As `make test` does for 45 seconds.
soak-watch: target
	SECONDS=$${SECONDS:-1800} $(CARGO) test --package logzio-soar-cli --test soak_watch

# Each property of tests/fuzz for TIME seconds; one that fails prints a seed.
fuzz: target
	TIME=$${TIME:-60} $(CARGO) test --package logzio-soar-fuzz
	TIME=$${TIME:-60} $(CARGO) test --package logzio-soar-cli --bins a_spoilt_state

# Some minutes to build. Close other programs: what counts are the ratios, and they are of CPU time.
bench: target
	$${PYTHON:-python3} -c 'import requests' || { echo "install requests for Python, or name an interpreter that has it: PYTHON"; exit 1; }
	$(CARGO) run --quiet --release --package logzio-soar-bench -- $${ROUNDS:-7}

lucene:
	COUNT=$${COUNT:-5000} SEED=$${SEED:-1} CARGO="$(CARGO)" tests/lucene/run

component: target
	$(CARGO) build --package logzio-soar-cli
	@ls -l target/logzio-soar.wasm

hosts: hosts-python hosts-node hosts-node-red hosts-http hosts-parity

# Python 3.10 or later, with pip and venv.
hosts-python: component mutants
	hosts/python/check

# Node.js 20 or later, with npm.
hosts-node: component mutants
	hosts/node/check

hosts-node-red: hosts-node
	hosts/node-red/check

# Python 3.10 or later, with pip and venv.
hosts-http: component
	hosts/http/check

# With the packages that the checks of Python and Node.js leave installed.
hosts-parity: hosts-python hosts-node
	hosts/parity/check

# Python 3.10 or later, with pip and venv.
xsoar: component
	hosts/xsoar/check

# Python 3.10 or later, with pip and venv; Node.js 20 or later, with npm.
sinks: component
	CARGO="$(CARGO)" tests/sinks/run

# Python 3; promtool (Debian: prometheus) and systemd-analyze (Debian: systemd), where they are installed.
deploy-check: component
	deploy/check

# LOGZIO_SOAR_MUTATION=NAME in its environment breaks the rule of that name.
mutants: target
	$(CARGO) build --profile component --package logzio-soar --lib --features mutations --target $(TARGET) --locked --target-dir target/mutants
	cp target/mutants/$(TARGET)/component/logzio_soar.wasm target/logzio-soar-mutants.wasm
	@ls -l target/logzio-soar-mutants.wasm

install: target
	$(CARGO) install --path host-harness/cli --locked

fmt:
	$(CARGO) fmt --all

# rustup may be set not to install by itself what rust-toolchain.toml names.
target:
	@if ! command -v rustup >/dev/null 2>&1; then \
		$(CARGO) --version >/dev/null || { echo "install Rust first: https://rustup.rs"; exit 1; }; \
	else \
		rustup toolchain list | grep -q '^1\.95\.0' || rustup toolchain install 1.95.0 --profile minimal --component clippy,rustfmt; \
		rustup target list --installed --toolchain 1.95.0 | grep -qx $(TARGET) || rustup target add --toolchain 1.95.0 $(TARGET); \
	fi

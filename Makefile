# make demo   boot a guest, plan, apply, show, apply again
# make check  the quick part: format, lints, unit and sshd tests
# make test   everything, guests included, but for what takes longer:
# make test-matrix   Debian 11, 12, 13 and sid, an image of each, and a 5.10 kernel built here
# make test-safety   hosts on which all goes wrong that can: one boot after the other
# make test-plans   hosts in twelve states, and exactly what the plan of each said is done
# make test-power-cuts   25 power cuts at random moments of an apply

SHELL := /bin/bash
export IMAFORM_LAB ?= $(HOME)/.cache/imaform-lab
lab := tests/lab/lab

.PHONY: help check test test-matrix test-safety test-plans test-power-cuts demo deps bench-labelling bench-log clean-lab
help:
	@sed -n 's/^# //p' Makefile

# gcc links; libtss2 speaks to TPMs, with OpenSSL in it; sshd is what the fast tests talk to, as are software TPMs with
# certificates; evmctl judges signatures; jq is in the documentation's commands, which a test runs; kubectl drains nodes.
deps:
	@missing=; for tool in cc:gcc /usr/include/stdio.h:libc6-dev pkg-config:pkg-config /usr/include/tss2/tss2_esys.h:libtss2-dev /usr/include/openssl/ssl.h:libssl-dev swtpm:swtpm swtpm_setup:swtpm-tools certtool:gnutls-bin openssl:openssl sshd:openssh-server ssh:openssh-client shellcheck:shellcheck getfattr:attr evmctl:ima-evm-utils jq:jq kubectl:kubernetes-client; do \
	  PATH=$$PATH:/usr/sbin; name=$${tool%%:*}; \
	  case $$name in /*) [ -e $$name ];; *) command -v $$name >/dev/null;; esac || missing="$$missing $${tool##*:}"; \
	done; \
	if [ -n "$$missing" ]; then \
	  as_root=; [ "$$(id -u)" = 0 ] || as_root=sudo; \
	  $$as_root apt-get update -q && $$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $$missing; \
	fi

check: deps
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings
	cargo clippy --locked --test guest -- -D warnings
	tests/shellcheck
	cargo test --locked

test: check
	$(lab) deps
	$(lab) image
	cargo test --locked --test guest -- --test-threads=2 --nocapture --skip safety:: --skip power_cuts:: --skip matrix:: --skip plans::states

test-matrix: deps
	$(lab) deps
	tests/lab/kernels package
	for suite in bullseye bookworm trixie sid; do $(lab) image $$suite || exit 1; done
	cargo test --locked --test guest -- --test-threads=1 --nocapture matrix::

test-safety: deps
	$(lab) deps
	$(lab) image
	cargo test --locked --test guest -- --test-threads=1 --nocapture safety::

test-plans: deps
	$(lab) deps
	$(lab) image
	cargo test --locked --test guest -- --test-threads=2 --nocapture plans::states

test-power-cuts: deps
	$(lab) deps
	$(lab) image
	cargo test --locked --test guest -- --test-threads=1 --nocapture power_cuts::

demo: deps
	$(lab) deps
	$(lab) image
	cargo build --locked
	tests/lab/demo

# Labelling against the guide's own find and dd; about a quarter of an hour.
bench-labelling: deps
	$(lab) deps
	$(lab) image
	cargo build --locked --release
	tests/lab/bench-labelling target/release/imaform

# Verification of a long list against evmctl, keylime and the bare hashing. keylime's wheel names none of the modules that it
# imports; where pip cannot fetch them, it is left out.
bench-log: deps
	@missing=; for tool in evmctl:ima-evm-utils /usr/bin/time:time; do command -v $${tool%%:*} >/dev/null || missing="$$missing $${tool##*:}"; done; \
	if [ -n "$$missing" ]; then \
	  as_root=; [ "$$(id -u)" = 0 ] || as_root=sudo; \
	  $$as_root apt-get update -q && $$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $$missing; \
	fi
	cargo build --locked --release
	@keylime=target/keylime; \
	[ -e $$keylime/done ] || { python3 -m venv $$keylime && $$keylime/bin/pip install -q keylime jsonschema pyyaml cryptography lark packaging && touch $$keylime/done; } || true; \
	[ ! -e $$keylime/done ] || export KEYLIME_PYTHON=$$PWD/$$keylime/bin/python; \
	cargo bench --locked --bench log

clean-lab:
	for guest in $$($(lab) list | cut -d ' ' -f 1); do $(lab) rm $$guest; done
	rm -rf $(IMAFORM_LAB)

//! Debian 11, 12, 13 and sid. One guest after the other, so `make test-matrix` runs them and `make test` does not.

mod enforce_and_back;
mod kernel_package;
mod no_ima;

//! What goes wrong, one thing after the other: many boots, so `make test-safety` runs them and `make test` does not.

mod falls_back;
mod gate;
mod one_reboot;
mod recovery_card;
mod rollout;
mod unreadable_boot_files;

/// Whether a file of this name changes by itself: state of programs, and what is made at run time.
pub fn changes_by_itself(path: &[u8]) -> bool {
    ["/var/", "/run/", "/tmp/", "/home/", "/dev/", "/proc/", "/sys/"]
        .iter()
        .any(|directory| path.starts_with(directory.as_bytes()))
}

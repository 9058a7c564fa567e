//! The shell that an import runs in: whether it sets a name. Values are never read.

/// Whether the shell sets a variable of this name.
pub(super) fn is_in_shell(name: &str) -> bool {
    std::env::var_os(name).is_some()
}

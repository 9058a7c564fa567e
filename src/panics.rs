//! Panics of libraries turned into errors: a file or template that one of them cannot cope with ends no run and no session.
//!
//! At the bottom: knows nothing of what failed. Only for work that leaves nothing half done behind.

use std::{
    any::Any,
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind},
};

thread_local! {
    static CATCHING: Cell<bool> = const { Cell::new(false) };
}

/// Do some work; where it panics, the message of the panic.
pub fn catch<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    let before = CATCHING.replace(true);
    let result = catch_unwind(AssertUnwindSafe(work));
    CATCHING.set(before);
    result.map_err(|panic| message(&*panic))
}

/// Whether a panic of this thread becomes an error, so that nothing has to be reported where it happens.
pub fn is_caught() -> bool {
    CATCHING.get()
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "it panicked".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error_with_its_message() {
        assert_eq!(catch(|| 7), Ok(7));
        let out_of_range = || ["a"][std::hint::black_box(3)];
        let error = catch(out_of_range).unwrap_err();
        assert!(error.contains("index out of bounds"), "{error}");
        let inner = catch(|| catch(|| -> u8 { panic!("inner") }).is_err() && is_caught());
        assert_eq!((inner, is_caught()), (Ok(true), false));
    }
}

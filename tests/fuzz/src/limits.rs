//! What an input may cost: 512 MiB more than before it, and 5 s of processor time per MB, at least a second. Both are counted here,
//! and not by the fuzzer: its limit of memory is for the process with its corpus, and its clock runs while others compute.

use rustix::time::{ClockId, clock_gettime};
use std::{
    alloc::{GlobalAlloc, Layout, System},
    process::abort,
    sync::atomic::{AtomicIsize, Ordering::Relaxed},
    time::Duration,
};

/// Bytes in use, and how many more ends the process.
static IN_USE: AtomicIsize = AtomicIsize::new(0);
static LIMIT: AtomicIsize = AtomicIsize::new(isize::MAX);

const MAX_GROWTH: isize = 512 << 20;
const MIN_TIME: Duration = Duration::from_secs(1);
const SECONDS_PER_BYTE: f64 = 5e-6;

/// Counts what Rust code allocates. Libraries in C take theirs from the system; the fuzzer's limit is for them.
pub(crate) struct CountingAllocator;

impl CountingAllocator {
    fn add(bytes: usize) {
        let bytes = bytes as isize;
        if IN_USE.fetch_add(bytes, Relaxed).saturating_add(bytes) > LIMIT.load(Relaxed) {
            LIMIT.store(isize::MAX, Relaxed);
            eprintln!("FAULT: more than {} MiB for an input", MAX_GROWTH >> 20);
            eprintln!("{}", std::backtrace::Backtrace::force_capture());
            abort();
        }
    }

    fn remove(bytes: usize) {
        IN_USE.fetch_sub(bytes as isize, Relaxed);
    }
}

// SAFETY: the system's allocator, with a sum beside it.
unsafe impl GlobalAlloc for CountingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        CountingAllocator::add(layout.size());
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        CountingAllocator::add(layout.size());
        // SAFETY: as the caller promises.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, old: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        CountingAllocator::add(size);
        CountingAllocator::remove(layout.size());
        // SAFETY: as the caller promises.
        unsafe { System.realloc(old, layout, size) }
    }

    unsafe fn dealloc(&self, old: *mut u8, layout: Layout) {
        CountingAllocator::remove(layout.size());
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(old, layout) }
    }
}

/// Do some work for an input of so many bytes; a limit that it passes ends the process, and the fuzzer keeps the input.
pub(crate) fn within_limits<T>(bytes: usize, work: impl FnOnce() -> T) {
    let limit = Duration::from_secs_f64(SECONDS_PER_BYTE * bytes as f64).max(MIN_TIME);
    LIMIT.store(IN_USE.load(Relaxed) + MAX_GROWTH, Relaxed);
    let before = processor_time();
    work();
    let took = processor_time().saturating_sub(before);
    LIMIT.store(isize::MAX, Relaxed);
    if took > limit {
        eprintln!("FAULT: {took:.1?} for an input of {bytes} bytes");
        abort();
    }
}

fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

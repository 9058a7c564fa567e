//! Reports as their readers open them: in a browser, in a Markdown renderer, in a JUnit reader, against the schemas.

mod breakdown;
#[cfg(target_os = "linux")]
mod browser;
#[cfg(target_os = "linux")]
mod chromium;
mod forms;
mod hostile;
mod operands;
mod tradeoff;

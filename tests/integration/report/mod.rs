//! Reports as their readers open them: in a browser, in a Markdown renderer, in a JUnit reader, against the schemas.

mod browser;
mod chromium;
mod forms;
mod hostile;
mod operands;

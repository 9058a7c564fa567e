//! The pages of the documentation that a client can read: those that it needs to write a project and to read results.

/// A page.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) name: &'static str,
    pub(super) text: &'static str,
}

impl Page {
    /// Its first heading.
    pub(super) fn title(&self) -> &'static str {
        let heading = self.text.lines().find_map(|line| line.strip_prefix("# "));
        heading.unwrap_or(self.name)
    }
}

/// The page at `docs/NAME.md`.
macro_rules! page {
    ($name:literal) => {
        Page {
            name: $name,
            text: include_str!(concat!("../../docs/", $name, ".md")),
        }
    };
}

pub(super) const PAGES: [Page; 12] = [
    page!("agents"),
    page!("quick-start"),
    page!("project"),
    page!("templates"),
    page!("messages"),
    page!("datasets"),
    page!("metrics"),
    page!("judges"),
    page!("statistics"),
    page!("reports"),
    page!("costs"),
    page!("trust"),
];

//! The hand-over to fine-tuning: labelled rows → checked training files, and configurations of trainers.
//!
//! Pure: rows and prompts go in, texts come out. Knows no store, no endpoint and no verdict.

mod check;
mod differences;
mod example;
mod format;
mod pick;
mod report;
mod settings;
mod split;
mod trainer;
mod turns;

pub use check::{CheckSpec, Checked, Conflict, Dropped, Reason, check};
pub use differences::{DateColumns, differences};
pub use example::{Example, Origin, row_text};
pub use format::{TrainingExample, TrainingFormat, dataset_info};
pub use pick::{likeness, most_per_label};
pub use report::{ExportReport, TokenLengths};
pub use settings::{Device, Method, Setting, Settings, SettingsSpec, parameters_of};
pub use split::split;
pub use trainer::{TrainerSpec, chat_template};
pub use turns::turn_warnings;

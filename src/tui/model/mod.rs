//! All that the session knows, as plain data, and the messages and effects it exchanges: nothing here reads a file,
//! sends or draws.

mod action;
mod arrange;
mod effect;
mod hit;
pub mod listing;
mod message;
mod outputs;
mod overlay;
mod paraphrase;
mod parts;
mod progress;
mod reusable_answers;
mod row_changes;
mod run_list;
mod saved_view;
mod screen;
mod session;
mod table;
mod text_area;
mod theme;
mod view_settings;

pub use action::{Action, CopySource, DiffMode, ExportKind, Movement, Open, ViewCommand};
pub use arrange::{Arrangement, arrange, row_facts, row_finds};
pub use effect::{AdviceSpec, Effect, Job, RunCommand};
pub use hit::{Hit, Hits, Split};
pub use message::{JobResult, Message};
pub use outputs::Outputs;
pub use overlay::{Confirmation, Item, LinePurpose, Overlay};
pub use paraphrase::{ParaphraseOffer, ParaphraseReview, ParaphraseSpec};
pub use parts::{Against, GridSource, Measured, Other};
pub use progress::{Phase, Progress};
pub use reusable_answers::{ReusableAnswers, reusable_answers};
pub use row_changes::{ComparedSide, RowChanges, difference, row_changes};
pub use run_list::RunLine;
pub use saved_view::{SavedExperimentView, SavedViewState};
pub use screen::Screen;
pub use session::Model;
pub use table::{RowText, Table, TableSource};
pub use text_area::{Edit, TextArea};
pub use theme::{Theme, ThemeName};
pub use view_settings::{Filter, Finder, Lens, RowKind, Sort};

//! All that the session knows, as plain data, and the messages and effects it exchanges: nothing here reads a file,
//! sends or draws.

mod action;
mod arrange;
mod columns;
mod custom_keys;
mod effect;
mod experiment_form;
mod filter_menu;
mod hit;
mod inspection;
mod leaderboard;
pub(super) mod listing;
mod message;
mod model_choice;
mod outputs;
mod overlay;
mod paraphrase;
mod parts;
mod plan_estimate;
mod preview;
mod progress;
mod row_changes;
mod run_list;
mod saved_view;
mod screen;
mod session;
mod shown_models;
mod soft_wrap;
mod table;
mod text_area;
mod theme;
mod view_settings;

pub(super) use action::ExportKind;
pub use action::{Action, ColumnChange, CopySource, DiffMode, Movement, Open, ViewCommand};
pub(super) use arrange::{Arrangement, arrange, find_row};
pub use columns::{ColumnGrouping, GridColumn};
pub(super) use columns::{ColumnLayout, ColumnWindow};
pub use custom_keys::CustomKeys;
pub(super) use effect::AdviceSpec;
pub use effect::{Effect, Job, RunCommand};
pub(super) use experiment_form::{ColumnsRead, FormEntry, FormHint};
pub use experiment_form::{DraftField, ExperimentForm};
pub use filter_menu::FilterMenu;
pub(super) use filter_menu::{FilterChoice, FilterEntry};
pub use hit::{Hit, Hits, Split};
pub(super) use inspection::{
    MetricLine, call_facts, compared_fields, current_record, facts_text, metric_lines,
    metrics_text, row_fields,
};
pub(super) use leaderboard::{LeaderboardFilter, shown_lines, sort_columns};
pub(super) use message::NewestRun;
pub use message::{JobResult, Message};
pub use model_choice::{FileChange, ModelChoice, ModelList};
pub(super) use model_choice::{ModelEntry, ModelOrigin};
pub(super) use outputs::{Outputs, excerpt, excerpt_sample};
pub use overlay::Overlay;
pub(super) use overlay::{Confirmation, Item, LinePurpose};
pub use paraphrase::{ParaphraseOffer, ParaphraseReview, ParaphraseSpec};
pub(super) use parts::{Against, GridSource, Measured, Other};
pub use plan_estimate::{Diagnostic, PlanEstimate};
pub(super) use preview::PreviewSpec;
pub use progress::{Phase, Progress};
pub(super) use row_changes::{ComparedSide, RowChanges, difference, row_changes};
pub(super) use run_list::RunLine;
pub(super) use saved_view::SavedExperimentView;
pub use saved_view::SavedViewState;
pub use screen::Screen;
pub use session::Model;
pub use shown_models::ShownModels;
pub(super) use soft_wrap::{SoftWrap, shown_grapheme};
pub(super) use table::TableSource;
pub use table::{RowText, Table};
pub(super) use text_area::{Edit, TextArea, Window};
pub(super) use theme::{CustomColors, Role};
pub use theme::{Theme, ThemeName};
pub use view_settings::{Lens, Sort};

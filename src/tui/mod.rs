//! The terminal session, Elm-shaped: `keys` turn key presses into actions, `update` changes the model and returns
//! effects, `runtime` alone performs them, `jobs` work beside it, `view` draws the model. Nothing here waits while drawing.
//!
//! Inside, arrows run down only: `runtime` → `update`, `view`, `jobs` → `keys` → `model`. Only `commands` and `main` know it.

mod annotate;
mod jobs;
mod keys;
mod model;
mod runtime;
mod update;
pub mod view;

pub use crate::row_filter::{Filter, RowKind};
pub use annotate::{
    ItemClock, ItemEffect, ItemMessage, ItemScreen, LabelQueueKind, LabelScreen, LabelSpec,
    RateScreen, RateSpec, ReadRow, run_items,
};
pub use jobs::JobRunner;
pub use keys::{
    Binding, KEYS, KeyContext, UserKeys, action_for_key, action_for_mouse, bindings_in, parse_key,
};
pub use model::{
    Action, AnnotationRequest, AnnotationResult, ColumnChange, ColumnGrouping, CopySource,
    CustomKeys, Diagnostic, DiffMode, DraftField, Effect, ExperimentForm, FileChange, FilterMenu,
    GridColumn, Hit, Hits, Job, JobResult, Lens, Message, Model, ModelChoice, Movement, Open,
    Overlay, ParaphraseOffer, ParaphraseReview, ParaphraseSpec, Phase, PlanEstimate, Progress,
    RowText, RunCommand, SavedViewState, Screen, ShownModels, Sort, Split, Table, Theme, ThemeName,
    ViewCommand,
};
pub use runtime::{Annotator, SessionSpec, TuiError, restore_on_panic, run};
pub use update::{begin, drawn, update};

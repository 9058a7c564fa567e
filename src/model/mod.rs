//! The nouns of the project as plain data: no I/O, no async, imports nothing of ours.
//!
//! Everything else passes these around; a word means here what it means on screen and in the docs.

mod answer_keys;
mod answer_origins;
mod cut_prompts;
mod date;
mod duration;
mod elimination_cause;
mod endpoint_warning;
mod event;
mod heads;
mod in_flight;
mod listed_model;
mod max_truncated;
mod media;
mod message;
mod name;
mod opinion;
mod outcome;
mod params;
mod policy;
mod price;
mod raised_max_tokens;
mod record_limit;
mod request_terms;
mod row;
mod row_records;
mod score;
mod seal;
mod service_tier;
mod shard;
mod tool_call;
mod tool_set;
mod trial;
mod usage;
mod variant;
mod variant_aliases;
mod variant_names;
mod written_call;

pub use answer_keys::AnswerKeys;
pub use answer_origins::{AnswerOrigins, LabelWeighting};
pub use cut_prompts::CutPrompts;
pub use date::{Date, ParseDateError};
pub use duration::parse_duration;
pub use elimination_cause::EliminationCause;
pub use endpoint_warning::{EndpointWarning, STREAM_CUTS};
pub use event::{DownCause, MetricSummary, RequestTotals, RunEvent, RunSummary, StopCause};
pub use heads::{RowHeads, SliceColumn, TextColumn, TextColumnBuilder};
pub use in_flight::{InFlight, InFlightGauge};
pub use listed_model::ListedModel;
pub use max_truncated::MaxTruncated;
pub use media::{Media, MediaExtent, MediaFile, MediaKind, MediaSource};
pub use message::{GivenReply, Message, MessagePart, MessagePiece, Prompt, Reply, Role};
pub use name::{ModelRef, ParseModelRefError, RunId};
pub use opinion::Opinion;
pub use outcome::{Completion, Failure, FailureKind, FinishReason, Outcome, Trace};
pub use params::{
    LOGPROBS, MAX_TOP_LOGPROBS, NOT_IN_RESPONSES, Params, TOP_LOGPROBS, effective_params,
    max_output_tokens, output_limit, param, with_max_output,
};
pub use policy::PolicySpec;
pub use price::{Price, PriceTier, Rates};
pub use raised_max_tokens::RaisedMaxTokens;
pub use record_limit::RecordLimit;
pub use request_terms::{RequestTerms, ServiceChoice, unbounded_model};
pub use row::{Row, Shot, answer_text, each_text, expected_answer, right_texts};
pub use row_records::RowRecords;
pub use score::{Score, Scores};
pub use seal::{RowKeyColumns, RunSeal, SealRule, SealedBy};
pub use service_tier::ServiceTier;
pub use shard::{ParseShardError, Shard};
pub use tool_call::{ToolCall, arguments_text, output_with_calls, text_without_calls};
pub use tool_set::ToolSet;
pub use trial::{ConversationCalls, TrialId, TrialRecord};
pub use usage::{BillingDetails, Usage};
pub use variant::{Axis, Level, Variant, axis_param};
pub use variant_aliases::{VariantAliases, VariantNameError};
pub use variant_names::{ShortVariantName, VariantNames};
pub use written_call::WrittenCall;

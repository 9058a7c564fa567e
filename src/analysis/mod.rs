//! Grid → findings, on top of `stats`.
//!
//! Knows neither store nor screen; `report` and `tui` show what it finds. `analyse` goes through everything; `Live` keeps
//! what a screen shows while answers still come in.

mod analyse;
mod answers;
mod axis_answers;
mod calibration;
mod draws;
mod effects;
mod finding;
mod grade_difference;
mod judge;
mod label_figures;
mod labels;
mod leaderboard;
mod live;
mod paired;
mod ranking;
mod ratings;
mod raw_figures;
mod row_findings;
mod rows;
mod same_calls;
mod slices;
mod spec;
mod summary;
mod table;
mod tradeoff;
mod truncation;
mod variance_components;
mod variants;
mod wear;

pub use analyse::analyse;
pub use calibration::{CalibrationFinding, VariantCalibration, calibration_finding};
pub use finding::{
    Agreement, Analysis, AnswerShift, AxisAnswers, AxisEffects, AxisFinding, Best, Cochran,
    Difference, Interaction, Interval, LevelEffect, NextCalls, Overall, Purchase, RepeatNoise,
    Resource, Sensitivity, Spread, Unavailable, VarianceShares, VariantFinding, Verdict,
};
pub use grade_difference::{GradeDifference, GradePairSample};
pub use judge::{JudgeFinding, JudgeTally};
pub use label_figures::{
    FigureDifference, FigureFinding, LabelFigure, LabelFinding, LabelFindings, VariantLabels,
};
pub use labels::label_findings;
pub use leaderboard::{
    Leaderboard, LeaderboardColumn, LeaderboardLine, LeaderboardPart, LeaderboardSort,
};
pub use live::{Live, LiveVariant};
pub use ranking::{PreferenceRanking, RankedWording, WordingStrength};
pub use ratings::{CorrectedScore, JudgeAgreement, RatedAnswer, RatingFinding, RatingSample};
pub use row_findings::{RowFinding, RowFindings};
pub use slices::{Slice, SliceFinding, SliceInteraction, findings_together, slice_findings};
pub use spec::{AnalysisSpec, AxisLevels};
pub use tradeoff::{Expense, Tradeoff, TradeoffPoint};
pub use truncation::Truncation;
pub use wear::{TriedWording, WearAdvice, WearFinding};

pub use crate::stats::NoStrengths;

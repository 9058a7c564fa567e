//! `wording rate`.

use super::values::positive;
use crate::annotation::GradeScale;
use clap::Args;

const AFTER_HELP: &str = "\
Ratings are kept in ratings/EXPERIMENT.jsonl beside the project, one JSON object per line. Answers that are the same are not \
shown; they count as ties. `wording report` shows the results, and what they say about a judge.";

/// `wording rate`
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub struct RateArgs {
    /// Experiment
    pub experiment: String,
    /// Wording to rate
    pub a: String,
    /// Wording to compare it with
    #[arg(required_unless_present = "scale", conflicts_with = "scale")]
    pub b: Option<String>,
    /// Your name, kept with each rating [default: the name of the user]
    #[arg(long = "as", value_name = "NAME")]
    pub person: Option<String>,
    /// Grade the answers of one wording on a scale, such as 1..5
    #[arg(long, value_name = "LOW..HIGH", value_parser = scale)]
    pub scale: Option<GradeScale>,
    /// Run whose answers are rated [default: the newest of the experiment]
    #[arg(long, value_name = "RUN")]
    pub run: Option<String>,
    /// Model whose answers are rated (optional if there is only one)
    #[arg(long, value_name = "MODEL")]
    pub model: Option<String>,
    /// Choose pairs at random, whatever the judge says
    #[arg(long)]
    pub random: bool,
    /// Stop after N ratings
    #[arg(long, value_name = "N", value_parser = positive)]
    pub ratings: Option<usize>,
}

/// The keys 0 to 9 are grades.
fn scale(text: &str) -> Result<GradeScale, String> {
    let ends = text
        .split_once("..")
        .map(|(low, high)| (low.parse(), high.parse()));
    match ends {
        Some((Ok(lowest), Ok(highest))) if 0 <= lowest && lowest < highest && highest <= 9 => {
            Ok(GradeScale { lowest, highest })
        }
        _ => Err("expected LOW..HIGH within 0..9, such as 1..5".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_has_two_ends() {
        let five = GradeScale {
            lowest: 1,
            highest: 5,
        };
        assert_eq!(scale("1..5"), Ok(five));
        for wrong in ["5..1", "1..10", "1-5", "", "1.."] {
            assert!(scale(wrong).is_err(), "{wrong}");
        }
    }
}

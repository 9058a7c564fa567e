//! What one person said about two answers to a row, or about one, without knowing whose they are.

use super::{JournalRecord, PairSelection};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// A rating, as a line of the journal: a preference between two answers, or a grade of one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub struct RatingRecord {
    /// Id of the row.
    pub row: String,
    /// The answers as they were shown: left and right, or the only one.
    pub shown: Vec<ShownOutput>,
    pub rating: Rating,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Name of the person.
    pub by: String,
    /// RFC 3339, UTC.
    pub at: String,
    pub seconds: f64,
    /// How the answers came to be chosen; `None` where the same person rated them before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chosen: Option<PairSelection>,
}

impl Serialize for RatingRecord {
    fn serialize<S: Serializer>(&self, writer: S) -> Result<S::Ok, S::Error> {
        RatingRecord::serialize(self, writer)
    }
}

impl<'de> Deserialize<'de> for RatingRecord {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<RatingRecord, D::Error> {
        let record = RatingRecord::deserialize(reader)?;
        let (what, takes) = match record.rating {
            Rating::Prefer(_) => ("a preference", 2),
            Rating::Grade(_) => ("a grade", 1),
        };
        match record.shown.len() {
            n if n == takes => Ok(record),
            n => Err(D::Error::custom(format!(
                "`shown` has {n} answers; {what} is about {takes}"
            ))),
        }
    }
}

/// An answer that was shown.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ShownOutput {
    /// Name of the wording.
    pub variant: String,
    /// Hash of the text, hexadecimal: a rating holds for these texts alone.
    pub output: String,
}

impl ShownOutput {
    pub fn new(variant: &str, text: &str) -> ShownOutput {
        ShownOutput {
            variant: variant.to_owned(),
            output: blake3::hash(text.as_bytes()).to_hex()[..32].to_owned(),
        }
    }
}

/// What was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rating {
    Prefer(Preference),
    Grade(Grade),
}

/// Which of two answers is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Preference {
    Left,
    Right,
    /// Both are as good.
    Tie,
    BothBad,
}

/// A grade on a scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub struct Grade {
    pub grade: i32,
    pub scale: GradeScale,
}

impl Serialize for Grade {
    fn serialize<S: Serializer>(&self, writer: S) -> Result<S::Ok, S::Error> {
        Grade::serialize(self, writer)
    }
}

impl<'de> Deserialize<'de> for Grade {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Grade, D::Error> {
        let Grade { grade, scale } = Grade::deserialize(reader)?;
        let GradeScale { lowest, highest } = scale;
        match (lowest..=highest).contains(&grade) {
            true => Ok(Grade { grade, scale }),
            false => Err(D::Error::custom(format!(
                "grade {grade} is not on its scale from {lowest} to {highest}"
            ))),
        }
    }
}

/// The lowest and the highest grade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "ScaleEnds")]
pub struct GradeScale {
    pub lowest: i32,
    pub highest: i32,
}

/// The ends of a scale as they are written.
#[derive(Deserialize)]
struct ScaleEnds {
    lowest: i32,
    highest: i32,
}

impl TryFrom<ScaleEnds> for GradeScale {
    type Error = String;

    fn try_from(ends: ScaleEnds) -> Result<GradeScale, String> {
        let ScaleEnds { lowest, highest } = ends;
        match lowest < highest {
            true => Ok(GradeScale { lowest, highest }),
            false => Err(format!(
                "a scale from {lowest} to {highest}; its lowest grade has to be below its highest"
            )),
        }
    }
}

impl GradeScale {
    /// The place of a grade on the scale, in [0, 1].
    pub fn share(self, grade: i32) -> f64 {
        let lowest = f64::from(self.lowest);
        (f64::from(grade) - lowest) / (f64::from(self.highest) - lowest)
    }
}

impl Rating {
    /// In [−1, 1]. Of two: 1 where the first of `shown` is better, −1 where the second is, 0 where neither is. Of one: from the
    /// lowest grade to the highest.
    pub fn value(self) -> f64 {
        match self {
            Rating::Prefer(Preference::Left) => 1.0,
            Rating::Prefer(Preference::Right) => -1.0,
            Rating::Prefer(_) => 0.0,
            Rating::Grade(grade) => 2.0 * grade.scale.share(grade.grade) - 1.0,
        }
    }
}

/// The answers that a rating is about, whatever side they were on.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RatingSubject {
    pub row: String,
    pub outputs: Vec<ShownOutput>,
}

impl JournalRecord for RatingRecord {
    type Subject = RatingSubject;

    fn subject(&self) -> RatingSubject {
        let mut outputs = self.shown.clone();
        outputs.sort_by(|a, b| (&a.variant, &a.output).cmp(&(&b.variant, &b.output)));
        RatingSubject {
            row: self.row.clone(),
            outputs,
        }
    }

    fn by(&self) -> &str {
        &self.by
    }

    fn at(&self) -> &str {
        &self.at
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::annotation::PairStratum;

    #[test]
    fn a_line_has_the_documented_form() {
        let record = RatingRecord {
            row: "r3".into(),
            shown: vec![ShownOutput::new("b", "x"), ShownOutput::new("a", "y")],
            rating: Rating::Prefer(Preference::BothBad),
            reason: String::new(),
            by: "ann".into(),
            at: "2026-01-01T00:00:00.000Z".into(),
            seconds: 2.5,
            chosen: Some(PairSelection {
                stratum: PairStratum::Unsure,
                stratum_pairs: 20,
                pairs: 40,
                weight: 0.8,
            }),
        };
        let line = serde_json::to_string(&record).unwrap();
        assert!(
            line.contains(r#""rating":{"prefer":"both_bad"},"by":"ann""#),
            "{line}"
        );
        assert!(
            line.contains(r#""stratum":"unsure","stratum_pairs":20"#),
            "{line}"
        );
        assert_eq!(serde_json::from_str::<RatingRecord>(&line).unwrap(), record);
        assert_eq!(record.subject().outputs[0].variant, "a");
        let refused = |line: &str| serde_json::from_str::<RatingRecord>(line).unwrap_err();
        let none = RatingRecord {
            shown: Vec::new(),
            ..record.clone()
        };
        let said = refused(&serde_json::to_string(&none).unwrap()).to_string();
        assert!(said.contains("`shown` has 0 answers"), "{said}");
        let scale = r#"{"grade":{"grade":3,"scale":{"lowest":3,"highest":3}}}"#;
        let flat = line.replace(r#"{"prefer":"both_bad"}"#, scale);
        let said = refused(&flat).to_string();
        assert!(said.contains("a scale from 3 to 3"), "{said}");
        let graded = |grade: &str| line.replace(r#"{"prefer":"both_bad"}"#, grade);
        let beyond = graded(r#"{"grade":{"grade":6,"scale":{"lowest":1,"highest":5}}}"#);
        let said = refused(&beyond).to_string();
        assert!(
            said.contains("grade 6 is not on its scale from 1 to 5"),
            "{said}"
        );
        let of_two = graded(r#"{"grade":{"grade":4,"scale":{"lowest":1,"highest":5}}}"#);
        let said = refused(&of_two).to_string();
        assert!(
            said.contains("`shown` has 2 answers; a grade is about 1"),
            "{said}"
        );
        let scale = GradeScale {
            lowest: 1,
            highest: 5,
        };
        let grade = |grade| Rating::Grade(Grade { grade, scale }).value();
        assert_eq!((grade(1), grade(3), grade(5)), (-1.0, 0.0, 1.0));
    }
}

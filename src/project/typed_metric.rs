//! A metric from the command line: written as the table of a project file, so that both have the same rules.

use super::{MetricSpec, ProjectError, Reader, metric::read_metric};

/// The metric with these settings, each a key and a value as in `[[experiment.NAME.metric]]`; a value that is not TOML is a
/// text.
pub fn typed_metric(settings: &[(String, String)]) -> Result<MetricSpec, ProjectError> {
    let source: String = settings
        .iter()
        .map(|(key, value)| {
            let is_toml = !value.contains('\n')
                && toml::from_str::<toml::Table>(&format!("x = {value}")).is_ok();
            let value = match is_toml {
                true => value.clone(),
                false => toml::Value::String(value.clone()).to_string(),
            };
            format!("{key} = {value}\n")
        })
        .collect();
    let reader = Reader::new("--metric".into(), &source, 0);
    let metric = reader.parse(source.len()).and_then(|table| {
        let section = reader.section("the metric", table.span(), table.get_ref());
        read_metric(&section, |section, key| {
            let item = section.require(key)?;
            section.as_text(key, item)?.parse().ok()
        })
    });
    match (metric, reader.into_problems()) {
        (Some(metric), problems) if problems.is_empty() => Ok(metric),
        (_, problems) => Err(ProjectError::Invalid { problems }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::MetricKind;

    fn typed(settings: &[(&str, &str)]) -> Result<MetricSpec, String> {
        let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        let settings: Vec<_> = settings.iter().map(owned).collect();
        typed_metric(&settings).map_err(|error| error.to_string())
    }

    #[test]
    fn settings_are_read_like_those_of_a_project() {
        let metric = typed(&[("kind", "number"), ("tolerance", "0.5")]).unwrap();
        assert!(matches!(metric.kind, MetricKind::Number { tolerance, .. } if tolerance == 0.5));
        let metric = typed(&[("kind", "regex"), ("pattern", r"answer: (\w+)")]).unwrap();
        assert!(
            matches!(&metric.kind, MetricKind::Regex { pattern } if pattern == r"answer: (\w+)")
        );
        let error = typed(&[("kind", "number"), ("tolerence", "1")]).unwrap_err();
        assert!(error.contains("did you mean `tolerance`?"), "{error}");
        let error = typed(&[("kind", "numbr")]).unwrap_err();
        assert!(error.contains("did you mean `number`?"), "{error}");
    }
}

//! What an endpoint's list says of a model, in a form that stays the same while the model does.

use super::{AttemptFailure, Client};
use crate::model::Date;
use serde_json::Value;
use std::time::Duration;

/// A list that takes longer is done without.
const LIMIT: Duration = Duration::from_secs(5);

/// Fields that say which model it is. Others change by themselves, such as the time of loading.
const FIELDS: [&str; 16] = [
    "root",
    "parent",
    "path",
    "model_path",
    "digest",
    "hash",
    "revision",
    "quantization",
    "arch",
    "/meta/n_params",
    "/meta/size",
    "/meta/n_vocab",
    "/meta/n_embd",
    "/details/digest",
    "/details/parameter_size",
    "/details/quantization_level",
];

/// A model in the list of an endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelListing {
    pub id: String,
    /// When it is shut down, where the list says so.
    pub shutdown: Option<Date>,
}

/// Where lists say when a model is shut down: as a date, or in seconds since 1970.
const SHUTDOWN: [&str; 4] = [
    "shutdown_date",
    "retirement_date",
    "deprecation_date",
    "deprecation",
];

fn shutdown(entry: &Value) -> Option<Date> {
    SHUTDOWN.iter().find_map(|field| match entry.get(field)? {
        Value::String(text) => text.parse().ok(),
        Value::Number(seconds) => Some(Date::of_days(seconds.as_i64()? / 86_400)),
        _ => None,
    })
}

impl Client {
    /// The models that the endpoint lists.
    pub async fn listings(&self) -> Result<Vec<ModelListing>, AttemptFailure> {
        let list = self.model_list().await?;
        let listing = |entry: &Value| {
            let id = entry.get("id").and_then(Value::as_str)?;
            Some(ModelListing {
                id: self.secrets().message(id),
                shutdown: shutdown(entry),
            })
        };
        Ok(list.iter().filter_map(listing).collect())
    }

    /// Their names.
    pub async fn models(&self) -> Result<Vec<String>, AttemptFailure> {
        let listings = self.listings().await?.into_iter();
        Ok(listings.map(|listing| listing.id).collect())
    }

    /// What the list says of a model: its own entry, or the only one there is, for such a server answers with that whatever
    /// the name. `None` where it says nothing.
    pub(crate) async fn listed(&self, model: &str) -> Option<String> {
        let list = tokio::time::timeout(LIMIT, self.model_list());
        let list: Result<Vec<Value>, AttemptFailure> = list.await.ok()?;
        let list = list.ok()?;
        let id = |entry: &Value| entry.get("id").and_then(Value::as_str).map(str::to_owned);
        let own = list
            .iter()
            .find(|entry| id(entry).as_deref() == Some(model));
        let entry = match (own, list.as_slice()) {
            (Some(own), _) => own,
            (None, [only]) => only,
            _ => return None,
        };
        Some(self.secrets().message(&described(&id(entry)?, entry)))
    }
}

fn described(id: &str, entry: &Value) -> String {
    let mut text = id.to_owned();
    for field in FIELDS {
        let value = match field.starts_with('/') {
            true => entry.pointer(field),
            false => entry.get(field),
        };
        let value = match value {
            Some(Value::String(text)) if text != id && !text.is_empty() => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            _ => continue,
        };
        let name = field.rsplit('/').next().unwrap_or(field);
        text += &format!(", {name} {value}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_shutdown_is_a_date_or_a_time() {
        let day = |entry| shutdown(&entry).map(|day| day.to_string());
        let date = Some("2027-01-14".to_owned());
        assert_eq!(day(json!({"shutdown_date": "2027-01-14"})), date);
        assert_eq!(day(json!({"shutdown_date": "2027-01-14T00:00:00Z"})), date);
        assert_eq!(day(json!({"shutdown_date": 1_799_884_800})), date);
        assert_eq!(day(json!({"deprecation": "2027-01-14"})), date);
        for odd in [
            json!({"shutdown_date": null}),
            json!({"shutdown_date": "soon"}),
            json!({"shutdown_date": [1]}),
            json!({"deprecation": 1e300}),
        ] {
            assert_eq!(day(odd), None);
        }
    }

    #[test]
    fn an_entry_is_described_by_what_does_not_change_by_itself() {
        let vllm = json!({"id": "m", "created": 1, "root": "/models/a", "parent": null, "permission": [{"id": "x"}]});
        assert_eq!(described("m", &vllm), "m, root /models/a");
        let llama = json!({"id": "m", "created": 5, "meta": {"n_params": 134515008, "size": 98}, "root": "m"});
        assert_eq!(described("m", &llama), "m, n_params 134515008, size 98");
    }
}

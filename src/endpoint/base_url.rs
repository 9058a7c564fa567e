//! The address of an endpoint, in all the shapes in which people write it.

/// A base URL made sense of: with or without `/v1`, a trailing slash, or a whole `…/chat/completions`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl {
    base: String,
    query: Option<String>,
}

impl BaseUrl {
    /// Make sense of what was written. A bare host gets `/v1`; any other path is kept.
    pub fn new(written: &str) -> BaseUrl {
        let (path, query) = match written.trim().split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (written.trim(), None),
        };
        let mut base = path.trim_end_matches('/').to_owned();
        for end in [
            "/chat/completions",
            "/completions",
            "/embeddings",
            "/models",
        ] {
            if let Some(rest) = base.strip_suffix(end) {
                base = rest.to_owned();
                break;
            }
        }
        let after_scheme = base.find("://").map_or(0, |i| i + 3);
        if !base[after_scheme..].contains('/') {
            base.push_str("/v1");
        }
        BaseUrl { base, query }
    }

    /// The address of an operation, such as `chat/completions`.
    pub fn operation(&self, name: &str) -> String {
        match &self.query {
            Some(query) => format!("{}/{name}?{query}", self.base),
            None => format!("{}/{name}", self.base),
        }
    }

    /// The address without the query and without user and password: fit for the store and for messages.
    pub fn public(&self) -> String {
        let Some((scheme, rest)) = self.base.split_once("://") else {
            return self.base.clone();
        };
        let host_end = rest.find('/').unwrap_or(rest.len());
        let host = rest[..host_end].rsplit('@').next().unwrap_or("");
        format!("{scheme}://{host}{}", &rest[host_end..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_leads_to_the_same_operation() {
        for written in [
            "http://h:8000",
            "http://h:8000/",
            "http://h:8000/v1",
            "http://h:8000/v1/",
            "http://h:8000/v1/chat/completions",
            " http://h:8000/v1/completions ",
        ] {
            assert_eq!(
                BaseUrl::new(written).operation("chat/completions"),
                "http://h:8000/v1/chat/completions"
            );
        }
        assert_eq!(
            BaseUrl::new("https://g/v1beta/openai").operation("models"),
            "https://g/v1beta/openai/models"
        );
        let azure = BaseUrl::new("https://n/openai/deployments/d?api-version=1&key=secret");
        assert_eq!(
            azure.operation("models"),
            "https://n/openai/deployments/d/models?api-version=1&key=secret"
        );
        assert_eq!(azure.public(), "https://n/openai/deployments/d");
        assert_eq!(BaseUrl::new("http://me:pw@h/v1").public(), "http://h/v1");
    }
}

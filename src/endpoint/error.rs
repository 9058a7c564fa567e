//! Why a client cannot be made: what is wrong with what the project says of an endpoint.

use std::path::PathBuf;

/// Why a client cannot be made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum EndpointError {
    /// A variable that should hold a secret is not set.
    #[error(
        "the environment variable {variable} is not set; endpoint `{endpoint}` needs it ({what}). Set it, for example: export {variable}=…"
    )]
    Unset {
        variable: String,
        endpoint: String,
        /// `api_key_env`, or which header.
        what: String,
    },
    /// A header that HTTP does not allow.
    #[error(
        "header `{name}` of endpoint `{endpoint}` cannot be sent: names are letters, digits and dashes, values have no line ends"
    )]
    Header { name: String, endpoint: String },
    /// The file of certificate authorities is missing or holds none.
    #[error(
        "the ca_file {} of endpoint `{endpoint}` cannot be used: {message}; it is a PEM file, with a part that begins with -----BEGIN CERTIFICATE----- for each authority",
        path.display()
    )]
    CaFile {
        path: PathBuf,
        endpoint: String,
        message: String,
    },
    /// The address makes no sense, or TLS cannot be set up.
    #[error("endpoint `{endpoint}` cannot be used: {message}")]
    Setup { endpoint: String, message: String },
}

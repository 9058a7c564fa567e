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
        "invalid header `{name}` of endpoint `{endpoint}`: names may have letters, digits and dashes, values no line breaks"
    )]
    Header { name: String, endpoint: String },
    /// The file of certificate authorities is missing or holds none.
    #[error(
        "cannot use the ca_file {} of endpoint `{endpoint}`: {message}; it must be a PEM file with a -----BEGIN CERTIFICATE----- block for each authority",
        path.display()
    )]
    CaFile {
        path: PathBuf,
        endpoint: String,
        message: String,
    },
    /// The address makes no sense, or TLS cannot be set up.
    #[error("cannot use endpoint `{endpoint}`: {message}")]
    Setup { endpoint: String, message: String },
}

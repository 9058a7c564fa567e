//! A server whose certificate is signed by an authority of one's own, and what is offered to it.

use super::ask::ask;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{
    ServerConfig, StreamOwned,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    server::Acceptor,
};
use std::{
    io::{Read, Write},
    net::TcpListener,
    sync::Arc,
    thread::JoinHandle,
};
use wording::{endpoint::Client, model::FailureKind, project::EndpointSpec};

const BODY: &str =
    r#"{"choices":[{"index":0,"message":{"content":"over TLS"},"finish_reason":"stop"}]}"#;

/// A server of one connection; what protocols it was offered, and the PEM of its authority.
fn server() -> (String, JoinHandle<Vec<String>>, String) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["127.0.0.1".to_owned()])
        .unwrap()
        .signed_by(&key, &authority)
        .unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let mut config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/v1", listener.local_addr().unwrap());
    let thread = std::thread::spawn(move || {
        let (mut tcp, _) = listener.accept().unwrap();
        let mut acceptor = Acceptor::default();
        let accepted = loop {
            acceptor.read_tls(&mut tcp).unwrap();
            if let Some(accepted) = acceptor.accept().map_err(|(e, _)| e).unwrap() {
                break accepted;
            }
        };
        let offered = accepted
            .client_hello()
            .alpn()
            .into_iter()
            .flatten()
            .map(|name| String::from_utf8_lossy(name).into_owned())
            .collect();
        let connection = accepted
            .into_connection(Arc::new(config))
            .map_err(|(e, _)| e)
            .unwrap();
        let mut tls = StreamOwned::new(connection, tcp);
        let mut request = Vec::new();
        let mut byte = [0];
        // A client that does not trust the certificate goes away here.
        while !request.ends_with(b"\r\n\r\n") && tls.read(&mut byte).is_ok_and(|n| n == 1) {
            request.push(byte[0]);
        }
        if !request.is_empty() {
            write!(tls, "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{BODY}", BODY.len()).unwrap();
        }
        offered
    });
    (url, thread, authority.pem())
}

#[tokio::test]
async fn an_authority_of_ones_own_is_trusted_and_http_2_is_offered() {
    let dir = tempfile::tempdir().unwrap();
    let (url, thread, pem) = server();
    let mut spec = EndpointSpec::new("x", url);
    let path = dir.path().join("ca.pem");
    std::fs::write(&path, pem).unwrap();
    spec.ca_file = Some(path);
    let got = ask(&spec, false).await.0.unwrap();
    assert_eq!(got.text, "over TLS");
    assert_eq!(thread.join().unwrap(), ["h2", "http/1.1"]);
}

#[tokio::test]
async fn an_authority_that_is_not_known_is_told_with_what_to_do() {
    let (url, thread, _) = server();
    let failed = ask(&EndpointSpec::new("x", url), false)
        .await
        .0
        .unwrap_err();
    let said = failed.failure.to_string();
    assert_eq!(
        (failed.failure.kind, failed.retry),
        (FailureKind::Connect, false),
        "{said}"
    );
    assert!(
        said.contains("certificate") && said.contains("ca_file"),
        "{said}"
    );
    thread.join().unwrap();
}

#[test]
fn a_file_without_authorities_is_a_clear_error() {
    let dir = tempfile::tempdir().unwrap();
    for (name, content, part) in [
        ("none.pem", None, "No such file"),
        ("empty.pem", Some(""), "no certificate"),
        ("text.pem", Some("hello"), "no certificate"),
        (
            "broken.pem",
            Some("-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n"),
            "certificate",
        ),
        (
            "wrong.pem",
            Some("-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n"),
            "",
        ),
    ] {
        let mut spec = EndpointSpec::new("x", "https://127.0.0.1:1/v1");
        let path = dir.path().join(name);
        if let Some(content) = content {
            std::fs::write(&path, content).unwrap();
        }
        spec.ca_file = Some(path);
        let error = Client::new(&spec).unwrap_err().to_string();
        for part in [part, name, "`x`", "PEM"] {
            assert!(error.contains(part), "{part:?} is missing in: {error}");
        }
    }
}

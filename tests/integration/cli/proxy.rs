//! Proxies of the environment, and a file of authorities of the project.

use crate::support::Workspace;
use std::{
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    thread::JoinHandle,
};
use wording::demo::{DemoServer, DemoSpec};

const EXPERIMENT: &str =
    "[experiment.a]\ntemplates = [\"t.j2\"]\ndataset = \"d.jsonl\"\nmodels = [\"far/m\"]\n";

/// A proxy for one request, which it answers itself; what the request began with.
fn proxy(status: &'static str, body: &'static str) -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    let thread = std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut lines = BufReader::new(&stream).lines();
        let first = lines.next().unwrap().unwrap();
        for line in lines {
            if line.unwrap().is_empty() {
                break;
            }
        }
        write!(
            &stream,
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        first
    });
    (format!("http://{at}"), thread)
}

fn place(base_url: &str) -> Workspace {
    let place = Workspace::empty();
    let endpoint = format!("[endpoint.far]\nbase_url = \"{base_url}\"\n");
    place.write("wording.toml", &format!("{EXPERIMENT}{endpoint}"));
    place
}

fn models(place: &Workspace, environment: &[(&str, &str)]) -> (i32, String) {
    let mut command = place.command(&["models", "far"]);
    command.envs(environment.iter().copied());
    let said = command.output().unwrap();
    let all = [said.stdout, said.stderr].concat();
    (said.status.code().unwrap(), String::from_utf8(all).unwrap())
}

#[test]
fn requests_go_through_the_proxy_of_the_environment() {
    for variable in ["HTTP_PROXY", "http_proxy", "ALL_PROXY"] {
        let (at, asked) = proxy("200 OK", "{\"data\": [{\"id\": \"behind-it\"}]}");
        let (code, said) = models(&place("http://models.invalid/v1"), &[(variable, &at)]);
        assert_eq!(code, 0, "{variable}: {said}");
        assert!(said.contains("far/behind-it"), "{said}");
        assert_eq!(
            asked.join().unwrap(),
            "GET http://models.invalid/v1/models HTTP/1.1"
        );
    }
}

#[test]
fn tls_goes_through_the_proxy_as_a_tunnel() {
    let (at, asked) = proxy("403 Forbidden", "");
    let (code, said) = models(&place("https://models.invalid/v1"), &[("HTTPS_PROXY", &at)]);
    assert_eq!(code, 1, "{said}");
    assert_eq!(asked.join().unwrap(), "CONNECT models.invalid:443 HTTP/1.1");
    assert!(said.contains("https://models.invalid/v1"), "{said}");
}

#[test]
fn no_proxy_and_the_demo_endpoint_go_straight() {
    // Nobody listens there.
    let closed = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = runtime
        .block_on(DemoServer::start(DemoSpec::default()))
        .unwrap();
    let place = place(&server.base_url());
    let (code, said) = models(&place, &[("HTTP_PROXY", &closed)]);
    assert_eq!(code, 1, "the proxy is used: {said}");
    let environment = [("HTTP_PROXY", closed.as_str()), ("NO_PROXY", "127.0.0.1")];
    let (code, said) = models(&place, &environment);
    assert_eq!((code, said.contains("far/icl")), (0, true), "{said}");
    let demo = place
        .command(&["models", "demo"])
        .env("HTTP_PROXY", &closed)
        .output()
        .unwrap();
    assert!(demo.status.success());
}

/// As in a small container.
#[test]
fn certificates_of_the_system_are_needed_only_for_tls() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = runtime
        .block_on(DemoServer::start(DemoSpec::default()))
        .unwrap();
    let none = [("SSL_CERT_FILE", "none.pem"), ("SSL_CERT_DIR", "none")];
    let by_tls = |variable| [none[0], none[1], (variable, "HTTPS://proxy.invalid")];
    let plain = place(&server.base_url());
    let (code, said) = models(&plain, &none);
    assert_eq!((code, said.contains("far/icl")), (0, true), "{said}");
    let mut demo = plain.command(&["models", "demo"]);
    let demo = demo.envs(by_tls("HTTP_PROXY")).output().unwrap();
    assert!(demo.status.success());
    if cfg!(target_os = "linux") {
        let refused = |url: &str, environment: &[(&str, &str)]| {
            let (code, said) = models(&place(url), environment);
            assert_eq!(
                (code, said.contains("CA certificates")),
                (2, true),
                "{said}"
            );
        };
        refused("https://models.invalid/v1", &none);
        refused(&server.base_url(), &by_tls("HTTP_PROXY"));
        refused(&server.base_url(), &by_tls("all_proxy"));
    }
}

#[test]
fn a_ca_file_is_found_beside_the_project() {
    let place = place("https://127.0.0.1:9/v1\"\nca_file = \"certs/ca.pem");
    let (code, said) = models(&place, &[]);
    assert_eq!(code, 2, "{said}");
    assert!(
        said.contains("certs/ca.pem") && said.contains("far") && said.contains("PEM"),
        "{said}"
    );
    let shown = place.path().canonicalize().unwrap().join("certs/ca.pem");
    assert!(said.contains(&shown.display().to_string()), "{said}");
}

//! The limits and faults of `wording serve`: what a plain client sees of them.

use std::{
    io::{Error, ErrorKind},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, timeout},
};
use wording::demo::{DemoServer, DemoSpec, Limits};

async fn serve(limits: Limits, latency_ms: u64) -> DemoServer {
    let spec = DemoSpec {
        fast: true,
        latency: Duration::from_millis(latency_ms),
        limits,
        ..DemoSpec::default()
    };
    DemoServer::start(spec).await.unwrap()
}

/// Status and whole response of one request on a connection of its own.
async fn ask(server: &DemoServer) -> std::io::Result<(u16, String)> {
    let mut stream = TcpStream::connect(server.addr()).await?;
    let request = "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}";
    stream.write_all(request.as_bytes()).await?;
    let mut response = String::new();
    stream.read_to_string(&mut response).await?;
    let status = response
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .ok_or(Error::from(ErrorKind::UnexpectedEof))?;
    Ok((status, response))
}

async fn status(server: &DemoServer) -> u16 {
    ask(server).await.unwrap().0
}

#[tokio::test]
async fn beyond_the_cap_and_the_rate_requests_are_refused_with_the_wait() {
    let limits = Limits {
        cap: Some(1),
        retry_after: Some(Duration::from_millis(1500)),
        ..Limits::default()
    };
    let server = serve(limits, 300).await;
    let (first, second) = tokio::join!(ask(&server), ask(&server));
    let mut answers = [first.unwrap(), second.unwrap()];
    answers.sort();
    let [(good, _), (refused, text)] = answers;
    assert_eq!((good, refused), (200, 429));
    assert!(text.contains("retry-after-ms: 1500\r\n"), "{text}");
    let counts = server.limit_counts();
    assert_eq!(
        (counts.requests, counts.failed, counts.most_in_flight),
        (2, 1, 1)
    );

    let limits = Limits {
        rate: Some(0.001),
        burst: Some(2.0),
        ..Limits::default()
    };
    let server = serve(limits, 0).await;
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(status(&server).await);
    }
    assert_eq!(statuses, [200, 200, 429]);
}

#[tokio::test]
async fn a_slot_is_busy_until_its_work_is_done_even_where_the_client_hangs_up() {
    let limits = Limits {
        slots: Some(1),
        ..Limits::default()
    };
    let server = serve(limits, 400).await;
    let impatient = timeout(Duration::from_millis(100), ask(&server));
    assert!(impatient.await.is_err());
    let started = Instant::now();
    assert_eq!(status(&server).await, 200);
    // The rest of the first request, and the second.
    assert!(started.elapsed() > Duration::from_millis(600));
}

#[tokio::test]
async fn chance_fails_its_share_and_cut_answers_break_off() {
    let failing = |fault: &str| Limits {
        faults: vec![fault.parse().unwrap()],
        ..Limits::default()
    };
    let server = serve(failing("503:1"), 0).await;
    assert_eq!(status(&server).await, 503);
    let server = serve(failing("cut:1"), 0).await;
    // Nothing of the body comes.
    if let Ok((_, response)) = ask(&server).await {
        assert!(!response.contains("positive"), "{response}");
    }
}

#[tokio::test]
async fn in_an_outage_nobody_listens_or_a_status_comes() {
    let outage = |text: &str| Limits {
        outage: Some(text.parse().unwrap()),
        ..Limits::default()
    };
    let server = serve(outage("0ms..1h:502"), 0).await;
    assert_eq!(status(&server).await, 502);

    // The first request begins the outage that breaks it off; then connections are refused, until the end.
    let server = serve(outage("0ms..1s"), 600).await;
    let refused = |error: &Error| error.kind() == ErrorKind::ConnectionRefused;
    assert!(!refused(&ask(&server).await.unwrap_err()));
    assert!(refused(&ask(&server).await.unwrap_err()));
    let end = Instant::now() + Duration::from_secs(20);
    while let Err(error) = ask(&server).await {
        assert!(refused(&error) && Instant::now() < end);
        tokio::task::yield_now().await;
    }
}

//! The controller against servers of many kinds: how close each run comes to the ideal, and what it sends.

use super::{
    run::{Result, Run, simulate},
    server::Server,
};
use crate::endpoint::control::{Ended, attempt::Time};

/// A row of the table: how the median of several seeds compares.
struct Case {
    name: &'static str,
    run: Run,
    server: Server,
    ideal: Time,
    /// The most that time / ideal and requests / answers may be.
    time: f64,
    sent: f64,
}

fn remote(trials: usize, most: usize) -> Run {
    Run {
        trials,
        most,
        start: most,
    }
}

fn local(trials: usize, most: usize) -> Run {
    Run {
        trials,
        most,
        start: 2,
    }
}

/// A table of cases, one per line: name, run, what the server does, the ideal time, the most time and requests.
macro_rules! cases {
    ($($name:literal, $run:expr, { $($does:ident: $how:expr),* }, $ideal:expr, $time:expr, $sent:expr;)*) => {
        vec![$(Case {
            name: $name,
            run: $run,
            server: Server { $($does: $how,)* ..Server::default() },
            ideal: $ideal,
            time: $time,
            sent: $sent,
        }),*]
    };
}

fn cases() -> Vec<Case> {
    let full =
        |trials: usize, most: usize, latency: f64| (trials as f64 / most as f64).ceil() * latency;
    let ideal = full(4800, 64, 0.2);
    cases! {
        "no trouble", remote(4800, 64), {}, ideal, 1.02, 1.0;
        "no trouble, local", local(4800, 64), {}, ideal, 1.15, 1.0;
        "2 % 429, wait 1 s", remote(4800, 64), { refuse: 0.02, wait: Some(1.0) }, ideal, 1.25, 1.05;
        "10 % 503", remote(4800, 64), { refuse: 0.1 }, ideal, 1.8, 1.15;
        "10 % 429, wait 1 s", remote(4800, 64), { refuse: 0.1, wait: Some(1.0) }, ideal, 1.6, 1.15;
        "10 % 429, 5 % 500, 2 % cut, instant", remote(4800, 64), { refuse: 0.1, broken: 0.05, cut: 0.02, latency: 0.02 }, full(4800, 64, 0.02), 1.5, 1.3;
        "30 % mix, 100 ms", remote(4800, 64), { refuse: 0.15, broken: 0.1, cut: 0.05, latency: 0.1 }, full(4800, 64, 0.1), 2.5, 1.6;
        "cap of 8, wait 1 s", remote(400, 64), { cap: Some(8), wait: Some(1.0) }, full(400, 8, 0.2), 1.3, 1.6;
        "200/s, 1 s latency", remote(4000, 400), { bucket: Some((200.0, 200.0)), latency: 1.0, wait: Some(1.0) }, 20.0, 1.1, 1.2;
        "200/s, 1 s latency, no header", remote(4000, 400), { bucket: Some((200.0, 200.0)), latency: 1.0 }, 20.0, 1.1, 1.2;
        "5/s, burst 1", remote(100, 16), { bucket: Some((5.0, 1.0)), latency: 0.05, wait: Some(1.0) }, 20.0, 1.6, 1.5;
        "40/s, wait 1 s", remote(600, 64), { bucket: Some((40.0, 40.0)), latency: 0.1, wait: Some(1.0) }, 14.0, 1.15, 1.21;
        "40/s, no header", remote(600, 64), { bucket: Some((40.0, 40.0)), latency: 0.1 }, 14.0, 1.15, 1.21;
        "one at a time, 12 s", local(16, 16), { slots: Some(1), latency: 12.0 }, 192.0, 1.15, 1.1;
        "one at a time, all at once", remote(16, 16), { slots: Some(1), latency: 12.4 }, 192.4, 2.4, 2.4;
        "10 % 503, local", local(1500, 64), { refuse: 0.1 }, full(1500, 64, 0.2), 1.5, 1.15;
        "10 % 429, wait 1 s, local", local(1500, 64), { refuse: 0.1, wait: Some(1.0) }, full(1500, 64, 0.2), 1.8, 1.15;
        "30 % 503, local, long", local(1000, 16), { refuse: 0.3, latency: 2.0, varies: true }, full(1000, 16, 2.0), 1.3, 1.5;
        "cap of 30, local", local(1500, 64), { cap: Some(30), wait: Some(1.0) }, full(1500, 30, 0.2), 1.6, 1.4;
        "one at a time, 9 to 15 s", local(16, 16), { slots: Some(1), latency: 12.0, varies: true }, 192.0, 1.15, 1.1;
        "four at a time, local", local(200, 64), { slots: Some(4), latency: 2.0 }, 100.0, 1.1, 1.1;
        "answers of all lengths, local", local(2000, 64), { varies: true }, full(2000, 64, 0.2), 1.5, 1.0;
        "cap of 8, no header", remote(400, 64), { cap: Some(8) }, full(400, 8, 0.2), 1.3, 1.6;
        "cap of 30, long answers", remote(600, 64), { cap: Some(30), latency: 5.0, varies: true, wait: Some(2.0) }, full(600, 30, 5.0), 1.3, 1.6;
        "1000/s, no header", remote(10_000, 256), { bucket: Some((1000.0, 100.0)), latency: 0.1 }, 9.9, 1.2, 1.25;
        "40/s with 5 % 500", remote(600, 64), { bucket: Some((40.0, 40.0)), broken: 0.05, latency: 0.1, wait: Some(1.0) }, 14.0, 1.25, 1.4;
        "40/s with 10 % 503", remote(600, 64), { bucket: Some((40.0, 40.0)), refuse: 0.1, latency: 0.1 }, 14.0, 1.5, 1.6;
        "2/s, burst 10, wait 5 s", remote(100, 16), { bucket: Some((2.0, 10.0)), latency: 0.5, wait: Some(5.0) }, 45.0, 1.4, 1.6;
        "5 % cut", remote(4800, 64), { cut: 0.05 }, ideal, 1.25, 1.1;
        "1 % 429, wait 10 s", remote(4800, 64), { refuse: 0.01, wait: Some(10.0) }, ideal + 10.0, 1.25, 1.05;
        "20 % 429, wait 0", remote(4800, 64), { refuse: 0.2, wait: Some(0.0) }, ideal, 1.5, 1.35;
        "away for 3 s, local", local(1500, 16), { outage: Some((1.0, 4.0, Ended::Unreached)) }, full(1500, 16, 0.2) + 3.0, 1.25, 1.05;
        "503 for 20 s, wait 1 s", remote(1500, 64), { outage: Some((1.0, 21.0, Ended::Refused(Some(1.0)))) }, full(1500, 64, 0.2) + 20.0, 1.3, 1.2;
        "502 for 10 min", remote(1500, 64), { outage: Some((1.0, 601.0, Ended::Broken)) }, full(1500, 64, 0.2) + 600.0, 1.03, 1.2;
        "one in flight, 10 % 503", remote(200, 1), { refuse: 0.1 }, 40.0, 1.3, 1.2;
        "two in flight, 5 % cut", remote(400, 2), { cut: 0.05 }, 40.0, 1.3, 1.2;
        "instant", remote(20_000, 64), { latency: 0.001 }, full(20_000, 64, 0.001), 1.05, 1.0;
        "instant, local", local(20_000, 64), { latency: 0.001 }, full(20_000, 64, 0.001), 1.15, 1.0;
        "a thousand at once", remote(5000, 1000), {}, 1.0, 1.05, 1.0;
        "refused for 60 s", remote(1500, 64), { outage: Some((1.0, 61.0, Ended::Unreached)) }, full(1500, 64, 0.2) + 60.0, 1.12, 1.15;
        "502 for 30 s", remote(1500, 64), { outage: Some((1.0, 31.0, Ended::Broken)) }, full(1500, 64, 0.2) + 30.0, 1.2, 1.15;
        "away for 3 s", remote(4800, 64), { outage: Some((1.0, 4.0, Ended::Unreached)) }, ideal + 3.0, 1.15, 1.05;
        "429 for 5 s, wait 0", remote(1500, 64), { outage: Some((1.0, 6.0, Ended::Refused(Some(0.0)))) }, full(1500, 64, 0.2) + 5.0, 1.6, 1.2;
        "429 for 5 s after 2 s, wait 0", remote(1500, 64), { outage: Some((2.0, 7.0, Ended::Refused(Some(0.0)))) }, full(1500, 64, 0.2) + 5.0, 1.6, 1.2;
        "silent for 100 s", remote(1500, 64), { outage: Some((1.0, 101.0, Ended::TimedOut)), timeout: 20.0 }, full(1500, 64, 0.2) + 100.0, 1.8, 1.3;
    }
}

#[test]
fn runs_against_servers_of_many_kinds() {
    let mut lines = Vec::new();
    for case in cases() {
        let mut results: Vec<Result> = (0..25)
            .map(|seed| simulate(case.run, &case.server, seed))
            .collect();
        results.sort_by(|a, b| a.time.total_cmp(&b.time));
        let failed: usize = results.iter().map(|r| r.failed).sum();
        let most = results.iter().map(|r| r.most_in_flight).max().unwrap();
        let middle = &results[results.len() / 2];
        let (time, sent) = (
            middle.time / case.ideal,
            middle.sent as f64 / case.run.trials as f64,
        );
        let worst = results.last().unwrap().time / case.ideal;
        let line = format!(
            "{:38} time {time:5.2} (most {worst:5.2}, asked {:4.2})  sent {sent:4.2} (asked {:4.2})  failed {failed}  outage {}  waiting {}",
            case.name, case.time, case.sent, middle.sent_in_outage, middle.most_waiting
        );
        let ok = time <= case.time && sent <= case.sent && failed == 0 && most <= case.run.most;
        lines.push(format!("{} {line}", if ok { "ok   " } else { "WRONG" }));
    }
    assert!(
        lines.iter().all(|l| l.starts_with("ok")),
        "\n{}",
        lines.join("\n")
    );
}

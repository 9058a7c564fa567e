//! How fast the session is: first frame, key to frame under load, an hour of streaming, an idle session.
//!
//! `cargo bench --bench session`, or only `-- first`, `key`, `json`, `filter`, `hour`, `leaderboard` or `idle`. Each line says what was measured and what it must not be above. The last two parts
//! read `/proc` and run on Linux only.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench tells what it measured, and fails loudly where it cannot set up its place"
)]

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::{Terminal, backend::TestBackend};
use std::{
    fmt::Write as _,
    io::Read,
    path::Path,
    sync::{Arc, mpsc},
    time::{Duration, Instant},
};
use wording::{
    analysis::{Leaderboard, LeaderboardColumn, LeaderboardPart, LeaderboardSort},
    engine::RunEvent,
    model::{
        Completion, InFlightGauge, Outcome, RunId, Score, Scores, TrialId, TrialRecord, Usage,
    },
    outcome::Grid,
    project::Project,
    store::Store,
    tui::{
        Effect, JobResult, JobRunner, Message, Model, SavedViewState, Theme, action_for_key, begin,
        update, view,
    },
};

const SIZES: [(u16, u16); 2] = [(120, 36), (200, 60)];

/// A project of so many wordings and rows.
fn project(dir: &Path, variants: usize, rows: usize) -> Project {
    std::fs::create_dir_all(dir.join("t")).unwrap();
    for v in 0..variants {
        let text =
            format!("Wording {v}: is this review positive or negative?\n{{{{ row.text }}}}\n");
        std::fs::write(dir.join(format!("t/w{v:02}.j2")), text).unwrap();
    }
    let mut data = String::new();
    for r in 0..rows {
        let label = if r % 3 == 0 { "positive" } else { "negative" };
        writeln!(data, "{{\"text\": \"row {r}: it came late, and it was worth every day\", \"label\": \"{label}\"}}").unwrap();
    }
    std::fs::write(dir.join("rows.jsonl"), data).unwrap();
    std::fs::write(
        dir.join("wording.toml"),
        "[experiment.big]\ntemplates = [\"t/*.j2\"]\ndataset = \"rows.jsonl\"\nanswer = \"label\"\nmodels = [\"demo/icl\"]\n\
         [[experiment.big.metric]]\nkind = \"label\"\nlabels = [\"positive\", \"negative\"]\n",
    )
    .unwrap();
    Project::load(&dir.join("wording.toml")).unwrap()
}

fn record(variant: usize, row: usize, n: u64) -> Arc<TrialRecord> {
    let right = !((n * 2_654_435_761) >> 7).is_multiple_of(4);
    let text = if right == row.is_multiple_of(3) {
        "positive"
    } else {
        "negative"
    };
    Arc::new(TrialRecord {
        id: TrialId {
            variant: variant as u32,
            model: 0,
            row: row as u32,
            sample: 0,
        },
        outcome: Outcome::Completed(Completion {
            text: text.into(),
            usage: Usage {
                prompt: 40,
                completion: 1,
                ..Usage::default()
            },
            latency_ms: 200.0,
            ..Completion::default()
        }),
        scores: Scores(vec![Score {
            value: f64::from(u8::from(right)),
            answer: Some(text.into()),
            unreadable: false,
        }]),
        reused: false,
        attempts: 1,
        cost_usd: None,
        calls: None,
    })
}

/// A session whose jobs run beside it, as in the runtime.
struct Session {
    model: Model,
    desk: JobRunner,
    results: mpsc::Sender<JobResult>,
    inbox: mpsc::Receiver<JobResult>,
    terminal: Terminal<TestBackend>,
}

impl Session {
    fn open(project: Project, store: Store, size: (u16, u16)) -> Session {
        let (results, inbox) = mpsc::channel();
        let dir = store.path().parent().unwrap().to_path_buf();
        let mut session = Session {
            model: Model::new(project, "big", SavedViewState::default(), Theme::new(true)),
            desk: JobRunner::new(store, dir),
            results,
            inbox,
            terminal: Terminal::new(TestBackend::new(size.0, size.1)).unwrap(),
        };
        session.draw();
        let effects = begin(&mut session.model);
        session.perform(effects);
        session
    }

    fn draw(&mut self) {
        let model = &mut self.model;
        self.terminal
            .draw(|frame| view::draw(frame, model))
            .unwrap();
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            if let Effect::Do(job) = effect {
                let (desk, results) = (self.desk.clone(), self.results.clone());
                let project = self.model.workspace.project.clone();
                std::thread::spawn(move || {
                    desk.work(&project, *job, &mut |action| {
                        let _ = results.send(action);
                    });
                });
            }
        }
    }

    fn act(&mut self, message: impl Into<Message>) {
        let effects = update(&mut self.model, message);
        self.perform(effects);
    }

    fn drain(&mut self) {
        while let Ok(action) = self.inbox.try_recv() {
            self.act(action);
        }
    }

    fn until(&mut self, holds: impl Fn(&Model) -> bool) {
        while !holds(&self.model) {
            let action = self.inbox.recv_timeout(Duration::from_secs(120)).unwrap();
            self.act(action);
        }
    }

    fn key(&mut self, c: KeyCode) {
        if let Some(action) = action_for_key(KeyEvent::new(c, KeyModifiers::NONE), &self.model) {
            self.act(action);
        }
    }

    /// A run begins, without an engine: its events come from the bench.
    fn begin_run(&mut self) {
        self.key(KeyCode::Char('r'));
        self.key(KeyCode::Char('r'));
        let planned = self.model.workspace.plan.as_ref().unwrap().len();
        let run = RunId("r-0123456789".into());
        self.act(Message::Engine(RunEvent::RunStarted {
            most_calls: None,
            run,
            planned,
            completed: 0,
            in_flight: InFlightGauge::default(),
        }));
    }
}

fn told(what: &str, ms: f64, most: f64) {
    let mark = if ms <= most { "ok  " } else { "OVER" };
    println!("{mark} {what:<72} {ms:>9.2} ms  (bar {most} ms)");
}

fn ms(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}

/// A stored run of that many cells, written in the way the engine writes.
fn stored(dir: &Path, variants: usize, rows: usize) -> (Project, Store) {
    let project = project(dir, variants, rows);
    let plan = wording::engine::Plan::load(&project, &project.experiments[0]).unwrap();
    std::fs::create_dir_all(dir.join(".wording")).unwrap();
    let store = Store::open(&dir.join(".wording/wording.db")).unwrap();
    let place = store.begin_run(&plan.run_info(None)).unwrap();
    for row in 0..rows {
        for variant in 0..variants {
            let n = (row * variants + variant) as u64;
            store
                .write(wording::store::TrialWrite {
                    is_kept: false,
                    raised: false,
                    run: place,
                    record: record(variant, row, n),
                    key: wording::store::CompletionKey::new("bench", &n.to_le_bytes(), 0),
                    prompt: None,
                    told: Arc::new(|_, _, _| {}),
                })
                .unwrap();
        }
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(store.flush()).unwrap();
    store.end_run(place, "finished", 1.0, 0, 0).unwrap();
    (project, store)
}

fn first_frame() {
    for (variants, rows, bar) in [(10, 100, 50.0), (20, 50_000, 150.0)] {
        let dir = tempfile::tempdir().unwrap();
        let (project, store) = stored(dir.path(), variants, rows);
        for size in SIZES {
            let cells = variants * rows;
            let started = Instant::now();
            let mut session = Session::open(project.clone(), store.clone(), size);
            let first = ms(started);
            session.until(|m| m.answers.table.is_ok());
            session.draw();
            let rows_seen = ms(started);
            session.until(|m| m.answers.source.is_some());
            session.draw();
            let cells_seen = ms(started);
            told(
                &format!("first frame, {cells} stored cells, {}x{}", size.0, size.1),
                first,
                bar,
            );
            println!("     … the rows after {rows_seen:.0} ms, the cells after {cells_seen:.0} ms");
        }
        real_first_frame(dir.path(), variants * rows, bar);
    }
}

/// Key to frame while 64 streams bring 50 tokens a second each.
fn key_to_frame() {
    let dir = tempfile::tempdir().unwrap();
    let project = project(dir.path(), 20, 100_000);
    std::fs::create_dir_all(dir.path().join(".wording")).unwrap();
    let store = Store::open(&dir.path().join(".wording/wording.db")).unwrap();
    for size in SIZES {
        let mut session = Session::open(project.clone(), store.clone(), size);
        session.until(|m| m.workspace.estimate.is_some());
        session.begin_run();
        // A tenth of the cells is there.
        for n in 0..200_000u64 {
            let (row, variant) = (n as usize / 20, n as usize % 20);
            session.act(Message::Engine(RunEvent::TrialFinished(record(
                variant, row, n,
            ))));
        }
        session.drain();
        session.draw();
        let mut times = Vec::new();
        let mut next = 10_000usize;
        let keys = [
            KeyCode::Down,
            KeyCode::PageDown,
            KeyCode::Right,
            KeyCode::Char('G'),
            KeyCode::Left,
            KeyCode::Home,
        ];
        let started = Instant::now();
        for i in 0..1_500usize {
            // What comes within 33 ms: 106 pieces, and now and then a whole answer.
            for piece in 0..106usize {
                let id = TrialId {
                    variant: (piece % 20) as u32,
                    model: 0,
                    row: (next + piece / 20) as u32,
                    sample: 0,
                };
                session.act(Message::Engine(RunEvent::Delta {
                    id,
                    text: " word".into(),
                }));
            }
            for variant in 0..4 {
                session.act(Message::Engine(RunEvent::TrialFinished(record(
                    variant, next, i as u64,
                ))));
            }
            next += usize::from(i % 5 == 0);
            session.model.clock.now = Instant::now();
            session.act(Message::Tick);
            session.drain();
            let pressed = Instant::now();
            session.key(keys[i % keys.len()]);
            session.draw();
            times.push(ms(pressed));
        }
        times.sort_by(f64::total_cmp);
        let at = |q: f64| times[((times.len() - 1) as f64 * q) as usize];
        let what = format!(
            "key to frame, 20 x 100,000, 64 streams, {}x{}, p99",
            size.0, size.1
        );
        told(&what, at(0.99), 16.0);
        println!(
            "     … median {:.2} ms, p99.9 {:.2} ms, most {:.2} ms; {} keys in {:.1} s",
            at(0.5),
            at(0.999),
            at(1.0),
            times.len(),
            started.elapsed().as_secs_f64()
        );
    }
}

/// Key to frame where every cell is JSON of ten fields, read and compared for the frame, and the row's outputs are laid out below.
fn json_cells() {
    let dir = tempfile::tempdir().unwrap();
    project(dir.path(), 20, 5_000);
    let fields: Vec<String> = (0..10).map(|n| format!("\"field_{n}\"")).collect();
    let metric = format!("kind = \"json\"\nfields = [{}]\n", fields.join(", "));
    let toml = std::fs::read_to_string(dir.path().join("wording.toml")).unwrap();
    let head = toml.split("kind =").next().unwrap();
    std::fs::write(dir.path().join("wording.toml"), format!("{head}{metric}")).unwrap();
    let answer = |n: u64| {
        let field = |f: u64| format!("\"field_{f}\": \"a value of some length, {}\"", (n + f) % 3);
        format!("{{{}}}", (0..10).map(field).collect::<Vec<_>>().join(", "))
    };
    let mut data = String::new();
    for row in 0..5_000 {
        writeln!(
            data,
            "{{\"text\": \"mail {row}\", \"label\": {}}}",
            answer(row)
        )
        .unwrap();
    }
    std::fs::write(dir.path().join("rows.jsonl"), data).unwrap();
    let project = Project::load(&dir.path().join("wording.toml")).unwrap();
    std::fs::create_dir_all(dir.path().join(".wording")).unwrap();
    let store = Store::open(&dir.path().join(".wording/wording.db")).unwrap();
    let mut session = Session::open(project, store, SIZES[1]);
    session.until(|m| m.workspace.estimate.is_some());
    session.begin_run();
    for n in 0..100_000u64 {
        let (row, variant) = (n as usize / 20, n as usize % 20);
        let mut record = record(variant, row, n).as_ref().clone();
        let text = answer(n);
        record.scores.0[0].answer = Some(text.clone());
        let metrics = session.model.answers.table.as_ref().unwrap().metrics.len();
        (record.scores.0).resize(
            metrics,
            Score {
                value: 0.0,
                answer: None,
                unreadable: false,
            },
        );
        if let Outcome::Completed(completion) = &mut record.outcome {
            completion.text = text;
        }
        session.act(Message::Engine(RunEvent::TrialFinished(Arc::new(record))));
    }
    session.drain();
    session.draw();
    let mut times = Vec::new();
    let keys = [KeyCode::Down, KeyCode::PageDown, KeyCode::Right];
    for i in 0..500usize {
        let pressed = Instant::now();
        session.key(keys[i % keys.len()]);
        session.draw();
        times.push(ms(pressed));
        session.drain();
    }
    times.sort_by(f64::total_cmp);
    told(
        "key to frame, cells of JSON with ten fields, 200x60, p99",
        times[494],
        16.0,
    );
    println!("     … median {:.2} ms", times[250]);
}

/// A condition over 100,000 rows and 10 wordings: what a key takes, and until the rows are there.
fn filter_rows() {
    let dir = tempfile::tempdir().unwrap();
    let project = project(dir.path(), 10, 100_000);
    std::fs::create_dir_all(dir.path().join(".wording")).unwrap();
    let store = Store::open(&dir.path().join(".wording/wording.db")).unwrap();
    let mut session = Session::open(project, store, SIZES[0]);
    session.until(|m| m.workspace.estimate.is_some());
    session.begin_run();
    for n in 0..1_000_000u64 {
        let (row, variant) = (n as usize / 10, n as usize % 10);
        session.act(Message::Engine(RunEvent::TrialFinished(record(
            variant, row, n,
        ))));
    }
    session.drain();
    session.draw();
    session.key(KeyCode::Char('f'));
    let mut longest = 0.0f64;
    let text = "=correct(w00) and not correct(w01) and gave(w02, \"positive\")";
    for c in text.chars() {
        let pressed = Instant::now();
        session.key(KeyCode::Char(c));
        session.act(Message::Tick);
        session.draw();
        longest = longest.max(ms(pressed));
    }
    let typed = Instant::now();
    session.until(|m| (1..20_000).contains(&m.answers.arrangement.rows.len()));
    session.key(KeyCode::Enter);
    session.draw();
    told(
        "key to frame while a condition is typed, 10 x 100,000, longest",
        longest,
        16.0,
    );
    let rows = session.model.answers.arrangement.rows.len();
    println!("     … {rows} rows after {:.0} ms", ms(typed));
}

fn resident_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: f64 = status
        .split(' ')
        .nth(1)
        .and_then(|n| n.parse().ok())
        .unwrap_or(0.0);
    pages * 4096.0 / (1 << 20) as f64
}

/// An hour of 64 streams at 50 tokens a second, as fast as it goes: 11.5 million pieces.
fn an_hour() {
    let dir = tempfile::tempdir().unwrap();
    let project = project(dir.path(), 20, 30_000);
    std::fs::create_dir_all(dir.path().join(".wording")).unwrap();
    let store = Store::open(&dir.path().join(".wording/wording.db")).unwrap();
    let mut session = Session::open(project, store, SIZES[0]);
    session.until(|m| m.workspace.estimate.is_some());
    session.begin_run();
    let (mut early, started) = (0.0, Instant::now());
    let minutes = 60u64;
    for minute in 0..minutes {
        // 192,000 pieces a minute: 9,600 answers of 20 pieces.
        for answer in 0..9_600u64 {
            let n = minute * 9_600 + answer;
            let (row, variant) = (n as usize / 20 % 30_000, n as usize % 20);
            let record = record(variant, row, n);
            for _ in 0..20 {
                session.act(Message::Engine(RunEvent::Delta {
                    id: record.id,
                    text: " word and more".into(),
                }));
            }
            session.act(Message::Engine(RunEvent::TrialFinished(record)));
            if answer % 64 == 0 {
                session.model.clock.now += Duration::from_millis(400);
                session.act(Message::Tick);
                session.drain();
            }
        }
        session.draw();
        if minute == 29 {
            early = resident_mib();
        }
    }
    let late = resident_mib();
    println!(
        "{} memory after half an hour of streaming {early:.0} MiB, after an hour {late:.0} MiB (grid included; bar 1.15 times); {:.1} s",
        if late <= early * 1.15 { "ok  " } else { "OVER" },
        started.elapsed().as_secs_f64()
    );
}

/// The real binary in a pseudo-terminal, on the project of a folder or on its sample.
struct Real {
    child: Box<dyn portable_pty::Child + Send + Sync>,
    bytes: mpsc::Receiver<Vec<u8>>,
    _master: Box<dyn portable_pty::MasterPty + Send>,
}

impl Real {
    fn open(dir: &Path) -> Real {
        use portable_pty::{CommandBuilder, PtySize, native_pty_system};
        let size = PtySize {
            rows: 36,
            cols: 120,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pty = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_wording"));
        command.cwd(dir);
        command.env("HOME", dir);
        command.env("TERM", "xterm-256color");
        let child = pty.slave.spawn_command(command).unwrap();
        let mut reader = pty.master.try_clone_reader().unwrap();
        let (sender, bytes) = mpsc::channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 8192];
            while let Ok(n) = reader.read(&mut buffer) {
                if n == 0 || sender.send(buffer[..n].to_vec()).is_err() {
                    break;
                }
            }
        });
        Real {
            child,
            bytes,
            _master: pty.master,
        }
    }

    /// Wait until this was written.
    fn until(&self, what: &str) {
        let mut all = String::new();
        while !all.contains(what) {
            let bytes = self.bytes.recv_timeout(Duration::from_secs(60)).unwrap();
            all.push_str(&String::from_utf8_lossy(&bytes));
        }
    }

    /// Seconds of a core that it took so far.
    fn busy_s(&self) -> f64 {
        let file = format!("/proc/{}/stat", self.child.process_id().unwrap());
        let stat = std::fs::read_to_string(file).unwrap_or_default();
        let after = stat.rsplit(')').next().unwrap_or("");
        let fields: Vec<&str> = after.split_whitespace().collect();
        let of = |i: usize| {
            fields
                .get(i)
                .and_then(|n| n.parse::<f64>().ok())
                .unwrap_or(0.0)
        };
        (of(11) + of(12)) / 100.0
    }
}

impl Drop for Real {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// From the start of the process to its first frame: the tab of the screen is drawn first.
fn real_first_frame(dir: &Path, cells: usize, bar: f64) {
    let mut times: Vec<f64> = (0..5)
        .map(|_| {
            let started = Instant::now();
            let real = Real::open(dir);
            real.until("[2 Grid]");
            // Before it is ended, which takes longer.
            ms(started)
        })
        .collect();
    times.sort_by(f64::total_cmp);
    let what = format!("first frame of the real binary, {cells} stored cells, median of 5");
    told(&what, times[2], bar);
}

/// The real binary, idle.
fn idle() {
    let home = tempfile::tempdir().unwrap();
    let real = Real::open(home.path());
    // Until nothing has come for a second: it is idle then.
    while real.bytes.recv_timeout(Duration::from_secs(1)).is_ok() {}
    let (before, started) = (real.busy_s(), Instant::now());
    let drawn = real.bytes.recv_timeout(Duration::from_secs(20)).is_ok();
    let share = (real.busy_s() - before) / started.elapsed().as_secs_f64() * 100.0;
    println!(
        "{} idle session: {share:.2} % of a core over {:.0} s (bar 0.5 %), {}",
        if share < 0.5 && !drawn {
            "ok  "
        } else {
            "OVER"
        },
        started.elapsed().as_secs_f64(),
        if drawn {
            "and it drew"
        } else {
            "and it drew nothing"
        }
    );
}

/// 10,000 lines, 5,000 variants with two models, built and sorted by scores that are all different: one frame.
fn sort_leaderboard() {
    let grids = [1u64, 2].map(|seed| {
        let mut grid = Grid::new(5_000, 2, 1);
        for variant in 0..5_000 {
            for row in 0..2 {
                let mut record = record(variant, row, seed + variant as u64).as_ref().clone();
                record.scores.0[0].value =
                    ((variant as u64 * 2_654_435_761 + seed) % 99_991) as f64 / 99_991.0;
                grid.record(&record);
            }
        }
        grid
    });
    let parts: Vec<LeaderboardPart<'_>> = (grids.iter().enumerate())
        .map(|(model, grid)| LeaderboardPart {
            model,
            grid,
            metrics: 1,
            analysis: None,
            live: None,
            eliminated: Vec::new(),
        })
        .collect();
    let board = Leaderboard::new(&parts);
    let sort = LeaderboardSort {
        column: LeaderboardColumn::Score,
        reversed: true,
    };
    let mut times: Vec<Duration> = (0..100)
        .map(|_| {
            let start = Instant::now();
            std::hint::black_box(board.order(sort));
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    println!(
        "leaderboard: 10,000 lines sorted in {:?} (median), at most 16 ms",
        times[50]
    );
    assert!(times[50] < Duration::from_millis(16));
}

/// All parts, or those named: each alone says how much memory it takes.
fn main() {
    let named: Vec<String> = std::env::args().skip(1).collect();
    let parts: [(&str, fn()); 7] = [
        ("first", first_frame),
        ("key", key_to_frame),
        ("json", json_cells),
        ("filter", filter_rows),
        ("hour", an_hour),
        ("leaderboard", sort_leaderboard),
        ("idle", idle),
    ];
    let wanted = |name: &str| named.iter().any(|n| n == name);
    let all = !parts.iter().any(|(name, _)| wanted(name));
    for (name, part) in parts {
        if all || wanted(name) {
            part();
        }
    }
}

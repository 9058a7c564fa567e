//! A server whose answers try to break out of every form, and a project that asks it.

use crate::support::{Workspace, answering::serve};
use std::sync::OnceLock;

/// What the server answers to rows in turn; each tries to get out of another form.
pub(super) const OUTPUTS: [&str; 6] = [
    "positive </script><script>window.hacked = 1</script></style><style>body{display:none}</style>",
    "negative <img src=\"http://127.0.0.1:9/x.png\" onerror=\"window.hacked = 2\">",
    "positive\n````\n# out\n``````\n| a | b |\n<b>bold</b> @everyone ![x](http://127.0.0.1:9/y.png)",
    "=HYPERLINK(\"http://127.0.0.1:9\") negative",
    "negative ]]> & \"quotes\" 'too' \u{1b}[31m\u{7}\u{202e} </pre></details>",
    "positive ',\n;\"\n",
];

/// A folder with a run and a difference, written in every form; made once.
pub(super) fn reports() -> &'static Workspace {
    static MADE: OnceLock<Workspace> = OnceLock::new();
    MADE.get_or_init(make)
}

fn make() -> Workspace {
    let port = serve(answer);
    let place = Workspace::empty();
    place.write(
        "wording.toml",
        &format!(
            "[endpoint.evil]\nbase_url = \"http://127.0.0.1:{port}/v1\"\n[endpoint.evil.model.m]\nprice = {{ input = 1.0, output = 2.0 }}\n\
             [experiment.e]\ntemplates = [\"t.j2\", \"u.j2\"]\ndataset = \"d.jsonl\"\nanswer = \"label\"\nmodels = [\"evil/m\"]\nsamples = 2\n\
             [[experiment.e.metric]]\nkind = \"label\"\nlabels = [\"positive\", \"negative\"]\n"
        ),
    );
    place.write(
        "t.j2",
        "{# ```` </details> #}Say positive or negative of this: {{ row.text }}\n",
    );
    place.write(
        "u.j2",
        "Say  positive or negative, please: {{ row.text }}\n",
    );
    let rows: String = (0..24)
        .map(|i| {
            let row = serde_json::json!({
                "text": format!("</pre><script>window.hacked = 3</script> row {i} `` | &amp;\n``````\n# out\n</details>"),
                "label": if i % 3 == 0 { "negative" } else { "positive" },
            });
            format!("{row}\n")
        })
        .collect();
    place.write("d.jsonl", &rows);
    for form in ["html", "md", "json", "csv", "xml"] {
        for args in [
            vec!["report"],
            vec!["diff", "t", "u", "--gate", "score<0", "--gate", "failed==0"],
        ] {
            let file = format!("{}.{form}", args[0]);
            let args = [&args[..], &["-o", &file]].concat();
            if args[0] == "report" && form == "html" {
                let said = place.run(&["run", "-q"]);
                assert_eq!(said.code, 0, "{}", said.err);
            }
            let said = place.run(&args);
            let expected = i32::from(args[0] == "diff");
            assert_eq!(said.code, expected, "{args:?}: {}", said.err);
        }
    }
    place
}

/// What is answered depends on the prompt alone: the row's number, and whether it says please.
fn answer(body: &serde_json::Value) -> String {
    let body = body.to_string();
    let row: usize = body
        .split(" row ")
        .nth(1)
        .and_then(|rest| rest.split(' ').next()?.parse().ok())
        .unwrap_or(0);
    let shift = usize::from(body.contains("please") && row.is_multiple_of(4));
    OUTPUTS[(row + shift) % OUTPUTS.len()].to_owned()
}

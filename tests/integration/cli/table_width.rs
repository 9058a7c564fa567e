//! The table of variants: nothing is left out silently, whatever the width of the output.

use crate::support::Workspace;

/// Heads of columns, split at two blanks.
fn heads(out: &str) -> Vec<&str> {
    let head = out.lines().find(|line| line.contains("score %")).unwrap();
    let cells = head.split("  ").map(str::trim);
    cells.filter(|cell| !cell.is_empty()).collect()
}

/// The sample project with five metrics more.
fn many_metrics() -> Workspace {
    let names = ["brevity", "politeness_of_answers", "calm", "warm", "clear"];
    let metric = |name| {
        format!(
            "[[experiment.sentiment.metric]]\nkind = \"length\"\nname = \"{name}\"\nmax = 8\n\n"
        )
    };
    let next = "# Route support tickets";
    let metrics = names.map(metric).concat() + next;
    Workspace::changed(&[("wording.toml", next, &metrics)])
}

#[test]
fn a_pipe_has_every_column_and_a_narrow_output_says_which_it_lacks() {
    let place = many_metrics();
    let piped = place.run(&["run", "sentiment"]);
    assert_eq!(piped.code, 0, "{}", piped.err);
    let all = heads(&piped.out);
    assert_eq!(all[0], "#", "{}", piped.out);
    assert_eq!(all.iter().filter(|head| **head == "95 % CI").count(), 6);
    assert!(
        all.contains(&"warm") && all.contains(&"fixed/broken"),
        "{all:?}"
    );
    assert!(!piped.out.contains("Not shown"), "{}", piped.out);

    let mut narrow = place.command(&["run", "sentiment"]);
    let narrow = place.output(narrow.env("COLUMNS", "80")).out;
    let table = narrow.lines().skip_while(|line| !line.contains("score %"));
    let table: Vec<&str> = table.take_while(|line| !line.is_empty()).collect();
    assert!(
        table.iter().all(|line| line.chars().count() <= 80),
        "{narrow}"
    );
    let note = table
        .iter()
        .position(|line| line.starts_with("Not shown in 80 columns: "));
    let note = table[note.unwrap()..].join(" ");
    let shown = heads(&narrow);
    for head in all.iter().filter(|head| **head != "95 % CI") {
        assert!(
            shown.contains(head) != note.contains(head),
            "{head}: {narrow}"
        );
    }
    assert!(note.contains("shows all"), "{note}");
}

#[test]
fn scores_of_a_part_of_the_rows_say_of_how_many() {
    let place = Workspace::sample();
    let complete = place.run(&["run", "sentiment", "--variants", "plain"]).out;
    assert!(!heads(&complete).contains(&"rows"), "{complete}");
    let partial = place.run(&["run", "sentiment", "--budget-calls", "65"]);
    assert!(heads(&partial.out).contains(&"rows"), "{}", partial.out);
    let said = |out: &str, name: &str, rows: &str| {
        let line = out.lines().find(|line| line.contains(name)).unwrap();
        assert!(line.contains(rows), "{line}");
    };
    said(&partial.out, " plain ", " 60/60 ");
    for form in ["md", "html"] {
        let file = format!("r.{form}");
        place.run(&["report", "-o", &file]);
        assert!(place.read(&file).contains("60/60"), "{form}");
    }
    let report = place.run(&["report"]).out;
    said(&report, "  plain ", " 60/60 ");
    assert!(report.contains("score   rows"), "{report}");
}

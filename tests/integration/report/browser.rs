//! HTML reports in a browser: nothing is loaded, nothing of a model runs, and what the script offers works.
//!
//! `REPORT_PICTURES=FOLDER cargo test --test integration report` keeps pictures to be looked at.

use super::{
    chromium::{Page, find},
    hostile::{OUTPUTS, reports},
};
use serde_json::{Value, json};

const SIZES: [(&str, (u32, u32)); 2] = [("1280", (1280, 1600)), ("390", (390, 1600))];

#[test]
fn a_page_asks_for_nothing_and_runs_nothing_of_a_model() {
    let Some(browser) = find() else { return };
    let place = reports();
    for file in ["report", "diff"] {
        for (name, size) in SIZES {
            for dark in [false, true] {
                // Wide by day and narrow by night will do, where nobody looks.
                if dark == (name == "1280") && std::env::var_os("REPORT_PICTURES").is_none() {
                    continue;
                }
                let path = place.path().join(format!("{file}.html"));
                let mut page = Page::open(browser, &path, size, dark);
                page.until_true("document.readyState === 'complete'");
                assert_eq!(page.value("typeof window.hacked"), "undefined");
                assert_eq!(
                    page.value(
                        "document.querySelectorAll('img, iframe, link, object, script[src]').length"
                    ),
                    0
                );
                let text = page.value("document.body.textContent");
                let text = text.as_str().unwrap();
                for output in [OUTPUTS[0], OUTPUTS[1]] {
                    assert!(text.contains(output), "{output} is not there as text");
                }
                assert_eq!(
                    page.value("getComputedStyle(document.body).display"),
                    "block",
                    "a model's style has no effect"
                );
                let wide = page.value("document.documentElement.scrollWidth");
                assert!(
                    wide.as_u64().unwrap() <= u64::from(size.0),
                    "{file} at {name} is {wide} wide"
                );
                let scheme = if dark { "dark" } else { "light" };
                page.picture(&format!("{file}-{name}-{scheme}"));
                assert_eq!(page.errors, Vec::<String>::new());
                let outside: Vec<&String> = page
                    .requests
                    .iter()
                    .filter(|url| !url.starts_with("file://") && *url != "about:blank")
                    .collect();
                assert_eq!(outside, Vec::<&String>::new());
                assert_eq!(
                    page.requests
                        .iter()
                        .filter(|u| u.starts_with("file://"))
                        .count(),
                    1,
                    "the page alone"
                );
            }
        }
    }
}

#[test]
fn tables_are_sorted_and_rows_searched_filtered_and_opened() {
    let Some(browser) = find() else { return };
    let path = reports().path().join("report.html");
    let mut page = Page::open(browser, &path, (1280, 1000), false);
    // A click on a column sorts by it, the next one the other way round; said to those who do not see it.
    let scores = "Array.from(document.querySelector('table[data-sort]').querySelectorAll('tbody tr')).map((r) => parseFloat(r.cells[2].textContent))";
    let head = "document.querySelectorAll('table[data-sort] thead th')[2]";
    page.value(&format!("{head}.querySelector('button').click()"));
    let down = numbers(&page.value(scores));
    assert_eq!(
        page.value(&format!("{head}.getAttribute('aria-sort')")),
        "descending"
    );
    page.value(&format!("{head}.querySelector('button').click()"));
    let up = numbers(&page.value(scores));
    assert!(down.is_sorted_by(|a, b| a >= b), "{down:?}");
    assert!(up.is_sorted() && up.len() == down.len(), "{up:?}");

    let shown =
        "Array.from(document.querySelectorAll('.list details')).filter((r) => !r.hidden).length";
    assert_eq!(page.value(shown), 24);
    page.value("{ const s = document.querySelector('[name=search]'); s.value = 'ROW 17 '; s.dispatchEvent(new Event('input')); true }");
    page.until_true("document.querySelector('.tools output').textContent === '1 of 24 rows'");
    assert_eq!(page.value(shown), 1);
    page.value("{ const s = document.querySelector('[name=search]'); s.value = ''; s.dispatchEvent(new Event('input')); true }");
    page.until_true("document.querySelector('.tools output').textContent === '24 of 24 rows'");
    page.value("{ const s = document.querySelector('[name=show]'); s.value = 'n'; s.dispatchEvent(new Event('change')); true }");
    let nobody = page.value(shown);
    let wrong = "Array.from(document.querySelectorAll('.list details')).filter((r) => !r.hidden && r.dataset.k !== '0.0000').length";
    assert!(nobody.as_u64().unwrap() > 0 && nobody != 24, "{nobody}");
    assert_eq!(page.value(wrong), 0);
    page.value("{ const s = document.querySelector('[name=sort]'); s.value = 'f'; s.dispatchEvent(new Event('change')); true }");
    let order = page.value("Array.from(document.querySelectorAll('.list details')).map((r) => parseFloat(r.dataset.f))");
    assert!(numbers(&order).is_sorted_by(|a, b| a >= b), "{order}");
    // A link to a row opens it, also one that a filter hides.
    page.value("location.hash = '#row-r5'; true");
    page.until_true(
        "document.getElementById('row-r5').open && !document.getElementById('row-r5').hidden",
    );
    assert_eq!(page.errors, Vec::<String>::new());
}

#[test]
fn everything_has_a_name_for_those_who_hear_it() {
    let Some(browser) = find() else { return };
    for file in ["report.html", "diff.html"] {
        let mut page = Page::open(browser, &reports().path().join(file), (1280, 1000), false);
        for (what, nameless) in [
            (
                "drawings",
                "Array.from(document.querySelectorAll('svg')).filter((s) => !s.getAttribute('aria-label') || s.getAttribute('role') !== 'img')",
            ),
            (
                "fields",
                "Array.from(document.querySelectorAll('input, select')).filter((s) => !s.labels.length)",
            ),
            (
                "links",
                "Array.from(document.querySelectorAll('a')).filter((a) => !document.getElementById(decodeURIComponent(a.hash.slice(1))) || !a.textContent.trim())",
            ),
            (
                "ids",
                "Array.from(document.querySelectorAll('[id]')).filter((e) => document.querySelectorAll('[id=\"' + CSS.escape(e.id) + '\"]').length > 1)",
            ),
        ] {
            let found = page.value(&format!("{nameless}.map((e) => e.outerHTML.slice(0, 200))"));
            assert_eq!(found, json!([]), "{what} in {file}");
        }
        assert_eq!(page.value("document.documentElement.lang"), "en");
        assert_eq!(page.value("document.querySelectorAll('h1').length"), 1);
    }
}

fn numbers(value: &Value) -> Vec<f64> {
    let all = value.as_array().unwrap();
    all.iter().map(|x| x.as_f64().unwrap()).collect()
}

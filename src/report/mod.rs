//! One exporter a file over the same report data: html, markdown, json, csv, junit.

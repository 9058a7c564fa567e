//! The one table of keys: it decides what a key does, and makes the footer, the help, the palette and the docs.

use super::{Binding, KeyContext};
use crate::tui::model::{Action, DiffMode, Edit, Movement, Open, Screen, Typing, ViewCommand};

/// Lines as `PLACES, "keys", "footer word or nothing", "what it does" => ACTION;`.
macro_rules! keys {
    ($($places:expr, $keys:literal, $footer:literal, $help:literal => $action:expr;)*) => {
        &[$(Binding { places: $places, keys: $keys, footer: $footer, help: $help, action: || $action }),*]
    };
}

const ALL: &[KeyContext] = &[
    KeyContext::Edit,
    KeyContext::Grid,
    KeyContext::Diff,
    KeyContext::Runs,
];
const EDIT: &[KeyContext] = &[KeyContext::Edit];
const MARKED: &[KeyContext] = &[KeyContext::Edit, KeyContext::Grid];
const GRID: &[KeyContext] = &[KeyContext::Grid];
const DIFF: &[KeyContext] = &[KeyContext::Diff];
const RUNS: &[KeyContext] = &[KeyContext::Runs];
const WORDS: &[KeyContext] = &[KeyContext::Edit, KeyContext::Grid, KeyContext::Diff];
const SIDE: &[KeyContext] = &[KeyContext::Grid, KeyContext::Diff];
const LIST: &[KeyContext] = &[KeyContext::Grid, KeyContext::Runs];
const OVER: &[KeyContext] = &[KeyContext::Overlay];
const ASK: &[KeyContext] = &[KeyContext::Confirmation];
const TYPE: &[KeyContext] = &[KeyContext::Typing];
const SHEET: &[KeyContext] = &[KeyContext::TextArea];
const ANY: &[KeyContext] = &[
    KeyContext::Edit,
    KeyContext::Grid,
    KeyContext::Diff,
    KeyContext::Runs,
    KeyContext::Overlay,
    KeyContext::Confirmation,
    KeyContext::Typing,
];

/// All keys. On one place, the first line that has the key decides.
pub const KEYS: &[Binding] = keys! {
    RUNS, "enter", "open", "open the run: its grid, read only" => Action::Enter;
    RUNS, "space", "choose", "choose the run to compare with" => Action::Mark;
    RUNS, "c", "compare", "compare the run chosen with this one: scores, flips, words" => Action::Compare;
    RUNS, "a", "note", "note something down on the run" => Action::Note;
    RUNS, "D", "delete", "delete the run (asks); answers stay, they were paid for" => Action::Delete;

    DIFF, "t", "template", "compare the templates" => Action::DiffMode(DiffMode::Template);
    DIFF, "m", "rendered", "compare the prompts of the row at hand" => Action::DiffMode(DiffMode::Rendered);
    DIFF, "o", "outputs", "compare the outputs for the row at hand" => Action::DiffMode(DiffMode::Outputs);
    DIFF, "v", "within", "compare two samples of one wording" => Action::DiffMode(DiffMode::Within);
    DIFF, "u", "layout", "side by side, or one below the other" => Action::ViewCommand(ViewCommand::Layout);
    DIFF, "w", "", "wrap long lines, or cut them" => Action::ViewCommand(ViewCommand::Wrap);
    DIFF, "{", "", "less around a change" => Action::ViewCommand(ViewCommand::Context(-1));
    DIFF, "}", "", "more around a change" => Action::ViewCommand(ViewCommand::Context(1));
    DIFF, "n", "change", "next change" => Action::Next(1);
    DIFF, "N", "", "change before" => Action::Next(-1);
    DIFF, "b", "swap", "the two sides change places" => Action::Swap;
    DIFF, "S", "split", "split a mixed edit into templates with one change each (asks)" => Action::Split;
    DIFF, "enter", "", "every sample of the row at hand" => Action::Open(Open::Row);

    EDIT, "space", "on/off", "switch the variant on or off" => Action::Mark;
    EDIT, "n", "new", "a new variant from this one: a copy of its template" => Action::NewVariant;
    EDIT, "D", "", "take the variant's template away (asks; it is kept beside the runs)" => Action::Delete;
    EDIT, "enter", "", "open the template, or the place of the problem, in the editor" => Action::Enter;
    EDIT, "i", "here", "edit the template here, without an editor" => Action::EditHere;
    EDIT, "right l", "", "next row" => Action::Rows(1);
    EDIT, "left h", "", "row before" => Action::Rows(-1);
    EDIT, "w", "reword", "ask the model for other wordings of a level, accepted or left one by one" => Action::ChooseLevel;

    GRID, "enter", "row", "every sample of the cell, and what the row says" => Action::Enter;
    GRID, "space", "", "mark the row, for the filter" => Action::Mark;
    GRID, "f", "filter", "which rows: by kind, by text or by /expression/" => Action::Open(Open::Filter);
    GRID, "s", "sort", "in which order" => Action::Open(Open::Sort);
    GRID, "m", "lens", "what is shown: answers, map, flips, disagreement, latency, cost, axes, variance" => Action::Open(Open::Lens);
    MARKED, "b", "", "keep the row as a bad case, with the answer that would have been right" => Action::BadCase;
    GRID, "B", "", "this variant is the baseline; again, the project's own" => Action::Baseline;
    GRID, "+ =", "", "more columns" => Action::ViewCommand(ViewCommand::Columns(1));
    GRID, "-", "", "fewer columns" => Action::ViewCommand(ViewCommand::Columns(-1));
    WORDS, "[", "", "sample before" => Action::Samples(-1);
    WORDS, "]", "", "next sample" => Action::Samples(1);
    &[KeyContext::Edit, KeyContext::Grid], "o", "", "the whole output" => Action::Open(Open::FullText);
    LIST, "/", "", "search; n and N go on" => Action::Open(Open::Search);
    LIST, "n", "", "next that the search finds" => Action::Next(1);
    LIST, "N", "", "the one before" => Action::Next(-1);

    ALL, "r", "run", "show what would be sent; a second r sends what is new" => Action::Run;
    ALL, "p", "pause", "pause the run, or go on" => Action::Pause;
    ALL, "x", "stop", "stop the run; again, give up what is on its way; what was done is kept" => Action::Stop;
    ALL, "R", "", "send failed and missing trials again" => Action::Retry;
    ALL, "d", "diff", "diff: the baseline and this variant, word by word" => Action::DiffBaseline;
    ALL, "L", "", "diff: the run before and this one" => Action::DiffBefore;
    ALL, "e", "edit", "open the template in $VISUAL or $EDITOR; saving is enough" => Action::Edit;
    WORDS, "y", "", "copy: answer, output, prompt, row, template or table" => Action::Open(Open::Copy);
    ALL, "O", "", "show the output or the prompt in $PAGER" => Action::Page;
    ALL, "E", "export", "export the run as a report, or the rows shown" => Action::Open(Open::Export);
    ALL, "A", "", "prompt or fine-tune: the verdict on the answers so far, and why" => Action::Open(Open::Advice);
    ALL, "!", "", "problems: templates, rows, keys, prices" => Action::Open(Open::Problems);
    ALL, "1", "", "Edit: variants, template, rendered prompt" => Action::Show(Screen::Edit);
    ALL, "2", "", "Grid: rows × variants, answers side by side" => Action::Show(Screen::Grid);
    ALL, "3", "", "Diff: two wordings and what came of the change" => Action::Show(Screen::Diff);
    ALL, "4", "", "Runs: what was done, and what came of it" => Action::Show(Screen::Runs);
    ALL, "down j", "", "down" => Action::Move(Movement::Lines(1));
    ALL, "up k", "", "up" => Action::Move(Movement::Lines(-1));
    SIDE, "right l", "", "variant to the right" => Action::Variants(1);
    SIDE, "left h", "", "variant to the left" => Action::Variants(-1);
    ALL, "pgdn ctrl-d", "", "page down" => Action::Move(Movement::Pages(1));
    ALL, "pgup ctrl-u", "", "page up" => Action::Move(Movement::Pages(-1));
    ALL, "g home", "", "to the first" => Action::Move(Movement::First);
    ALL, "G end", "", "to the last" => Action::Move(Movement::Last);
    WORDS, "tab", "", "next pane" => Action::Pane(1);
    WORDS, "backtab", "", "pane before" => Action::Pane(-1);
    WORDS, "z", "zoom", "the pane fills the screen, or not" => Action::Zoom;
    ALL, "M", "", "next model" => Action::Models(1);
    ALL, ">", "", "next experiment" => Action::Experiments(1);
    ALL, "<", "", "experiment before" => Action::Experiments(-1);
    ALL, ",", "", "view settings: colours, lines, wrapping" => Action::Open(Open::Settings);
    ALL, ":", "cmds", "every action, found by typing" => Action::Open(Open::Palette);
    ALL, "?", "help", "this help; the same key closes it" => Action::Open(Open::Help);
    ALL, "esc", "", "back" => Action::Back;
    ALL, "q", "quit", "quit (asks while a run is on its way)" => Action::Quit;

    OVER, "down j", "", "down" => Action::Move(Movement::Lines(1));
    OVER, "up k", "", "up" => Action::Move(Movement::Lines(-1));
    OVER, "pgdn ctrl-d", "", "page down" => Action::Move(Movement::Pages(1));
    OVER, "pgup ctrl-u", "", "page up" => Action::Move(Movement::Pages(-1));
    OVER, "g home", "", "to the first" => Action::Move(Movement::First);
    OVER, "G end", "", "to the last" => Action::Move(Movement::Last);
    OVER, "right l", "", "next variant, or next value" => Action::Variants(1);
    OVER, "left h", "", "variant before, or value before" => Action::Variants(-1);
    OVER, "]", "", "next sample" => Action::Samples(1);
    OVER, "[", "", "sample before" => Action::Samples(-1);
    OVER, "space", "", "accept the wording offered, or leave it" => Action::Mark;
    OVER, "enter", "take", "take what is chosen" => Action::Enter;
    OVER, "r", "", "with the plan shown: send it" => Action::Run;
    OVER, "b", "", "with the samples of a row shown: keep it as a bad case" => Action::BadCase;
    OVER, "A", "", "prompt or fine-tune; the same key closes it" => Action::Open(Open::Advice);
    OVER, "y", "copy", "copy: answer, output, prompt, row, template or table" => Action::Open(Open::Copy);
    OVER, "O", "", "show it in $PAGER" => Action::Page;
    OVER, "?", "", "help; the same key closes it" => Action::Open(Open::Help);
    OVER, "esc q", "back", "close" => Action::Back;

    ASK, "y enter", "yes", "yes" => Action::Enter;
    ASK, "n esc", "no", "no" => Action::Back;
    ASK, "q", "", "yes, where the question is whether to quit; else no" => Action::Quit;

    TYPE, "enter", "take", "take what was typed or chosen" => Action::Enter;
    TYPE, "esc", "back", "close, and leave things as they were" => Action::Back;
    TYPE, "down ctrl-n", "", "next choice" => Action::Move(Movement::Lines(1));
    TYPE, "up ctrl-p", "", "choice before" => Action::Move(Movement::Lines(-1));
    TYPE, "left", "", "to the left" => Action::Type(Typing::Left);
    TYPE, "right", "", "to the right" => Action::Type(Typing::Right);
    TYPE, "home ctrl-a", "", "to the beginning" => Action::Type(Typing::Home);
    TYPE, "end ctrl-e", "", "to the end" => Action::Type(Typing::End);
    TYPE, "backspace ctrl-h", "", "delete to the left" => Action::Type(Typing::Backspace);
    TYPE, "delete", "", "delete to the right" => Action::Type(Typing::Delete);
    TYPE, "ctrl-w", "", "delete a word" => Action::Type(Typing::DeleteWord);
    TYPE, "ctrl-u", "", "delete all" => Action::Type(Typing::Clear);

    SHEET, "ctrl-s", "save", "save; it is rendered at once" => Action::Save;
    SHEET, "esc", "close", "close (asks where it is not saved)" => Action::Back;
    SHEET, "ctrl-u", "undo", "take the last change back" => Action::TextArea(Edit::Undo);
    SHEET, "enter", "", "a new line" => Action::TextArea(Edit::Insert('\n'));
    SHEET, "tab", "", "a tab" => Action::TextArea(Edit::Insert('\t'));
    SHEET, "backspace ctrl-h", "", "delete to the left" => Action::TextArea(Edit::Backspace);
    SHEET, "delete", "", "delete to the right" => Action::TextArea(Edit::Delete);
    SHEET, "ctrl-k", "", "delete the line" => Action::TextArea(Edit::DeleteLine);
    SHEET, "left", "", "to the left" => Action::TextArea(Edit::Left);
    SHEET, "right", "", "to the right" => Action::TextArea(Edit::Right);
    SHEET, "up", "", "line up" => Action::TextArea(Edit::Lines(-1));
    SHEET, "down", "", "line down" => Action::TextArea(Edit::Lines(1));
    SHEET, "pgup", "", "page up" => Action::TextArea(Edit::Pages(-1));
    SHEET, "pgdn", "", "page down" => Action::TextArea(Edit::Pages(1));
    SHEET, "home ctrl-a", "", "to the beginning of the line" => Action::TextArea(Edit::Home);
    SHEET, "end ctrl-e", "", "to the end of the line" => Action::TextArea(Edit::End);

    ANY, "ctrl-l", "", "draw the screen anew" => Action::Redraw;
    ANY, "ctrl-z", "", "suspend; `fg` comes back" => Action::Suspend;
    ANY, "ctrl-c", "", "stop the run; without one, quit" => Action::Interrupt;
};

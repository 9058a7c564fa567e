//! The one table of keys: it decides what a key does, and makes the footer, the help, the palette and the docs.

use super::{Binding, KeyContext};
use crate::tui::model::{
    Action, ColumnChange, DiffMode, Edit, Movement, Open, Screen, ViewCommand,
};

/// Lines as `CONTEXTS, "keys", "footer word or nothing", "Name", "what it does" => ACTION;`.
macro_rules! keys {
    ($($contexts:expr, $keys:literal, $footer:literal, $name:literal, $help:literal => $action:expr;)*) => {
        &[$(Binding { contexts: $contexts, keys: $keys, footer: $footer, name: $name, help: $help, action: || $action }),*]
    };
}

const ALL: &[KeyContext] = &[
    KeyContext::Edit,
    KeyContext::Grid,
    KeyContext::Diff,
    KeyContext::Runs,
];
const EDIT: &[KeyContext] = &[KeyContext::Edit];
const ROWS: &[KeyContext] = &[KeyContext::Edit, KeyContext::Grid];
const GRID: &[KeyContext] = &[KeyContext::Grid];
const DIFF: &[KeyContext] = &[KeyContext::Diff];
const RUNS: &[KeyContext] = &[KeyContext::Runs];
const WORDS: &[KeyContext] = &[KeyContext::Edit, KeyContext::Grid, KeyContext::Diff];
const SIDE: &[KeyContext] = &[KeyContext::Grid, KeyContext::Diff];
const LIST: &[KeyContext] = &[KeyContext::Grid, KeyContext::Runs];
const OVER: &[KeyContext] = &[KeyContext::Overlay];
const ASK: &[KeyContext] = &[KeyContext::Confirmation];
const TYPE: &[KeyContext] = &[KeyContext::Typing];
const EDITOR: &[KeyContext] = &[KeyContext::TextArea];
const ANY: &[KeyContext] = &[
    KeyContext::Edit,
    KeyContext::Grid,
    KeyContext::Diff,
    KeyContext::Runs,
    KeyContext::Overlay,
    KeyContext::Confirmation,
    KeyContext::Typing,
];

/// All keys. In each context, the first line that has the key decides.
pub const KEYS: &[Binding] = keys! {
    RUNS, "enter", "open", "Open run", "open the run's grid, read-only" => Action::Enter;
    RUNS, "space", "choose", "Choose run", "choose the run to compare with" => Action::Mark;
    RUNS, "c", "compare", "Compare runs", "compare the chosen run with this one" => Action::Compare;
    RUNS, "a", "note", "Edit note", "edit the note of the run" => Action::Note;
    RUNS, "D", "delete", "Delete run", "delete the run (asks first); answers are kept" => Action::Delete;

    DIFF, "t", "template", "Diff templates", "compare the templates" => Action::DiffMode(DiffMode::Template);
    DIFF, "m", "rendered", "Diff prompts", "compare the rendered prompts of this row" => Action::DiffMode(DiffMode::Rendered);
    DIFF, "o", "outputs", "Diff outputs", "compare the outputs for this row" => Action::DiffMode(DiffMode::Outputs);
    DIFF, "v", "samples", "Diff samples", "compare two samples of the same variant" => Action::DiffMode(DiffMode::Within);
    DIFF, "u", "layout", "Toggle layout", "side by side or unified" => Action::ViewCommand(ViewCommand::Layout);
    DIFF, "w", "", "Toggle wrapping", "wrap or cut long lines" => Action::ViewCommand(ViewCommand::Wrap);
    DIFF, "{", "", "Less context", "show fewer lines around each change" => Action::ViewCommand(ViewCommand::Context(-1));
    DIFF, "}", "", "More context", "show more lines around each change" => Action::ViewCommand(ViewCommand::Context(1));
    DIFF, "n", "change", "Next change", "go to the next change" => Action::Next(1);
    DIFF, "N", "", "Previous change", "go to the previous change" => Action::Next(-1);
    DIFF, "b", "swap", "Swap sides", "swap the two sides" => Action::Swap;
    DIFF, "S", "split", "Split edit", "split the edit into templates, one per change" => Action::Split;
    DIFF, "enter", "", "Inspect row", "show every sample of this row" => Action::Open(Open::Row);

    EDIT, "space", "on/off", "Switch variant", "switch the variant on or off" => Action::Mark;
    EDIT, "n", "new", "New variant", "create a variant by copying this template" => Action::NewVariant;
    EDIT, "D", "", "Remove template", "remove the template (asks first); keeps a copy" => Action::Delete;
    EDIT, "enter", "", "Open template", "open the template or the problem in the editor" => Action::Enter;
    EDIT, "i", "edit here", "Edit here", "edit the template in the session" => Action::EditHere;
    EDIT, "right l", "", "Next row", "show the next row" => Action::Rows(1);
    EDIT, "left h", "", "Previous row", "show the previous row" => Action::Rows(-1);
    EDIT, "w", "paraphrase", "Paraphrase", "reword a level with the model; accept or reject" => Action::ChooseLevel;

    GRID, "enter", "row", "Inspect cell", "show the row and every sample of the cell" => Action::Enter;
    GRID, "space", "", "Mark row", "mark the row; filter by `marked` later" => Action::Mark;
    GRID, "f", "filter", "Filter rows", "filter rows by kind, text or /regex/" => Action::Open(Open::Filter);
    GRID, "s", "sort", "Sort rows", "choose the order of rows" => Action::Open(Open::Sort);
    GRID, "t", "table", "Leaderboard", "rank variants: score, metrics, cost; again: answers" => Action::Leaderboard;
    GRID, "H", "", "Hide column", "hide the column of the variant, or show it again" => Action::Column(ColumnChange::Hide);
    GRID, "P", "", "Pin column", "keep the column beside the baseline, or let it go" => Action::Column(ColumnChange::Pin);
    GRID, "{", "", "Move column left", "move the column to the left" => Action::Column(ColumnChange::Shift(-1));
    GRID, "}", "", "Move column right", "move the column to the right" => Action::Column(ColumnChange::Shift(1));
    GRID, ")", "", "Wider columns", "make the columns wider" => Action::Column(ColumnChange::Wider(4));
    GRID, "(", "", "Narrower columns", "make the columns narrower" => Action::Column(ColumnChange::Wider(-4));
    GRID, "V", "", "Show all columns", "show all columns, in the leaderboard's order" => Action::Column(ColumnChange::Reset);
    GRID, "m", "lens", "Lens", "show answers, flips, disagreement, labels, slices …" => Action::Open(Open::Lens);
    ROWS, "b", "", "Bad case", "save the row as a bad case, with its answer" => Action::BadCase;
    GRID, "B", "", "Set baseline", "make this variant the baseline; again: reset" => Action::Baseline;
    GRID, "+ =", "", "More columns", "show more columns" => Action::ViewCommand(ViewCommand::Columns(1));
    GRID, "-", "", "Fewer columns", "show fewer columns" => Action::ViewCommand(ViewCommand::Columns(-1));
    WORDS, "[", "", "Previous sample", "show the previous sample" => Action::Samples(-1);
    WORDS, "]", "", "Next sample", "show the next sample" => Action::Samples(1);
    ROWS, "o", "", "Full output", "show the full output" => Action::Open(Open::FullText);
    LIST, "/", "", "Search", "search; n and N repeat it" => Action::Open(Open::Search);
    LIST, "n", "", "Next match", "go to the next match" => Action::Next(1);
    LIST, "N", "", "Previous match", "go to the previous match" => Action::Next(-1);

    ALL, "r", "run", "Run", "show the plan; press r again to send it" => Action::Run;
    ALL, "p", "pause", "Pause or resume", "pause or resume the run" => Action::Pause;
    ALL, "x", "stop", "Stop run", "stop the run; again: drop requests in flight" => Action::Stop;
    ALL, "R", "", "Retry failed", "send failed and missing trials again" => Action::Retry;
    ALL, "d", "diff", "Diff to baseline", "compare this variant with the baseline" => Action::DiffBaseline;
    ALL, "L", "", "Diff to previous run", "compare the previous run with this one" => Action::DiffBefore;
    ALL, "e", "edit", "Edit template", "open the template in $VISUAL or $EDITOR" => Action::Edit;
    WORDS, "y", "", "Copy", "copy the answer, output, prompt, row or table" => Action::Open(Open::Copy);
    ALL, "O", "", "Open in pager", "show the output or the prompt in $PAGER" => Action::Page;
    ALL, "E", "export", "Export", "export the run as a report, or the rows shown" => Action::Open(Open::Export);
    ALL, "A", "", "Advice", "prompt or fine-tune? A recommendation, with reasons" => Action::Open(Open::Advice);
    ALL, "!", "", "Problems", "list problems in templates, rows, keys, prices" => Action::Open(Open::Problems);
    ALL, "1", "", "Go to Edit", "Edit screen: variants, template, prompt" => Action::Show(Screen::Edit);
    ALL, "2", "", "Go to Grid", "Grid screen: answers of all variants by row" => Action::Show(Screen::Grid);
    ALL, "3", "", "Go to Diff", "Diff screen: two variants and changed answers" => Action::Show(Screen::Diff);
    ALL, "4", "", "Go to Runs", "Runs screen: all runs, scores and cost" => Action::Show(Screen::Runs);
    ALL, "down j", "", "Down", "move down" => Action::Move(Movement::Lines(1));
    ALL, "up k", "", "Up", "move up" => Action::Move(Movement::Lines(-1));
    SIDE, "right l", "", "Next variant", "move to the next variant" => Action::Variants(1);
    SIDE, "left h", "", "Previous variant", "move to the previous variant" => Action::Variants(-1);
    ALL, "pgdn ctrl-d", "", "Page down", "move one page down" => Action::Move(Movement::Pages(1));
    ALL, "pgup ctrl-u", "", "Page up", "move one page up" => Action::Move(Movement::Pages(-1));
    ALL, "g home", "", "First", "go to the first line" => Action::Move(Movement::First);
    ALL, "G end", "", "Last", "go to the last line" => Action::Move(Movement::Last);
    WORDS, "tab", "", "Next pane", "focus the next pane" => Action::Pane(1);
    WORDS, "backtab", "", "Previous pane", "focus the previous pane" => Action::Pane(-1);
    WORDS, "z", "zoom", "Zoom", "zoom the pane to the full screen, or back" => Action::Zoom;
    ALL, "M", "", "Next model", "show the next model's grid" => Action::Models(1);
    ALL, ">", "", "Next experiment", "switch to the next experiment" => Action::Experiments(1);
    ALL, "<", "", "Previous experiment", "switch to the previous experiment" => Action::Experiments(-1);
    ALL, ",", "", "View settings", "change colors, line height and wrapping" => Action::Open(Open::Settings);
    ALL, ":", "cmds", "Command palette", "find an action by name" => Action::Open(Open::Palette);
    ALL, "?", "help", "Help", "show this help; the same key closes it" => Action::Open(Open::Help);
    ALL, "esc", "", "Back", "go back" => Action::Back;
    ALL, "q", "quit", "Quit", "quit (asks first during a run)" => Action::Quit;

    OVER, "down j", "", "Down", "move down" => Action::Move(Movement::Lines(1));
    OVER, "up k", "", "Up", "move up" => Action::Move(Movement::Lines(-1));
    OVER, "pgdn ctrl-d", "", "Page down", "move one page down" => Action::Move(Movement::Pages(1));
    OVER, "pgup ctrl-u", "", "Page up", "move one page up" => Action::Move(Movement::Pages(-1));
    OVER, "g home", "", "First", "go to the first line" => Action::Move(Movement::First);
    OVER, "G end", "", "Last", "go to the last line" => Action::Move(Movement::Last);
    OVER, "right l", "", "Next variant", "next variant or value" => Action::Variants(1);
    OVER, "left h", "", "Previous variant", "previous variant or value" => Action::Variants(-1);
    OVER, "]", "", "Next sample", "show the next sample" => Action::Samples(1);
    OVER, "[", "", "Previous sample", "show the previous sample" => Action::Samples(-1);
    OVER, "space", "accept", "Accept", "accept or reject the paraphrase" => Action::Mark;
    OVER, "enter", "select", "Select", "accept the selection" => Action::Enter;
    OVER, "r", "send", "Send", "send the plan shown" => Action::Run;
    OVER, "b", "", "Bad case", "save the row shown as a bad case" => Action::BadCase;
    OVER, "A", "", "Advice", "prompt or fine-tune; the same key closes it" => Action::Open(Open::Advice);
    OVER, "y", "copy", "Copy", "copy the answer, output, prompt, row or table" => Action::Open(Open::Copy);
    OVER, "O", "", "Open in pager", "show it in $PAGER" => Action::Page;
    OVER, "?", "", "Help", "show the help; the same key closes it" => Action::Open(Open::Help);
    OVER, "esc q", "back", "Close", "close" => Action::Back;

    ASK, "y enter", "yes", "Yes", "yes" => Action::Enter;
    ASK, "n esc", "no", "No", "no" => Action::Back;
    ASK, "q", "", "Quit", "confirm quitting; in other questions: no" => Action::Quit;

    TYPE, "enter", "accept", "Accept", "accept the text or the selection" => Action::Enter;
    TYPE, "esc", "cancel", "Cancel", "close and change nothing" => Action::Back;
    TYPE, "down ctrl-n", "", "Next item", "select the next item" => Action::Move(Movement::Lines(1));
    TYPE, "up ctrl-p", "", "Previous item", "select the previous item" => Action::Move(Movement::Lines(-1));
    TYPE, "left", "", "Left", "move left" => Action::EditText(Edit::Left);
    TYPE, "right", "", "Right", "move right" => Action::EditText(Edit::Right);
    TYPE, "home ctrl-a", "", "Home", "move to the start" => Action::EditText(Edit::Home);
    TYPE, "end ctrl-e", "", "End", "move to the end" => Action::EditText(Edit::End);
    TYPE, "backspace ctrl-h", "", "Backspace", "delete the character to the left" => Action::EditText(Edit::Backspace);
    TYPE, "delete", "", "Delete", "delete the character to the right" => Action::EditText(Edit::Delete);
    TYPE, "ctrl-w", "", "Delete word", "delete the word to the left" => Action::EditText(Edit::DeleteWord);
    TYPE, "ctrl-u", "", "Clear", "delete the whole text" => Action::EditText(Edit::DeleteLine);

    EDITOR, "ctrl-s", "save", "Save", "save; the prompt is rendered at once" => Action::Save;
    EDITOR, "esc", "close", "Close", "close (asks first if there are unsaved changes)" => Action::Back;
    EDITOR, "ctrl-u", "undo", "Undo", "undo the last change" => Action::EditText(Edit::Undo);
    EDITOR, "enter", "", "New line", "insert a line break" => Action::EditText(Edit::Insert('\n'));
    EDITOR, "tab", "", "Tab", "insert a tab" => Action::EditText(Edit::Insert('\t'));
    EDITOR, "backspace ctrl-h", "", "Backspace", "delete the character to the left" => Action::EditText(Edit::Backspace);
    EDITOR, "delete", "", "Delete", "delete the character to the right" => Action::EditText(Edit::Delete);
    EDITOR, "ctrl-w", "", "Delete word", "delete the word to the left" => Action::EditText(Edit::DeleteWord);
    EDITOR, "ctrl-k", "", "Delete line", "delete the line" => Action::EditText(Edit::DeleteLine);
    EDITOR, "left", "", "Left", "move left" => Action::EditText(Edit::Left);
    EDITOR, "right", "", "Right", "move right" => Action::EditText(Edit::Right);
    EDITOR, "up", "", "Line up", "move one line up" => Action::EditText(Edit::Lines(-1));
    EDITOR, "down", "", "Line down", "move one line down" => Action::EditText(Edit::Lines(1));
    EDITOR, "pgup", "", "Page up", "move one page up" => Action::EditText(Edit::Pages(-1));
    EDITOR, "pgdn", "", "Page down", "move one page down" => Action::EditText(Edit::Pages(1));
    EDITOR, "home ctrl-a", "", "Line start", "move to the start of the line" => Action::EditText(Edit::Home);
    EDITOR, "end ctrl-e", "", "Line end", "move to the end of the line" => Action::EditText(Edit::End);

    ANY, "ctrl-l", "", "Redraw", "redraw the screen" => Action::Redraw;
    ANY, "ctrl-z", "", "Suspend", "suspend; `fg` resumes" => Action::Suspend;
    ANY, "ctrl-c", "", "Interrupt", "stop the run; without one, quit" => Action::Interrupt;
};

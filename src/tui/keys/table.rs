//! The one table of keys: it decides what a key does, and makes the footer, the help, the palette and the docs.

use super::{Binding, KeyContext};
use crate::tui::model::{
    Action, ColumnChange, DiffMode, Edit, Movement, Open, Screen, ViewCommand,
};

/// Groups of lines as `CONTEXTS, "keys", "footer word or nothing", "name", "what it does" => ACTION;`.
macro_rules! keys {
    ($($group:literal { $($contexts:expr, $keys:literal, $footer:literal, $name:literal, $help:literal => $action:expr;)* })*) => {
        &[$($(Binding { group: $group, contexts: $contexts, keys: $keys, footer: $footer, name: $name, help: $help, action: || $action },)*)*]
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
    "Runs" {
        RUNS, "enter", "open", "open-run", "open the run's grid, read-only" => Action::Enter;
        RUNS, "space", "choose", "choose-run", "choose the run to compare with" => Action::Mark;
        RUNS, "c", "compare", "compare", "compare the chosen run with this one" => Action::Compare;
        RUNS, "a", "note", "note", "edit the note of the run" => Action::Note;
        RUNS, "D", "delete", "delete-run", "delete the run (asks first); answers are kept" => Action::Delete;
    }
    "Diff" {
        DIFF, "t", "template", "diff-templates", "compare the templates" => Action::DiffMode(DiffMode::Template);
        DIFF, "m", "rendered", "diff-prompts", "compare the rendered prompts of this row" => Action::DiffMode(DiffMode::Rendered);
        DIFF, "o", "outputs", "diff-outputs", "compare the outputs for this row" => Action::DiffMode(DiffMode::Outputs);
        DIFF, "v", "samples", "diff-samples", "compare two samples of the same variant" => Action::DiffMode(DiffMode::Within);
        DIFF, "u", "layout", "layout", "side by side or unified" => Action::ViewCommand(ViewCommand::Layout);
        DIFF, "w", "", "wrap", "wrap or cut long lines" => Action::ViewCommand(ViewCommand::Wrap);
        DIFF, "{", "", "less-context", "show fewer lines around each change" => Action::ViewCommand(ViewCommand::Context(-1));
        DIFF, "}", "", "more-context", "show more lines around each change" => Action::ViewCommand(ViewCommand::Context(1));
        DIFF, "n", "change", "next-change", "go to the next change" => Action::Next(1);
        DIFF, "N", "", "previous-change", "go to the previous change" => Action::Next(-1);
        DIFF, "b", "swap", "swap", "swap the two sides" => Action::Swap;
        DIFF, "S", "split", "split", "split the edit into templates, one per change" => Action::Split;
        DIFF, "enter", "", "inspect", "show every sample of this row" => Action::Open(Open::Row);
    }
    "Templates and variants" {
        EDIT, "space", "on/off", "switch", "switch the variant on or off" => Action::Mark;
        EDIT, "n", "new", "new-variant", "create a variant by copying this template" => Action::NewVariant;
        EDIT, "D", "", "remove-template", "remove the template (asks first); keeps a copy" => Action::Delete;
        EDIT, "enter", "", "open-template", "open the template or the problem in the editor" => Action::Enter;
        EDIT, "t", "template", "show-template", "show the template, or the prompt again" => Action::ShowTemplate;
        EDIT, "i", "edit here", "edit-here", "edit the template in the session" => Action::EditHere;
        EDIT, "right l", "", "next-row", "show the next row" => Action::Rows(1);
        EDIT, "left h", "", "previous-row", "show the previous row" => Action::Rows(-1);
        EDIT, "w", "paraphrase", "paraphrase", "reword a level with the model; accept or reject" => Action::ChooseLevel;
    }
    "Rows and answers" {
        GRID, "enter", "row", "inspect", "show the row and every sample of the cell" => Action::Enter;
        GRID, "space", "", "mark", "mark the row; filter by `marked` later" => Action::Mark;
        GRID, "f", "filter", "filter", "filter rows by kind, text, /regex/ or =condition" => Action::Open(Open::Filter);
        GRID, "s", "sort", "sort", "choose the order of rows" => Action::Open(Open::Sort);
        GRID, "t", "table", "leaderboard", "rank variants by score; again: answers" => Action::Leaderboard;
        GRID, "m", "lens", "lens", "what to show: answers, map, axes, slices …" => Action::Open(Open::Lens);
        ROWS, "b", "", "bad-case", "save the row as a bad case, with its answer" => Action::BadCase;
        ROWS, "K", "", "label", "label rows, one key each (as `wording label`)" => Action::Label;
        GRID, "J", "", "rate", "rate this variant against the baseline, blind" => Action::Rate;
        WORDS, "[", "", "previous-sample", "show the previous sample" => Action::Samples(-1);
        WORDS, "]", "", "next-sample", "show the next sample" => Action::Samples(1);
        ROWS, "o", "", "full-output", "show the full output" => Action::Open(Open::FullText);
        LIST, "/", "", "search", "search; n and N repeat it" => Action::Open(Open::Search);
        LIST, "n", "", "next-match", "go to the next match" => Action::Next(1);
        LIST, "N", "", "previous-match", "go to the previous match" => Action::Next(-1);
    }
    "Columns" {
        GRID, "H", "", "hide-column", "hide the column of the variant, or show it again" => Action::Column(ColumnChange::Hide);
        GRID, "P", "", "pin-column", "keep the column beside the baseline, or let it go" => Action::Column(ColumnChange::Pin);
        GRID, "{", "", "move-column-left", "move the column to the left" => Action::Column(ColumnChange::Shift(-1));
        GRID, "}", "", "move-column-right", "move the column to the right" => Action::Column(ColumnChange::Shift(1));
        GRID, ")", "", "wider-columns", "make the columns wider" => Action::Column(ColumnChange::Wider(4));
        GRID, "(", "", "narrower-columns", "make the columns narrower" => Action::Column(ColumnChange::Wider(-4));
        GRID, "V", "", "all-columns", "show all columns, in the leaderboard's order" => Action::Column(ColumnChange::Reset);
        GRID, "c", "", "group-columns", "group columns by variant or by model" => Action::GroupColumns;
        GRID, "B", "", "baseline", "make this variant the baseline; again: reset" => Action::Baseline;
        GRID, "+ =", "", "more-columns", "show more columns" => Action::ViewCommand(ViewCommand::Columns(1));
        GRID, "-", "", "fewer-columns", "show fewer columns" => Action::ViewCommand(ViewCommand::Columns(-1));
    }
    "Run" {
        ALL, "r", "run", "run", "show the plan; press r again to send it" => Action::Run;
        ALL, "p", "pause", "pause", "pause or resume the run" => Action::Pause;
        ALL, "x", "stop", "stop", "stop the run; again: drop requests in flight" => Action::Stop;
        ALL, "R", "", "retry", "send failed and missing trials again" => Action::Retry;
    }
    "Compare, edit, share" {
        ALL, "d", "diff", "diff-baseline", "compare this variant with the baseline" => Action::DiffBaseline;
        ALL, "L", "", "diff-previous-run", "compare the previous run with this one" => Action::DiffBefore;
        ALL, "e", "edit", "edit", "open the template in $VISUAL or $EDITOR" => Action::Edit;
        WORDS, "y", "", "copy", "copy a part: answer, output, prompt, metrics, call …" => Action::Open(Open::Copy);
        ALL, "O", "", "pager", "show the output or the prompt in $PAGER" => Action::Page;
        ALL, "ctrl-n", "new experiment", "new-experiment", "create an experiment for a dataset" => Action::NewExperiment;
        ALL, "E", "export", "export", "export the run as a report, or the rows shown" => Action::Open(Open::Export);
        ALL, "A", "", "advice", "prompt or fine-tune? A recommendation, with reasons" => Action::Open(Open::Advice);
        ALL, "W", "", "optimize", "search for a better wording (as `wording optimize`)" => Action::WordingSearch;
        ALL, "!", "", "problems", "list problems in templates, rows, keys, prices" => Action::Open(Open::Problems);
    }
    "Screens and panes" {
        ALL, "1", "", "edit-screen", "Edit screen: variants, template, prompt" => Action::Show(Screen::Edit);
        ALL, "2", "", "grid-screen", "Grid screen: answers of all variants by row" => Action::Show(Screen::Grid);
        ALL, "3", "", "diff-screen", "Diff screen: two variants and changed answers" => Action::Show(Screen::Diff);
        ALL, "4", "", "runs-screen", "Runs screen: all runs, scores and cost" => Action::Show(Screen::Runs);
        WORDS, "tab", "", "next-pane", "focus the next pane" => Action::Pane(1);
        WORDS, "backtab", "", "previous-pane", "focus the previous pane" => Action::Pane(-1);
        ALL, "z", "zoom", "zoom", "zoom the pane to the full screen, or back" => Action::Zoom;
        ALL, "M", "models", "models", "choose the models that stand side by side" => Action::Open(Open::Models);
        WORDS, "a", "", "next-model", "go to the next model" => Action::Models(1);
        ALL, ">", "", "next-experiment", "switch to the next experiment" => Action::Experiments(1);
        ALL, "<", "", "previous-experiment", "switch to the previous experiment" => Action::Experiments(-1);
    }
    "Move" {
        ALL, "down j", "", "down", "move down" => Action::Move(Movement::Lines(1));
        ALL, "up k", "", "up", "move up" => Action::Move(Movement::Lines(-1));
        SIDE, "right l", "", "next-variant", "move to the next variant; scroll the leaderboard" => Action::Variants(1);
        SIDE, "left h", "", "previous-variant", "move to the previous variant; scroll the leaderboard" => Action::Variants(-1);
        ALL, "pgdn ctrl-d", "", "page-down", "move one page down" => Action::Move(Movement::Pages(1));
        ALL, "pgup ctrl-u", "", "page-up", "move one page up" => Action::Move(Movement::Pages(-1));
        ALL, "g home", "", "first", "go to the first line" => Action::Move(Movement::First);
        ALL, "G end", "", "last", "go to the last line" => Action::Move(Movement::Last);
    }
    "Session" {
        ALL, ",", "", "settings", "change colors, line height and wrapping" => Action::Open(Open::Settings);
        ALL, ":", "cmds", "palette", "find an action by name" => Action::Open(Open::Palette);
        ALL, "?", "help", "help", "signs and keys, found by typing; again: close" => Action::Open(Open::Help);
        ALL, "esc", "", "back", "go back" => Action::Back;
        ALL, "q", "quit", "quit", "quit (asks first during a run)" => Action::Quit;
    }
    "Overlays" {
        OVER, "down j", "", "down", "move down" => Action::Move(Movement::Lines(1));
        OVER, "up k", "", "up", "move up" => Action::Move(Movement::Lines(-1));
        OVER, "pgdn ctrl-d", "", "page-down", "move one page down" => Action::Move(Movement::Pages(1));
        OVER, "pgup ctrl-u", "", "page-up", "move one page up" => Action::Move(Movement::Pages(-1));
        OVER, "g home", "", "first", "go to the first line" => Action::Move(Movement::First);
        OVER, "G end", "", "last", "go to the last line" => Action::Move(Movement::Last);
        OVER, "right l", "", "next-variant", "next variant or value" => Action::Variants(1);
        OVER, "left h", "", "previous-variant", "previous variant or value" => Action::Variants(-1);
        OVER, "]", "", "next-sample", "show the next sample" => Action::Samples(1);
        OVER, "[", "", "previous-sample", "show the previous sample" => Action::Samples(-1);
        OVER, "tab", "", "next-section", "go to the next section of the inspector" => Action::Pane(1);
        OVER, "backtab", "", "previous-section", "go to the previous section of the inspector" => Action::Pane(-1);
        OVER, "space", "accept", "toggle-paraphrase", "accept a paraphrase, show a model, unfold shots" => Action::Mark;
        OVER, "enter", "select", "select", "accept the selection" => Action::Enter;
        OVER, "o", "only", "only-model", "show the selected model alone" => Action::OnlyModel;
        OVER, "c", "group", "group-columns", "group columns by variant or by model" => Action::GroupColumns;
        OVER, "e", "change", "change-models", "add or remove models of the experiment" => Action::ChangeModels;
        OVER, "r", "send", "send", "send the plan shown" => Action::Run;
        OVER, "n", "new", "new-search", "begin a search for a better wording" => Action::NewSearch;
        OVER, "x", "stop", "stop", "stop the search" => Action::Stop;
        OVER, "w", "write", "write-wording", "write the wording found (asks first)" => Action::Save;
        OVER, "W", "", "optimize", "the search; the same key closes it" => Action::WordingSearch;
        OVER, "b", "", "bad-case", "save the row shown as a bad case" => Action::BadCase;
        OVER, "A", "", "advice", "prompt or fine-tune; the same key closes it" => Action::Open(Open::Advice);
        OVER, "y", "copy", "copy", "copy a part: answer, output, prompt, metrics, call …" => Action::Open(Open::Copy);
        OVER, "O", "", "pager", "show it in $PAGER" => Action::Page;
        OVER, "?", "", "help", "signs and keys, found by typing; again: close" => Action::Open(Open::Help);
        OVER, "esc q", "back", "close", "close" => Action::Back;
    }
    "Questions" {
        ASK, "y enter", "yes", "yes", "yes" => Action::Enter;
        ASK, "n esc", "no", "no", "no" => Action::Back;
        ASK, "down j", "", "down", "scroll down" => Action::Move(Movement::Lines(1));
        ASK, "up k", "", "up", "scroll up" => Action::Move(Movement::Lines(-1));
        ASK, "pgdn ctrl-d", "", "page-down", "scroll one page down" => Action::Move(Movement::Pages(1));
        ASK, "pgup ctrl-u", "", "page-up", "scroll one page up" => Action::Move(Movement::Pages(-1));
        ASK, "q", "", "quit", "quit (asks first during a run); in other questions: no" => Action::Quit;
    }
    "Text fields" {
        TYPE, "enter", "accept", "accept", "accept the text or the selection" => Action::Enter;
        TYPE, "esc", "cancel", "cancel", "close and change nothing" => Action::Back;
        TYPE, "down ctrl-n", "", "next-item", "select the next item" => Action::Move(Movement::Lines(1));
        TYPE, "up ctrl-p", "", "previous-item", "select the previous item" => Action::Move(Movement::Lines(-1));
        TYPE, "pgdn", "", "next-page", "show the next page" => Action::Move(Movement::Pages(1));
        TYPE, "pgup", "", "previous-page", "show the previous page" => Action::Move(Movement::Pages(-1));
        TYPE, "tab", "", "add-condition", "add the selected condition; choose the model" => Action::AddCondition;
        TYPE, "ctrl-s", "", "save-filter", "save the filter by a name" => Action::SaveFilter;
        TYPE, "ctrl-x", "", "remove-filter", "remove the saved filter that is selected" => Action::RemoveFilter;
        TYPE, "left", "", "cursor-left", "move left" => Action::EditText(Edit::Left);
        TYPE, "right", "", "cursor-right", "move right" => Action::EditText(Edit::Right);
        TYPE, "home ctrl-a", "", "line-start", "move to the start" => Action::EditText(Edit::Home);
        TYPE, "end ctrl-e", "", "line-end", "move to the end" => Action::EditText(Edit::End);
        TYPE, "backspace ctrl-h", "", "delete-left", "delete the character to the left" => Action::EditText(Edit::Backspace);
        TYPE, "delete", "", "delete-right", "delete the character to the right" => Action::EditText(Edit::Delete);
        TYPE, "ctrl-w", "", "delete-word", "delete the word to the left" => Action::EditText(Edit::DeleteWord);
        TYPE, "ctrl-u", "", "delete-all", "delete the whole text" => Action::EditText(Edit::DeleteLine);
    }
    "Text editor" {
        EDITOR, "ctrl-s", "save", "save", "save; the prompt is rendered at once" => Action::Save;
        EDITOR, "esc", "close", "close-editor", "close (asks first if there are unsaved changes)" => Action::Back;
        EDITOR, "ctrl-u", "undo", "undo", "undo the last change" => Action::EditText(Edit::Undo);
        EDITOR, "ctrl-r", "redo", "redo", "make the change that was undone again" => Action::EditText(Edit::Redo);
        EDITOR, "ctrl-t", "preview", "preview", "show or hide the rendered prompt of the row" => Action::TogglePreview;
        EDITOR, "ctrl-n", "next row", "preview-next-row", "preview the next row" => Action::Rows(1);
        EDITOR, "ctrl-p", "", "preview-previous-row", "preview the previous row" => Action::Rows(-1);
        EDITOR, "enter", "", "insert-line-break", "insert a line break" => Action::EditText(Edit::Insert('\n'));
        EDITOR, "tab", "", "insert-tab", "insert a tab" => Action::EditText(Edit::Insert('\t'));
        EDITOR, "backspace ctrl-h", "", "delete-left", "delete the character to the left" => Action::EditText(Edit::Backspace);
        EDITOR, "delete", "", "delete-right", "delete the character to the right" => Action::EditText(Edit::Delete);
        EDITOR, "ctrl-w", "", "delete-word", "delete the word to the left" => Action::EditText(Edit::DeleteWord);
        EDITOR, "ctrl-k", "", "delete-line", "delete the line" => Action::EditText(Edit::DeleteLine);
        EDITOR, "left", "", "cursor-left", "move left" => Action::EditText(Edit::Left);
        EDITOR, "right", "", "cursor-right", "move right" => Action::EditText(Edit::Right);
        EDITOR, "up", "", "cursor-up", "move one line up" => Action::EditText(Edit::Lines(-1));
        EDITOR, "down", "", "cursor-down", "move one line down" => Action::EditText(Edit::Lines(1));
        EDITOR, "pgup", "", "cursor-page-up", "move one page up" => Action::EditText(Edit::Pages(-1));
        EDITOR, "pgdn", "", "cursor-page-down", "move one page down" => Action::EditText(Edit::Pages(1));
        EDITOR, "home ctrl-a", "", "line-start", "move to the start of the line" => Action::EditText(Edit::Home);
        EDITOR, "end ctrl-e", "", "line-end", "move to the end of the line" => Action::EditText(Edit::End);
    }
    "Always" {
        ANY, "ctrl-l", "", "redraw", "redraw the screen" => Action::Redraw;
        ANY, "ctrl-z", "", "suspend", "suspend; `fg` resumes" => Action::Suspend;
        ANY, "ctrl-c", "", "interrupt", "stop the run; without one, quit" => Action::Interrupt;
    }
};

//! The terminal session: terminal, event, keymap, action, model, update, effect, runtime, theme, view/<pane>.

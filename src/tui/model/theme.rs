//! Colors: the terminal's own sixteen, a dark or a light palette, or none.
//!
//! Without colors nothing but bold, underline and reverse is used, and no color code is written at all: whatever a
//! color says, a sign says too.

use crate::outcome::CellOutcome;
use ratatui::style::{Color, Modifier, Style};
use serde::{Deserialize, Serialize};

#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "lowercase")]
pub enum ThemeName {
    /// The terminal's own sixteen: fits dark and light terminals alike.
    #[default]
    #[strum(serialize = "16 colors")]
    Sixteen,
    /// For dark terminals that have all colors.
    Dark,
    Light,
    /// None.
    None,
}

impl ThemeName {
    pub const ALL: &[ThemeName] = <ThemeName as strum::VariantArray>::VARIANTS;

    /// The name in the settings.
    pub fn word(self) -> &'static str {
        self.into()
    }

    /// The name in `keys.toml`.
    pub fn file_name(self) -> &'static str {
        match self {
            ThemeName::Sixteen => "16-colors",
            other => other.word(),
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub struct Theme {
    name: ThemeName,
    custom: CustomColors,
}

/// What a color is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr, strum::VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum Role {
    Good,
    Bad,
    Unsure,
    Accent,
    Quiet,
    /// Background of words that were added.
    Added,
    /// Background of words that were removed.
    Removed,
}

impl Role {
    pub const ALL: &[Role] = <Role as strum::VariantArray>::VARIANTS;

    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// Colors that a person chose in place of those of a theme.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CustomColors {
    /// The theme that they change, and the one that a project is first shown in.
    pub base: ThemeName,
    colors: [Option<Color>; Role::ALL.len()],
}

impl CustomColors {
    pub fn get(&self, role: Role) -> Option<Color> {
        self.colors[role as usize]
    }

    pub fn set(&mut self, role: Role, color: Color) {
        self.colors[role as usize] = Some(color);
    }
}

impl Theme {
    /// With the terminal's colors or without.
    pub fn new(color: bool) -> Theme {
        Theme::named(if color {
            ThemeName::Sixteen
        } else {
            ThemeName::None
        })
    }

    pub fn named(name: ThemeName) -> Theme {
        Theme {
            name,
            custom: CustomColors::default(),
        }
    }

    /// As chosen before, else as `keys.toml` has it, unless `NO_COLOR` takes colors away.
    pub fn from_env(chosen: Option<ThemeName>, custom: CustomColors) -> Theme {
        let none = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
        let name = chosen.unwrap_or(custom.base);
        Theme {
            name: if none { ThemeName::None } else { name },
            custom,
        }
    }

    /// Another theme, with the same changes of colors.
    pub fn with_name(self, name: ThemeName) -> Theme {
        Theme { name, ..self }
    }

    fn custom(self, role: Role) -> Option<Color> {
        (self.name == self.custom.base && !self.is_plain())
            .then(|| self.custom.get(role))
            .flatten()
    }

    pub fn name(self) -> ThemeName {
        self.name
    }

    /// There are no colors.
    pub fn is_plain(self) -> bool {
        self.name == ThemeName::None
    }

    fn color(self, role: Role) -> Color {
        let rgb = Color::Rgb;
        if let Some(color) = self.custom(role) {
            return color;
        }
        match (self.name, role) {
            (ThemeName::None, _) => Color::Reset,
            (ThemeName::Sixteen, Role::Added) => Color::Green,
            (ThemeName::Sixteen, Role::Removed) => Color::Red,
            (ThemeName::Dark, Role::Added) => rgb(0x1f, 0x4a, 0x2b),
            (ThemeName::Dark, Role::Removed) => rgb(0x5a, 0x24, 0x28),
            (ThemeName::Light, Role::Added) => rgb(0xc8, 0xf0, 0xd2),
            (ThemeName::Light, Role::Removed) => rgb(0xfb, 0xd5, 0xd5),
            (ThemeName::Sixteen, Role::Good) => Color::Green,
            (ThemeName::Sixteen, Role::Bad) => Color::Red,
            (ThemeName::Sixteen, Role::Unsure) => Color::Yellow,
            (ThemeName::Sixteen, Role::Accent) => Color::Cyan,
            (ThemeName::Sixteen, Role::Quiet) => Color::DarkGray,
            (ThemeName::Dark, Role::Good) => rgb(0x7e, 0xc8, 0x8b),
            (ThemeName::Dark, Role::Bad) => rgb(0xf0, 0x7f, 0x7a),
            (ThemeName::Dark, Role::Unsure) => rgb(0xe5, 0xc0, 0x7b),
            (ThemeName::Dark, Role::Accent) => rgb(0x7c, 0xc4, 0xe8),
            (ThemeName::Dark, Role::Quiet) => rgb(0x8a, 0x91, 0x9e),
            (ThemeName::Light, Role::Good) => rgb(0x1a, 0x7f, 0x37),
            (ThemeName::Light, Role::Bad) => rgb(0xb3, 0x1d, 0x28),
            (ThemeName::Light, Role::Unsure) => rgb(0x8a, 0x5a, 0x00),
            (ThemeName::Light, Role::Accent) => rgb(0x09, 0x5a, 0xa8),
            (ThemeName::Light, Role::Quiet) => rgb(0x6a, 0x73, 0x7d),
        }
    }

    fn paint(self, role: Role) -> Style {
        match self.name {
            ThemeName::None => Style::new(),
            _ => Style::new().fg(self.color(role)),
        }
    }

    pub fn good(self) -> Style {
        self.paint(Role::Good)
    }

    pub fn bad(self) -> Style {
        self.paint(Role::Bad)
    }

    /// Neither: unreadable, truncated, in progress.
    pub fn unsure(self) -> Style {
        self.paint(Role::Unsure)
    }

    pub fn accent(self) -> Style {
        self.paint(Role::Accent)
    }

    pub fn dim(self) -> Style {
        match self.name {
            ThemeName::None | ThemeName::Sixteen if self.custom(Role::Quiet).is_none() => {
                Style::new().add_modifier(Modifier::DIM)
            }
            _ => self.paint(Role::Quiet),
        }
    }

    pub fn strong(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    pub fn cursor(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    pub fn found(self) -> Style {
        self.unsure()
            .add_modifier(Modifier::UNDERLINED | Modifier::BOLD)
    }

    /// Words that were added.
    pub fn added(self) -> Style {
        match self.name {
            ThemeName::Dark | ThemeName::Light => Style::new().bg(self.color(Role::Added)),
            ThemeName::Sixteen => Style::new().fg(Color::Black).bg(self.color(Role::Added)),
            ThemeName::None => Style::new().add_modifier(Modifier::BOLD | Modifier::UNDERLINED),
        }
    }

    /// Words that were removed.
    pub fn removed(self) -> Style {
        match self.name {
            ThemeName::Dark | ThemeName::Light => Style::new().bg(self.color(Role::Removed)),
            ThemeName::Sixteen => Style::new().fg(Color::Black).bg(self.color(Role::Removed)),
            ThemeName::None => Style::new().add_modifier(Modifier::REVERSED),
        }
    }

    /// The color of a cell on the map.
    pub fn heat(self, outcome: CellOutcome) -> Color {
        self.color(match outcome {
            CellOutcome::Correct => Role::Good,
            CellOutcome::PartlyCorrect => Role::Unsure,
            CellOutcome::Wrong | CellOutcome::Unreadable | CellOutcome::Refused => Role::Bad,
            _ => Role::Quiet,
        })
    }
}

//! How many tokens an image, audio or a file takes: by the rule that the maker of a model family documents, else a guess.

use super::TokenCount;
use crate::model::{Media, MediaKind};

/// Where nothing is known of an image: one of about 1,000 × 1,000 pixels.
const UNKNOWN_PIXELS: (u32, u32) = (1_024, 1_024);

/// Media without a documented rule have at most so many times the tokens of the estimate.
const AT_MOST: u64 = 4;

/// At least so many tokens bound an image where no rule is known: many models give every image the same number. Llama 3.2 has 1,601 for
/// each of four tiles, others less.
const SMALL_IMAGE_AT_MOST: u64 = 6_500;

/// The most tokens of any image where no rule is known, and the side of the pixels that one of them is for: those of Qwen2-VL, whose card
/// says 4 to 16,384 tokens for an image by default. No other documented rule has more.
const IMAGE_AT_MOST: u64 = 16_384;
const PATCH_SIDE: u32 = 28;

/// A margin for what marks the beginning, the rows and the end of an image.
const IMAGE_MARKS: u64 = 64;

/// Speech is not compressed to fewer bytes a second (6 kbit/s, the least of Opus), nor encoded to more tokens a second (50 of
/// Whisper's encoder, at which open models stop).
const BYTES_A_SECOND: u64 = 750;
const TOKENS_A_SECOND: u64 = 50;

/// How a family of models counts the tokens of an image.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum ImageRule {
    /// OpenAI: a base, and so many for each tile of 512 × 512 pixels, after the image was fitted into 2,048 × 2,048 pixels and its
    /// shorter side into 768.
    Tiles { base: u64, tile: u64 },
    /// OpenAI: patches of 32 × 32 pixels, at most 1,536, times a factor in hundredths.
    Patches { hundredths: u64 },
    /// Anthropic: pixels / 750, after the longer side was fitted into 1,568 pixels, about 1,600 at most.
    Pixels,
    /// Google, up to Gemini 2.5: 258, or 258 for each tile where a side is longer than 384; a tile is as long as the shorter side
    /// / 1.5, from 256 to 768. Called rough by Google, so an estimate.
    Gemini,
    /// Not documented: counted as `Pixels`, and said to be an estimate.
    Unknown,
}

impl ImageRule {
    /// By the name of a model, without its maker's name before it.
    pub(super) fn of_model(model: &str) -> ImageRule {
        let name = model.rsplit('/').next().unwrap_or(model);
        let patches = |hundredths| ImageRule::Patches { hundredths };
        let tiles = |base, tile| ImageRule::Tiles { base, tile };
        let rules = [
            ("gpt-5-mini", patches(162)),
            ("gpt-5-nano", patches(246)),
            ("gpt-4.1-mini", patches(162)),
            ("gpt-4.1-nano", patches(246)),
            ("o4-mini", patches(172)),
            ("gpt-4o-mini", tiles(2_833, 5_667)),
            ("gpt-4o", tiles(85, 170)),
            ("gpt-4.1", tiles(85, 170)),
            ("gpt-5", tiles(70, 140)),
            ("o1", tiles(75, 150)),
            ("o3", tiles(75, 150)),
            ("claude", ImageRule::Pixels),
            ("gemini-1", ImageRule::Gemini),
            ("gemini-2", ImageRule::Gemini),
        ];
        let found = rules
            .into_iter()
            .find(|(prefix, _)| name.starts_with(prefix));
        // Later generations of GPT-5 have rules of their own.
        let is_later = name
            .strip_prefix("gpt-5")
            .is_some_and(|rest| rest.starts_with('.'));
        match found {
            Some((_, rule)) if !is_later => rule,
            _ => ImageRule::Unknown,
        }
    }

    fn tokens(self, (width, height): (u32, u32), detail: Option<&str>) -> u64 {
        let (w, h) = (f64::from(width.max(1)), f64::from(height.max(1)));
        match self {
            ImageRule::Tiles { base, .. } if detail == Some("low") => base,
            ImageRule::Tiles { base, tile } => {
                let fit = (2_048.0 / w.max(h)).min(1.0);
                let scale = fit * (768.0 / (w.min(h) * fit)).min(1.0);
                let across = |side: f64| (side * scale / 512.0).ceil() as u64;
                base + tile * across(w) * across(h)
            }
            ImageRule::Patches { hundredths } => {
                const MOST: f64 = 1_536.0;
                let mut patches = (w / 32.0).ceil() * (h / 32.0).ceil();
                if patches > MOST {
                    let r = (32.0 * 32.0 * MOST / (w * h)).sqrt();
                    let whole = |side: f64| (side * r / 32.0).floor() / (side * r / 32.0);
                    let r = r * whole(w).min(whole(h));
                    patches = ((w * r / 32.0).round() * (h * r / 32.0).ceil()).min(MOST);
                }
                (patches as u64 * hundredths).div_ceil(100)
            }
            ImageRule::Pixels | ImageRule::Unknown => {
                let scale = (1_568.0 / w.max(h)).min(1.0);
                ((w * h * scale * scale / 750.0).ceil() as u64).min(1_600)
            }
            ImageRule::Gemini if w <= 384.0 && h <= 384.0 => 258,
            ImageRule::Gemini => {
                let tile = (w.min(h) / 1.5).floor().clamp(256.0, 768.0);
                258 * ((w / tile).ceil() * (h / tile).ceil()) as u64
            }
        }
    }

    /// The most tokens of a part. Of a document that is not text an estimate: nothing says what is on its pages.
    pub(super) fn at_most(self, media: &Media) -> u64 {
        let count = self.count(media);
        if !count.estimated {
            return count.tokens;
        }
        let most = count.tokens * AT_MOST;
        match (media.kind, media.extent.milliseconds) {
            (MediaKind::Image, _) if self == ImageRule::Unknown => {
                let patches = media.extent.pixels.map(|(width, height)| {
                    let [across, down] = [width, height].map(|side| side.div_ceil(PATCH_SIDE));
                    u64::from(across) * u64::from(down) + IMAGE_MARKS
                });
                patches.map_or(IMAGE_AT_MOST, |tokens| {
                    tokens.clamp(SMALL_IMAGE_AT_MOST, IMAGE_AT_MOST)
                })
            }
            (MediaKind::Audio, None) => {
                let seconds = media.extent.bytes.div_ceil(BYTES_A_SECOND);
                most.max(seconds * TOKENS_A_SECOND)
            }
            _ => most,
        }
    }

    /// Tokens of a part.
    pub(super) fn count(self, media: &Media) -> TokenCount {
        let known = |tokens| TokenCount {
            tokens,
            estimated: false,
        };
        let guess = |tokens| TokenCount {
            tokens,
            estimated: true,
        };
        match (media.kind, media.extent.pixels, media.extent.milliseconds) {
            (MediaKind::Image, Some(size), _)
                if !matches!(self, ImageRule::Gemini | ImageRule::Unknown) =>
            {
                known(self.tokens(size, media.detail.as_deref()))
            }
            (MediaKind::Image, size, _) => {
                guess(self.tokens(size.unwrap_or(UNKNOWN_PIXELS), media.detail.as_deref()))
            }
            // Google: 32 a second; OpenAI: one for each tenth of a second.
            (MediaKind::Audio, _, Some(ms)) => match self {
                ImageRule::Gemini => known((ms * 32).div_ceil(1_000)),
                ImageRule::Tiles { .. } | ImageRule::Patches { .. } => known(ms.div_ceil(100)),
                _ => guess((ms * 32).div_ceil(1_000)),
            },
            // A compressed second has some 16,000 bytes, a page of a document some 30,000.
            (MediaKind::Audio, _, None) => guess(media.extent.bytes / 16_000 * 32 + 32),
            (MediaKind::File, ..) if media.mime.starts_with("text/") => {
                guess(media.extent.bytes / 4)
            }
            (MediaKind::File, ..) => guess(media.extent.bytes / 20 + 500),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{MediaExtent, MediaSource};

    #[test]
    fn the_examples_that_makers_give_are_met() {
        let tokens = |model, size, detail| ImageRule::of_model(model).tokens(size, detail);
        // OpenAI's guide to images.
        assert_eq!(tokens("gpt-4o", (1_024, 1_024), Some("high")), 765);
        assert_eq!(tokens("gpt-4o", (2_048, 4_096), Some("high")), 1_105);
        assert_eq!(tokens("openai/gpt-4.1", (4_096, 8_192), Some("low")), 85);
        assert_eq!(
            tokens("gpt-4.1-mini", (1_024, 1_024), None),
            (1_024 * 162u64).div_ceil(100)
        );
        assert_eq!(
            tokens("o4-mini", (1_800, 2_400), None),
            (1_452 * 172u64).div_ceil(100)
        );
        // Anthropic's and Google's.
        assert_eq!(tokens("claude-sonnet-4", (1_092, 1_092), None), 1_590);
        assert_eq!(tokens("gemini-2.5-flash", (384, 384), None), 258);
        assert_eq!(tokens("gemini-2.5-flash", (960, 540), None), 6 * 258);
        assert_eq!(ImageRule::of_model("gemini-3-pro"), ImageRule::Unknown);
        assert_eq!(ImageRule::of_model("gpt-5.6"), ImageRule::Unknown);
        assert_eq!(ImageRule::of_model("smollm2"), ImageRule::Unknown);
    }

    #[test]
    fn an_image_of_an_unknown_model_is_bounded_by_its_pixels() {
        let most = |pixels| {
            let image = Media {
                kind: MediaKind::Image,
                source: MediaSource::Data(String::new()),
                detail: None,
                mime: String::new(),
                extent: MediaExtent {
                    pixels,
                    ..MediaExtent::default()
                },
            };
            ImageRule::Unknown.at_most(&image)
        };
        assert_eq!(most(Some((64, 64))), 6_500);
        // Qwen2-VL: 100 × 100 patches of 28 × 28 pixels, then the most by default.
        assert_eq!(most(Some((2_800, 2_800))), 10_000 + IMAGE_MARKS);
        assert_eq!(most(Some((10_000, 10_000))), 16_384);
        assert_eq!(most(None), 16_384);
    }
}

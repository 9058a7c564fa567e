//! The prompts of answers, for whoever wants to see them later: packed into blocks, since those of one run are much alike.
//!
//! A block holds the prompts of one batch of trials, one per line as JSON, compressed with zstd. Blocks of few prompts, as
//! slow models fill them, would not compress alone: the blocks before, as far as they were new, are their dictionary. The
//! place of a prompt is its block and its line.

use crate::model::Prompt;
use rusqlite::{Connection, OptionalExtension, params};
use std::{collections::HashMap, io};

/// Lines of a block; a place is the number of the block times this, plus the line.
pub(super) const LINES: i64 = 1024;
/// A block takes no more prompts from this many bytes on.
const BLOCK_BYTES: usize = 1 << 20;
/// Longest dictionary.
const DICTIONARY_BYTES: usize = 128 << 10;
/// A block that its dictionary does not make so many times smaller is new enough to become part of it, as the first one is.
const NEW_PART: usize = 4;
/// So many of the last prompts are known by their hashes, so that one that is sent several times is stored once: 3 MB.
const KNOWN: usize = 1 << 16;
/// No block unpacks to more: the longest record of a dataset, in every message, is far below.
const MAX_UNPACKED: usize = 1 << 30;
/// Blocks that a reader remembers.
const BLOCKS: usize = 16;
const LEVEL: i32 = 3;

/// Packs the prompts that one writer writes.
#[derive(Default)]
pub(super) struct PromptPacker {
    known: HashMap<[u8; 16], i64>,
    /// The last block of the dictionary, and its bytes.
    dictionary: Option<(i64, Vec<u8>)>,
}

impl PromptPacker {
    /// Write prompts; the place of each.
    pub(super) fn write(
        &mut self,
        connection: &Connection,
        prompts: &[&Prompt],
    ) -> rusqlite::Result<Vec<i64>> {
        if self.known.len() > KNOWN {
            self.known.clear();
        }
        let mut places = vec![0; prompts.len()];
        let mut block: Vec<u8> = Vec::new();
        let mut lines: Vec<[u8; 16]> = Vec::new();
        let mut waiting: Vec<(usize, usize)> = Vec::new();
        let mut here: HashMap<[u8; 16], usize> = HashMap::new();
        for (at, prompt) in prompts.iter().enumerate() {
            let line = serde_json::to_vec(prompt).unwrap_or_default();
            let key = key_of(&line);
            if let Some(place) = self.known.get(&key) {
                places[at] = *place;
                continue;
            }
            let number = *here.entry(key).or_insert_with(|| {
                block.extend(&line);
                block.push(b'\n');
                lines.push(key);
                lines.len() - 1
            });
            waiting.push((at, number));
            if block.len() >= BLOCK_BYTES || lines.len() as i64 == LINES {
                self.finish(connection, &block, &lines, &mut waiting, &mut places)?;
                (block, lines, here) = Default::default();
            }
        }
        self.finish(connection, &block, &lines, &mut waiting, &mut places)?;
        Ok(places)
    }

    fn finish(
        &mut self,
        connection: &Connection,
        block: &[u8],
        lines: &[[u8; 16]],
        waiting: &mut Vec<(usize, usize)>,
        places: &mut [i64],
    ) -> rusqlite::Result<()> {
        if lines.is_empty() {
            return Ok(());
        }
        let (mut base, mut packed) = match &self.dictionary {
            Some((base, dictionary)) => (Some(*base), pack(block, dictionary)?),
            None => (None, pack(block, &[])?),
        };
        let is_new = base.is_none() || packed.len() * NEW_PART > block.len();
        let room = (self.dictionary.as_ref()).map_or(DICTIONARY_BYTES, |(_, dictionary)| {
            DICTIONARY_BYTES.saturating_sub(dictionary.len())
        });
        let starts_over = is_new && block.len() > room && base.is_some();
        if starts_over {
            // The prompts are others by now.
            (base, packed) = (None, pack(block, &[])?);
            self.dictionary = None;
        }
        let number = connection
            .prepare_cached("INSERT INTO prompts VALUES (NULL, ?, ?)")?
            .insert(params![base, packed])?;
        if is_new && block.len() <= DICTIONARY_BYTES {
            let mut bytes = self
                .dictionary
                .take()
                .map_or(Vec::new(), |(_, bytes)| bytes);
            bytes.extend(block);
            self.dictionary = Some((number, bytes));
        }
        for (line, key) in (0..).zip(lines) {
            self.known.insert(*key, number * LINES + line);
        }
        for (at, line) in waiting.drain(..) {
            places[at] = number * LINES + line as i64;
        }
        Ok(())
    }
}

fn key_of(line: &[u8]) -> [u8; 16] {
    let mut key = [0; 16];
    blake3::Hasher::new()
        .update(line)
        .finalize_xof()
        .fill(&mut key);
    key
}

fn pack(block: &[u8], dictionary: &[u8]) -> rusqlite::Result<Vec<u8>> {
    zstd::bulk::Compressor::with_dictionary(LEVEL, dictionary)
        .and_then(|mut compressor| compressor.compress(block))
        .map_err(failed)
}

fn failed(error: io::Error) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(Box::new(error))
}

/// The lines of a block.
fn unpack(connection: &Connection, number: i64) -> rusqlite::Result<Option<Vec<u8>>> {
    // From the last block of the dictionary to its first; each is written after the one that it refers to.
    let mut chain: Vec<Vec<u8>> = Vec::new();
    let mut next = Some(number);
    while let Some(number) = next {
        let found: Option<(Option<i64>, Vec<u8>)> = connection
            .prepare_cached("SELECT base, bytes FROM prompts WHERE number = ?")?
            .query_row([number], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((base, bytes)) = found.filter(|(base, _)| base.is_none_or(|base| base < number))
        else {
            return Ok(None);
        };
        chain.push(bytes);
        next = base;
    }
    let (mut dictionary, mut block) = (Vec::new(), Vec::new());
    for bytes in chain.iter().rev() {
        dictionary.append(&mut block);
        let size = zstd::zstd_safe::get_frame_content_size(bytes)
            .ok()
            .flatten();
        let size = size.and_then(|size| usize::try_from(size).ok());
        let Some(size) = size.filter(|size| *size <= MAX_UNPACKED) else {
            return Ok(None);
        };
        block = zstd::bulk::Decompressor::with_dictionary(&dictionary)
            .and_then(|mut decompressor| decompressor.decompress(bytes, size))
            .map_err(failed)?;
    }
    Ok(Some(block))
}

/// Reads prompts, and remembers the block of the last ones.
#[derive(Default)]
pub(super) struct PromptReader {
    blocks: Vec<(i64, Vec<u8>)>,
}

impl PromptReader {
    /// The prompt at a place; `None` where it cannot be read.
    pub(super) fn read(
        &mut self,
        connection: &Connection,
        place: i64,
    ) -> rusqlite::Result<Option<Prompt>> {
        let number = place / LINES;
        if !self.blocks.iter().any(|(known, _)| *known == number) {
            let Some(block) = unpack(connection, number)? else {
                return Ok(None);
            };
            // Trials come by variant and row; those that were sent together may lie in many blocks.
            if self.blocks.len() >= BLOCKS {
                self.blocks.remove(0);
            }
            self.blocks.push((number, block));
        }
        let found = self.blocks.iter().find(|(known, _)| *known == number);
        let line = found.and_then(|(_, block)| {
            let mut lines = block.split(|byte| *byte == b'\n');
            lines.nth((place % LINES) as usize)
        });
        Ok(line.and_then(|line| serde_json::from_slice(line).ok()))
    }
}

/// The prompt at a place; `None` where it cannot be read.
pub(super) fn read(connection: &Connection, place: i64) -> rusqlite::Result<Option<Prompt>> {
    PromptReader::default().read(connection, place)
}

#[cfg(test)]
mod tests {
    use super::{super::open, *};
    use crate::model::{Message, Role};

    fn prompt(text: &str) -> Prompt {
        Prompt::new(vec![Message::new(Role::User, text)])
    }

    #[test]
    fn prompts_come_back_and_equal_ones_are_stored_once_however_few_come_at_a_time() {
        let connection = open::open(None).unwrap();
        let mut packer = PromptPacker::default();
        let shots = "Review: a fine book about\na \"house\" – 好. Sentiment: positive\n".repeat(40);
        let texts: Vec<String> = (0..3_000)
            .map(|i| {
                format!(
                    "{shots}Variant {}. Row {} is unlike others: {}",
                    i / 1000,
                    i % 1000,
                    i * 7919
                )
            })
            .collect();
        let prompts: Vec<Prompt> = texts.iter().map(|text| prompt(text)).collect();
        let mut places = Vec::new();
        for size in [1, 1, 3, 700, 2, 2_293] {
            let from = places.len();
            let batch: Vec<&Prompt> = prompts[from..from + size].iter().collect();
            places.extend(packer.write(&connection, &batch).unwrap());
        }
        let again: Vec<&Prompt> = prompts.iter().step_by(100).collect();
        let again = packer.write(&connection, &again).unwrap();
        assert!(again.iter().eq(places.iter().step_by(100)));
        for at in (0..3_000).step_by(61).chain([2_999]) {
            let found = read(&connection, places[at]).unwrap();
            assert_eq!(found, Some(prompts[at].clone()), "{at}");
        }
        assert_eq!(
            read(&connection, places[0] + 5 * LINES * 1_000).unwrap(),
            None
        );
        let size: i64 = connection
            .query_row("SELECT sum(length(bytes)) FROM prompts", [], |row| {
                row.get(0)
            })
            .unwrap();
        let raw: usize = texts.iter().map(String::len).sum();
        assert!((size as usize) < raw / 60, "{size} of {raw}");
        // One at a time, as a slow model answers: they are stored with what came before as their dictionary.
        let connection = open::open(None).unwrap();
        let mut packer = PromptPacker::default();
        for prompt in &prompts[..200] {
            packer.write(&connection, &[prompt]).unwrap();
        }
        let size: i64 = connection
            .query_row("SELECT sum(length(bytes)) FROM prompts", [], |row| {
                row.get(0)
            })
            .unwrap();
        assert!(size < 200 * 80, "{size}");
    }
}

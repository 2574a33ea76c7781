//! Bytes of any encoding as UTF-8.

use encoding_rs::{CoderResult, Decoder, DecoderResult, Encoding, UTF_8, WINDOWS_1252};
use std::io::{self, Read};

/// Bytes that are decoded at once.
const BLOCK: usize = 1 << 16;

/// Reads UTF-8 from bytes of another encoding. What the encoding does not have is read as
/// Windows-1252, as exports of several sources mix the two, and counted.
pub(super) struct Decoded {
    from: Box<dyn Read>,
    decoder: Decoder,
    raw: Vec<u8>,
    taken: usize,
    out: Vec<u8>,
    given: usize,
    ended: bool,
    over: bool,
    foreign: u64,
}

impl Decoded {
    pub(super) fn new(from: Box<dyn Read>, encoding: &'static Encoding) -> Self {
        Self {
            from,
            decoder: encoding.new_decoder_with_bom_removal(),
            raw: Vec::new(),
            taken: 0,
            out: Vec::new(),
            given: 0,
            ended: false,
            over: false,
            foreign: 0,
        }
    }

    /// Characters that were read as Windows-1252 so far.
    pub(super) fn foreign(&self) -> u64 {
        self.foreign
    }

    fn refill(&mut self) -> io::Result<()> {
        self.raw.resize(BLOCK, 0);
        let read = self.from.read(&mut self.raw)?;
        self.raw.truncate(read);
        self.taken = 0;
        self.ended = read == 0;
        Ok(())
    }

    fn decode(&mut self) -> io::Result<()> {
        self.out.clear();
        self.given = 0;
        while self.out.is_empty() && !self.over {
            if self.taken >= self.raw.len() {
                self.refill()?;
            }
            self.out.resize(BLOCK * 3 + 16, 0);
            let rest = &self.raw[self.taken..];
            let decoder = &mut self.decoder;
            let (result, read, written) =
                decoder.decode_to_utf8_without_replacement(rest, &mut self.out, self.ended);
            self.out.truncate(written);
            self.taken += read;
            match result {
                DecoderResult::InputEmpty => self.over = self.ended,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(length, after) => self.foreign_bytes(length, after),
            }
        }
        Ok(())
    }

    /// Bytes that are wrong stand before what was taken; those of a block before are gone.
    fn foreign_bytes(&mut self, length: u8, after: u8) {
        self.foreign += 1;
        let end = self.taken.saturating_sub(usize::from(after));
        let wrong = &self.raw[end.saturating_sub(usize::from(length))..end];
        let mut text = String::with_capacity(16);
        let mut decoder = WINDOWS_1252.new_decoder_without_bom_handling();
        let (result, ..) = decoder.decode_to_string(wrong, &mut text, true);
        if result == CoderResult::InputEmpty && !text.is_empty() {
            self.out.extend_from_slice(text.as_bytes());
        } else {
            self.out.extend_from_slice("\u{FFFD}".as_bytes());
        }
    }
}

impl Read for Decoded {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.given >= self.out.len() && !self.over {
            self.decode()?;
        }
        let rest = &self.out[self.given..];
        let count = rest.len().min(into.len());
        into[..count].copy_from_slice(&rest[..count]);
        self.given += count;
        Ok(count)
    }
}

/// How a text is written that does not say so: as UTF-8 where that is possible.
pub(super) fn guess(begin: &[u8]) -> &'static Encoding {
    match std::str::from_utf8(begin) {
        Ok(_) => UTF_8,
        // The sample may cut the last character; one odd byte among proper ones is a mix.
        Err(error) if error.error_len().is_none() => UTF_8,
        Err(_) if has_wide_characters(begin) => UTF_8,
        Err(_) => WINDOWS_1252,
    }
}

/// Whether proper characters of UTF-8 beyond ASCII stand in it: chance makes none.
fn has_wide_characters(bytes: &[u8]) -> bool {
    let shown = String::from_utf8_lossy(bytes);
    let odd = shown.chars().filter(|c| *c == '\u{FFFD}').count();
    let wide = shown.chars().filter(|c| !c.is_ascii() && *c != '\u{FFFD}').count();
    wide > odd
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], encoding: &'static Encoding) -> (String, u64) {
        let mut decoded = Decoded::new(Box::new(io::Cursor::new(bytes.to_vec())), encoding);
        let mut text = String::new();
        decoded.read_to_string(&mut text).unwrap();
        (text, decoded.foreign())
    }

    #[test]
    fn every_encoding_becomes_utf_8() {
        assert_eq!(read("\u{feff}aé😀".as_bytes(), UTF_8), ("aé😀".to_owned(), 0));
        assert_eq!(read(b"a\xe9,b\xe9\n", UTF_8), ("aé,bé\n".to_owned(), 2));
        assert_eq!(read(b"\xd6 \x80", WINDOWS_1252), ("Ö €".to_owned(), 0));
        let wide: Vec<u8> = "aö\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(read(&wide, encoding_rs::UTF_16LE), ("aö\n".to_owned(), 0));
    }

    #[test]
    fn a_text_without_a_mark_is_utf_8_where_it_can_be() {
        assert_eq!(guess("é".as_bytes()), UTF_8);
        assert_eq!(guess(&"é".as_bytes()[..1]), UTF_8);
        assert_eq!(guess(b"caf\xe9;x"), WINDOWS_1252);
        assert_eq!(guess("ééé".bytes().chain(*b" \xe9 ").collect::<Vec<_>>().as_slice()), UTF_8);
    }
}

//! Bytes to lines, cut anywhere: the framing of newline-delimited JSON.

/// A splitter of a stream into lines.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    rest: Vec<u8>,
}

impl Lines {
    /// Takes the next bytes and hands out every line that they complete, without its
    /// end; empty lines are left out.
    pub fn feed(&mut self, bytes: &[u8], mut line: impl FnMut(&[u8])) {
        self.rest.extend_from_slice(bytes);
        let mut start = 0;
        while let Some(end) = self.rest[start..].iter().position(|b| *b == b'\n') {
            let whole = self.rest[start..start + end].trim_ascii();
            if !whole.is_empty() {
                line(whole);
            }
            start += end + 1;
        }
        self.rest.drain(..start);
    }

    /// What it holds in memory, bytes.
    #[must_use]
    pub fn held(&self) -> usize {
        self.rest.capacity()
    }

    /// The stream has ended: what is left is the last line.
    pub fn finish(&mut self, mut line: impl FnMut(&[u8])) {
        let rest = std::mem::take(&mut self.rest);
        let whole = rest.trim_ascii();
        if !whole.is_empty() {
            line(whole);
        }
    }
}

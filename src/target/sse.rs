//! Server-sent events, by the HTML standard, section 9.2.6 ("Interpreting an event
//! stream"): fed with bytes as they come, cut anywhere.

/// What is kept of the room of a long line for the next, bytes.
const KEPT_BYTES: usize = 64 << 10;

/// A parser of an event stream.
#[derive(Clone, Debug, Default)]
pub struct SseParser {
    line: Vec<u8>,
    name: String,
    data: String,
    has_data: bool,
    after_cr: bool,
    lines: usize,
}

impl SseParser {
    /// Takes the next bytes and hands out the name (empty where none is given) and the
    /// data of every event that they complete.
    pub fn feed(&mut self, bytes: &[u8], mut event: impl FnMut(&str, &str)) {
        let mut rest = bytes;
        if self.after_cr && !rest.is_empty() {
            self.after_cr = false;
            if rest[0] == b'\n' {
                rest = &rest[1..];
            }
        }
        while let Some(end) = rest.iter().position(|b| matches!(b, b'\r' | b'\n')) {
            if self.line.is_empty() {
                self.take_line(&rest[..end], &mut event);
            } else {
                self.line.extend_from_slice(&rest[..end]);
                let line = std::mem::take(&mut self.line);
                self.take_line(&line, &mut event);
                self.line = line;
                self.line.clear();
                self.line.shrink_to(KEPT_BYTES);
            }
            let cr = rest[end] == b'\r';
            rest = &rest[end + 1..];
            match rest.first() {
                Some(b'\n') if cr => rest = &rest[1..],
                None => self.after_cr = cr,
                _ => {}
            }
        }
        self.line.extend_from_slice(rest);
    }

    /// What it holds in memory, bytes.
    #[must_use]
    pub fn held(&self) -> usize {
        self.line.capacity() + self.data.capacity()
    }

    /// Whether the last line has no end so far.
    #[must_use]
    pub fn is_within_a_line(&self) -> bool {
        !self.line.is_empty()
    }

    /// The stream has ended. What it has of an event is handed out even where the ends of
    /// its lines are missing: some servers forget the last ones. Whether that is whole is
    /// for the reader to judge ([`SseParser::is_within_a_line`]).
    pub fn finish(&mut self, mut event: impl FnMut(&str, &str)) {
        let line = std::mem::take(&mut self.line);
        if !line.is_empty() {
            self.take_line(&line, &mut event);
        }
        self.dispatch(&mut event);
    }

    fn take_line(&mut self, line: &[u8], event: &mut impl FnMut(&str, &str)) {
        self.lines += 1;
        let line = match line.strip_prefix(b"\xEF\xBB\xBF") {
            Some(rest) if self.lines == 1 => rest, // byte order mark
            _ => line,
        };
        if line.is_empty() {
            self.dispatch(event);
            return;
        }
        let colon = line.iter().position(|b| *b == b':');
        let (field, value) = match colon {
            Some(0) => return, // a comment
            Some(at) => (&line[..at], &line[at + 1..]),
            None => (line, &line[line.len()..]),
        };
        let value = String::from_utf8_lossy(value.strip_prefix(b" ").unwrap_or(value));
        match field {
            b"data" => {
                if self.has_data {
                    self.data.push('\n');
                }
                self.has_data = true;
                self.data.push_str(&value);
            }
            b"event" => value.as_ref().clone_into(&mut self.name),
            _ => {} // ids and retry times mean nothing here
        }
    }

    fn dispatch(&mut self, event: &mut impl FnMut(&str, &str)) {
        if self.has_data {
            event(&self.name, &self.data);
        }
        self.has_data = false;
        self.data.clear();
        self.data.shrink_to(KEPT_BYTES);
        self.name.clear();
    }
}

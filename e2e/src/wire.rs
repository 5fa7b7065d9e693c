//! Counts the events of the app's stream that pass by, apart from everything that reads them.

/// Lines of one connection, whole or not yet.
#[derive(Debug, Default)]
pub(crate) struct Wire {
    /// The line that is not whole yet. Any longer line is of no interest, so that it holds no more than this.
    line: Vec<u8>,
    /// Of the block that is not whole yet.
    is_event: bool,
    number: Option<u64>,
}

/// Bytes of a line that are kept: more than the names and ids of the demo server take.
const KEPT: usize = 64;

impl Wire {
    /// Takes what comes next; the numbers in the server's log of the quotes and headlines in it.
    pub(crate) fn pass(&mut self, bytes: &[u8]) -> Vec<u64> {
        let mut passed = Vec::new();
        for &byte in bytes {
            if byte != b'\n' {
                if self.line.len() < KEPT {
                    self.line.push(byte);
                }
                continue;
            }
            // The chunks of the body end with lines of their own; those say nothing.
            match std::mem::take(&mut self.line).trim_ascii() {
                b"event: quote" | b"event: news" => self.is_event = true,
                b"" => {
                    let number = self.number.take();
                    passed.extend(number.filter(|_| std::mem::take(&mut self.is_event)));
                    self.is_event = false;
                }
                line => {
                    if let Some(number) = number(line) {
                        self.number = Some(number);
                    }
                }
            }
        }
        passed
    }
}

/// From a line `id: EPOCH-NUMBER`.
fn number(line: &[u8]) -> Option<u64> {
    let id = line.strip_prefix(b"id: ")?;
    let at = id.iter().rposition(|&byte| byte == b'-')?;
    std::str::from_utf8(&id[at + 1..]).ok()?.parse().ok()
}

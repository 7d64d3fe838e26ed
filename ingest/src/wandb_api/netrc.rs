//! `.netrc`: the entry of one machine, beside whatever else somebody has put into the file.
//!
//! Read as Python's `netrc` reads it, whose words `requests` goes by, but for what ends that one: tokens that are
//! unknown, which other programs put into entries of their own, are passed over.

/// A file, taken apart.
#[derive(Default)]
pub(super) struct Netrc {
    entries: Vec<Entry>,
    odd: Option<OddLine>,
}

/// What the file has for a machine, or by default.
#[derive(Default)]
pub(super) struct Entry {
    /// `None` of the default.
    machine: Option<String>,
    line: usize,
    password: Option<(String, usize)>,
}

/// A line that may have hidden what stands behind it.
#[derive(Debug, Clone, Copy)]
pub(super) struct OddLine {
    pub(super) line: usize,
    pub(super) what: &'static str,
}

impl Netrc {
    pub(super) fn read(file: &[u8]) -> Self {
        let text = String::from_utf8_lossy(file);
        let mut tokens = Tokens { rest: text.trim_start_matches('\u{feff}'), line: 1, odd: None };
        let mut entries: Vec<Entry> = Vec::new();
        while let Some((token, line)) = tokens.next() {
            match token.as_str() {
                "machine" => {
                    let machine = tokens.next().map(|(name, _)| name);
                    entries.extend(machine.map(|name| Entry { machine: Some(name), line, password: None }));
                }
                "default" => entries.push(Entry { line, ..Entry::default() }),
                "macdef" => tokens.pass_macro(line),
                "login" | "user" | "account" => drop(tokens.next()),
                "password" => {
                    let password = tokens.next();
                    if let (Some(entry), Some(_)) = (entries.last_mut(), &password) {
                        entry.password = password;
                    }
                }
                comment if comment.starts_with('#') => tokens.pass_line(line),
                _ => {}
            }
        }
        Self { entries, odd: tokens.odd }
    }

    /// Of several entries of a machine the last counts, and without one the default's.
    pub(super) fn entry_of(&self, machine: &str) -> Option<&Entry> {
        let of = |name: Option<&str>| self.entries.iter().rfind(|entry| entry.machine.as_deref() == name);
        of(Some(machine)).or_else(|| of(None))
    }

    /// The first.
    pub(super) fn odd_line(&self) -> Option<OddLine> {
        self.odd
    }
}

impl Entry {
    pub(super) fn name(&self) -> &str {
        self.machine.as_deref().unwrap_or("default")
    }

    /// From 1.
    pub(super) fn line(&self) -> usize {
        self.line
    }

    /// And its line.
    pub(super) fn password(&self) -> Option<(&str, usize)> {
        self.password.as_ref().map(|(password, line)| (password.as_str(), *line))
    }
}

struct Tokens<'a> {
    rest: &'a str,
    /// Of what follows, from 1.
    line: usize,
    odd: Option<OddLine>,
}

impl Tokens<'_> {
    /// The next token, and its line.
    fn next(&mut self) -> Option<(String, usize)> {
        while self.rest.starts_with([' ', '\t', '\r', '\n']) {
            self.take();
        }
        let (line, is_quoted) = (self.line, self.rest.starts_with('"'));
        let mut token = String::new();
        let mut is_there = is_quoted;
        if is_quoted {
            self.take();
        }
        loop {
            match self.rest.chars().next() {
                Some('"') if is_quoted => {
                    self.take();
                    break;
                }
                // A password has no line of its own: the mark belongs to it, and hides no line that follows.
                None | Some('\n') if is_quoted => {
                    self.odd.get_or_insert(OddLine { line, what: "a quotation mark is not closed" });
                    break;
                }
                None => break,
                Some(' ' | '\t' | '\r' | '\n') if !is_quoted => break,
                Some('\\') => {
                    self.take();
                    token.extend(self.take());
                }
                Some(_) => token.extend(self.take()),
            }
            is_there = true;
        }
        is_there.then_some((token, line))
    }

    fn take(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let taken = chars.next();
        self.line += usize::from(taken == Some('\n'));
        self.rest = chars.as_str();
        taken
    }

    /// What is left of this line, unless that was left already.
    fn pass_line(&mut self, line: usize) {
        while self.line == line && self.take().is_some() {}
    }

    /// A macro, up to an empty line.
    fn pass_macro(&mut self, line: usize) {
        self.pass_line(line);
        while !self.rest.is_empty() {
            let line = self.line;
            let is_end = self.rest.starts_with('\n') || self.rest.starts_with("\r\n");
            self.pass_line(line);
            if is_end {
                return;
            }
        }
        self.odd.get_or_insert(OddLine { line, what: "no empty line ends a macro" });
    }
}

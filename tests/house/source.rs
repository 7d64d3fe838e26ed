//! A source file without its comments and without the insides of its literals.

/// The code of a file. Comments and the insides of literals are spaces, so that what is left can be searched and its
/// brackets counted; every line has the length that it has in the file.
pub(super) struct Source {
    pub(super) code: String,
    /// Whether each line holds a string literal or a part of one.
    pub(super) holds_text: Vec<bool>,
}

/// A piece of a file, from its first character on.
#[derive(Clone, Copy, PartialEq)]
enum Piece {
    Code,
    Comment,
    Character,
    Text,
}

impl Source {
    pub(super) fn of(text: &str) -> Self {
        let mut source = Self { code: String::with_capacity(text.len()), holds_text: vec![false] };
        let mut rest = text;
        while !rest.is_empty() {
            // An `r` or `b` at the end of a name begins no literal.
            let in_name = source.code.ends_with(|last: char| last.is_alphanumeric() || last == '_');
            let (piece, length) = next_piece(rest, in_name);
            source.push(&rest[..length], piece);
            rest = &rest[length..];
        }
        source
    }

    fn push(&mut self, text: &str, piece: Piece) {
        for character in text.chars() {
            *self.holds_text.last_mut().unwrap() |= piece == Piece::Text;
            let is_kept = piece == Piece::Code || character == '\n';
            self.code.push(if is_kept { character } else { ' ' });
            if character == '\n' {
                self.holds_text.push(false);
            }
        }
    }

    /// The code above the tests that lie at the end of a file.
    pub(super) fn without_tests(&self) -> &str {
        self.code.split("\n#[cfg(test)]\nmod tests {").next().unwrap()
    }
}

/// Returns what `rest` begins with, and its length in bytes. Code is one character at a time.
fn next_piece(rest: &str, in_name: bool) -> (Piece, usize) {
    if rest.starts_with("//") {
        return (Piece::Comment, rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return (Piece::Comment, rest.find("*/").map_or(rest.len(), |at| at + 2));
    }
    if rest.starts_with('"') {
        return (Piece::Text, escaped_length(rest, '"'));
    }
    if !in_name && let Some(length) = raw_text_length(rest) {
        return (Piece::Text, length);
    }
    let mut characters = rest.chars();
    let first = characters.next().unwrap();
    // 'a' is a character, 'a alone is a lifetime.
    if first == '\'' && (characters.next() == Some('\\') || characters.next() == Some('\'')) {
        return (Piece::Character, escaped_length(rest, '\''));
    }
    (Piece::Code, first.len_utf8())
}

/// Returns the length of a literal that begins with `quote` and ends at the next one without a backslash before it.
fn escaped_length(rest: &str, quote: char) -> usize {
    let mut characters = rest.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        if character == '\\' {
            characters.next();
        } else if character == quote {
            return at + 1;
        }
    }
    rest.len()
}

/// Returns the length of a raw string, if `rest` begins with one.
fn raw_text_length(rest: &str) -> Option<usize> {
    let after_r = rest.strip_prefix("br").or_else(|| rest.strip_prefix('r'))?;
    let text = after_r.trim_start_matches('#');
    let hashes = after_r.len() - text.len();
    let inside = text.strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let inside_bytes = inside.find(&end).map_or(inside.len(), |at| at + end.len());
    Some(rest.len() - inside.len() + inside_bytes)
}

#[test]
fn comments_and_literals_are_blank_and_lines_keep_their_length() {
    let text = "use a; // use b;\nlet x = \"use c;\n { \\\" \"; let y = 'q';\nfn f<'a>() { r#\"{\"# }\n";
    let source = Source::of(text);
    let lines: Vec<_> = source.code.lines().map(str::trim_end).collect();
    assert_eq!(lines, ["use a;", "let x =", "       ; let y =    ;", "fn f<'a>() {        }"]);
    assert_eq!(source.holds_text, [false, true, true, true, false]);
    for (blank, line) in source.code.lines().zip(text.lines()) {
        assert_eq!(blank.chars().count(), line.chars().count());
    }
}

#[test]
fn the_tests_at_the_end_of_a_file_are_left_out() {
    let source = Source::of("use a;\n\n#[cfg(test)]\nmod tests {\n    use b;\n}\n");
    assert_eq!(source.without_tests(), "use a;\n");
}

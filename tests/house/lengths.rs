//! How long a function, a file and a line may be.

use super::files::{all_rust_files, name_of, text_of};
use super::source::Source;

const FUNCTION_LINES_MAX: usize = 70;
const FILE_LINES_MAX: usize = 400;
/// The formatter breaks code earlier, and neither comments nor texts: a line that holds a text may be longer.
const LINE_CHARACTERS_MAX: usize = 120;

/// Files and folders that are allowed more, each with the reason. One that no longer needs it has to leave its list.
type Allowed = &'static [(&'static str, &'static str)];

const LONG_FUNCTIONS: Allowed = &[];
const LONG_FILES: Allowed = &[];
const LONG_LINES: Allowed = &[];

/// Returns the files in which `has_long` finds something, and what.
fn files_with(has_long: impl Fn(&str) -> Vec<String>) -> Vec<(String, Vec<String>)> {
    let mut files = Vec::new();
    for path in all_rust_files() {
        let found = has_long(&text_of(&path));
        if !found.is_empty() {
            files.push((name_of(&path), found));
        }
    }
    files
}

fn check(found: &[(String, Vec<String>)], allowed: Allowed) {
    let is_in = |file: &str, (start, _): &(&str, &str)| file.starts_with(start);
    let too_long: Vec<_> =
        found.iter().filter(|(file, _)| !allowed.iter().any(|allowed| is_in(file, allowed))).collect();
    assert!(too_long.is_empty(), "too long: {too_long:#?}");
    for allowed in allowed {
        let is_needed = found.iter().any(|(file, _)| is_in(file, allowed));
        assert!(is_needed, "no longer too long, take it from the list: {allowed:?}");
    }
}

#[test]
fn a_function_fits_a_screen() {
    check(&files_with(|text| long_functions(&Source::of(text).code)), LONG_FUNCTIONS);
}

#[test]
fn a_file_is_a_room() {
    let long_file = |text: &str| {
        let lines = text.lines().count();
        if lines > FILE_LINES_MAX { vec![format!("{lines} lines")] } else { Vec::new() }
    };
    check(&files_with(long_file), LONG_FILES);
}

#[test]
fn a_line_is_read_without_scrolling() {
    check(&files_with(long_lines), LONG_LINES);
}

/// Returns the lines that are too long and hold no text.
fn long_lines(text: &str) -> Vec<String> {
    let holds_text = Source::of(text).holds_text;
    let lines = text.lines().zip(holds_text);
    let long = lines.filter(|(line, holds_text)| !holds_text && line.chars().count() > LINE_CHARACTERS_MAX);
    long.map(|(line, _)| line.to_owned()).collect()
}

/// Returns the functions that are too long: the first line of each, and its length.
fn long_functions(code: &str) -> Vec<String> {
    let mut long = Vec::new();
    for (at, _) in code.match_indices("fn ") {
        if code[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_') {
            continue;
        }
        let lines = code[at..at + function_length(&code[at..])].lines().count();
        if lines > FUNCTION_LINES_MAX {
            long.push(format!("{}: {lines} lines", code[at..].lines().next().unwrap()));
        }
    }
    long
}

/// Returns the length of a function in bytes: from `fn` to the brace that ends it, or to the semicolon if it has no
/// body.
fn function_length(code: &str) -> usize {
    let mut open = Vec::new();
    for (at, character) in code.char_indices() {
        match character {
            '(' | '[' | '{' => open.push(character),
            ')' | ']' => _ = open.pop(),
            '}' => {
                open.pop();
                if open.is_empty() {
                    return at + 1;
                }
            }
            ';' if open.is_empty() => return at,
            _ => {}
        }
    }
    code.len()
}

#[test]
fn a_function_ends_where_its_brace_does() {
    let body = |lines: usize| format!("fn f(a: [u8; 4]) {{\n{}}}\nfn g();\n", "    {};\n".repeat(lines));
    assert_eq!(long_functions(&body(FUNCTION_LINES_MAX - 2)), Vec::<String>::new());
    assert_eq!(long_functions(&body(FUNCTION_LINES_MAX - 1)), ["fn f(a: [u8; 4]) {: 71 lines"]);
}

#[test]
fn a_line_that_holds_a_text_may_be_long() {
    let long = "x".repeat(LINE_CHARACTERS_MAX);
    assert_eq!(long_lines(&format!("// {long}\n")).len(), 1);
    assert_eq!(long_lines(&format!("// \"{long}\"\n")).len(), 1);
    assert_eq!(
        long_lines(&format!("let x = \"{long}\";\nlet y = r#\"\n{long}\"#;\n{}\n", &long[..120])).len(),
        0
    );
}

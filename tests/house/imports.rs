//! Which files of a crate a file imports from, read from its `use` items.

use std::collections::{BTreeMap, BTreeSet};

use super::source::Source;

/// A module by the names that lead to it; the root has none.
pub(super) type Module = Vec<String>;

/// The files of a crate, and what each says with `use`.
pub(super) struct Imports {
    files: BTreeMap<Module, File>,
}

struct File {
    /// `mod.rs` or the root: a table of contents, which may hand on the names of other files.
    is_contents: bool,
    uses: Vec<Use>,
}

/// One path of a `use` item, without braces.
#[derive(Debug, PartialEq)]
struct Use {
    path: Vec<String>,
    /// The name that the path has in this file.
    name: String,
    is_handed_on: bool,
}

impl Imports {
    /// Reads a crate from its files: the path below `src`, and the text.
    pub(super) fn read<'a>(files: impl IntoIterator<Item = (&'a str, impl AsRef<str>)>) -> Self {
        let files = files.into_iter().map(|(path, text)| (module_of(path), File::read(path, text.as_ref())));
        Self { files: files.collect() }
    }

    /// Returns the files that each file imports from.
    pub(super) fn arrows(&self) -> BTreeMap<Module, BTreeSet<Module>> {
        let mut arrows = BTreeMap::new();
        for (module, file) in &self.files {
            let mut targets = BTreeSet::new();
            for used in &file.uses {
                let Some(path) = absolute(module, &used.path) else { continue };
                // A table of contents that hands on a name of its own rooms leans on none of them.
                if used.is_handed_on && file.is_contents && path.starts_with(module) {
                    continue;
                }
                targets.extend(self.home_of(&path));
            }
            targets.remove(module);
            arrows.insert(module.clone(), targets);
        }
        arrows
    }

    /// Returns the file that holds what `path` names; `None` for what the root itself holds.
    fn home_of(&self, path: &[String]) -> Option<Module> {
        let length = (1..=path.len()).rev().find(|&length| self.files.contains_key(&path[..length]));
        let (module, rest) = path.split_at(length.unwrap_or(0));
        let handed_on = rest.first().and_then(|name| self.handed_on(module, name));
        handed_on.or_else(|| (!module.is_empty()).then(|| module.to_vec()))
    }

    /// Returns the file behind a name that a table of contents hands on.
    fn handed_on(&self, module: &[String], name: &str) -> Option<Module> {
        let file = self.files.get(module).filter(|file| file.is_contents)?;
        let used = file.uses.iter().find(|used| used.is_handed_on && used.name == name)?;
        let path = absolute(module, &used.path)?;
        // The path leads into one of its own rooms, so this ends.
        (path.len() > module.len()).then(|| self.home_of(&path))?
    }
}

impl File {
    fn read(path: &str, text: &str) -> Self {
        let source = Source::of(text);
        let is_contents = ["mod.rs", "lib.rs", "main.rs"].contains(&path.rsplit('/').next().unwrap());
        let mut modules = BTreeSet::new();
        let mut uses = Vec::new();
        for item in source.without_tests().split_inclusive([';', '{', '}']) {
            if let Some(name) = item.strip_suffix(';').and_then(|item| item.split("mod ").nth(1)) {
                modules.insert(name.to_owned());
            }
        }
        for (is_handed_on, tree) in use_items(source.without_tests()) {
            for (path, name) in paths_of(tree) {
                uses.push(Use { path, name, is_handed_on });
            }
        }
        // `pub use note::Note` in a table of contents begins with a room of its own.
        for used in &mut uses {
            if modules.contains(&used.path[0]) {
                used.path.insert(0, "self".to_owned());
            }
        }
        Self { is_contents, uses }
    }
}

/// Returns the module of a file: `index` for `index/mod.rs` and `index.rs`, the root for `lib.rs`.
fn module_of(path: &str) -> Module {
    let mut names: Module = path.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if names.last().is_some_and(|name| ["mod", "lib", "main"].contains(&name.as_str())) {
        names.pop();
    }
    names
}

/// Returns the trees after `use`, and whether `pub` is before it.
fn use_items(code: &str) -> Vec<(bool, &str)> {
    let mut items = Vec::new();
    let mut at = 0;
    while let Some(found) = code[at..].find("use ") {
        let begins = at + found;
        at = begins + "use ".len();
        let line = code[..begins].rsplit('\n').next().unwrap().trim_start();
        let is_pub = line.starts_with("pub ") || line.starts_with("pub(");
        if (line.is_empty() || is_pub)
            && let Some(length) = code[at..].find(';')
        {
            items.push((is_pub, &code[at..at + length]));
        }
    }
    items
}

/// Takes the braces of a tree apart: returns each path, with the name that it has in this file.
fn paths_of(tree: &str) -> Vec<(Vec<String>, String)> {
    let mut paths = Vec::new();
    // The beginnings of a path before each open brace.
    let mut prefixes = vec![String::new()];
    let mut leaf = String::new();
    for character in tree.chars().chain([',']) {
        match character {
            '{' => {
                let prefix = format!("{}{}", prefixes.last().unwrap(), leaf.trim());
                prefixes.push(prefix);
                leaf.clear();
            }
            ',' | '}' => {
                if !leaf.trim().is_empty() {
                    paths.push(named_path(&format!("{}{}", prefixes.last().unwrap(), leaf.trim())));
                }
                leaf.clear();
                if character == '}' {
                    prefixes.pop();
                }
            }
            other => leaf.push(other),
        }
    }
    paths
}

fn named_path(text: &str) -> (Vec<String>, String) {
    let (path, renamed) = text.split_once(" as ").map_or((text, None), |(path, name)| (path, Some(name)));
    let mut path: Vec<String> = path.split("::").map(|name| name.trim().to_owned()).collect();
    if path.last().is_some_and(|name| name == "self") && path.len() > 1 {
        path.pop();
    }
    let name = renamed.map_or_else(|| path.last().unwrap().clone(), |name| name.trim().to_owned());
    (path, name)
}

/// Returns the path from the root of the crate; `None` for one that begins in another crate.
fn absolute(module: &[String], path: &[String]) -> Option<Module> {
    let (mut base, mut rest) = match path[0].as_str() {
        "crate" => (Vec::new(), &path[1..]),
        "self" => (module.to_vec(), &path[1..]),
        "super" => (module.to_vec(), path),
        _ => return None,
    };
    while let Some((first, after)) = rest.split_first()
        && first == "super"
    {
        base.pop();
        rest = after;
    }
    base.extend(rest.iter().cloned());
    Some(base)
}

#[test]
fn a_tree_of_uses_is_taken_apart() {
    let paths = paths_of("super::a::{self, b::{C, D as E},\n    f}");
    let shown: Vec<_> = paths.iter().map(|(path, name)| format!("{} {name}", path.join("::"))).collect();
    assert_eq!(shown, ["super::a a", "super::a::b::C C", "super::a::b::D E", "super::a::f f"]);
}

#[test]
fn a_path_begins_where_it_says() {
    let names = |text: &str| text.split("::").map(str::to_owned).collect::<Vec<_>>();
    let from = |path: &str| absolute(&names("a::b"), &names(path)).map(|path| path.join("::"));
    assert_eq!(from("crate::c"), Some("c".into()));
    assert_eq!(from("self::c"), Some("a::b::c".into()));
    assert_eq!(from("super::super::c::D"), Some("c::D".into()));
    assert_eq!(from("std::io"), None);
}

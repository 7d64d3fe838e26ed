//! No two files of a crate import from each other, whether directly or through others.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::files::{crate_roots, name_of, rust_files, text_of};
use super::imports::{Imports, Module};

/// A circle that is left.
#[derive(Debug)]
struct Left {
    /// The folder of the crate's files.
    crate_folder: &'static str,
    files: &'static [&'static str],
    #[expect(dead_code, reason = "printed with the rest")]
    why: &'static str,
}

/// The circles that are left. One that is gone, or has other files now, has to leave the list.
const LEFT: &[Left] = &[Left {
    crate_folder: "src",
    files: &["cli", "commands/completions"],
    why: "clap makes completions from the parser, and the command is one of the parser's",
}];

/// Returns the largest sets of modules that all reach each other.
fn circles(arrows: &BTreeMap<Module, BTreeSet<Module>>) -> BTreeSet<BTreeSet<Module>> {
    let reached: BTreeMap<_, _> =
        arrows.keys().map(|module| (module, reached_from(module, arrows))).collect();
    let mut circles = BTreeSet::new();
    for (module, from_here) in &reached {
        let mut circle = from_here.clone();
        circle.retain(|other| reached[other].contains(*module));
        if !circle.is_empty() {
            circles.insert(circle);
        }
    }
    circles
}

/// Returns the modules that arrows lead to from `start`; `start` is among them only if an arrow leads back to it.
fn reached_from(start: &Module, arrows: &BTreeMap<Module, BTreeSet<Module>>) -> BTreeSet<Module> {
    let mut reached = BTreeSet::new();
    let mut next: Vec<_> = arrows[start].iter().collect();
    while let Some(module) = next.pop() {
        if reached.insert(module.clone()) {
            next.extend(&arrows[module]);
        }
    }
    reached
}

fn shown(circle: &BTreeSet<Module>) -> BTreeSet<String> {
    circle.iter().map(|module| module.join("/")).collect()
}

#[test]
fn no_files_of_a_crate_import_from_each_other() {
    let mut left: Vec<&Left> = LEFT.iter().collect();
    let mut unlisted = Vec::new();
    for root in crate_roots() {
        let folder = root.parent().unwrap();
        let arrows = imports_of(folder).arrows();
        assert!(!arrows.is_empty() || rust_files(folder).len() == 1, "{}", folder.display());
        for circle in circles(&arrows) {
            let files = shown(&circle);
            let listed = left.iter().position(|left| {
                left.crate_folder == name_of(folder) && files.iter().eq(left.files.iter().copied())
            });
            match listed {
                Some(listed) => _ = left.remove(listed),
                None => unlisted.extend(circle.iter().map(|module| {
                    let within = shown(&(&arrows[module] & &circle));
                    format!("{}/{} uses {within:?}", name_of(folder), module.join("/"))
                })),
            }
        }
    }
    assert!(unlisted.is_empty(), "imports that lead back: {unlisted:#?}");
    assert!(left.is_empty(), "no longer circles, take them from the list: {left:#?}");
}

fn imports_of(folder: &Path) -> Imports {
    let paths = rust_files(folder);
    let files =
        paths.iter().map(|path| (path.strip_prefix(folder).unwrap().to_str().unwrap(), text_of(path)));
    Imports::read(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: (&str, &str) = ("lib.rs", "mod a;\nmod b;\nmod room;\npub use b::B;\n");

    fn circles_of(a: &str, b: &str, contents: &str, inner: &str) -> Vec<Vec<String>> {
        let files = [ROOT, ("a.rs", a), ("b.rs", b), ("room/mod.rs", contents), ("room/inner.rs", inner)];
        circles(&Imports::read(files).arrows())
            .iter()
            .map(|circle| shown(circle).into_iter().collect())
            .collect()
    }

    #[test]
    fn arrows_in_one_direction_are_no_circle() {
        let inner = "use super::Outer;\n\n#[cfg(test)]\nmod tests {\n    use crate::a::A;\n}\n";
        let contents = "mod inner;\npub(crate) use inner::Inner;\n";
        let none =
            circles_of("use crate::B;\nuse crate::room::Inner;\n", "// use crate::a::A;\n", contents, inner);
        assert_eq!(none, Vec::<Vec<String>>::new());
    }

    #[test]
    fn a_circle_is_found_through_braces_and_names_that_are_handed_on() {
        let contents = "mod inner;\npub(crate) use inner::{Inner, Other as Another};\n";
        let found = circles_of(
            "use std::io;\n\nuse crate::{\n    B,\n    room::{Another, X},\n};\n",
            "",
            contents,
            "use super::super::a::A;\n",
        );
        assert_eq!(found, [["a", "room/inner"]]);
        let found = circles_of("use crate::B;\n", "use super::a::{self, A};\n", contents, "");
        assert_eq!(found, [["a", "b"]]);
    }

    #[test]
    fn two_circles_are_told_apart() {
        let found = circles_of(
            "use crate::B;\n",
            "use crate::a::A;\n",
            "mod inner;\nuse inner::Inner;\n",
            "use super::Outer;\n",
        );
        assert_eq!(found, [vec!["a", "b"], vec!["room", "room/inner"]]);
    }
}

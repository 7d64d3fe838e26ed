//! The parts that every explanation has: its answers are one object, and notes and the checkpoint end it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Write;

use annals_queries::Answer;

use crate::asking::told::Told;
use crate::failure::Failure;
use crate::output::{StandingJson, json, write_notes};

/// Returns what is told of the first answer, with the notes of all. All of them stand on one checkpoint.
pub(super) fn told_of(answers: &[&Answer]) -> Told {
    let notes: BTreeSet<String> = answers.iter().flat_map(|answer| answer.notes.clone()).collect();
    Told { notes: notes.into_iter().collect(), ..Told::of(answers[0]) }
}

/// Writes the notes, and the checkpoint as it was signed.
pub(super) fn write_end(told: &Told, out: &mut impl Write) -> Result<(), Failure> {
    write_notes(&told.notes(), out)?;
    write!(out, "\n{}", told.standing.checkpoint)?;
    Ok(())
}

/// Makes one object: `members` are JSON already, then come the rows of each answer, then the checkpoint.
pub(super) fn object(
    members: &[(&str, String)],
    answers: &[(&str, &Answer)],
    told: &Told,
) -> Result<String, Failure> {
    let mut all = String::from("{");
    for (name, member) in members {
        write!(all, "\"{name}\":{member},").expect("a String takes it");
    }
    for (name, answer) in answers {
        write!(all, "\"{name}\":{},", json(answer)?).expect("a String takes it");
    }
    Ok(all + &format!("\"checkpoint\":{}}}", StandingJson::text(told)?))
}

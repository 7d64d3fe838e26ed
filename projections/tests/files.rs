//! States that a client wrote to its file.

use crate::scratch::{Run, Scratch, closing, poll, sweep};

fn state(hotkey: &str) -> Run {
    Run::of_validator("one", &format!(r#""allocated_hotkeys":["{hotkey}"]"#))
}

#[test]
fn each_state_of_a_file_takes_effect_at_its_own_entry() {
    let scratch = Scratch::new();
    for hotkey in ["5A", "5B"] {
        scratch.append(vec![state(hotkey).in_file()]);
        assert_eq!(scratch.rows("allocated_hotkeys", &["hotkey"]), [hotkey]);
    }
}

#[test]
fn what_a_poll_told_of_a_run_is_not_replaced_by_a_file() {
    let scratch = Scratch::new();
    scratch.append(vec![state("5A").in_file()]);
    scratch.append(poll(&[&state("5B")]));
    assert_eq!(scratch.rows("allocated_hotkeys", &["hotkey"]), ["5B"]);
    scratch.append(vec![state("5C").in_file()]);
    assert_eq!(scratch.rows("allocated_hotkeys", &["hotkey"]), ["5B"]);
}

#[test]
fn a_server_that_does_not_have_it_does_not_tell_that_the_run_of_a_file_is_gone() {
    let scratch = Scratch::new();
    scratch.append(vec![state("5A").in_file()]);
    scratch.append(vec![state("5A").gone(), closing(&sweep(), &[])]);
    assert_eq!(scratch.rows("allocated_hotkeys", &["hotkey"]), ["5A"]);
}

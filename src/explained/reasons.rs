//! The words of tables that give a reason, each as a sentence.

/// Returns the sentence for a word in this column; `None` for a word that needs none.
pub(super) fn meaning(column: &str, word: &str) -> Option<&'static str> {
    match column {
        "reason" => reason(word),
        "came_by" | "left_by" => cause(word),
        "effect" => effect(word),
        "authority" => authority(word),
        "evidence" => told_in(word),
        "signature" => signature(word),
        _ => None,
    }
}

/// The first of upstream's tests that a run, a list or an entry fails, in the order in which they are made.
fn reason(word: &str) -> Option<&'static str> {
    Some(match word {
        "counted" => "it passes all of upstream's tests",
        "config_unreadable" => "upstream's W&B client raises while it reads the run's config",
        "other_role" => "the run is not one of the role that upstream asks for",
        "other_netuid" => "the run is one of another subnet",
        "signature_absent" => "the run names no hotkey, or has no signature: nothing shows who made it",
        "signature_malformed" => {
            "the run's signature is not 64 bytes in hex, or its hotkey is not an address"
        }
        "signature_wrong" => "the run's signature was not made by the hotkey that the run names",
        "validator_not_valid" => {
            "the run is signed, but its hotkey is not in `validators`: not declared, or not above the permit stake"
        }
        "run_unknown" => "no complete poll had seen the run by the entry that says this",
        "not_the_checklist_hotkey" => {
            "the run is signed, but only the checklist of the hotkey that the policy names counts"
        }
        "in_fixed_run" => "it is in the list of the one run that upstream shows, signed or not",
        "run_aborted" => {
            "upstream's code raises at this entry or at one before it, and skips the rest of the run"
        }
        "not_own_score" => "the validator did not measure this score itself: `own_score` is not true",
        "score_not_positive" => "v1.9.0 takes only scores above 0",
        "not_allocated" => "v1.9.0 takes only miners that the entry itself says are allocated",
        "score_zero" => "upstream drops scores of 0 before it counts",
        _ => return None,
    })
}

/// Why an endpoint came or left, from the events of the chain between two readings of its state.
fn cause(word: &str) -> Option<&'static str> {
    Some(match word {
        "served" => "the hotkey announced it",
        "hotkey_swapped" => "the hotkey was swapped for another, or another for it",
        "replaced" => "the uid of the hotkey was given to another one",
        "network_removed" => "the subnet was removed",
        "runtime_upgrade" => "no event names it, and another runtime came into force",
        "block_retracted" => "no event names it, and the block at which it was known was taken back",
        "first_reading" => "nothing was known of the subnet before",
        "unknown" => "no recorded event names it",
        _ => return None,
    })
}

fn effect(word: &str) -> Option<&'static str> {
    Some(match word {
        "display" => "upstream shows it, and no score depends on it",
        "score_zero" => "upstream gives the hotkey a score of 0 at each sync while it is listed",
        _ => return None,
    })
}

fn authority(word: &str) -> Option<&'static str> {
    Some(match word {
        "chain" => "its stake on the chain is above the policy's permit stake",
        "declared" => "the policy names it",
        _ => return None,
    })
}

fn told_in(word: &str) -> Option<&'static str> {
    Some(match word {
        "history" => "a row of the run's history says it",
        "config" => "the run's config says it, as a poll found it",
        _ => return None,
    })
}

fn signature(word: &str) -> Option<&'static str> {
    Some(match word {
        "valid" => "the hotkey that the run names signed the run's id",
        "absent" => "the run names no hotkey, or has no signature",
        "malformed" => "it is not 64 bytes in hex, or the hotkey is not an address",
        "wrong" => "another key made it, or for another run",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::meaning;

    #[test]
    fn every_reason_of_the_tables_has_a_sentence() {
        let sources = [
            ("reason", include_str!("../../projections/src/worlds/wandb/standing.rs"), 8),
            ("reason", include_str!("../../projections/src/worlds/wandb/ballot.rs"), 6),
            ("came_by", include_str!("../../projections/src/worlds/chain/cause.rs"), 8),
            ("signature", include_str!("../../log/src/event/wandb_run.rs"), 4),
        ];
        for (column, source, count) in sources {
            let words = source.lines().filter_map(|line| line.split_once("=> \"")?.1.split_once('"'));
            let words: Vec<&str> = words.map(|(word, _)| word).collect();
            assert!(words.len() >= count, "{words:?}");
            for word in words {
                assert!(meaning(column, word).is_some(), "{column} {word}");
            }
        }
        for word in ["run_unknown", "not_the_checklist_hotkey", "in_fixed_run"] {
            assert!(meaning("reason", word).is_some(), "{word}");
        }
    }
}

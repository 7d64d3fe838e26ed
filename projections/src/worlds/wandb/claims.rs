//! Claims of histories: whole lists of allocated hotkeys, each as of the moment at which it was logged.

use std::collections::{BTreeMap, BTreeSet};

use annals_log::json::{self, Object, Value};
use bincode::{Decode, Encode};
use memchr::memmem;

use super::hotkey_list::HotkeyList;
use crate::upstream::bounds::LIST;

/// Upstream logs the list under the key that it has in the config (`update_allocated_hotkeys`).
const KEY: &str = "allocated_hotkeys";

/// The last step that was followed in each history. Another source may tell a row again; it says nothing new.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
pub(crate) struct Claims {
    last_step: BTreeMap<String, u64>,
}

/// All hotkeys that a run says are allocated at a moment: one that is missing is not allocated any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Claim {
    pub(crate) run_id: String,
    pub(crate) step: u64,
    /// The time that the row gives.
    pub(crate) at_ms: i64,
    pub(crate) hotkeys: BTreeSet<String>,
}

impl Claims {
    /// Returns the claim, unless the history was followed to its step already.
    pub(crate) fn follow(&mut self, claim: Claim) -> Option<Claim> {
        let last = self.last_step.get(&claim.run_id);
        if last.is_some_and(|last| *last >= claim.step) {
            return None;
        }
        self.last_step.insert(claim.run_id.clone(), claim.step);
        Some(claim)
    }
}

impl Claim {
    /// Reads a row of a history; `None` when it claims nothing, or its list is too large.
    pub(crate) fn read(run_id: &str, step: u64, at_ms: i64, row: &[u8]) -> Option<Self> {
        memmem::find(row, KEY.as_bytes())?;
        let row: Object = match json::parse(std::str::from_utf8(row).ok()?) {
            Ok(Value::Object(row)) => row,
            _ => return None,
        };
        let list = row.get(KEY).filter(|list| LIST.holds(list))?;
        Some(Self { run_id: run_id.to_owned(), step, at_ms, hotkeys: hotkeys_of(&HotkeyList::of(list)) })
    }
}

/// Returns the hotkeys of a list, each once.
pub(crate) fn hotkeys_of(list: &HotkeyList) -> BTreeSet<String> {
    list.items.iter().filter_map(|item| item.hotkey()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(row: &str) -> Option<Vec<String>> {
        Claim::read("a", 7, 1, row.as_bytes()).map(|claim| claim.hotkeys.into_iter().collect())
    }

    #[test]
    fn a_row_claims_what_its_list_has() {
        let hotkeys = |list: &[&str]| Some(list.iter().map(|&hotkey| hotkey.to_owned()).collect());
        assert_eq!(read(r#"{"_step":7,"allocated_hotkeys":["5B","5A","5B",7]}"#), hotkeys(&["5A", "5B"]));
        assert_eq!(read(r#"{"allocated_hotkeys":[]}"#), hotkeys(&[]));
        for other in [r#"{"note":"allocated_hotkeys"}"#, "[\"allocated_hotkeys\"]", "allocated_hotkeys", ""] {
            assert_eq!(read(other), None, "{other}");
        }
        assert_eq!(read(&format!("{{\"allocated_hotkeys\":[{}1]}}", "1,".repeat(20_000))), None);
    }

    #[test]
    fn a_row_that_was_followed_says_nothing_again() {
        let mut claims = Claims::default();
        let claim = |step| Claim::read("a", step, 1, br#"{"allocated_hotkeys":[]}"#).unwrap();
        let steps = [3, 3, 2, 4].map(|step| claims.follow(claim(step)).map(|claim| claim.step));
        assert_eq!(steps, [Some(3), None, None, Some(4)]);
    }
}

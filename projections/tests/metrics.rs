//! Which endpoints answer, and what each told last.

use annals_log::{Account, Announcement, Event, Scrape, ScrapeOutcome, StateChange};

use crate::scratch::{START_MS, Scratch};
use crate::scratch_chain::{NETUID, account, neuron, prometheus, ss58, state};

/// A scrape of the endpoint of [`prometheus`] at a port, announced by `hotkeys`; with a body if that is `Some`.
pub(crate) fn scraped(port: u16, hotkeys: &[Account], samples: Option<u64>) -> Event {
    let announcement =
        |hotkey: &Account| Announcement { netuid: NETUID, hotkey: *hotkey, uid: None, block: 1 };
    let scrape = Scrape {
        announced: hotkeys.iter().map(announcement).collect(),
        more_announced: 0,
        address: None,
        outcome: match samples {
            Some(samples) => ScrapeOutcome::Ok { samples },
            None => ScrapeOutcome::Timeout { why: "no answer".into() },
        },
        due_at_ms: START_MS,
        began_at_ms: START_MS,
        duration_us: 0,
        first_byte_us: None,
        status: samples.map(|_| 200),
        content_type: None,
        wire_bytes: 0,
        body_bytes: 0,
    };
    let event = Event::new("metrics", &target(port), START_MS, &scrape);
    let attached = samples.map(|samples| format!("a {samples}\n").into_bytes().into());
    Event { attached: attached.into_iter().collect(), ..event }
}

fn target(port: u16) -> String {
    format!("10.0.0.1:{port}")
}

fn up(scratch: &Scratch) -> Vec<String> {
    scratch.rows("up", &["hotkey", "target", "up", "outcome", "announced_at_block"])
}

fn row(hotkey: u8, port: u16, is_up: bool) -> String {
    let outcome = if is_up { "ok" } else { "timeout" };
    format!("{},{},{is_up},{outcome},1", ss58(account(hotkey)), target(port))
}

#[test]
fn a_row_ends_with_the_announcement_that_it_is_about() {
    let scratch = Scratch::new();
    let announced = |hotkey: u8, port: u16| prometheus(account(hotkey), port);
    scratch.append(vec![state(100, None, vec![announced(1, 1), announced(2, 1), announced(3, 2)])]);
    assert_eq!(up(&scratch), Vec::<String>::new(), "nobody was asked");
    scratch.append(vec![scraped(1, &[account(1), account(2)], Some(3)), scraped(2, &[account(3)], None)]);
    let mut rows = vec![row(1, 1, true), row(2, 1, true), row(3, 2, false)];
    rows.sort();
    assert_eq!(up(&scratch), rows);
    // One withdraws, one moves.
    let withdrawn = StateChange::Prometheus(account(1), None);
    scratch.append(vec![state(101, Some(100), vec![withdrawn, announced(3, 3)])]);
    assert_eq!(up(&scratch), [row(2, 1, true)]);
    // A scrape that was under way meanwhile says nothing of either.
    scratch.append(vec![scraped(1, &[account(1), account(2)], None), scraped(2, &[account(3)], Some(1))]);
    assert_eq!(up(&scratch), [row(2, 1, false)]);
    scratch.append(vec![scraped(3, &[account(3)], Some(1))]);
    let mut rows = vec![row(2, 1, false), row(3, 3, true)];
    rows.sort();
    assert_eq!(up(&scratch), rows);
}

#[test]
fn the_last_good_scrape_stays_while_a_target_is_absent_and_says_since_when() {
    let scratch = Scratch::new();
    let latest = || scratch.rows("samples_latest", &["target", "scrape", "sample_count", "absent_since"]);
    scratch.append(vec![scraped(1, &[], None)]);
    assert_eq!(latest(), Vec::<String>::new(), "it never told anything");
    let good = scratch.append(vec![scraped(1, &[], Some(7))]).0 - 1;
    assert_eq!(latest(), [format!("{},{good},7,-", target(1))]);
    let absent = scratch.append(vec![scraped(1, &[], None)]).0 - 1;
    scratch.append(vec![scraped(1, &[], None)]);
    assert_eq!(latest(), [format!("{},{good},7,{absent}", target(1))]);
    let again = scratch.append(vec![scraped(1, &[], Some(8))]).0 - 1;
    assert_eq!(latest(), [format!("{},{again},8,-", target(1))]);
    assert_eq!(scratch.rows("up", &["hotkey", "up"]), [",true"]);
}

#[test]
fn a_snapshot_names_the_targets_that_stand_on_chain_and_who_has_which_uid() {
    let scratch = Scratch::new();
    let changes = vec![neuron(5, account(1), 0), prometheus(account(1), 9), prometheus(account(2), 9)];
    scratch.append(vec![state(100, None, changes)]);
    let snapshot = scratch.projections().snapshot();
    let mut told: Vec<_> = snapshot
        .announced_targets()
        .into_iter()
        .map(|of| (of.announcement.hotkey, of.announcement.uid, of.announcement.block, of.target))
        .collect();
    told.sort();
    assert_eq!(told, [(account(1), Some(5), 1, target(9)), (account(2), None, 1, target(9))]);
    assert!(snapshot.announced_targets().iter().all(|of| of.address == target(9).parse().ok()));
    let has_neuron = |netuid, hotkey| snapshot.has_neuron(netuid, account(hotkey));
    assert!(has_neuron(NETUID, 1) && !has_neuron(NETUID, 2) && !has_neuron(NETUID + 1, 1));
    assert_eq!(snapshot.uids().into_iter().collect::<Vec<_>>(), [((NETUID, account(1)), 5)]);
}

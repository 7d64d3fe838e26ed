//! What entries of a chain make of its tables.

use annals_log::{
    BlockLeftOut, Event, LeftOutPiece, LogIndex, Payloads, PieceOfBlock, StateChange, Subnet, TreeSize,
};
use annals_projections::{Projections, anomalies_of};

use crate::determinism::everything;
use crate::random_chain::RandomChain;
use crate::scratch::{STRANGER, Scratch, VALIDATOR, rows_of, snapshot};
use crate::scratch_chain::{
    NETUID, account, axon, block, block_of, neuron, prometheus, retracted, runtime, ss58, state,
};
use crate::seed::seeded;

/// Events of a block, and what of the state is another behind it.
type Told = (Vec<(&'static str, String)>, Vec<StateChange>);

/// Blocks from 10 on, with the state behind each of them.
fn chain(blocks: Vec<Told>) -> Scratch {
    let scratch = Scratch::new();
    for ((height, since), (events, changes)) in (10..).zip([None, Some(10), Some(11), Some(12)]).zip(blocks) {
        scratch.append(vec![block(height, &events), state(height, since, changes)]);
    }
    scratch
}

/// Rows that stood, the named columns alone, in the order in which they ended.
fn closed(scratch: &Scratch, table: &str, columns: &[&str]) -> Vec<String> {
    let snapshot = snapshot(&mut scratch.projections(), table);
    let rows = snapshot.closed.scan(snapshot.schema).flat_map(|batch| {
        let batch = batch.unwrap();
        let places: Vec<_> = columns.iter().map(|column| batch.schema().index_of(column).unwrap()).collect();
        rows_of(&batch.project(&places).unwrap())
    });
    rows.collect()
}

const CAME: &[&str] = &["port", "came_by", "from_block"];
const LEFT: &[&str] = &["port", "came_by", "from_block", "left_by", "to_block"];

fn served(byte: u8) -> (&'static str, String) {
    ("PrometheusServed", format!(r#"[{NETUID},"{}"]"#, ss58(account(byte))))
}

fn swapped(old: u8, new: u8) -> (&'static str, String) {
    let [coldkey, old, new] = [9, old, new].map(|byte| ss58(account(byte)));
    let fields =
        format!(r#"{{"coldkey":"{coldkey}","netuid":{NETUID},"old_hotkey":"{old}","new_hotkey":"{new}"}}"#);
    ("HotkeySwappedOnSubnet", fields)
}

fn registered(uid: u16, byte: u8) -> (&'static str, String) {
    let fields = format!(r#"{{"netuid":[{NETUID}],"uid":{uid},"hotkey":"{}"}}"#, ss58(account(byte)));
    ("NeuronRegistered", fields)
}

fn gone(byte: u8) -> StateChange {
    StateChange::Prometheus(account(byte), None)
}

#[test]
fn a_first_reading_fills_the_tables_and_nobody_says_why() {
    let subnet = Subnet { tempo: Some(360), owner: Some(account(8)), neuron_count: 1 };
    let changes = vec![
        StateChange::Subnet(Some(subnet)),
        neuron(0, account(1), 5),
        prometheus(account(1), 7),
        axon(account(1), 8),
    ];
    let scratch = chain(vec![(vec![served(1)], changes)]);
    let (hotkey, coldkey) = (ss58(account(1)), ss58(account(200)));
    assert_eq!(
        scratch.rows("subnets", &["netuid", "tempo", "owner", "neuron_count", "from_block", "log_index"]),
        [format!("27,360,{},1,10,7", ss58(account(8)))]
    );
    let columns = snapshot(&mut scratch.projections(), "neurons").schema.columns.iter();
    let columns: Vec<_> = columns.map(|column| column.name).collect();
    assert_eq!(
        scratch.rows("neurons", &columns),
        [format!("27,0,{hotkey},{coldkey},0,3,true,4,5,-,7,5,runtime_api,10")]
    );
    let columns =
        ["hotkey", "ip", "ip_number", "ip_type", "port", "version", "announced_at_block", "came_by"];
    assert_eq!(
        scratch.rows("prometheus_endpoints", &columns),
        [format!("{hotkey},10.0.0.1,167772161,4,7,170,1,first_reading")]
    );
    assert_eq!(scratch.rows("axons", &columns), [format!("{hotkey},::1,1,6,8,170,1,first_reading")]);
    assert_eq!(scratch.rows("axons", &["protocol", "placeholder1", "placeholder2"]), ["4,0,1"]);
}

#[test]
fn an_endpoint_that_is_announced_anew_takes_the_place_of_the_one_before() {
    let scratch = chain(vec![
        (vec![served(1)], vec![]),
        (vec![served(1)], vec![prometheus(account(1), 7)]),
        (vec![served(1), served(2)], vec![prometheus(account(1), 8)]),
        // The same once more is no other row, and a height alone makes none.
        (vec![served(1)], vec![prometheus(account(1), 8)]),
    ]);
    assert_eq!(scratch.rows("prometheus_endpoints", CAME), ["8,served,12"]);
    assert_eq!(closed(&scratch, "prometheus_endpoints", LEFT), ["7,served,11,served,12"]);
}

#[test]
fn an_axon_is_no_prometheus_endpoint() {
    let scratch = chain(vec![
        (vec![], vec![]),
        (vec![served(1)], vec![axon(account(1), 7), prometheus(account(1), 8)]),
    ]);
    assert_eq!(scratch.rows("axons", CAME), ["7,unknown,11"]);
    assert_eq!(scratch.rows("prometheus_endpoints", CAME), ["8,served,11"]);
}

#[test]
fn a_swapped_hotkey_takes_its_endpoint_along() {
    let scratch = chain(vec![
        (vec![], vec![neuron(0, account(1), 0), prometheus(account(1), 7)]),
        (vec![swapped(1, 2)], vec![neuron(0, account(2), 0), gone(1), prometheus(account(2), 7)]),
    ]);
    assert_eq!(closed(&scratch, "prometheus_endpoints", LEFT), ["7,first_reading,10,hotkey_swapped,11"]);
    assert_eq!(scratch.rows("prometheus_endpoints", CAME), ["7,hotkey_swapped,11"]);
    assert_eq!(closed(&scratch, "neurons", &["uid", "from_block", "to_block"]), ["0,10,11"]);

    // As fields without names, of an event that is about every subnet.
    let accounts = [9, 2, 3].map(|byte| format!("{:?}", ss58(account(byte)))).join(",");
    let everywhere = ("HotkeySwapped", format!("[{accounts}]"));
    scratch.append(vec![
        block(12, &[everywhere]),
        state(12, Some(11), vec![gone(2), prometheus(account(3), 7)]),
    ]);
    assert_eq!(scratch.rows("prometheus_endpoints", CAME), ["7,hotkey_swapped,12"]);
}

#[test]
fn who_gets_a_uid_replaces_the_endpoint_of_who_had_it() {
    let scratch = chain(vec![
        (vec![], vec![neuron(0, account(1), 0), prometheus(account(1), 7), prometheus(account(2), 8)]),
        // Of uid 1 nobody knows who had it.
        (vec![registered(0, 3), registered(1, 4)], vec![neuron(0, account(3), 0), gone(1), gone(2)]),
    ]);
    let left = closed(&scratch, "prometheus_endpoints", &["port", "left_by"]);
    assert_eq!(left, ["7,replaced", "8,unknown"]);
}

#[test]
fn the_last_event_brings_and_the_first_behind_it_takes_away() {
    let removed = ("NetworkRemoved", format!("[{NETUID}]"));
    let scratch = chain(vec![
        (
            vec![],
            vec![
                neuron(0, account(1), 0),
                prometheus(account(1), 7),
                prometheus(account(2), 8),
                axon(account(4), 9),
            ],
        ),
        (
            vec![registered(0, 3), served(1), swapped(1, 5), removed, served(6), swapped(7, 6)],
            vec![gone(1), gone(2), StateChange::Axon(account(4), None), prometheus(account(6), 6)],
        ),
    ]);
    let left = closed(&scratch, "prometheus_endpoints", &["port", "left_by"]);
    assert_eq!(left, ["7,hotkey_swapped", "8,network_removed"]);
    assert_eq!(closed(&scratch, "axons", &["port", "left_by"]), ["9,network_removed"]);
    assert_eq!(scratch.rows("prometheus_endpoints", CAME), ["6,hotkey_swapped,11"]);
}

#[test]
fn what_no_event_names_came_by_another_runtime_or_nobody_knows() {
    let scratch = Scratch::new();
    let (one, two) = (prometheus(account(1), 7), prometheus(account(2), 8));
    scratch.append(vec![runtime(1, 10), block_of(1, 10, &[]), state(10, None, vec![one])]);
    scratch.append(vec![block_of(1, 11, &[]), state(11, Some(10), vec![two])]);
    assert_eq!(scratch.rows("prometheus_endpoints", &["came_by"]), ["first_reading", "unknown"]);
    let migrated = vec![gone(1), gone(2), prometheus(account(3), 9), prometheus(account(4), 9)];
    scratch.append(vec![runtime(2, 12), block_of(2, 12, &[served(4)]), state(12, Some(11), migrated)]);
    let left = closed(&scratch, "prometheus_endpoints", &["left_by"]);
    assert_eq!(left, ["runtime_upgrade", "runtime_upgrade"]);
    assert_eq!(scratch.rows("prometheus_endpoints", &["came_by"]), ["runtime_upgrade", "served"]);
    scratch.append(vec![block_of(2, 13, &[]), state(13, Some(12), vec![gone(3)])]);
    assert_eq!(closed(&scratch, "prometheus_endpoints", &["left_by"])[2], "unknown");
}

#[test]
fn only_blocks_behind_the_reading_before_and_up_to_this_one_explain_it() {
    let scratch = Scratch::new();
    scratch.append(vec![block(10, &[]), state(10, None, vec![])]);
    // At 11 the state was read, and was what it had been. That of 12 comes behind block 13.
    scratch.append(vec![block(11, &[served(1)]), block(12, &[served(2)])]);
    let changes = vec![prometheus(account(1), 1), prometheus(account(2), 2), prometheus(account(3), 3)];
    scratch.append(vec![block(13, &[served(3), served(4)]), state(12, Some(11), changes)]);
    scratch.append(vec![block(14, &[]), state(14, Some(12), vec![prometheus(account(4), 4)])]);
    let mut came = scratch.rows("prometheus_endpoints", CAME);
    came.sort();
    assert_eq!(came, ["1,unknown,12", "2,served,12", "3,unknown,12", "4,served,14"]);
}

#[test]
fn a_block_that_is_taken_back_explains_nothing_and_what_differs_without_it_says_so() {
    let scratch = chain(vec![
        (vec![], vec![prometheus(account(1), 1)]),
        (vec![served(2)], vec![prometheus(account(2), 2)]),
    ]);
    scratch.append(vec![block(12, &[served(3)])]);
    assert_eq!(scratch.projections().last_block().unwrap().height, 12);
    scratch.append(vec![retracted(12), retracted(11)]);
    assert!(scratch.projections().last_block().is_none());
    let changes = vec![gone(2), prometheus(account(3), 3), prometheus(account(4), 4)];
    scratch.append(vec![block(11, &[served(4)]), state(11, Some(11), changes)]);
    assert_eq!(closed(&scratch, "prometheus_endpoints", LEFT), ["2,served,11,block_retracted,11"]);
    let mut came = scratch.rows("prometheus_endpoints", CAME);
    came.sort();
    assert_eq!(came, ["1,first_reading,10", "3,block_retracted,11", "4,served,11"]);
    assert_eq!(scratch.projections().last_block().unwrap().height, 11);
}

#[test]
fn a_runtime_ends_where_the_next_begins_and_is_open_again_when_that_is_taken_back() {
    let columns = &["from_block", "spec_name", "spec_version", "to_block", "log_index"];
    let scratch = Scratch::new();
    scratch.append(vec![runtime(1, 10), block_of(1, 10, &[]), block_of(1, 11, &[])]);
    scratch.append(vec![runtime(2, 12), block_of(2, 12, &[]), block_of(2, 13, &[])]);
    let both = ["10,node-subtensor,1,12,6", "12,node-subtensor,2,-,10"];
    assert_eq!(scratch.rows("runtime_versions", columns), both);
    scratch.append(vec![retracted(13)]);
    assert_eq!(scratch.rows("runtime_versions", columns), both);
    scratch.append(vec![retracted(12)]);
    assert_eq!(scratch.rows("runtime_versions", columns), ["10,node-subtensor,1,-,6"]);
    // Its metadata is in the log already; the block says that it is in force.
    scratch.append(vec![block_of(1, 12, &[]), block_of(2, 13, &[])]);
    scratch.append(vec![block_of(1, 14, &[]), block_of(7, 15, &[])]);
    let rows = scratch.rows("runtime_versions", &["from_block", "spec_name", "spec_version", "to_block"]);
    let told = ["10,node-subtensor,1,13", "13,node-subtensor,2,14", "14,node-subtensor,1,15", "15,-,7,-"];
    assert_eq!(rows, told);
    let forms = ["transaction_version", "metadata_version", "metadata_sha256"];
    let sha256 = annals_log::Hash::of(&1_u32.to_be_bytes());
    assert_eq!(scratch.rows("runtime_versions", &forms)[0], format!("1,14,{sha256}"));
}

/// Of each entry from `first` on, the recorder's own left out: kind and place.
fn anomalies(scratch: &Scratch, first: LogIndex) -> Vec<Vec<String>> {
    let reader = scratch.reader();
    let (mut payloads, mut found) = (Payloads::of(&reader), Vec::new());
    let mut scan = reader.scan(first..reader.size().next_index());
    while let Some(frame) = scan.next_frame().unwrap() {
        for (index, entry) in frame.entries() {
            let envelope = reader.envelope(index, entry).unwrap();
            if envelope.source == "chain" {
                let body = payloads.body(&frame, &envelope).unwrap();
                let of_entry = anomalies_of(&envelope, &body, &mut |_| Ok(vec![])).unwrap();
                let named = of_entry.iter().map(|anomaly| format!("{} {}", anomaly.kind, anomaly.place));
                found.push(named.collect());
            }
        }
    }
    found
}

#[test]
fn a_piece_of_a_block_that_was_too_large_is_named() {
    let scratch = chain(vec![(vec![], vec![])]);
    let first = scratch.reader().size().next_index();
    let piece = |place| LeftOutPiece { place, length: 9_000_000, blake2_256: [1; 32] };
    let pieces = vec![piece(PieceOfBlock::Events(7, 60)), piece(PieceOfBlock::Args(1))];
    let told = Event::new("chain", "0x0a", 0, &BlockLeftOut { pieces });
    scratch.append(vec![Event { block: Some(10), ..told }]);
    let named = ["piece_too_large events[7..]", "piece_too_large extrinsics[1].args"];
    assert_eq!(anomalies(&scratch, first), [named.map(str::to_owned)]);
}

#[test]
fn what_cannot_be_used_is_left_out_and_named() {
    let scratch = chain(vec![(vec![], vec![neuron(0, account(1), 0)])]);
    let before = everything(&mut scratch.projections());
    let first = scratch.reader().size().next_index();
    let events = vec![
        block(11, &[("PrometheusServed", "[27".into()), ("AxonServed", r#"{"netuid":70000}"#.into())]),
        state(11, Some(10), vec![StateChange::Neuron(9, None), StateChange::Subnet(None), gone(9)]),
        retracted(99),
        Event { body: vec![255; 40], ..state(12, Some(11), vec![]) },
        Event { block: None, ..block(12, &[]) },
        Event { attached: vec![], ..runtime(3, 12) },
    ];
    scratch.append(events);
    let after = everything(&mut scratch.projections());
    let tables = annals_projections::Projections::schemas().len();
    for ((table, open, ..), (_, now, ..)) in before.iter().zip(&after).take(tables) {
        assert_eq!(open, now, "{table}");
    }

    let named = anomalies(&scratch, first);
    assert_eq!(named[0], ["event_unreadable events[0]", "event_unreadable events[1]"]);
    assert!(named[1].is_empty() && named[2].is_empty());
    assert_eq!(named[3..], [["body_undecodable "], ["height_missing "], ["body_undecodable "]]);
}

#[test]
fn a_chain_that_is_saved_and_loaded_at_every_size_goes_on_as_if_it_never_was() {
    let mut rng = seeded("a_chain_that_is_saved_and_loaded_at_every_size_goes_on_as_if_it_never_was");
    let scratch = Scratch::new();
    let mut world = RandomChain::of(&[VALIDATOR.into(), STRANGER.into()]);
    let mut kept = Projections::begin_in(&scratch.tables(), None).unwrap();
    for event in (0..12).flat_map(|_| world.commit(&mut rng)) {
        scratch.append(vec![event]);
        let mut reader = scratch.reader();
        kept.catch_up(&reader, reader.size(), |_| ()).unwrap();
        kept.save(&scratch.tables(), &reader, true).unwrap();
        kept = Projections::load(&scratch.tables(), &mut reader).unwrap();
    }
    let mut rebuilt = Projections::new(None);
    let reader = scratch.reader();
    for size in 1..=reader.size().0 {
        rebuilt.catch_up(&reader, TreeSize(size), |_| ()).unwrap();
    }
    for (kept, rebuilt) in everything(&mut kept).iter().zip(&everything(&mut rebuilt)) {
        assert_eq!(kept, rebuilt);
    }
    assert_eq!(kept.last_block(), rebuilt.last_block());
}

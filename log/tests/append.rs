//! Appending: what comes back is what was put in, in order, and no batch is half there.

use annals_log::{
    AppendError, BATCH_BYTES_MAX, BatchError, Body, Clock, Durability, Envelope, Event, Log, LogIndex,
    Options, Reader, SegmentSize, TreeSize, decode,
};

use crate::scratch::{Scratch, all_entries, event, events, new_log, options};

#[test]
fn a_new_log_says_whose_it_is_and_who_opened_it() {
    let scratch = Scratch::new();
    let log = scratch.create();
    assert_eq!(log.size(), TreeSize(2));
    let reader = scratch.reader();
    assert_eq!(reader.opened(), log.opened());
    assert_eq!((reader.opened().netuid, reader.opened().fixture), (27, true));
    assert_eq!(reader.opened().vkey, reader.vkey().to_string());
    let entries = scratch.entries();
    let kinds: Vec<_> =
        entries.iter().map(|entry| Envelope::decode(entry).unwrap().kind.to_string()).collect();
    assert_eq!(kinds, ["log_opened", "recorder_started"]);
}

#[test]
fn what_a_log_is_made_with_stands_in_its_first_commit() {
    let scratch = Scratch::new();
    let new = annals_log::NewLog { events: events(0, 2), ..new_log() };
    drop(Log::create(scratch.root(), new, options()).unwrap());
    let reader = scratch.reader();
    assert_eq!((reader.size(), scratch.verify().frames), (TreeSize(4), 1));
    let entries = scratch.entries();
    assert_eq!(Envelope::decode(&entries[3]).unwrap().native_id, "event-1");
}

#[test]
fn events_come_back_in_order_with_all_they_said() {
    let scratch = Scratch::new();
    let mut log = scratch.create();
    let appended = log.append(events(0, 5)).unwrap();
    assert_eq!((appended.first, appended.size), (LogIndex(2), TreeSize(7)));
    let mut reader = scratch.reader();
    for number in 0..5 {
        let index = LogIndex(appended.first.0 + number);
        let entry = reader.entry(index).unwrap();
        let envelope = Envelope::decode(&entry).unwrap();
        let told = event(number);
        assert_eq!(envelope.native_id, told.native_id);
        assert_eq!(envelope.body, Body::Inline(&told.body));
        assert_eq!((envelope.observed_at_ms, envelope.block), (told.observed_at_ms, told.block));
        let payloads: Vec<_> =
            envelope.payloads().map(|payload| reader.payload(index, payload).unwrap()).collect();
        assert_eq!(
            payloads,
            told.attached.into_iter().map(|payload| payload.bytes().to_vec()).collect::<Vec<_>>()
        );
    }
}

#[test]
fn a_log_fills_many_segments_and_reads_as_one() {
    let scratch = Scratch::with_commits(100);
    assert!(scratch.segments().len() > 5, "{} segments", scratch.segments().len());
    let entries = scratch.entries();
    assert_eq!(entries.len(), 2 + 300 + 1);
    for (number, entry) in entries[2..302].iter().enumerate() {
        assert_eq!(Envelope::decode(entry).unwrap().native_id, format!("event-{number}"));
    }
    let mut reader = scratch.reader();
    for index in [0, 1, 2, 77, 150, 301, 302] {
        assert_eq!(reader.entry(LogIndex(index)).unwrap(), entries[usize::try_from(index).unwrap()]);
    }
    assert!(scratch.verify().is_sound());
}

#[test]
fn a_frame_larger_than_a_segment_gets_one_of_its_size() {
    let scratch = Scratch::new();
    let mut log = scratch.create();
    for number in 0..3 {
        let mut large = event(number);
        // Incompressible, or it would fit.
        large.attached = vec![noise(40_000 + number).into()];
        log.append(vec![large]).unwrap();
    }
    log.close().unwrap();
    assert!(scratch.verify().is_sound(), "{:?}", scratch.verify().faults);
    assert_eq!(scratch.entries().len(), 2 + 3 + 1);
}

#[test]
fn staged_commits_become_durable_in_order() {
    for durability in [Durability::Strict, Durability::Lagged] {
        let scratch = Scratch::new();
        let mut log = Log::create(scratch.root(), new_log(), Options { durability, ..options() }).unwrap();
        let staged: Vec<_> = (0..50).map(|commit| log.stage(events(commit * 3, 3)).unwrap()).collect();
        let sizes: Vec<_> = staged.into_iter().map(|pending| pending.wait().unwrap().size.0).collect();
        assert_eq!(sizes, (1..=50).map(|commit| 2 + commit * 3).collect::<Vec<_>>());
        let closed = log.close().unwrap();
        let reader = scratch.reader();
        assert_eq!((reader.size(), reader.checkpoint()), (closed.size, &closed.checkpoint));
        assert!(scratch.verify().is_sound());
    }
}

#[test]
fn an_append_comes_after_all_that_was_staged_before_it() {
    let scratch = Scratch::new();
    let mut log = scratch.create();
    let mut size = log.size().0;
    for round in 0..60 {
        // Sometimes nothing is under way, sometimes more than is waited for at once.
        let staged: Vec<_> = (0..round % 7).map(|_| log.stage(events(size, 3)).unwrap()).collect();
        let appended = log.append(events(size, 1)).unwrap();
        for pending in staged {
            size += 3;
            assert_eq!(pending.wait().unwrap().size, TreeSize(size));
        }
        assert_eq!((appended.first, appended.size), (LogIndex(size), TreeSize(size + 1)));
        assert_eq!(scratch.reader().size(), appended.size);
        size += 1;
    }
    log.close().unwrap();
    assert!(scratch.verify().is_sound());
}

#[test]
fn how_events_are_batched_does_not_show_in_the_tree() {
    let mut rng = fastrand::Rng::with_seed(27);
    let roots: Vec<_> = (0..4)
        .map(|_| {
            let scratch = Scratch::new();
            let mut log = scratch.create();
            let mut appended = 0;
            while appended < 200 {
                let count = rng.u64(1..=40).min(200 - appended);
                log.append(events(appended, count)).unwrap();
                appended += count;
            }
            log.close().unwrap();
            scratch.reader().checkpoint().claim().clone()
        })
        .collect();
    assert!(roots.windows(2).all(|pair| pair[0] == pair[1]), "{roots:?}");
}

#[test]
fn a_refused_batch_leaves_no_trace() {
    let scratch = Scratch::new();
    let mut log = scratch.create();
    let before = scratch.reader().checkpoint().clone();

    let refused = |outcome| match outcome {
        Err(AppendError::Batch(error)) => error,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(log.append(Vec::new())), BatchError::Empty);

    let mut long = event(1);
    long.native_id = "x".repeat(70_000);
    let BatchError::EntryTooLong { event: 1, bytes } = refused(log.append(vec![event(0), long])) else {
        panic!()
    };
    assert!(bytes > 70_000);

    let mut large = event(1);
    large.attached = vec![vec![7; BATCH_BYTES_MAX].into()];
    assert!(matches!(refused(log.append(vec![large])), BatchError::TooLarge { .. }));
    // Many payloads are as large by their records alone.
    let tiny = |number: u64| {
        let attached =
            (0..1_000).map(|payload| (number * 1_000 + payload).to_be_bytes().to_vec().into()).collect();
        Event { attached, ..event(number) }
    };
    assert!(matches!(refused(log.append((0..200).map(tiny).collect())), BatchError::TooLarge { .. }));

    assert_eq!(scratch.reader().checkpoint(), &before);
    assert_eq!(log.append(events(0, 1)).unwrap().first, LogIndex(2));
    log.append((0..100).map(tiny).collect()).unwrap();
    log.close().unwrap();
    assert!(scratch.verify().is_sound());
}

#[test]
fn recorded_time_never_runs_back() {
    let scratch = Scratch::new();
    let clock = Clock::fixed(5_000);
    let options = Options { clock: clock.clone(), ..options() };
    let mut log = Log::create(scratch.root(), new_log(), options).unwrap();
    let Clock::Fixed(hand) = clock else { unreachable!() };
    let mut recorded = Vec::new();
    for now in [6_000, 4_000, 5_999, 7_000] {
        hand.store(now, std::sync::atomic::Ordering::Relaxed);
        recorded.push(log.append(events(0, 1)).unwrap().recorded_at_ms);
    }
    assert_eq!(recorded, [6_000, 6_000, 6_000, 7_000]);
}

#[test]
fn segments_grow_unless_told_otherwise() {
    let scratch = Scratch::new();
    let options = Options { segment_size: SegmentSize::Growing, ..options() };
    let mut log = Log::create(scratch.root(), new_log(), options).unwrap();
    for number in 0..7 {
        let mut large = event(number);
        large.attached = vec![noise(900_000 + number).into()];
        log.append(vec![large]).unwrap();
    }
    drop(log);
    let lengths: Vec<u64> = scratch.segments().iter().map(|path| path.metadata().unwrap().len()).collect();
    assert_eq!(lengths.last(), Some(&(16 << 20)), "{lengths:?}");
    assert!(
        lengths[0] < 1 << 20 && lengths[1] < 4 << 20,
        "sealed segments are cut to their frames: {lengths:?}"
    );
}

#[test]
fn the_same_events_and_clock_give_the_same_bytes() {
    let (one, two) = (Scratch::with_commits(30), Scratch::with_commits(30));
    for (a, b) in one.segments().iter().zip(two.segments()) {
        assert_eq!(std::fs::read(a).unwrap(), std::fs::read(b).unwrap());
    }
    assert_eq!(one.reader().checkpoint(), two.reader().checkpoint());
}

#[test]
fn a_body_over_8_kib_leaves_the_entry() {
    let scratch = Scratch::new();
    let mut log = scratch.create();
    let mut long = event(1);
    long.body = noise(100_000);
    let index = log.append(vec![long.clone()]).unwrap().first;
    let mut reader = Reader::open(scratch.root()).unwrap();
    let entry = reader.entry(index).unwrap();
    assert!(entry.len() < 200);
    let Body::Detached(payload) = Envelope::decode(&entry).unwrap().body else { panic!("still inline") };
    assert_eq!(reader.payload(index, payload).unwrap(), long.body);
}

#[test]
fn what_is_said_to_fit_in_a_batch_fits() {
    let scratch = Scratch::new();
    let mut log = scratch.create();
    // Nothing but overhead, one long payload, long bodies that leave their entries.
    let tiny = |number: u64| Event {
        body: Vec::new(),
        attached: vec![number.to_be_bytes().to_vec().into()],
        ..event(1)
    };
    let payload = |number: u64| Event { attached: vec![noise(100_000 + number).into()], ..event(1) };
    let body = |number: u64| Event { body: noise(9_000 + number), ..event(1) };
    for make in [&tiny as &dyn Fn(u64) -> Event, &payload, &body] {
        let (mut events, mut bytes) = (Vec::new(), 0);
        loop {
            let event = make(events.len() as u64);
            bytes += event.batch_bytes_max();
            if bytes > BATCH_BYTES_MAX {
                break;
            }
            events.push(event);
        }
        log.append(events).unwrap();
    }
}

#[test]
fn closing_says_so_in_the_log() {
    let scratch = Scratch::with_commits(1);
    let entries = all_entries(&scratch.reader());
    let last = Envelope::decode(entries.last().unwrap()).unwrap();
    assert_eq!(last.kind.name(), Some("recorder_stopped"));
    let Body::Inline(body) = last.body else { panic!() };
    assert_eq!(decode::<annals_log::RecorderStopped>(body).unwrap().recorder, "annals test");
}

/// Bytes that do not compress, the same for the same length.
fn noise(length: u64) -> Vec<u8> {
    let mut state = length | 1;
    std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    })
    .flatten()
    .take(usize::try_from(length).unwrap())
    .collect()
}

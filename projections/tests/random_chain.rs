//! Chains that could be: neurons come, go and swap, runtimes change, blocks are taken back.

use std::collections::BTreeSet;

use annals_log::{Account, Event, StateChange};

use crate::scratch_chain::{
    NETUID, RAO_OF_TAO, account, account_of, axon_at, block_of, neuron, prometheus, retracted, runtime, ss58,
    state,
};

const UIDS: u16 = 8;

/// What was recorded so far, as far as what comes next depends on it.
pub(crate) struct RandomChain {
    hotkeys: Vec<Account>,
    /// Of the block that comes next.
    height: u64,
    spec_version: u32,
    told_runtimes: BTreeSet<u32>,
    /// Blocks whose state is read later.
    unread: Option<u64>,
    read_at: Option<u64>,
}

impl RandomChain {
    /// Neurons have these hotkeys, and some others.
    pub(crate) fn of(hotkeys: &[String]) -> Self {
        let hotkeys = hotkeys.iter().map(|hotkey| account_of(hotkey)).chain((1..4).map(account)).collect();
        let (told_runtimes, unread, read_at) = Default::default();
        Self { hotkeys, height: 100, spec_version: 1, told_runtimes, unread, read_at }
    }

    /// Some blocks, or some that are taken back; states as they are read.
    pub(crate) fn commit(&mut self, rng: &mut fastrand::Rng) -> Vec<Event> {
        let mut events: Vec<Event> =
            self.unread.take().map(|height| self.state(height, rng)).into_iter().collect();
        if rng.u8(..6) == 0 {
            for _ in 0..rng.u64(1..4).min(self.height - 100) {
                self.height -= 1;
                events.push(retracted(self.height));
            }
        }
        for _ in 0..rng.u8(1..4) {
            events.extend(self.block(rng));
        }
        match rng.u8(..3) {
            0 => {}
            1 => self.unread = Some(self.height - 1),
            _ => events.push(self.state(self.height - 1, rng)),
        }
        events
    }

    fn block(&mut self, rng: &mut fastrand::Rng) -> Vec<Event> {
        let mut events = Vec::new();
        if rng.u8(..5) == 0 {
            self.spec_version = rng.u32(1..4);
        }
        if self.told_runtimes.insert(self.spec_version) {
            events.push(runtime(self.spec_version, self.height));
        }
        let told: Vec<_> = (0..rng.u8(..3)).map(|_| self.event(rng)).collect();
        events.push(block_of(self.spec_version, self.height, &told));
        self.height += 1;
        events
    }

    fn event(&self, rng: &mut fastrand::Rng) -> (&'static str, String) {
        let (one, other) = (ss58(self.hotkey(rng)), ss58(self.hotkey(rng)));
        let uid = rng.u16(..UIDS);
        match rng.u8(..7) {
            0 => ("PrometheusServed", format!(r#"[{NETUID},"{one}"]"#)),
            1 => ("AxonServed", format!(r#"[[{NETUID}],"{one}"]"#)),
            2 => ("NeuronRegistered", format!(r#"[{NETUID},{uid},"{one}"]"#)),
            3 => (
                "HotkeySwapped",
                format!(r#"{{"coldkey":"{one}","old_hotkey":"{one}","new_hotkey":"{other}"}}"#),
            ),
            4 => ("NetworkRemoved", format!("[{}]", rng.u16(26..28))),
            5 => ("AxonServed", "[27".into()),
            _ => ("WeightsSet", format!("[{NETUID},{uid}]")),
        }
    }

    fn state(&mut self, height: u64, rng: &mut fastrand::Rng) -> Event {
        let change = |rng: &mut fastrand::Rng| {
            let (hotkey, uid) = (self.hotkey(rng), rng.u16(..UIDS));
            match rng.u8(..9) {
                0..3 => neuron(uid, hotkey, rng.u64(..5) * RAO_OF_TAO),
                3 => StateChange::Neuron(uid, None),
                4 => prometheus(hotkey, rng.u16(1..4)),
                5 => StateChange::Prometheus(hotkey, None),
                6 => axon_at(hotkey, rng.u128(..6), [0, 170, 183, 190][rng.usize(..4)]),
                7 => StateChange::Axon(hotkey, None),
                _ => StateChange::Subnet(None),
            }
        };
        let changes = (0..rng.u8(..6)).map(|_| change(rng)).collect();
        state(height, self.read_at.replace(height), changes)
    }

    pub(crate) fn hotkey(&self, rng: &mut fastrand::Rng) -> Account {
        self.hotkeys[rng.usize(..self.hotkeys.len())]
    }
}

//! Why something of a subnet's state came or left, according to the events of the blocks since the last reading.

use std::collections::VecDeque;

use annals_log::json::{self, Value};
use annals_log::{Account, ChainEvent};
use bincode::{Decode, Encode};

/// How many of the newest causes are remembered: a subnet has some hundreds a day, and its state is read more often
/// than that. A forgotten cause explains nothing.
const CAUSES_MAX: usize = 16_384;
/// The pallet that a subnet's state lies in.
const PALLET: &str = "SubtensorModule";

/// A kind of endpoint that a hotkey announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub(crate) enum Endpoint {
    Prometheus,
    Axon,
}

/// An event of a block that may explain a difference.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) enum Cause {
    /// A hotkey announced an endpoint.
    Served { endpoint: Endpoint, netuid: u16, hotkey: Account },
    /// A hotkey took another's place: on one subnet, or on all.
    Swapped { netuid: Option<u16>, old: Account, new: Account },
    /// A uid was given to a hotkey.
    Registered { netuid: u16, uid: u16, hotkey: Account },
    /// A subnet was removed.
    Removed { netuid: u16 },
    /// The block is the first that another runtime executed; no event says what that migrated.
    Upgraded,
}

/// A reason in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// It was announced.
    Served,
    /// Its hotkey was swapped for another, or another for it.
    HotkeySwapped,
    /// The uid of its hotkey was given to another one.
    Replaced,
    /// Its subnet was removed.
    NetworkRemoved,
    /// No event names it, and another runtime came into force.
    RuntimeUpgrade,
    /// No event names it, and the block at which it was known was taken back.
    BlockRetracted,
    /// Nothing was known of the subnet before.
    FirstReading,
    /// None of these.
    Unknown,
}

/// An event whose fields do not name what it is about.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unreadable;

/// The causes since the state was last read, by height.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
pub(crate) struct Causes {
    seen: VecDeque<(u64, Cause)>,
    /// The lowest block that was taken back since the last reading.
    retracted: Option<u64>,
    /// The height of the last state that an entry told; states between it and the next one are the same.
    told_at: Option<u64>,
}

/// The causes that may explain a reading of a subnet's state.
pub(crate) struct Explanations<'a> {
    netuid: u16,
    is_first: bool,
    is_retracted: bool,
    /// The causes in the blocks whose changes the reading shows, in order.
    causes: Vec<&'a Cause>,
}

impl Cause {
    /// Reads an event; `None` for one that explains nothing.
    ///
    /// # Errors
    /// The event should explain something, but its fields do not name whom it is about.
    pub(crate) fn of(event: &ChainEvent) -> Result<Option<Self>, Unreadable> {
        if event.pallet != PALLET {
            return Ok(None);
        }
        let read: fn(&Fields) -> Option<Self> = match event.name.as_str() {
            "PrometheusServed" => |fields| fields.served(Endpoint::Prometheus),
            "AxonServed" => |fields| fields.served(Endpoint::Axon),
            "HotkeySwapped" => |fields| fields.swapped(None),
            "HotkeySwappedOnSubnet" => |fields| fields.swapped(Some(fields.number("netuid", 3)?)),
            "NeuronRegistered" => |fields| {
                let (netuid, uid) = (fields.number("netuid", 0)?, fields.number("uid", 1)?);
                Some(Self::Registered { netuid, uid, hotkey: fields.account("hotkey", 2)? })
            },
            "NetworkRemoved" => |fields| Some(Self::Removed { netuid: fields.number("netuid", 0)? }),
            _ => return Ok(None),
        };
        let fields = json::parse(&event.fields).map_err(|_| Unreadable)?;
        read(&Fields(fields)).map(Some).ok_or(Unreadable)
    }

    /// Returns why the cause gives a hotkey its endpoint, if it does.
    fn brings(&self, netuid: u16, endpoint: Endpoint, hotkey: &Account) -> Option<By> {
        match self {
            Self::Served { endpoint: of, netuid: on, hotkey: by } => {
                ((of, on, by) == (&endpoint, &netuid, hotkey)).then_some(By::Served)
            }
            Self::Swapped { netuid: on, new, .. } => {
                (on.is_none_or(|on| on == netuid) && new == hotkey).then_some(By::HotkeySwapped)
            }
            Self::Registered { .. } | Self::Removed { .. } | Self::Upgraded => None,
        }
    }

    /// Returns why the cause takes a hotkey's endpoints away, if it does; `holder` returns who had a uid at the
    /// previous reading.
    fn takes(&self, netuid: u16, hotkey: &Account, holder: impl Fn(u16) -> Option<Account>) -> Option<By> {
        match self {
            Self::Swapped { netuid: on, old, .. } => {
                (on.is_none_or(|on| on == netuid) && old == hotkey).then_some(By::HotkeySwapped)
            }
            Self::Registered { netuid: on, uid, hotkey: to } => {
                (*on == netuid && to != hotkey && holder(*uid) == Some(*hotkey)).then_some(By::Replaced)
            }
            Self::Removed { netuid: on } => (*on == netuid).then_some(By::NetworkRemoved),
            Self::Served { .. } | Self::Upgraded => None,
        }
    }
}

impl Causes {
    pub(crate) fn note(&mut self, height: u64, cause: Cause) {
        if self.seen.len() == CAUSES_MAX {
            self.seen.pop_front();
        }
        self.seen.push_back((height, cause));
    }

    /// Takes back the block at `height` and all blocks above.
    pub(crate) fn take_back(&mut self, height: u64) {
        self.seen.retain(|(at, _)| *at < height);
        self.retracted = Some(self.retracted.map_or(height, |lowest| lowest.min(height)));
    }

    /// Returns what may explain a reading at `height` after one at `since`. Where the earlier block was taken back,
    /// the two states are of different branches: what differs came about after the last block that both have.
    pub(crate) fn of_reading(&self, netuid: u16, since: Option<u64>, height: u64) -> Explanations<'_> {
        let retracted = self.retracted.filter(|lowest| since.max(self.told_at) >= Some(*lowest));
        let behind = since.map_or(0, |since| since.saturating_add(1));
        let from = retracted.map_or(behind, |lowest| lowest.min(behind));
        let causes = self.seen.iter().filter(|(at, _)| (from..=height).contains(at));
        Explanations {
            netuid,
            is_first: since.is_none(),
            is_retracted: retracted.is_some(),
            causes: causes.map(|(_, cause)| cause).collect(),
        }
    }

    /// Notes that an entry told the state at `height`, and forgets the causes up to there.
    pub(crate) fn forget_through(&mut self, height: u64) {
        self.seen.retain(|(at, _)| *at > height);
        (self.retracted, self.told_at) = (None, Some(height));
    }

    /// Returns the height of the last state that an entry told; where blocks were taken back since, at most that of the
    /// block below them.
    pub(crate) fn told_at(&self) -> Option<u64> {
        let below = self.retracted.map_or(u64::MAX, |lowest| lowest.saturating_sub(1));
        self.told_at.map(|told_at| told_at.min(below))
    }
}

impl Explanations<'_> {
    /// Returns why a hotkey's endpoint changed. In a first reading nobody can say. Otherwise it is the last event
    /// that gives the hotkey its endpoint, or the first event after it that takes it away; where no event names the
    /// hotkey, a runtime that came into force, and after that a block that was taken back. `holder` returns who had a
    /// uid at the previous reading.
    pub(crate) fn why(
        &self,
        endpoint: Endpoint,
        hotkey: &Account,
        is_there: bool,
        holder: impl Fn(u16) -> Option<Account> + Copy,
    ) -> By {
        let (mut brought, mut taken) = (None, None);
        for cause in &self.causes {
            if let Some(by) = cause.brings(self.netuid, endpoint, hotkey) {
                (brought, taken) = (Some(by), None);
            }
            taken = taken.or_else(|| cause.takes(self.netuid, hotkey, holder));
        }
        match if is_there { brought } else { taken } {
            _ if self.is_first => By::FirstReading,
            Some(by) => by,
            None if self.causes.contains(&&Cause::Upgraded) => By::RuntimeUpgrade,
            None if self.is_retracted => By::BlockRetracted,
            None => By::Unknown,
        }
    }
}

impl By {
    /// Returns the word that SQL shows.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Served => "served",
            Self::HotkeySwapped => "hotkey_swapped",
            Self::Replaced => "replaced",
            Self::NetworkRemoved => "network_removed",
            Self::RuntimeUpgrade => "runtime_upgrade",
            Self::BlockRetracted => "block_retracted",
            Self::FirstReading => "first_reading",
            Self::Unknown => "unknown",
        }
    }
}

/// The fields of an event, in order. A runtime may name them or not, and another one may rename them; their order never
/// changes.
struct Fields(Value);

impl Fields {
    fn get(&self, name: &str, place: usize) -> Option<&Value> {
        let mut value = match &self.0 {
            Value::List(items) => items.get(place),
            Value::Object(object) => {
                object.get(name).or_else(|| object.iter().nth(place).map(|(_, value)| value))
            }
            _ => None,
        }?;
        // Some runtimes wrap a value in a type of its own, as `NetUid(u16)`.
        while let Value::List(items) = value
            && let [only] = items.as_slice()
        {
            value = only;
        }
        Some(value)
    }

    fn number(&self, name: &str, place: usize) -> Option<u16> {
        match self.get(name, place)? {
            Value::Number(number) => number.as_str().parse().ok(),
            _ => None,
        }
    }

    fn account(&self, name: &str, place: usize) -> Option<Account> {
        self.get(name, place)?.as_text()?.as_str().and_then(Account::of_address).map(|(account, _)| account)
    }

    fn served(&self, endpoint: Endpoint) -> Option<Cause> {
        let (netuid, hotkey) = (self.number("netuid", 0)?, self.account("hotkey", 1)?);
        Some(Cause::Served { endpoint, netuid, hotkey })
    }

    fn swapped(&self, netuid: Option<u16>) -> Option<Cause> {
        let (old, new) = (self.account("old_hotkey", 1)?, self.account("new_hotkey", 2)?);
        Some(Cause::Swapped { netuid, old, new })
    }
}

#[cfg(test)]
mod tests {
    use annals_log::EventPhase;

    use super::*;

    const ONE: Account = Account([1; 32]);
    const OTHER: Account = Account([2; 32]);

    fn cause(name: &str, fields: &str) -> Result<Option<Cause>, Unreadable> {
        let (pallet, name, fields) = (PALLET.to_owned(), name.to_owned(), fields.to_owned());
        Cause::of(&ChainEvent { index: 0, phase: EventPhase::Initialization, pallet, name, fields })
    }

    #[test]
    fn fields_are_read_with_names_without_and_in_a_type_of_their_own() {
        let (one, other) = (ONE.address(), OTHER.address());
        let served = Cause::Served { endpoint: Endpoint::Axon, netuid: 27, hotkey: ONE };
        for fields in [
            format!(r#"[27,"{one}"]"#),
            format!(r#"[[27],["{one}"]]"#),
            format!(r#"{{"hotkey":"{one}","netuid":27}}"#),
            format!(r#"{{"net_uid":[27],"who":"{one}"}}"#),
        ] {
            assert_eq!(cause("AxonServed", &fields), Ok(Some(served.clone())), "{fields}");
        }
        let swapped = Cause::Swapped { netuid: None, old: ONE, new: OTHER };
        for fields in [
            format!(r#"["{other}","{one}","{other}"]"#),
            format!(r#"{{"coldkey":"{one}","new_hotkey":"{other}","old_hotkey":"{one}"}}"#),
        ] {
            assert_eq!(cause("HotkeySwapped", &fields), Ok(Some(swapped.clone())), "{fields}");
        }
    }

    #[test]
    fn an_event_that_names_nobody_is_unreadable_and_any_other_explains_nothing() {
        let address = ONE.address();
        for fields in
            ["", "7", "[27]", r#"[27,"5F"]"#, "[65536,7]", &format!(r#"["27","{address}"]"#), "[[],[]]"]
        {
            assert_eq!(cause("PrometheusServed", fields), Err(Unreadable), "{fields}");
        }
        assert_eq!(cause("NetworkRemoved", "[-1]"), Err(Unreadable));
        assert_eq!(cause("WeightsSet", "[27,1]"), Ok(None));
    }

    #[test]
    fn what_is_remembered_has_an_end() {
        let mut causes = Causes::default();
        let served = |hotkey| Cause::Served { endpoint: Endpoint::Axon, netuid: 27, hotkey };
        causes.note(1, served(ONE));
        (0..CAUSES_MAX).for_each(|_| causes.note(2, served(OTHER)));
        let reading = causes.of_reading(27, Some(0), 2);
        assert_eq!(reading.why(Endpoint::Axon, &ONE, true, |_| None), By::Unknown);
        assert_eq!(reading.why(Endpoint::Axon, &OTHER, true, |_| None), By::Served);
    }
}

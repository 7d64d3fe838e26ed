//! `chain_state`: what of the subnet's state is not what it was when it was last read.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use bincode::{Decode, Encode};
use sp_core::crypto::{AccountId32, Ss58AddressFormat, Ss58Codec as _};

use super::json::Value;
use super::json::fields::{large_number, list, number, object, or_null, text};
use super::{Derived, Fact, Kind, Known, Memory};
use crate::codec;
use crate::hash::Hash;

/// The prefix of Bittensor's addresses, and of all that belong to no chain.
const SS58_PREFIX: u16 = 42;
/// An address of 32 bytes has at most 50; base58 takes time by the square of the length.
const ADDRESS_BYTES_MAX: usize = 64;

/// The state of a subnet behind a block, as differences to what was known before. Where there are none it is recorded
/// only if the block was before. The native id is the block's hash, the entry's block its height.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct ChainState {
    /// The subnet.
    pub netuid: u16,
    /// Height at which the state was read before: the changes came about in the blocks behind that one, up to this one.
    /// `None` for the first reading.
    pub since: Option<u64>,
    /// Where stakes were read.
    pub stake_source: StakeSource,
    /// In the order of their keys, each thing once.
    pub changes: Vec<StateChange>,
}

/// What a neuron's stake is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum StakeSource {
    /// `total_stake` of the runtime's own `SubnetInfoRuntimeApi`, which is what the metagraph shows.
    RuntimeApi,
    /// `SubtensorModule.TotalHotkeyStake`, which the metagraph showed before there was alpha.
    TotalHotkeyStake,
    /// `SubtensorModule.TotalHotkeyAlpha` on the subnet: without the part of root stake that the metagraph adds.
    TotalHotkeyAlpha,
    /// The runtime has none of them.
    Unknown,
}

/// Something that is another now, or new; `None` when it is gone.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum StateChange {
    /// The subnet itself.
    Subnet(Option<Subnet>),
    /// Who has a uid.
    Neuron(u16, Option<Neuron>),
    /// What a hotkey announced as its metrics endpoint on the subnet.
    Prometheus(Account, Option<PrometheusInfo>),
    /// What a hotkey announced as its axon on the subnet.
    Axon(Account, Option<AxonInfo>),
}

/// The public key of an account.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct Account(pub [u8; 32]);

/// A subnet's settings; `None` for what the runtime does not have.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Subnet {
    /// `Tempo`: blocks between two epochs.
    pub tempo: Option<u16>,
    /// `SubnetOwner`, a coldkey.
    pub owner: Option<Account>,
    /// `SubnetworkN`: how many uids are given.
    pub neuron_count: u16,
}

/// A neuron; `None` for what the chain does not say of it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Neuron {
    /// `Keys`.
    pub hotkey: Account,
    /// `Owner` of the hotkey.
    pub coldkey: Option<Account>,
    /// `Uids` of the hotkey: the inverse of `Keys`, where both are sound.
    pub uid_of_hotkey: Option<u16>,
    /// `BlockAtRegistration`.
    pub registered_at_block: Option<u64>,
    /// `ValidatorPermit`.
    pub validator_permit: Option<bool>,
    /// `LastUpdate`, a height.
    pub last_update: Option<u64>,
    /// `Incentive`, of 65,535.
    pub incentive: Option<u16>,
    /// `Dividends`, of 65,535.
    pub dividends: Option<u16>,
    /// `Emission`, in rao.
    pub emission_rao: Option<u64>,
    /// As [`ChainState::stake_source`] says.
    pub stake_rao: Option<u64>,
}

/// `PrometheusInfo`, as pallet `SubtensorModule` keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct PrometheusInfo {
    /// Height at which it was announced.
    pub block: u64,
    /// As announced.
    pub version: u32,
    /// The address as an integer.
    pub ip: u128,
    /// As announced; 0 was taken once.
    pub port: u16,
    /// 4 or 6.
    pub ip_type: u8,
}

/// `AxonInfo`, as pallet `SubtensorModule` keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct AxonInfo {
    /// Height at which it was announced.
    pub block: u64,
    /// As announced.
    pub version: u32,
    /// The address as an integer.
    pub ip: u128,
    /// As announced.
    pub port: u16,
    /// 4 or 6.
    pub ip_type: u8,
    /// As announced.
    pub protocol: u8,
    /// As announced.
    pub placeholder1: u8,
    /// As announced.
    pub placeholder2: u8,
}

impl Fact for ChainState {
    const KIND: Kind = Kind(0x0203);
    const NAME: &'static str = "chain_state";
    const SCHEMA: u16 = 1;
    const MEMORIES: Derived<Self, Memory> =
        Some(|state, _| state.changes.iter().map(StateChange::remembered).collect());

    fn fields(&self) -> Value {
        object([
            ("netuid", number(self.netuid.into())),
            ("since", or_null(self.since, number)),
            ("stake_source", text(self.stake_source.as_str())),
            ("changes", list(&self.changes, StateChange::field)),
        ])
    }
}

impl StateChange {
    /// What it is remembered by: a word, and the name of the thing.
    pub fn key(&self) -> String {
        match self {
            Self::Subnet(_) => "subnet".to_owned(),
            Self::Neuron(uid, _) => format!("neuron {uid:05}"),
            Self::Prometheus(hotkey, _) => format!("prometheus {hotkey}"),
            Self::Axon(hotkey, _) => format!("axon {hotkey}"),
        }
    }

    /// The change that tells that what is remembered by `key` is gone; `None` when that is the key of nothing of the
    /// state.
    pub fn gone(key: &str) -> Option<Self> {
        let (word, name) = key.split_once(' ').unwrap_or((key, ""));
        match word {
            "subnet" => Some(Self::Subnet(None)),
            "neuron" => Some(Self::Neuron(name.parse().ok()?, None)),
            "prometheus" => Some(Self::Prometheus(Account::from_hex(name)?, None)),
            "axon" => Some(Self::Axon(Account::from_hex(name)?, None)),
            _ => None,
        }
    }

    /// Whether the thing is there.
    pub fn is_there(&self) -> bool {
        match self {
            Self::Subnet(there) => there.is_some(),
            Self::Neuron(_, there) => there.is_some(),
            Self::Prometheus(_, there) => there.is_some(),
            Self::Axon(_, there) => there.is_some(),
        }
    }

    /// Tells one state of the thing from another; `None` when it is gone.
    pub fn digest(&self) -> Option<Hash> {
        self.is_there().then(|| Hash::of(&codec::encode(self)))
    }

    fn remembered(&self) -> Memory {
        Memory::of(self.key(), Known { digest: self.digest(), ..Known::default() })
    }

    fn field(&self) -> Value {
        let named = |name: Value, thing: Value| Value::List(vec![name, thing]);
        match self {
            Self::Subnet(there) => object([("subnet", or_null(there.as_ref(), Subnet::field))]),
            Self::Neuron(uid, there) => {
                let there = or_null(there.as_ref(), Neuron::field);
                object([("neuron", named(number((*uid).into()), there))])
            }
            Self::Prometheus(hotkey, there) => {
                let there = or_null(there.as_ref(), PrometheusInfo::field);
                object([("prometheus", named(text(&hotkey.address()), there))])
            }
            Self::Axon(hotkey, there) => {
                let there = or_null(there.as_ref(), AxonInfo::field);
                object([("axon", named(text(&hotkey.address()), there))])
            }
        }
    }
}

impl Subnet {
    fn field(&self) -> Value {
        object([
            ("tempo", or_null(self.tempo, |tempo| number(tempo.into()))),
            ("owner", or_null(self.owner, |owner| text(&owner.address()))),
            ("neuron_count", number(self.neuron_count.into())),
        ])
    }
}

impl Neuron {
    fn field(&self) -> Value {
        let small = |value: Option<u16>| or_null(value, |value| number(value.into()));
        object([
            ("hotkey", text(&self.hotkey.address())),
            ("coldkey", or_null(self.coldkey, |coldkey| text(&coldkey.address()))),
            ("uid_of_hotkey", small(self.uid_of_hotkey)),
            ("registered_at_block", or_null(self.registered_at_block, number)),
            ("validator_permit", or_null(self.validator_permit, Value::Bool)),
            ("last_update", or_null(self.last_update, number)),
            ("incentive", small(self.incentive)),
            ("dividends", small(self.dividends)),
            ("emission_rao", or_null(self.emission_rao, number)),
            ("stake_rao", or_null(self.stake_rao, number)),
        ])
    }
}

/// Reads an address that a pallet keeps as an integer, of type 4 or 6; `None` where it is none of its type.
pub fn announced_ip(ip: u128, ip_type: u8) -> Option<IpAddr> {
    match ip_type {
        4 => u32::try_from(ip).ok().map(|ip| IpAddr::V4(ip.into())),
        6 => Some(IpAddr::V6(ip.into())),
        _ => None,
    }
}

impl PrometheusInfo {
    /// Returns the address that is announced; `None` where the integer is none of its type.
    pub fn address(&self) -> Option<SocketAddr> {
        Some(SocketAddr::new(announced_ip(self.ip, self.ip_type)?, self.port))
    }

    /// Returns the name under which the endpoint is scraped: its address, or in words what stands in its place.
    pub fn target(&self) -> String {
        match self.address() {
            Some(address) => address.to_string(),
            None => format!("{} (type {}), port {}", self.ip, self.ip_type, self.port),
        }
    }

    fn field(&self) -> Value {
        object([
            ("block", number(self.block)),
            ("version", number(self.version.into())),
            ("ip", large_number(self.ip)),
            ("port", number(self.port.into())),
            ("ip_type", number(self.ip_type.into())),
        ])
    }
}

impl AxonInfo {
    fn field(&self) -> Value {
        object([
            ("block", number(self.block)),
            ("version", number(self.version.into())),
            ("ip", large_number(self.ip)),
            ("port", number(self.port.into())),
            ("ip_type", number(self.ip_type.into())),
            ("protocol", number(self.protocol.into())),
            ("placeholder1", number(self.placeholder1.into())),
            ("placeholder2", number(self.placeholder2.into())),
        ])
    }
}

impl Account {
    /// From 64 hex digits.
    pub fn from_hex(digits: &str) -> Option<Self> {
        let mut account = [0; 32];
        hex::decode_to_slice(digits, &mut account).ok()?;
        Some(Self(account))
    }

    /// Returns its SS58 address with prefix 42, as Bittensor's users write it.
    pub fn address(&self) -> String {
        AccountId32::new(self.0).to_ss58check_with_version(Ss58AddressFormat::custom(SS58_PREFIX))
    }

    /// Reads an SS58 address. Returns the account and the address's prefix, whichever that is.
    pub fn of_address(address: &str) -> Option<(Self, u16)> {
        let address = (address.len() <= ADDRESS_BYTES_MAX).then_some(address)?;
        let (account, format) = AccountId32::from_ss58check_with_version(address).ok()?;
        Some((Self(account.into()), format.into()))
    }
}

/// 64 hex digits.
impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&Hash(self.0), f)
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl StakeSource {
    /// As SQL shows it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RuntimeApi => "runtime_api",
            Self::TotalHotkeyStake => "total_hotkey_stake",
            Self::TotalHotkeyAlpha => "total_hotkey_alpha",
            Self::Unknown => "unknown",
        }
    }
}

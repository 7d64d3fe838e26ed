//! The judge of addresses: those of the open internet are asked, and those that the operator allows.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// Ports below this one belong to services that a stranger may not have us knock at.
const FREE_PORTS_FROM: u16 = 1024;
/// HTTP's own.
const LOW_PORTS: [u16; 2] = [80, 443];
/// Nothing else has been given out as global unicast.
const GLOBAL_V6: Ipv6Net = Ipv6Net::new_assert(Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// The exceptions that an operator makes for targets that he named himself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allowed {
    /// Special networks in which targets may lie.
    pub networks: Vec<IpNet>,
    /// Ports below 1024 may be asked.
    pub low_ports: bool,
}

impl Allowed {
    /// No exception: this holds for addresses that strangers posted.
    pub fn nothing() -> Self {
        Self::default()
    }

    /// Targets on this machine, at ports that need no privilege.
    pub fn loopback() -> Self {
        Self { networks: vec![LOOPBACK_V4, LOOPBACK_V6], low_ports: false }
    }
}

/// Why an address is not asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Refusal {
    /// A service of the internet has it for all: AMT and AS112.
    Anycast,
    /// It serves measurements between devices.
    Benchmarking,
    /// It names all hosts of a network.
    Broadcast,
    /// Traffic to it is thrown away.
    Discard,
    /// It stands in texts.
    Documentation,
    /// One network alone knows it.
    LinkLocal,
    /// This machine.
    Loopback,
    /// It names groups.
    Multicast,
    /// An IPv4 address lies in it, which a gateway would ask.
    Nat64,
    /// An organization has it for itself, as does every other.
    Private,
    /// The registries have it for protocols, or for later.
    Reserved,
    /// Between a provider and its customers.
    Shared,
    /// An IPv4 address lies in it, which a relay would ask.
    SixToFour,
    /// An IPv4 address lies in it, which a relay would ask.
    Teredo,
    /// No host in particular.
    Unspecified,
    /// An IPv4 address lies in it, which the socket would ask.
    V4Mapped,
    /// The port belongs to another kind of service.
    LowPort,
    /// No service can have the port.
    PortZero,
}

impl Refusal {
    /// Returns the name that tables have.
    pub fn name(self) -> &'static str {
        match self {
            Self::Anycast => "anycast",
            Self::Benchmarking => "benchmarking",
            Self::Broadcast => "broadcast",
            Self::Discard => "discard",
            Self::Documentation => "documentation",
            Self::LinkLocal => "link_local",
            Self::Loopback => "loopback",
            Self::Multicast => "multicast",
            Self::Nat64 => "nat64",
            Self::Private => "private",
            Self::Reserved => "reserved",
            Self::Shared => "shared",
            Self::SixToFour => "6to4",
            Self::Teredo => "teredo",
            Self::Unspecified => "unspecified",
            Self::V4Mapped => "v4_mapped",
            Self::LowPort => "low_port",
            Self::PortZero => "port_zero",
        }
    }
}

/// Judges the address that a socket is to connect to. `None`: it may be asked.
pub fn refusal(address: SocketAddr, allowed: &Allowed) -> Option<Refusal> {
    let ip = address.ip();
    if !allowed.networks.iter().any(|network| network.contains(&ip))
        && let Some(refusal) = special(ip)
    {
        return Some(refusal);
    }
    match address.port() {
        0 => Some(Refusal::PortZero),
        low if low < FREE_PORTS_FROM && !LOW_PORTS.contains(&low) && !allowed.low_ports => {
            Some(Refusal::LowPort)
        }
        _ => None,
    }
}

fn special(ip: IpAddr) -> Option<Refusal> {
    for special in SPECIAL {
        if special.network.contains(&ip) {
            return Some(special.refusal);
        }
    }
    match ip {
        IpAddr::V6(ip) if !GLOBAL_V6.contains(&ip) => Some(Refusal::Reserved),
        _ => None,
    }
}

/// A network that is not the open internet.
struct Special {
    network: IpNet,
    refusal: Refusal,
    #[expect(dead_code, reason = "says where the row is from")]
    source: &'static str,
}

const LOOPBACK_V4: IpNet = v4([127, 0, 0, 0], 8);
const LOOPBACK_V6: IpNet = v6([0, 0, 0, 0, 0, 0, 0, 1], 128);

/// IANA's registries of special-purpose addresses, IPv4 and IPv6, with multicast. The first that holds an address is
/// the one that counts.
const SPECIAL: &[Special] = &[
    row(v4([0, 0, 0, 0], 32), Refusal::Unspecified, "RFC 1122, 3.2.1.3"),
    row(v4([0, 0, 0, 0], 8), Refusal::Reserved, "RFC 791, 3.2"),
    row(v4([10, 0, 0, 0], 8), Refusal::Private, "RFC 1918"),
    row(v4([100, 64, 0, 0], 10), Refusal::Shared, "RFC 6598"),
    row(LOOPBACK_V4, Refusal::Loopback, "RFC 1122, 3.2.1.3"),
    row(v4([169, 254, 0, 0], 16), Refusal::LinkLocal, "RFC 3927"),
    row(v4([172, 16, 0, 0], 12), Refusal::Private, "RFC 1918"),
    row(v4([192, 0, 0, 0], 24), Refusal::Reserved, "RFC 6890, 2.1"),
    row(v4([192, 0, 2, 0], 24), Refusal::Documentation, "RFC 5737"),
    row(v4([192, 31, 196, 0], 24), Refusal::Anycast, "RFC 7535"),
    row(v4([192, 52, 193, 0], 24), Refusal::Anycast, "RFC 7450"),
    row(v4([192, 88, 99, 0], 24), Refusal::SixToFour, "RFC 7526"),
    row(v4([192, 168, 0, 0], 16), Refusal::Private, "RFC 1918"),
    row(v4([192, 175, 48, 0], 24), Refusal::Anycast, "RFC 7534"),
    row(v4([198, 18, 0, 0], 15), Refusal::Benchmarking, "RFC 2544"),
    row(v4([198, 51, 100, 0], 24), Refusal::Documentation, "RFC 5737"),
    row(v4([203, 0, 113, 0], 24), Refusal::Documentation, "RFC 5737"),
    row(v4([224, 0, 0, 0], 4), Refusal::Multicast, "RFC 5771"),
    row(v4([255, 255, 255, 255], 32), Refusal::Broadcast, "RFC 919"),
    row(v4([240, 0, 0, 0], 4), Refusal::Reserved, "RFC 1112, 4"),
    row(v6([0, 0, 0, 0, 0, 0, 0, 0], 128), Refusal::Unspecified, "RFC 4291, 2.5.2"),
    row(LOOPBACK_V6, Refusal::Loopback, "RFC 4291, 2.5.3"),
    row(v6([0, 0, 0, 0, 0, 0xffff, 0, 0], 96), Refusal::V4Mapped, "RFC 4291, 2.5.5.2"),
    row(v6([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96), Refusal::Nat64, "RFC 6052"),
    row(v6([0x64, 0xff9b, 1, 0, 0, 0, 0, 0], 48), Refusal::Nat64, "RFC 8215"),
    row(v6([0x100, 0, 0, 0, 0, 0, 0, 0], 64), Refusal::Discard, "RFC 6666"),
    row(v6([0x100, 0, 0, 1, 0, 0, 0, 0], 64), Refusal::Discard, "RFC 9780"),
    row(v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 32), Refusal::Teredo, "RFC 4380"),
    row(v6([0x2001, 2, 0, 0, 0, 0, 0, 0], 48), Refusal::Benchmarking, "RFC 5180"),
    row(v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 23), Refusal::Reserved, "RFC 2928"),
    row(v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32), Refusal::Documentation, "RFC 3849"),
    row(v6([0x2002, 0, 0, 0, 0, 0, 0, 0], 16), Refusal::SixToFour, "RFC 3056"),
    row(v6([0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0], 48), Refusal::Anycast, "RFC 7534"),
    row(v6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20), Refusal::Documentation, "RFC 9637"),
    row(v6([0x5f00, 0, 0, 0, 0, 0, 0, 0], 16), Refusal::Reserved, "RFC 9602"),
    row(v6([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7), Refusal::Private, "RFC 4193"),
    row(v6([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10), Refusal::LinkLocal, "RFC 4291, 2.5.6"),
    row(v6([0xfec0, 0, 0, 0, 0, 0, 0, 0], 10), Refusal::Private, "RFC 3879"),
    row(v6([0xff00, 0, 0, 0, 0, 0, 0, 0], 8), Refusal::Multicast, "RFC 4291, 2.7"),
];

const fn row(network: IpNet, refusal: Refusal, source: &'static str) -> Special {
    Special { network, refusal, source }
}

const fn v4(octets: [u8; 4], length: u8) -> IpNet {
    let [a, b, c, d] = octets;
    IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), length))
}

const fn v6(segments: [u16; 8], length: u8) -> IpNet {
    let [a, b, c, d, e, f, g, h] = segments;
    IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, d, e, f, g, h), length))
}

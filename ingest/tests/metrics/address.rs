//! The judge of addresses, against the registries.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use annals_ingest::sources::{Allowed, Refusal, refusal};

use crate::seed::seeded;

/// The registries, in whole ranges.
const RANGES: &[(&str, &str, &str)] = &[
    ("0.0.0.0", "0.0.0.0", "unspecified"),
    ("0.0.0.1", "0.255.255.255", "reserved"),
    ("10.0.0.0", "10.255.255.255", "private"),
    ("100.64.0.0", "100.127.255.255", "shared"),
    ("127.0.0.0", "127.255.255.255", "loopback"),
    ("169.254.0.0", "169.254.255.255", "link_local"),
    ("172.16.0.0", "172.31.255.255", "private"),
    ("192.0.0.0", "192.0.0.255", "reserved"),
    ("192.0.2.0", "192.0.2.255", "documentation"),
    ("192.31.196.0", "192.31.196.255", "anycast"),
    ("192.52.193.0", "192.52.193.255", "anycast"),
    ("192.88.99.0", "192.88.99.255", "6to4"),
    ("192.168.0.0", "192.168.255.255", "private"),
    ("192.175.48.0", "192.175.48.255", "anycast"),
    ("198.18.0.0", "198.19.255.255", "benchmarking"),
    ("198.51.100.0", "198.51.100.255", "documentation"),
    ("203.0.113.0", "203.0.113.255", "documentation"),
    ("224.0.0.0", "239.255.255.255", "multicast"),
    ("240.0.0.0", "255.255.255.254", "reserved"),
    ("255.255.255.255", "255.255.255.255", "broadcast"),
    ("::", "::", "unspecified"),
    ("::1", "::1", "loopback"),
    ("::2", "::fffe:ffff:ffff", "reserved"),
    ("::ffff:0:0", "::ffff:ffff:ffff", "v4_mapped"),
    ("::1:0:0:0", "64:ff9a:ffff:ffff:ffff:ffff:ffff:ffff", "reserved"),
    ("64:ff9b::", "64:ff9b::ffff:ffff", "nat64"),
    ("64:ff9b::1:0:0", "64:ff9b:0:ffff:ffff:ffff:ffff:ffff", "reserved"),
    ("64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", "nat64"),
    ("64:ff9b:2::", "ff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "reserved"),
    ("100::", "100::1:ffff:ffff:ffff:ffff", "discard"),
    ("100:0:0:2::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "reserved"),
    ("2001::", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff", "teredo"),
    ("2001:1::", "2001:1:ffff:ffff:ffff:ffff:ffff:ffff", "reserved"),
    ("2001:2::", "2001:2:0:ffff:ffff:ffff:ffff:ffff", "benchmarking"),
    ("2001:2:1::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "reserved"),
    ("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "documentation"),
    ("2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "6to4"),
    ("2620:4f:8000::", "2620:4f:8000:ffff:ffff:ffff:ffff:ffff", "anycast"),
    ("3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "documentation"),
    ("4000::", "fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "reserved"),
    ("fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "private"),
    ("fe00::", "fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "reserved"),
    ("fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "link_local"),
    ("fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "private"),
    ("ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "multicast"),
];

/// The range that an address lies in, by comparison alone.
fn expected(ip: IpAddr) -> Option<&'static str> {
    let mut found = None;
    for (first, last, name) in RANGES {
        let (first, last): (IpAddr, IpAddr) = (first.parse().unwrap(), last.parse().unwrap());
        if first.is_ipv4() == ip.is_ipv4() && first <= ip && ip <= last {
            assert_eq!(found, None, "{ip} is in two ranges");
            found = Some(*name);
        }
    }
    found
}

fn judged(ip: IpAddr) -> Option<&'static str> {
    refusal(SocketAddr::new(ip, 9_100), &Allowed::nothing()).map(Refusal::name)
}

fn shifted(ip: IpAddr, by: i8) -> Option<IpAddr> {
    match ip {
        IpAddr::V4(ip) => u32::from(ip).checked_add_signed(by.into()).map(|ip| Ipv4Addr::from(ip).into()),
        IpAddr::V6(ip) => u128::from(ip).checked_add_signed(by.into()).map(|ip| Ipv6Addr::from(ip).into()),
    }
}

#[test]
fn every_range_ends_where_its_registry_ends_it() {
    for (first, last, name) in RANGES {
        let (first, last): (IpAddr, IpAddr) = (first.parse().unwrap(), last.parse().unwrap());
        assert!(judged(first) == Some(name) && judged(last) == Some(name), "{first} to {last}");
        for beside in [shifted(first, -1), shifted(last, 1)].into_iter().flatten() {
            assert_eq!(judged(beside), expected(beside), "{beside} lies beside {first} to {last}");
        }
    }
    for open in ["1.1.1.1", "8.8.8.8", "172.32.0.1", "2606:4700::1111", "2a00::1", "2000::", "2400:cb00::1"] {
        assert_eq!(judged(open.parse().unwrap()), None, "{open}");
    }
}

/// The part of it that std knows.
fn is_special_to_std(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            ip.is_private()
                || ip.is_loopback()
                || ip.is_link_local()
                || ip.is_broadcast()
                || ip.is_documentation()
                || ip.is_multicast()
                || ip.is_unspecified()
        }
        IpAddr::V6(ip) => {
            ip.is_loopback()
                || ip.is_unspecified()
                || ip.is_multicast()
                || ip.is_unique_local()
                || ip.is_unicast_link_local()
                || ip.to_ipv4().is_some()
        }
    }
}

#[test]
fn any_address_is_judged_as_the_registries_have_it() {
    let mut rng = seeded("addresses");
    let (mut open, mut refused) = (0, 0);
    for _ in 0..20_000 {
        // Half of them lie near the end of a range, where a wrong length shows.
        let (first, last, _) = RANGES[rng.usize(..RANGES.len())];
        let near: IpAddr = [first, last][rng.usize(..2)].parse().unwrap();
        let ip: IpAddr = match (near, rng.bool()) {
            (IpAddr::V4(near), true) => Ipv4Addr::from(u32::from(near) ^ (1 << rng.u32(..32))).into(),
            (IpAddr::V6(near), true) => Ipv6Addr::from(u128::from(near) ^ (1 << rng.u32(..128))).into(),
            (IpAddr::V4(_), false) => Ipv4Addr::from(rng.u32(..)).into(),
            (IpAddr::V6(_), false) => Ipv6Addr::from(rng.u128(..) >> rng.u32(..128)).into(),
        };
        assert_eq!(judged(ip), expected(ip), "{ip}");
        assert!(judged(ip).is_some() || !is_special_to_std(ip), "{ip}");
        if judged(ip).is_some() { refused += 1 } else { open += 1 }
    }
    assert!(open > 1_000 && refused > 1_000, "{open} {refused}");
}

#[test]
fn ports_of_other_services_are_refused() {
    let name =
        |port, allowed: &Allowed| refusal(SocketAddr::from(([8, 8, 8, 8], port)), allowed).map(Refusal::name);
    for port in 0..=u16::MAX {
        let expected = match port {
            0 => Some("port_zero"),
            80 | 443 | 1_024.. => None,
            _ => Some("low_port"),
        };
        assert_eq!(name(port, &Allowed::nothing()), expected);
    }
    let low = Allowed { low_ports: true, ..Allowed::nothing() };
    assert_eq!((name(0, &low), name(22, &low)), (Some("port_zero"), None));
}

#[test]
fn what_an_operator_allows_is_asked_and_nothing_beside_it() {
    let name =
        |address: &str, allowed: &Allowed| refusal(address.parse().unwrap(), allowed).map(Refusal::name);
    let loopback = Allowed::loopback();
    for (address, expected) in [
        ("127.0.0.1:9100", None),
        ("127.255.255.255:80", None),
        ("[::1]:9100", None),
        ("127.0.0.1:22", Some("low_port")),
        ("127.0.0.1:0", Some("port_zero")),
        ("[::ffff:127.0.0.1]:9100", Some("v4_mapped")),
        ("128.0.0.1:9100", None),
        ("10.0.0.1:9100", Some("private")),
        ("[::2]:9100", Some("reserved")),
    ] {
        assert_eq!(name(address, &loopback), expected, "{address}");
    }
    let network = Allowed { networks: vec!["10.1.0.0/16".parse().unwrap()], low_ports: true };
    assert_eq!(name("10.1.2.3:22", &network), None);
    assert_eq!(name("10.2.0.0:9100", &network), Some("private"));
}

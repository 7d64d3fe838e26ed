//! Which hotkeys cannot be the recorder's: those that take part in what it records.

use annals_log::{Hotkey, Policy, Validators};

/// What a policy says of a hotkey that is not the recorder's own; `None` if it does not know it.
pub(crate) fn by_policy(hotkey: &Hotkey, policy: &Policy) -> Option<String> {
    // By key: the policy may have written the address of another network.
    let is_it = |address: &String| address.parse::<Hotkey>().is_ok_and(|named| named == *hotkey);
    let mut roles = Vec::new();
    if let Validators::Declared(validators) = &policy.validators
        && validators.iter().any(is_it)
    {
        roles.push("declares it a validator".to_owned());
    }
    if is_it(&policy.checklist_hotkey) {
        roles.push("has the checklist of penalties from it".to_owned());
    }
    let uids =
        policy.queryable.iter().flatten().filter(|queryable| queryable.hotkey.as_ref().is_some_and(is_it));
    roles.extend(uids.map(|queryable| format!("has it as uid {}", queryable.uid)));
    if policy.blacklisted_hotkeys.iter().any(is_it) {
        roles.push("blacklists it".to_owned());
    }
    (!roles.is_empty())
        .then(|| format!("{hotkey} takes part in what is recorded: the policy {}", roles.join(" and ")))
}

/// What the chain says of a hotkey that has a validator permit.
pub(crate) fn by_chain(hotkey: &Hotkey, netuid: u16, uid: u16) -> String {
    format!(
        "{hotkey} takes part in what is recorded: the chain gives it, as uid {uid} of subnet {netuid}, a validator permit"
    )
}

#[cfg(test)]
mod tests {
    use annals_log::QueryableUid;

    use super::*;

    /// One key: as Bittensor writes it, and as Polkadot does.
    const ALICE: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
    const ALICE_OF_POLKADOT: &str = "15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp5";

    #[test]
    fn whoever_stands_in_the_policy_is_refused_with_each_reason() {
        let alice: Hotkey = ALICE.parse().unwrap();
        let none = Policy::of_upstream(27);
        assert_eq!(by_policy(&alice, &none), None);
        let uid = |uid, hotkey: Option<&str>| QueryableUid { uid, hotkey: hotkey.map(str::to_owned) };
        for address in [ALICE, ALICE_OF_POLKADOT] {
            let hotkeys = || vec![none.checklist_hotkey.clone(), address.to_owned()];
            let named = [
                (Policy { validators: Validators::Declared(hotkeys()), ..none.clone() }, "a validator"),
                (Policy { checklist_hotkey: address.to_owned(), ..none.clone() }, "the checklist"),
                (Policy { blacklisted_hotkeys: hotkeys(), ..none.clone() }, "blacklists"),
                (
                    Policy { queryable: Some(vec![uid(3, None), uid(7, Some(address))]), ..none.clone() },
                    "uid 7",
                ),
            ];
            for (policy, why) in named {
                let refused = by_policy(&alice, &policy).expect(why);
                assert!(refused.contains(ALICE) && refused.contains(why), "{refused}");
            }
        }
        let twice =
            Policy { blacklisted_hotkeys: vec![ALICE.into()], checklist_hotkey: ALICE.into(), ..none };
        let refused = by_policy(&alice, &twice).unwrap();
        assert!(refused.contains("checklist") && refused.contains("blacklists"), "{refused}");
    }
}

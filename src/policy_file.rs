//! Policies as files: TOML that people write, and that `annals policy show` writes.

use std::path::Path;

use annals_log::{Policy, QueryableUid, Upstream, Validators};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use sp_core::crypto::{AccountId32, Ss58Codec as _};

use crate::failure::Failure;

/// Whatever is left out is as upstream has it. Single values come before tables, as TOML wants them.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyFile {
    netuid: u16,
    upstream: Option<Version>,
    flag: Option<bool>,
    checklist_hotkey: Option<String>,
    checklist_run: Option<String>,
    blacklisted_hotkeys: Option<Vec<String>>,
    validators: Option<ValidatorsFile>,
    gpu_scores: Option<IndexMap<String, f64>>,
    queryable: Option<Vec<QueryableFile>>,
}

#[derive(Serialize, Deserialize)]
enum Version {
    #[serde(rename = "1.8.3")]
    V1_8_3,
    #[serde(rename = "1.9.0")]
    V1_9_0,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum ValidatorsFile {
    Declared(Vec<String>),
    Chain { permit_stake_tao: f64 },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct QueryableFile {
    uid: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    hotkey: Option<String>,
}

/// Reads a policy.
pub(crate) fn read(path: &Path) -> Result<Policy, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| Failure::input(path, &error))?;
    parse(&text).map_err(|what| Failure::Usage(format!("{}: {what}", path.display())))
}

/// Why the policy in `file` cannot hold in a log of subnet `netuid`.
pub(crate) fn other_subnet(file: &Path, policy: &Policy, netuid: u16) -> Failure {
    let (file, of) = (file.display(), policy.netuid);
    Failure::Usage(format!("{file} is a policy of subnet {of}, and the log is of subnet {netuid}"))
}

/// A policy from its text.
///
/// # Errors
/// In words: where it is not TOML, what of it is no policy, or which hotkey is none.
pub(crate) fn parse(text: &str) -> Result<Policy, String> {
    let file: PolicyFile = toml::from_str(text).map_err(|error| error.to_string())?;
    let upstreams = Policy::of_upstream(file.netuid);
    let policy = Policy {
        netuid: file.netuid,
        upstream: file.upstream.map_or(upstreams.upstream, |version| match version {
            Version::V1_8_3 => Upstream::V1_8_3,
            Version::V1_9_0 => Upstream::V1_9_0,
        }),
        flag: file.flag.unwrap_or(upstreams.flag),
        validators: file.validators.map_or(upstreams.validators, |validators| match validators {
            ValidatorsFile::Declared(hotkeys) => Validators::Declared(hotkeys),
            ValidatorsFile::Chain { permit_stake_tao } => Validators::Chain { permit_stake_tao },
        }),
        queryable: file.queryable.map(|uids| {
            uids.into_iter().map(|QueryableFile { uid, hotkey }| QueryableUid { uid, hotkey }).collect()
        }),
        blacklisted_hotkeys: file.blacklisted_hotkeys.unwrap_or(upstreams.blacklisted_hotkeys),
        checklist_hotkey: file.checklist_hotkey.unwrap_or(upstreams.checklist_hotkey),
        checklist_run: file.checklist_run.unwrap_or(upstreams.checklist_run),
        gpu_scores: file.gpu_scores.map_or(upstreams.gpu_scores, |scores| scores.into_iter().collect()),
    };
    check(&policy)?;
    Ok(policy)
}

/// Upstream compares hotkeys as texts, so a slip of the pen would count for nothing, and nobody would be told.
fn check(policy: &Policy) -> Result<(), String> {
    let validators = match &policy.validators {
        Validators::Declared(hotkeys) => hotkeys.as_slice(),
        Validators::Chain { permit_stake_tao } => {
            finite("validators.chain.permit_stake_tao", *permit_stake_tao)?;
            &[]
        }
    };
    let queryable = policy.queryable.iter().flatten().filter_map(|uid| uid.hotkey.as_ref());
    let hotkeys = validators
        .iter()
        .chain(&policy.blacklisted_hotkeys)
        .chain([&policy.checklist_hotkey])
        // Upstream has axons without a hotkey.
        .chain(queryable.filter(|hotkey| !hotkey.is_empty()));
    for hotkey in hotkeys {
        AccountId32::from_ss58check_with_version(hotkey)
            .map_err(|_| format!("{hotkey:?} is no hotkey: an SS58 address, as 5GmvyePN9aYErXBBhBnxZKGoGk4LKZApE4NkaSzW62CYCYNA"))?;
    }
    policy.gpu_scores.iter().try_for_each(|(gpu, score)| finite(gpu, *score))
}

fn finite(what: &str, value: f64) -> Result<(), String> {
    if value.is_finite() { Ok(()) } else { Err(format!("{what} is {value}, and has to be a number")) }
}

/// The text of a policy, nothing left out: [`parse`] gives the same policy again.
pub(crate) fn to_toml(policy: &Policy) -> String {
    let queryable = policy.queryable.as_ref().map(|uids| {
        uids.iter().map(|uid| QueryableFile { uid: uid.uid, hotkey: uid.hotkey.clone() }).collect()
    });
    let file = PolicyFile {
        netuid: policy.netuid,
        upstream: Some(match policy.upstream {
            Upstream::V1_8_3 => Version::V1_8_3,
            Upstream::V1_9_0 => Version::V1_9_0,
        }),
        flag: Some(policy.flag),
        checklist_hotkey: Some(policy.checklist_hotkey.clone()),
        checklist_run: Some(policy.checklist_run.clone()),
        blacklisted_hotkeys: Some(policy.blacklisted_hotkeys.clone()),
        validators: Some(match &policy.validators {
            Validators::Declared(hotkeys) => ValidatorsFile::Declared(hotkeys.clone()),
            Validators::Chain { permit_stake_tao } => {
                ValidatorsFile::Chain { permit_stake_tao: *permit_stake_tao }
            }
        }),
        gpu_scores: Some(policy.gpu_scores.iter().cloned().collect()),
        queryable,
    };
    toml::to_string_pretty(&file).expect("texts, numbers and lists can be written as TOML")
}

#[cfg(test)]
mod tests {
    use super::{Policy, QueryableUid, Upstream, Validators, parse, to_toml};

    const HOTKEY: &str = "5GmvyePN9aYErXBBhBnxZKGoGk4LKZApE4NkaSzW62CYCYNA";

    #[test]
    fn what_is_left_out_is_upstreams() {
        assert_eq!(parse("netuid = 27"), Ok(Policy::of_upstream(27)));
    }

    #[test]
    fn a_policy_reads_back_as_it_was_written() {
        let declared = Policy {
            upstream: Upstream::V1_8_3,
            flag: false,
            validators: Validators::Declared(vec![HOTKEY.into()]),
            queryable: Some(vec![
                QueryableUid { uid: 7, hotkey: Some(HOTKEY.into()) },
                QueryableUid { uid: 8, hotkey: None },
                QueryableUid { uid: 9, hotkey: Some(String::new()) },
            ]),
            blacklisted_hotkeys: vec![HOTKEY.into()],
            gpu_scores: vec![("Z".into(), 0.1 + 0.2), ("A \"quoted\" GPU".into(), 1.0)],
            ..Policy::of_upstream(8)
        };
        for policy in [declared, Policy::of_upstream(27)] {
            let text = to_toml(&policy);
            let read = parse(&text).unwrap_or_else(|what| panic!("{what} in\n{text}"));
            assert_eq!(read.digest(), policy.digest(), "{text}");
        }
    }

    #[test]
    fn a_mistake_is_named() {
        let wrong = [
            ("flag = true", "netuid"),
            ("netuid = 27\nvalidatrs = []", "validatrs"),
            ("netuid = 27\nvalidators.declared = [\"5Gmv\"]", "5Gmv"),
            ("netuid = 27\nupstream = \"2.0\"", "1.9.0"),
            ("netuid = 27\n[gpu_scores]\nA = inf", "inf"),
            ("netuid = 27\n[validators.chain]\npermit_stake_tao = nan", "permit_stake_tao"),
        ];
        for (text, named) in wrong {
            let what = parse(text).expect_err(text);
            assert!(what.contains(named), "{text}: {what}");
        }
    }
}

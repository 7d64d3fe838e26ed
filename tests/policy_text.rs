//! Policies as the files of fixtures have them: what is made-up stands in them, the scores of GPUs are left to
//! upstream.

use std::fmt::Write as _;

use annals_log::{Policy, Validators};

/// The text of a policy that declares its validators, under a comment.
pub(crate) fn to_toml(policy: &Policy, comment: &str) -> String {
    let Validators::Declared(validators) = &policy.validators else {
        panic!("fixtures declare their validators")
    };
    assert_eq!(policy.gpu_scores, Policy::of_upstream(policy.netuid).gpu_scores);
    let Policy { netuid, flag, checklist_hotkey, checklist_run, blacklisted_hotkeys, .. } = policy;
    let upstream = policy.upstream.as_str();
    let mut text = format!(
        "# {comment}\nnetuid = {netuid}\nupstream = {upstream:?}\nflag = {flag}\nchecklist_hotkey = {checklist_hotkey:?}\n\
         checklist_run = {checklist_run:?}\nblacklisted_hotkeys = {blacklisted_hotkeys:?}\nqueryable = [\n"
    );
    for uid in policy.queryable.as_ref().expect("fixtures say which uids answer") {
        let hotkey = uid.hotkey.as_ref().map_or(String::new(), |hotkey| format!(", hotkey = {hotkey:?}"));
        writeln!(text, "    {{ uid = {}{hotkey} }},", uid.uid).unwrap();
    }
    text += "]\n\n[validators]\ndeclared = [\n";
    validators.iter().for_each(|hotkey| writeln!(text, "    {hotkey:?},").unwrap());
    text + "]\n"
}

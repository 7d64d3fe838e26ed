//! Configs that their hotkey signed as a whole, as polls find them.

use annals_log::{
    Checkpoint, ConfigClaim, ConfigVerdict, Fact as _, Hash, HotkeySigner, RunAddress, RunConfig, TreeSize,
    WandbConfigSigned,
};
use sp_core::crypto::Pair as _;
use sp_core::sr25519;

use crate::scratch::{RUNS, Run, Scratch, answer, exchange, fetch, page, poll};

/// A config whose `annals` says that `//Alice` signed it for a run.
fn signed_for(run_id: &str) -> String {
    let alice = HotkeySigner::new(sr25519::Pair::from_string("//Alice", None).unwrap());
    let plain = format!(r#"{{"hotkey":{{"value":"{}"}},"stats":{{"value":{{"7":57.0}}}}}}"#, alice.hotkey());
    let at = Checkpoint { origin: "annals.local/x".into(), size: TreeSize(7), root: Hash([7; 32]) };
    let claim = ConfigClaim::of(&RunConfig::read(&plain.as_str().into()).unwrap(), &at);
    let run = RunAddress { entity: "neuralinternet", project: "opencompute", run_id };
    let claim = claim.sign(run, &alice).unwrap().to_json();
    format!(r#"{},"annals":{{"value":{claim}}}}}"#, plain.strip_suffix('}').unwrap())
}

#[test]
fn a_config_that_was_signed_as_a_whole_is_checked_with_its_run() {
    let scratch = Scratch::new();
    let config = signed_for("b");
    let states = [Run::new("a", "{}"), Run::new("b", &config), Run::new("c", &config)];
    scratch.take(&[poll(0, &states)]);
    let kinds: Vec<_> = scratch.found().iter().map(|event| event.kind.to_string()).collect();
    let (run, signed) = ("wandb_run", "wandb_config_signed");
    assert_eq!(kinds, [run, run, signed, run, signed, "wandb_poll"]);

    // An edit that leaves the claim as it was, and upstream's signature too.
    let mut edited = states.clone();
    edited[1].config = config.replace("57.0", "58.0");
    edited[2].state = "crashed";
    scratch.take(&[poll(1, &edited), poll(2, &edited)]);
    let verdicts: Vec<_> = scratch
        .found()
        .iter()
        .filter(|event| event.kind == WandbConfigSigned::KIND)
        .map(|event| (event.native_id.clone(), event.fact::<WandbConfigSigned>()))
        .collect();
    let told: Vec<_> = verdicts.iter().map(|(run, signed)| (run.as_str(), signed.verdict)).collect();
    let expected = [("b", ConfigVerdict::Valid), ("c", ConfigVerdict::Wrong)];
    assert_eq!(told, [&expected[..], &[("b", ConfigVerdict::Changed), ("c", ConfigVerdict::Wrong)]].concat());
    let claim = verdicts[0].1.claim.as_ref().unwrap();
    assert_eq!((claim.origin.as_str(), claim.tree_size, claim.root), ("annals.local/x", 7, [7; 32]));
}

#[test]
fn a_config_that_was_copied_to_another_project_was_not_signed_there() {
    let verdicts = |asked: &str| {
        let scratch = Scratch::new();
        let listed = answer(200, &page(&[Run::new("b", &signed_for("b"))], false));
        scratch.take(&[fetch("wandb", vec![exchange(0, asked, listed)])]);
        scratch.found()[1].fact::<WandbConfigSigned>().verdict
    };
    assert_eq!(verdicts(RUNS), ConfigVerdict::Valid);
    assert_eq!(verdicts(&RUNS.replace("opencompute", "copied")), ConfigVerdict::Wrong);
    assert_eq!(verdicts(&RUNS.replace("neuralinternet", "somebody")), ConfigVerdict::Wrong);
    // Whoever does not say where the run is can't tell.
    assert_eq!(verdicts(&RUNS.replace(r#""entity": "neuralinternet", "#, "")), ConfigVerdict::Malformed);
}

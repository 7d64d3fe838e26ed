//! Validators of the chain: whose stake is above the permit's, and what that does to what they said.

use annals_log::{Event, Policy, Validators};

use crate::scratch::{Run, STRANGER, Scratch, VALIDATOR, closing, policy, poll, set_policy, sweep};
use crate::scratch_chain::{RAO_OF_TAO, account, account_of, block, neuron, retracted, state};

const PERMIT_TAO: u64 = 100;

fn of_chain(permit_stake_tao: f64) -> Event {
    set_policy(&Policy { validators: Validators::Chain { permit_stake_tao }, ..policy() })
}

/// Block and state: what the validator and the stranger have staked, in rao.
fn staked(height: u64, validator: u64, stranger: u64) -> Vec<Event> {
    let changes =
        vec![neuron(0, account_of(VALIDATOR), validator), neuron(1, account_of(STRANGER), stranger)];
    vec![block(height, &[]), state(height, (height > 10).then(|| height - 1), changes)]
}

/// A run each of the validator and the stranger, who have allocated something and say what it is.
fn runs() -> [Run; 2] {
    let keys = |gpu: &str, score: u8| {
        format!(
            r#""allocated_hotkeys":["{gpu}"],"stats":{{"7":{{"own_score":true,"allocated":true,"gpu_specs":{{"gpu_name":"{gpu}","num_gpus":1}},"score":{score}}}}}"#
        )
    };
    let one = Run::of("one", "validator", VALIDATOR, &keys("5A", 10));
    [one, Run::of("two", "validator", STRANGER, &keys("5B", 20))]
}

fn followed() -> Scratch {
    let scratch = Scratch::without_policy(*b"annals-fixture-6");
    scratch.append(vec![of_chain(PERMIT_TAO as f64)]);
    let [one, two] = runs();
    scratch.append(poll(&[&one, &two]));
    scratch
}

/// Whether each list counts; what is picked of uid 7; who is valid.
fn counted(scratch: &Scratch) -> (Vec<String>, Vec<String>, Vec<String>) {
    let lists = scratch.rows("allocated_hotkeys", &["hotkey", "counts", "reason"]);
    (lists, scratch.rows("stats", &["gpu_name"]), scratch.rows("validators", &["hotkey"]))
}

#[test]
fn runs_count_from_the_block_on_at_which_their_validator_has_enough() {
    let (scratch, permit) = (followed(), PERMIT_TAO * RAO_OF_TAO);
    let (lists, stats, valid) = counted(&scratch);
    assert_eq!(lists, ["5A,false,validator_not_valid", "5B,false,validator_not_valid"]);
    assert!(stats.is_empty() && valid.is_empty());

    // Just the permit's stake is not above it.
    scratch.append(staked(10, permit + 1, permit));
    let (lists, stats, valid) = counted(&scratch);
    assert_eq!(lists, ["5A,true,counted", "5B,false,validator_not_valid"]);
    assert_eq!((stats, valid), (vec!["5A".to_owned()], vec![VALIDATOR.to_owned()]));

    scratch.append(staked(11, permit + 1, permit + 1));
    let (_, stats, valid) = counted(&scratch);
    assert_eq!(stats, ["5B"], "the higher score");
    assert_eq!(valid.len(), 2);
    assert_eq!(scratch.rows("validators", &["authority", "from_block"]), ["chain,11", "chain,10"]);

    scratch.append(vec![block(12, &[]), state(12, Some(11), vec![neuron(1, account(1), permit + 1)])]);
    let (lists, stats, _) = counted(&scratch);
    assert_eq!(lists, ["5A,true,counted", "5B,false,validator_not_valid"]);
    assert_eq!(stats, ["5A"], "another neuron has the stranger's uid");
}

#[test]
fn stake_is_compared_as_a_float_of_tao() {
    let scratch = Scratch::without_policy(*b"annals-fixture-6");
    scratch.append(vec![of_chain(1e10)]);
    // A rao more than ten billion TAO is the same float.
    scratch.append(staked(10, 10_000_000_000 * RAO_OF_TAO + 1, 10_000_000_001 * RAO_OF_TAO));
    assert_eq!(scratch.rows("validators", &["hotkey"]), [STRANGER]);
}

#[test]
fn a_stake_that_crosses_no_permit_changes_no_row_of_wandb() {
    let (scratch, permit) = (followed(), PERMIT_TAO * RAO_OF_TAO);
    scratch.append(staked(10, permit + 1, 0));
    let rows = |table: &str| scratch.rows(table, &["log_index", "valid_from"]);
    let tables =
        ["validators", "allocated_hotkeys", "stats", "stats_votes", "upstream_outcome", "wandb_runs"];
    let before = tables.map(rows);
    scratch.append(staked(11, permit * 5, permit));
    assert_eq!(tables.map(rows), before);
    // One that does, changes the rows of that validator's runs alone.
    let list = || scratch.rows("allocated_hotkeys", &["hotkey", "valid_from"]);
    let before = list();
    scratch.append(staked(12, permit * 5, permit + 1));
    assert_eq!(list()[0], before[0]);
    assert_ne!(list()[1], before[1]);
}

#[test]
fn a_run_that_comes_back_is_judged_by_the_validators_of_now() {
    let (scratch, permit) = (followed(), PERMIT_TAO * RAO_OF_TAO);
    let [one, two] = runs();
    scratch.append(vec![closing(&sweep(), &[&two])]);
    scratch.append(staked(10, permit + 1, 0));
    scratch.append(vec![closing(&sweep(), &[&one, &two])]);
    let (lists, ..) = counted(&scratch);
    assert_eq!(lists, ["5A,true,counted", "5B,false,validator_not_valid"]);
}

#[test]
fn a_policy_asks_the_chain_as_it_was_recorded_before_or_does_not_ask_it() {
    let (scratch, permit) = (followed(), PERMIT_TAO * RAO_OF_TAO);
    scratch.append(staked(10, permit + 1, 0));
    scratch.append(staked(11, permit + 2, 0));
    scratch.append(vec![set_policy(&policy())]);
    let columns = &["hotkey", "authority", "from_block"];
    assert_eq!(scratch.rows("validators", columns), [format!("{VALIDATOR},declared,-")]);
    // The chain has no say any more.
    scratch.append(staked(12, 0, permit + 1));
    assert_eq!(scratch.rows("validators", columns), [format!("{VALIDATOR},declared,-")]);
    scratch.append(vec![of_chain(1.0)]);
    assert_eq!(scratch.rows("validators", columns), [format!("{STRANGER},chain,12")]);
    // Of another subnet nothing is known.
    let validators = Validators::Chain { permit_stake_tao: 1.0 };
    scratch.append(vec![set_policy(&Policy { validators, netuid: 28, ..policy() })]);
    assert!(scratch.rows("validators", columns).is_empty());
}

#[test]
fn a_block_that_is_taken_back_leaves_validators_until_another_state_is_told() {
    let (scratch, permit) = (followed(), PERMIT_TAO * RAO_OF_TAO);
    scratch.append(staked(10, 0, permit + 1));
    scratch.append(staked(11, permit + 1, 0));
    scratch.append(vec![retracted(11)]);
    assert_eq!(scratch.rows("validators", &["hotkey"]), [VALIDATOR]);
    scratch.append(staked(11, 0, permit + 1));
    assert_eq!(scratch.rows("validators", &["hotkey"]), [STRANGER]);
}

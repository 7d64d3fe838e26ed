//! The rules in words, a table each. A table without a line here is explained by what its schema says.

/// The words on a table.
pub(super) struct Words {
    /// How its rows come about, and what upstream makes of them.
    pub(super) rule: &'static str,
    /// What follows for a hotkey that a row which counts names.
    pub(super) holds: Option<&'static str>,
    /// What follows for a hotkey that no such row names.
    pub(super) fails: Option<&'static str>,
}

const ALLOCATED: &str = "\
Upstream's get_allocated_hotkeys joins the lists of runs of role `validator` on this subnet, the oldest run first.
A list counts when the run is signed by its own hotkey, and that hotkey is in `validators`. One such list is enough.
It counts however old it is: a run that ended long ago says the same until its validator loses the stake.
With upstream's flag off any signed run counts, whoever made it: `counts_unflagged`.
See also `annals explain allocation_claims`, which dates what runs said, and `annals explain stats_votes`.";

const PENALIZED_HOTKEYS: &str = "\
Upstream's get_penalized_hotkeys reads these lists as it reads those of allocated hotkeys: a list counts when its run
is signed by its own hotkey, and that hotkey is in `validators`. It shows them; no score depends on them.";

const CHECKLIST: &str = "\
Upstream's get_penalized_hotkeys_checklist_bak takes the signed lists of one hotkey, which the policy names, whatever
its stake: a hotkey there has a score of 0 at each sync while it is listed. Such a list has no end and no reason.
The list of one fixed run is shown, signed or not: `in_fixed_run`. Items that are not a hotkey's text match nothing.";

const PENALIZED: &str = "\
Three lists say it. `penalized_hotkeys`, of any validator whose run counts, and `fixed_run`, of the one run that
upstream reads without looking for a signature, are shown. `checklist`, of the hotkey that the policy names, takes the
score. What does not count is here with its reason, and is not in the table.
See also `annals explain computedb_blacklist`: whom a validator's operator penalized, before it is published.";

const CLAIMS: &str = "\
A claim lasts from the moment at which a run says it to that at which the run says something else, or is gone.
`history` is a row that the run logged, dated by its clock; `config` is what the server was left with, dated by a poll.
Neither proves the other. `counts` is upstream's verdict as of the entry that says it, and does not change later.";

const VOTES: &str = "\
An entry counts when its run does, as in `allocated_hotkeys`, and when the entry's own fields let it: `own_score` is
true, and the score is not 0; v1.9.0 also wants it above 0, and `allocated` true. Upstream compares the entries that
count by GPU, number and score, and takes what most say: `annals explain stats --uid N` tells how that ends.";

const VALIDATORS: &str = "\
A hotkey counts as a validator where the policy declares it, or, where the policy leaves it to the chain, while its
total stake on the subnet is above the permit stake, compared in float TAO as upstream does.";

const ENDPOINTS: &str = "\
A row is what the chain's state had after a block that was read. `came_by` and `left_by` are the event between two
readings that explains the difference. `from_block` is the first reading with the row: it may be there since a block
after the reading before.";

const STATE: &str = "\
A row is what the chain's state had after a block that was read; `from_block` is the first reading with the row: it may
be so since a block after the reading before.";

const RUNS: &str = "\
A row is a run as the last complete poll of W&B found it, or as its client's file has it. A poll that broke off changes
nothing: the table waits for the next complete one.";

const LIVENESS: &str =
    "A row is what the last poll that saw the run was told of it; the table keeps no past.";

const SPECS: &str = "\
Upstream's get_miner_specs takes running runs of role `miner` on this subnet that are signed by their own hotkey and
have specs, and keeps those whose hotkey is among the queryable ones. `specs_index` is the place among all runs that it
goes through, from 1. What is in the specs, the miner says itself.";

const REPORTS: &str = "\
A row is what a miner's run says of itself, as the last complete poll found it. Upstream reads nothing of it but the
specs; `allocated` is the validator that the miner believes has rented it.";

const OUTCOME: &str = "\
Each of upstream's readers goes through the runs of its filter; where its code would raise, the row names the exception
and the run, and the tables hold the result without the offender.";

const DATABASE: &str = "\
A row is one of a validator's own database, as the last reading of that database found it. It is that validator's word:
nobody else sees it before the validator publishes it.";

const POG: &str = "\
Upstream takes the newest good result among the four newest of a hotkey. Results that a database deleted since still
count here, since the log has them.";

const INVENTORY: &str =
    "A row is what a machine's driver says of its GPUs, in its own words: nobody checked it.";

const SCRAPES: &str = "\
A row follows from the last scrape of the endpoint. An endpoint that was not scraped has no row: that is no sign that
it is down.";

/// Returns the words on a table.
pub(super) fn words_of(table: &str) -> Option<Words> {
    let rule = match table {
        "allocated_hotkeys" => {
            return Some(Words {
                rule: ALLOCATED,
                holds: Some("the hotkey is allocated, as upstream reads the runs"),
                fails: Some("the hotkey is not allocated, as upstream reads the runs"),
            });
        }
        "penalized" => {
            return Some(Words {
                rule: PENALIZED,
                holds: Some("the hotkey is penalized; `effect` says what that does"),
                fails: Some("the hotkey is not penalized, as upstream reads the runs"),
            });
        }
        "penalized_checklist" => {
            return Some(Words {
                rule: CHECKLIST,
                holds: Some("upstream gives the hotkey a score of 0"),
                fails: Some("no checklist that counts takes the hotkey's score"),
            });
        }
        "penalized_hotkeys" => PENALIZED_HOTKEYS,
        "allocation_claims" => CLAIMS,
        "stats_votes" => VOTES,
        "validators" => {
            return Some(Words {
                rule: VALIDATORS,
                holds: Some("runs of the hotkey count"),
                fails: Some("runs of the hotkey do not count"),
            });
        }
        "prometheus_endpoints" | "axons" => ENDPOINTS,
        "subnets" | "neurons" => STATE,
        "wandb_runs" => RUNS,
        "wandb_liveness" => LIVENESS,
        "miner_specs" => SPECS,
        "miner_reports" => REPORTS,
        "upstream_outcome" => OUTCOME,
        "pog_stats" => POG,
        "gpu_inventory" => INVENTORY,
        "up" | "samples_latest" => SCRAPES,
        name if name.starts_with("computedb_") => DATABASE,
        _ => return None,
    };
    Some(Words { rule, holds: None, fails: None })
}

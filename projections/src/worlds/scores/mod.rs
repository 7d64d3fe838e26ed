//! What each validator makes of each uid: upstream's `sync_scores` over what the other worlds tell.

mod metagraph;
mod queried;
mod scored;
mod scores_table;
mod validator_db;
mod view;
mod world;

pub(super) use scores_table::ScoresTable;
pub(super) use world::Scores;

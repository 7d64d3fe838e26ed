//! Validators' databases, as `annals run` follows them.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use annals_ingest::Feed;
use annals_ingest::sources::{ComputeDbFeed, ComputeDbFile};

use crate::failure::Failure;
use crate::wandb::SECONDS_MAX;

/// How databases are followed.
#[derive(clap::Args)]
pub(crate) struct ComputeDbArgs {
    /// A validator's own database, polled beside the rest: it is read from a copy, and its owner never waits. NAME is
    /// what its rows are told under [default: the file's name without its ending]
    #[arg(long, value_name = "[NAME=]FILE")]
    computedb: Vec<String>,
    /// Seconds from one look at a database to the next; upstream keeps four rows a miner in `pog_stats`, and deletes
    /// the rest
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=SECONDS_MAX))]
    computedb_every: u64,
}

impl ComputeDbArgs {
    /// Whether any was named.
    pub(crate) fn is_given(&self) -> bool {
        !self.computedb.is_empty()
    }

    /// A feed for each.
    ///
    /// # Errors
    /// `Usage`: a name is none, or there twice. `Unavailable`: a file cannot be opened now.
    pub(crate) fn feeds(&self) -> Result<Vec<Box<dyn Feed>>, Failure> {
        let every = Duration::from_secs(self.computedb_every);
        let mut names: Vec<String> = Vec::new();
        let mut feeds: Vec<Box<dyn Feed>> = Vec::new();
        for given in &self.computedb {
            let file = ComputeDbFile::given(given).map_err(|error| Failure::Usage(error.to_string()))?;
            let name = file.name().to_owned();
            if names.contains(&name) {
                return Err(Failure::Usage(format!(
                    "two databases are called {name}: NAME=FILE tells them apart"
                )));
            }
            look(file.path())?;
            names.push(name);
            feeds.push(Box::new(ComputeDbFeed::new(file, every)));
        }
        Ok(feeds)
    }
}

/// Sees that a database can be opened: a slip in its name would be asked for again and again. One that goes later is a
/// row in `coverage`.
fn look(path: &Path) -> Result<(), Failure> {
    let unread = |error| Failure::input(path, &error);
    if !path.metadata().map_err(unread)?.is_file() {
        return Err(Failure::Usage("a database is a file".to_owned()).at(path));
    }
    File::open(path).map(drop).map_err(unread)
}

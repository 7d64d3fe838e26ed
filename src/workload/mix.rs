//! Mixes: what a generated log is made of.

/// What a generated log is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Mix {
    /// 60 % run states, 30 % rows of history, 10 % polls.
    W1,
}

/// What a minute of a mix brings.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shares {
    /// States of runs, each of another run.
    pub(super) states: u64,
    /// Rows of history.
    pub(super) rows: u64,
    /// Of so many states one is of a validator that votes on every uid.
    pub(super) states_per_big_one: u64,
}

impl Mix {
    pub(super) fn shares(self) -> Shares {
        match self {
            Self::W1 => Shares { states: 6, rows: 3, states_per_big_one: 20 },
        }
    }

    /// As the command line names it.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::W1 => "w1",
        }
    }
}

impl Shares {
    /// Entries of a minute: one poll closes it.
    pub(super) fn entries(self) -> u64 {
        self.states + self.rows + 1
    }
}

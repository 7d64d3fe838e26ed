//! The mixes that a generated log may be made of.

/// The fewest entries of a generated log: those that say that it was opened, started and stopped, a policy, and a whole
/// minute.
pub const ENTRIES_MIN: u64 = 14;

/// The events that a generated log is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mix {
    /// 60 % run states, 30 % rows of history, 10 % polls.
    W1,
}

/// The entries of a minute of a mix.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shares {
    /// How many states of runs, no two of the same run.
    pub(super) states: u64,
    /// How many rows of history.
    pub(super) rows: u64,
    /// One of this many states is that of a validator that votes on every uid.
    pub(super) states_per_big_one: u64,
}

impl Mix {
    /// Every mix.
    pub const ALL: [Self; 1] = [Self::W1];

    pub(super) fn shares(self) -> Shares {
        match self {
            Self::W1 => Shares { states: 6, rows: 3, states_per_big_one: 20 },
        }
    }

    /// Returns its name, which users give and which is a part of the identity of the log.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::W1 => "w1",
        }
    }

    /// Returns what it is made of, for users.
    pub fn about(self) -> &'static str {
        match self {
            Self::W1 => "60 % run states, 30 % rows of history, 10 % polls",
        }
    }
}

impl Shares {
    /// Returns how many entries a minute has, with the poll that closes it.
    pub(super) fn entries(self) -> u64 {
        self.states + self.rows + 1
    }
}

//! The half of the source that decodes what nodes answered.

use annals_log::{LogOpened, SourceMemory};

use super::answers::{Answers, Wrong};
use super::followed::{Chain, Following};
use super::name::NAME;
use super::take::Taking;
use crate::raw::Raw;
use crate::source::{Decoded, Source, SourceError};

impl Source for Chain {
    const NAME: &'static str = NAME;
    /// It lasts from the first fetch of a session to the last.
    type Context = Following;

    /// Takes blocks as long as each joins the one before, up to the first after which the state has to be read, or that
    /// is not what it should be. The cursor names the last block that was taken.
    fn decode(
        &self,
        raw: &Raw,
        following: &mut Following,
        memory: &SourceMemory,
    ) -> Result<Decoded, SourceError> {
        let mut taking = Taking::new(self, following, memory, raw.fetched_at_ms());
        match Answers::of(raw)? {
            Ok(mut answers) => taking.take_all(&mut answers)?,
            Err(Wrong(what)) => {
                let node = raw.exchanges.first().map(|exchange| exchange.request.target.as_str());
                taking.refuse(node.unwrap_or_default(), &what);
            }
        }
        Ok(taking.end())
    }

    /// Follows the chain and the subnet that the log was made for.
    fn be_of(&mut self, log: &LogOpened) {
        self.netuid = log.netuid;
        self.genesis.clone_from(&log.genesis);
    }
}

//! Sources that are followed together, each at its own pace, into one log.

use annals_ingest::{Driver, Raw, Taken};
use annals_log::{Log, SourceMemory};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

use crate::failure::Failure;
use crate::feeds::Feed;
use crate::kept_answers::KeptAnswers;
use crate::recording::Recording;

/// Takes what each source brings, in the order in which it comes, until none of them brings more. What is kept is
/// what is recorded.
///
/// # Errors
/// Of the log and the cassette, at once; of a source that gave up, the first, once the others have ended. What was
/// taken is recorded.
pub(crate) async fn follow(
    feeds: Vec<Feed>,
    mut driver: Driver,
    recording: &mut Recording,
    mut kept: Option<&mut KeptAnswers>,
    taken: &mut Taken,
) -> Result<(), Failure> {
    let mut asking = FuturesUnordered::new();
    for feed in feeds {
        let memory = memory_of(&feed, &mut recording.log)?;
        asking.push(ask(feed, memory));
    }
    let mut ended = Ok(());
    while let Some((mut feed, fetched)) = asking.next().await {
        let raw = match fetched {
            Ok(Some(raw)) => raw,
            Ok(None) => continue,
            // The others go on: what one source does not give is no reason to lose what they do.
            Err(failure) => {
                ended = ended.and(Err(failure));
                continue;
            }
        };
        let raw = match &mut kept {
            Some(kept) => kept.write(raw)?,
            None => raw,
        };
        driver.take(&raw, &mut recording.log, taken)?;
        recording.roots.keep_up(&mut recording.log)?;
        let memory = memory_of(&feed, &mut recording.log)?;
        feed.taken(&raw, &memory);
        asking.push(ask(feed, memory));
    }
    ended
}

/// The next answers of a source, while the log goes on with others.
async fn ask(mut feed: Feed, memory: SourceMemory) -> (Feed, Result<Option<Raw>, Failure>) {
    let fetched = feed.next(&memory).await;
    (feed, fetched)
}

fn memory_of(feed: &Feed, log: &mut Log) -> Result<SourceMemory, Failure> {
    Ok(log.memory(feed.source())?.clone())
}

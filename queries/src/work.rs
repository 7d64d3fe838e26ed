//! Work on a thread of its own, for as long as somebody waits for what comes of it.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

use tokio::runtime::Builder;
use tokio::sync::oneshot;

use crate::deadline::Deadline;
use crate::error::QueryError;
use crate::gate::Gate;

/// Only what is used of it takes memory.
pub(crate) const STACK_BYTES: usize = 512 << 20;

/// Planning or answering, as those see it who wait for it.
///
/// It has a thread of its own, with a runtime of its own: operators of DataFusion compute for long without a pause, and
/// nobody could be told of the time on the same thread; they recurse as deep as the query is nested; and they may
/// panic. What they make of a query is dropped there, too, since that recurses as deep.
///
/// When this is dropped, or the time is over, the work ends at its next pause: a join of large tables may go on for
/// minutes, seen by nobody, and holds its place and its memory until then.
pub(crate) struct Work<T> {
    _wanted: oneshot::Sender<()>,
    outcome: oneshot::Receiver<Result<T, QueryError>>,
    deadline: Deadline,
}

impl<T: Send + 'static> Work<T> {
    /// Waits for a place, and begins.
    ///
    /// # Errors
    /// `Time`, when no place became free.
    pub(crate) async fn begin<F>(
        gate: &Gate,
        deadline: Deadline,
        work: impl FnOnce() -> F + Send + 'static,
    ) -> Result<Self, QueryError>
    where
        F: Future<Output = Result<T, QueryError>>,
    {
        let place = deadline.hold(gate.enter()).await?;
        let (wanted, unwanted) = oneshot::channel();
        let (tell, outcome) = oneshot::channel();
        let thread = move || {
            let runtime = Builder::new_current_thread()
                .enable_time()
                .build()
                .expect("a runtime without I/O needs memory only");
            let done = catch_unwind(AssertUnwindSafe(|| {
                runtime.block_on(until(unwanted, async { deadline.hold(work()).await? }))
            }));
            // Scans notice by themselves that nobody reads any more.
            runtime.shutdown_background();
            drop(place);
            let outcome = match done {
                Ok(Some(outcome)) => outcome,
                Ok(None) => return,
                Err(panic) => Err(QueryError::panicked(&*panic)),
            };
            // Nobody there is fine.
            let _ = tell.send(outcome);
        };
        std::thread::Builder::new()
            .name("annals-query".into())
            .stack_size(STACK_BYTES)
            .spawn(thread)
            .expect("the operating system starts a thread unless it is out of memory");
        Ok(Self { _wanted: wanted, outcome, deadline })
    }

    /// Waits for what comes of it.
    ///
    /// # Errors
    /// Those of the work; `Panicked`; `Time`.
    pub(crate) async fn outcome(self) -> Result<T, QueryError> {
        self.deadline
            .hold(self.outcome)
            .await?
            .expect("the thread tells whatever comes of work that is wanted")
    }
}

/// Returns the outcome of `work`; `None` when the other end of `unwanted` is dropped before.
async fn until<T>(unwanted: oneshot::Receiver<()>, work: impl Future<Output = T>) -> Option<T> {
    let (mut unwanted, mut work) = (pin!(unwanted), pin!(work));
    poll_fn(|context| match unwanted.as_mut().poll(context) {
        Poll::Ready(_) => Poll::Ready(None),
        Poll::Pending => work.as_mut().poll(context).map(Some),
    })
    .await
}

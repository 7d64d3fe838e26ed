//! A clock for tests: it stands while anything can go on, and jumps to the next time that something waits for.

use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::sync::oneshot;

/// A clock, which whoever sleeps and whoever runs them share.
#[derive(Clone, Default)]
pub(crate) struct VirtualTime(Arc<Mutex<Sleeping>>);

#[derive(Default)]
struct Sleeping {
    now: Duration,
    /// When each is to be woken.
    waiting: Vec<(Duration, oneshot::Sender<()>)>,
}

impl VirtualTime {
    /// Since the clock was made.
    pub(crate) fn now(&self) -> Duration {
        self.0.lock().unwrap().now
    }

    pub(crate) fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
        let (wake, woken) = oneshot::channel();
        let mut sleeping = self.0.lock().unwrap();
        let due = sleeping.now + time;
        sleeping.waiting.push((due, wake));
        woken.map(|woken| woken.unwrap()).boxed()
    }

    /// Runs a future to its end.
    pub(crate) fn run<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        let mut context = Context::from_waker(Waker::noop());
        loop {
            if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
                return output;
            }
            self.jump();
        }
    }

    /// Wakes whoever is due next.
    fn jump(&self) {
        let mut sleeping = self.0.lock().unwrap();
        let next = (0..sleeping.waiting.len()).min_by_key(|place| sleeping.waiting[*place].0);
        let (due, wake) = sleeping.waiting.remove(next.expect("nothing goes on, and nobody sleeps"));
        sleeping.now = due;
        // Whoever slept may be gone.
        let _ = wake.send(());
    }
}

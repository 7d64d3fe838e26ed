//! The attempts of a worker: one a GPU, each step in a thread of its own.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use annals_gpu::attestation::Attestation;
use annals_gpu::{AboutGpu, Challenge, Parameters, Prover, Signature, Worker, WorkerError, check_asked};
use annals_log::{Hash, HotkeySigner};
use axum::http::StatusCode;

use crate::limits::{Limits, Recent};
use crate::refusal::Refusal;

/// A prover of any kind.
pub type BoxedProver = Box<dyn Prover + Send>;
/// Makes the prover of one attempt; or says why the device has none for it.
pub type MakeProver = Arc<dyn Fn(Parameters) -> Result<BoxedProver, String> + Send + Sync>;

/// Asks the device to attest under a nonce; or says why it cannot be asked.
pub type Attest = Arc<dyn Fn(&Hash) -> Result<Attestation, String> + Send + Sync>;

/// A GPU that answers challenges.
pub struct Gpu {
    /// What is told of it.
    pub about: AboutGpu,
    /// Makes a prover on it.
    pub prover: MakeProver,
    /// Has it attest; `None` for a device that never does.
    pub attest: Option<Attest>,
}

/// A GPU at work.
pub(crate) struct Bench {
    gpu: Gpu,
    standing: Mutex<Standing>,
}

#[derive(Default)]
struct Standing {
    attempt: Option<Attempt>,
    recent: Recent,
}

struct Attempt {
    /// The seed of its first round names it.
    seed: Hash,
    /// `None` while a step is computed.
    worker: Option<Worker<BoxedProver>>,
    touched: Instant,
}

impl Bench {
    pub(crate) fn of(gpu: Gpu) -> Self {
        Self { gpu, standing: Mutex::default() }
    }

    pub(crate) fn about(&self) -> &AboutGpu {
        &self.gpu.about
    }

    /// Whether the GPU has the attempt that `seed` names.
    pub(crate) fn has(&self, seed: Hash) -> bool {
        self.standing().attempt.as_ref().is_some_and(|attempt| attempt.seed == seed)
    }

    /// Begins an attempt.
    ///
    /// # Errors
    /// The GPU has another one, or had enough within the last hour; the challenge is none that it takes.
    pub(crate) fn begin(
        &self,
        challenge: Challenge,
        signature: &Signature,
        signer: &HotkeySigner,
        limits: &Limits,
    ) -> Result<(), Refusal> {
        let numbers = challenge.parameters;
        if let Some(why) = limits.exceeded_by(&numbers) {
            return Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, why));
        }
        let (now, mut standing) = (Instant::now(), self.standing());
        if let Some(attempt) = &standing.attempt {
            let idle = now.saturating_duration_since(attempt.touched);
            // A step that is computed cannot be interrupted, however old the attempt is.
            if attempt.worker.is_none() || idle < limits.idle {
                let after = limits.idle.checked_sub(idle);
                let why = "the GPU has an attempt, and answers one at a time";
                return Err(Refusal { after, ..Refusal::new(StatusCode::CONFLICT, why) });
            }
        }
        // A prover may take the memory of a whole card: it is made only for a challenge that its validator has signed.
        check_asked(&challenge, signature, signer)?;
        standing.recent.begin(now, limits.attempts_an_hour).map_err(|after| {
            let why = format!("the GPU begins {} attempts an hour", limits.attempts_an_hour);
            Refusal { after: Some(after), ..Refusal::new(StatusCode::TOO_MANY_REQUESTS, why) }
        })?;
        // What an older attempt held is free before the new one takes it.
        standing.attempt = None;
        let unavailable = |why: String| Refusal::new(StatusCode::SERVICE_UNAVAILABLE, why);
        let prover = (self.gpu.prover)(numbers).map_err(unavailable)?;
        let worker = Worker::accept(challenge, signature, signer.clone(), prover)?;
        standing.attempt = Some(Attempt { seed: challenge.seed().0, worker: Some(worker), touched: now });
        Ok(())
    }

    /// Computes a step of the attempt that `seed` names, to its end whether or not somebody waits for it. A step that
    /// fails ends the attempt, and so does the last.
    ///
    /// # Errors
    /// There is no such attempt, it is at work, or the step fails.
    pub(crate) async fn step<T: Send + 'static>(
        self: &Arc<Self>,
        seed: Hash,
        is_last: bool,
        step: impl FnOnce(&mut Worker<BoxedProver>) -> Result<T, WorkerError> + Send + 'static,
    ) -> Result<T, Refusal> {
        let mut worker = self.take(seed)?;
        let mut back = Back { bench: Arc::clone(self), seed, worker: None };
        let computed = tokio::task::spawn_blocking(move || {
            let answer = step(&mut worker);
            if answer.is_ok() && !is_last {
                back.keep(worker);
            }
            answer
        });
        let failed = |_| Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "the prover has failed");
        Ok(computed.await.map_err(failed)??)
    }

    /// Returns what the device attests beside the attempt that `seed` names, whose rounds are done. A device that
    /// cannot be asked attests nothing: the attempt goes on without.
    ///
    /// # Errors
    /// There is no such attempt, it is at work, or its rounds are not done, which ends it.
    pub(crate) async fn attest(self: &Arc<Self>, seed: Hash) -> Result<Attestation, Refusal> {
        let nonce = self.step(seed, false, |worker| worker.attestation_nonce()).await?;
        let Some(attest) = self.gpu.attest.clone() else { return Ok(Attestation::NotAvailable) };
        let asked = tokio::task::spawn_blocking(move || attest(&nonce)).await;
        let why = match asked {
            Ok(Ok(attestation)) => return Ok(attestation),
            Ok(Err(why)) => why,
            Err(error) => error.to_string(),
        };
        tracing::warn!(gpu = self.about().label, why, "the device could not be asked to attest");
        Ok(Attestation::NotAvailable)
    }

    fn take(&self, seed: Hash) -> Result<Worker<BoxedProver>, Refusal> {
        let mut standing = self.standing();
        let attempt = standing.attempt.as_mut().filter(|attempt| attempt.seed == seed);
        let Some(attempt) = attempt else {
            let why = "there is no such attempt: it is over, failed, or made way for another";
            return Err(Refusal::new(StatusCode::NOT_FOUND, why));
        };
        attempt.touched = Instant::now();
        let at_work = || Refusal::new(StatusCode::CONFLICT, "the attempt is at work");
        attempt.worker.take().ok_or_else(at_work)
    }

    fn standing(&self) -> MutexGuard<'_, Standing> {
        // What panicked held no half of a change.
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Puts a worker back when a step is over; without one, as after a panic, the attempt is over.
struct Back {
    bench: Arc<Bench>,
    seed: Hash,
    worker: Option<Worker<BoxedProver>>,
}

impl Back {
    fn keep(&mut self, worker: Worker<BoxedProver>) {
        self.worker = Some(worker);
    }
}

impl Drop for Back {
    fn drop(&mut self) {
        let worker = self.worker.take();
        let mut standing = self.bench.standing();
        let Some(attempt) = standing.attempt.as_mut().filter(|attempt| attempt.seed == self.seed) else {
            return;
        };
        if worker.is_some() {
            attempt.worker = worker;
            attempt.touched = Instant::now();
        } else {
            standing.attempt = None;
        }
    }
}

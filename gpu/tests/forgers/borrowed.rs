//! Work that was done for something else.

use annals_gpu::{
    Challenge, CpuProver, Exact, Multiply, NoBeacons, Outcome, Parameters, Roots, RoundSeed, Signature, Step,
    SweepKey, Tile, Transcript,
};
use annals_log::{Hash, HotkeySigner};

use super::rate::Rate;
use crate::attempt::{Asked, MINER, OTHER_MINER, SMALL, VALIDATOR, account, outcome};
use crate::seed::random;

/// Returns the products of another chain of seeds, whatever this one's are.
struct Foreign(Vec<RoundSeed>);

impl Foreign {
    /// The products that answer `challenge`.
    fn of(challenge: &Challenge) -> Self {
        let mut prover = CpuProver::new(challenge.parameters);
        let mut seeds = vec![challenge.seed()];
        for round in 0..challenge.parameters.rounds {
            let seed = seeds[round as usize];
            seeds.push(seed.next(&annals_gpu::Prover::round(&mut prover, round, seed).unwrap()));
        }
        Self(seeds)
    }
}

impl Multiply for Foreign {
    fn tiles(&mut self, round: u32, _: RoundSeed, size: u32) -> Vec<Tile> {
        Exact.tiles(round, self.0[round as usize], size)
    }
}

#[test]
fn a_replayed_transcript_is_another_challenges() {
    let mut random = random("replayed");
    let mut rate = Rate::of("replayed transcript");
    for _ in 0..5 {
        rate.seed();
        let first = Asked::new(&mut random, SMALL).run(CpuProver::new(SMALL));
        let second = Asked::new(&mut random, SMALL);
        let found = Transcript::verify_bytes(&first.to_bytes(), Some(&second.challenge), &NoBeacons).outcome;
        assert_eq!(found, Outcome::OtherChallenge);
        rate.count(found);
        // Under the second challenge, with all that its validator can sign.
        let mut moved = second.transcript(first.rounds.clone(), first.sweeps.clone(), first.openings.clone());
        moved.open_beacon = first.open_beacon;
        moved.sign(&VALIDATOR);
        assert_eq!(outcome(&moved), Outcome::BadSignature(Step::Rounds));
        rate.count(outcome(&moved));
    }
    rate.is_always_caught();
}

/// Signs the other's roots as the answer to `asked`.
fn signed_again(asked: &Asked, roots: &Transcript, miner: &HotkeySigner) -> (Roots, Roots) {
    let mut seed = asked.challenge.seed();
    roots.rounds.roots.iter().for_each(|root| seed = seed.next(root));
    let mut key = SweepKey::first(&asked.sweep_secret, seed);
    roots.sweeps.roots.iter().for_each(|root| key = key.next(root));
    let signed = |roots: &[Hash], step: Step, end: &Hash| Roots {
        roots: roots.to_vec(),
        signature: step.sign(end, miner),
    };
    (signed(&roots.rounds.roots, Step::Rounds, &seed.0), signed(&roots.sweeps.roots, Step::Sweeps, &key.0))
}

#[test]
fn another_hotkeys_work_is_caught() {
    let mut random = random("another hotkey");
    let mut rate = Rate::of("another hotkey's work");
    for _ in 0..5 {
        rate.seed();
        let ours = Asked::new(&mut random, SMALL);
        // The same in everything but the miner.
        let mut theirs = ours.clone();
        theirs.challenge.miner = account(&OTHER_MINER);
        let work = theirs.run_as(CpuProver::new(SMALL), &OTHER_MINER);
        assert_eq!(outcome(&work), Outcome::Passed);
        // As it is: the signatures are the other's.
        let taken = ours.transcript(work.rounds.clone(), work.sweeps.clone(), work.openings.clone());
        assert_eq!(outcome(&taken), Outcome::BadSignature(Step::Rounds));
        rate.count(outcome(&taken));
        // Signed again: other roots make other seeds, which draw other places than those that were opened. Where the
        // first place that is drawn happens to be the one that was opened, its path leads to the root, and its tile is
        // of another seed.
        let (rounds, sweeps) = signed_again(&ours, &work, &MINER);
        let signed = ours.transcript(rounds, sweeps, work.openings);
        assert!(matches!(outcome(&signed), Outcome::BadPath(_) | Outcome::WrongTile(_)));
        rate.count(outcome(&signed));
        // Opened where it is asked: not the tiles of these seeds.
        let opened = ours.run(CpuProver::with(SMALL, Foreign::of(&theirs.challenge)));
        assert!(matches!(outcome(&opened), Outcome::WrongTile(_)));
        rate.count(outcome(&opened));
    }
    rate.is_always_caught();
}

#[test]
fn precomputed_work_is_caught() {
    let mut random = random("precomputed");
    let mut rate = Rate::of("precomputation, before beacon or nonce");
    for _ in 0..5 {
        rate.seed();
        let asked = Asked::new(&mut random, SMALL);
        let mut guessed_beacon = asked.challenge;
        guessed_beacon.beacon.hash.0[31] ^= 1;
        let mut guessed_nonce = asked.challenge;
        guessed_nonce.nonce[0] ^= 1;
        for guessed in [guessed_beacon, guessed_nonce] {
            let found = outcome(&asked.run(CpuProver::with(SMALL, Foreign::of(&guessed))));
            assert!(matches!(found, Outcome::WrongTile(_)));
            rate.count(found);
        }
    }
    rate.is_always_caught();
}

#[test]
fn a_challenge_of_another_size_is_not_the_one_that_was_asked() {
    let asked = Asked::new(&mut random("another size"), SMALL);
    let smaller = Parameters { size: 64, ..SMALL };
    let mut answered = asked.clone();
    answered.challenge.parameters = smaller;
    let transcript = answered.run(CpuProver::new(smaller));
    let found = transcript.verify(Some(&asked.challenge), &NoBeacons).outcome;
    assert_eq!(found, Outcome::OtherChallenge);
    // And without the validator's help nobody has signed it.
    let mut forged = transcript;
    forged.challenge_signature = Signature(asked.signature().0);
    forged.sign(&VALIDATOR);
    assert_eq!(outcome(&forged), Outcome::BadSignature(Step::Challenge));
}

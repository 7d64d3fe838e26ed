//! The verifier: everything of a transcript that can be checked without the clock.

use annals_log::Hash;

use crate::answers::Opening;
use crate::beacon::{Beacon, Beacons};
use crate::challenge::Challenge;
use crate::draw::SweepPlace;
use crate::outcome::{Link, OpenedTile, Outcome, Phase};
use crate::round::Round;
use crate::signature::Step;
use crate::tile::TilePlace;
use crate::transcript::{Chain, Transcript};
use crate::tree::root_of_path;

/// What a verifier found, and what it could not look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// The first check that failed, in the order of the protocol.
    pub outcome: Outcome,
    /// What this verifier has to believe. Clock and anchor are always among it.
    pub unchecked: Vec<Unchecked>,
}

/// Something that a verifier has to believe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unchecked {
    /// How long it took is the validator's word.
    Clock,
    /// That the roots were written down where all can see it before the later beacon was there: the transcript cannot
    /// say so of itself, and without it a validator can help a miner.
    Anchor,
    /// Nobody here knows the hash of this beacon.
    Beacon(u64),
}

impl Transcript {
    /// Verifies the transcript of `bytes`; what is none is malformed. `asked` is the challenge that it has to answer,
    /// where that is known.
    pub fn verify_bytes(bytes: &[u8], asked: Option<&Challenge>, beacons: &impl Beacons) -> Verification {
        match Self::from_bytes(bytes) {
            Ok(transcript) => transcript.verify(asked, beacons),
            Err(_) => Verification { outcome: Outcome::Malformed, unchecked: Vec::new() },
        }
    }

    /// Verifies the transcript: recomputes every opened tile exactly, and stops at the first check that fails.
    pub fn verify(&self, asked: Option<&Challenge>, beacons: &impl Beacons) -> Verification {
        let chain = self.chain();
        let mut unchecked = vec![Unchecked::Clock, Unchecked::Anchor];
        for beacon in [self.challenge.beacon, self.open_beacon] {
            if beacons.hash(self.challenge.beacon_kind, beacon.number).is_none() {
                unchecked.push(Unchecked::Beacon(beacon.number));
            }
        }
        let found = self
            .check_words(asked, beacons, &chain)
            .and_then(|()| self.check_round_openings(&chain))
            .and_then(|()| self.check_sweep_openings(&chain))
            .and_then(|()| self.check_clock());
        Verification { outcome: found.err().unwrap_or(Outcome::Passed), unchecked }
    }

    /// Checks whatever needs no tile: who signed what, and whether each part follows from those before it.
    fn check_words(
        &self,
        asked: Option<&Challenge>,
        beacons: &impl Beacons,
        chain: &Chain,
    ) -> Result<(), Outcome> {
        let challenge = &self.challenge;
        if asked.is_some_and(|asked| asked != challenge) {
            return Err(Outcome::OtherChallenge);
        }
        let signed =
            |step: Step, is_signed| if is_signed { Ok(()) } else { Err(Outcome::BadSignature(step)) };
        let linked = |link, is_linked| if is_linked { Ok(()) } else { Err(Outcome::BadChain(link)) };
        let is_known = |beacon: &Beacon| {
            beacons.hash(challenge.beacon_kind, beacon.number).is_none_or(|hash| hash == beacon.hash)
        };
        let by_validator =
            Step::Challenge.is_signed(&chain.seeds[0].0, challenge.validator, &self.challenge_signature);
        signed(Step::Challenge, by_validator)?;
        linked(Link::Beacon, is_known(&challenge.beacon))?;
        let by_miner = |step: Step, end: Hash, signature| step.is_signed(&end, challenge.miner, signature);
        signed(Step::Rounds, by_miner(Step::Rounds, chain.rounds_end().0, &self.rounds.signature))?;
        linked(Link::SweepSecret, self.sweep_secret.commitment() == challenge.sweep_commitment)?;
        signed(Step::Sweeps, by_miner(Step::Sweeps, chain.sweeps_end().0, &self.sweeps.signature))?;
        linked(Link::OpenSecret, self.open_secret.commitment() == challenge.open_commitment)?;
        let is_later = self.open_beacon.number > challenge.beacon.number;
        linked(Link::OpenBeacon, is_later && is_known(&self.open_beacon))?;
        signed(Step::Transcript, self.is_signed_by(challenge.validator))?;
        linked(Link::Times, self.times.is_in_order())
    }

    fn check_round_openings(&self, chain: &Chain) -> Result<(), Outcome> {
        let places = self.draw(chain).round_places(&self.challenge);
        for (number, (opening, place)) in self.openings.rounds.iter().zip(places).enumerate() {
            let opened = OpenedTile::Round { number, place };
            let leaf = opening.tile.round_leaf(place);
            let leads = root_of_path(leaf, &opening.path, u64::from(place.tile))
                == self.rounds.roots[place.round as usize];
            self.check_opening(opening, leads, place, chain, opened)?;
        }
        Ok(())
    }

    fn check_sweep_openings(&self, chain: &Chain) -> Result<(), Outcome> {
        let places = self.draw(chain).sweep_places(&self.challenge);
        for (number, (opening, place)) in self.openings.sweeps.iter().zip(places).enumerate() {
            let opened = OpenedTile::Sweep { number, place };
            let SweepPlace { sweep, tile } = place;
            let leaf = opening.tile.sweep_leaf(tile, &chain.keys[sweep as usize].0);
            let leads = root_of_path(leaf, &opening.path, place.leaf(&self.challenge.parameters))
                == self.sweeps.roots[sweep as usize];
            self.check_opening(opening, leads, tile, chain, opened)?;
        }
        Ok(())
    }

    /// The path is checked first: only a tile that leads to the root is one that the miner committed to.
    fn check_opening(
        &self,
        opening: &Opening,
        leads_to_root: bool,
        place: TilePlace,
        chain: &Chain,
        opened: OpenedTile,
    ) -> Result<(), Outcome> {
        if !leads_to_root {
            return Err(Outcome::BadPath(opened));
        }
        let round = Round::new(chain.seeds[place.round as usize], self.challenge.parameters.size);
        if opening.tile == round.tile(place.tile) { Ok(()) } else { Err(Outcome::WrongTile(opened)) }
    }

    fn check_clock(&self) -> Result<(), Outcome> {
        let numbers = &self.challenge.parameters;
        let is_late = |took_ns: u64, ms_max: u32| took_ns > u64::from(ms_max) * 1_000_000;
        if is_late(self.times.rounds_ns(), numbers.rounds_ms_max) {
            return Err(Outcome::Slow(Phase::Rounds));
        }
        if is_late(self.times.sweeps_ns(), numbers.sweeps_ms_max) {
            return Err(Outcome::Slow(Phase::Sweeps));
        }
        Ok(())
    }
}

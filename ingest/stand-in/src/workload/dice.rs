//! Random numbers that are the same everywhere and for ever.

/// `SplitMix64` of Steele, Lea and Flood. Written out: another version of somebody's generator would be another log
/// of the same seed.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn of(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// Returns a number from 0 up to, not including, `bound`, which is not 0.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        assert!(bound > 0, "there is no number below 0");
        let scaled = u128::from(self.next()) * u128::from(bound);
        u64::try_from(scaled >> 64).expect("the upper half has 64 bits")
    }

    /// Returns one of `items`, of which there have to be some.
    pub(super) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.place(items.len())]
    }

    /// Returns a place among `count`, which is not 0.
    pub(super) fn place(&mut self, count: usize) -> usize {
        usize::try_from(self.below(count as u64)).expect("it is below a usize")
    }

    /// Returns a number from 0 up to, not including, 1, in steps of a millionth.
    pub(super) fn fraction(&mut self) -> f64 {
        f64::from(u32::try_from(self.below(1_000_000)).expect("it is below a million")) / 1e6
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_that_its_authors_published() {
        let mut dice = Dice::of(1_234_567);
        let first = [(); 5].map(|()| dice.next());
        assert_eq!(
            first,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423,
                4_593_380_528_125_082_431,
                16_408_922_859_458_223_821,
            ]
        );
    }

    #[test]
    fn every_place_comes_up_and_none_beyond() {
        let mut dice = Dice::of(27);
        let mut counts = [0; 6];
        (0..6_000).for_each(|_| counts[dice.place(6)] += 1);
        assert!(counts.iter().all(|count| (850..1150).contains(count)), "{counts:?}");
        assert!((0..1000).all(|_| (0.0..1.0).contains(&dice.fraction())));
    }
}

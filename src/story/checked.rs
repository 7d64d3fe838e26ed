//! A story that was checked: nothing in it is unknown, out of place or without a key.

use annals_log::Policy;

use super::act::Moment;
use super::file::StoryFile;
use super::mistake::Mistake;
use super::moments::Moments;
use super::persons;
use super::policy::policy;
use super::runs::Runs;

/// A policy, and the moments that are told under it.
pub(crate) struct Story {
    pub(crate) policy: Policy,
    pub(super) moments: Vec<Moment>,
}

impl Story {
    /// Reads a story's text.
    ///
    /// # Errors
    /// In words: the line of the first mistake, and what is wrong there.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let file: StoryFile = toml::from_str(text).map_err(|error| error.to_string())?;
        if file.moment.is_empty() {
            return Err("nothing happens in it: a story has a [[moment]] at least".to_owned());
        }
        Self::of(&file, text).map_err(|mistake| mistake.in_text(text))
    }

    fn of(file: &StoryFile, text: &str) -> Result<Self, Mistake> {
        let miners = file.miners.iter().map(|(uid, name)| Ok((persons::uid(uid)?, persons::address(name)?)));
        let miners = miners.collect::<Result<_, _>>()?;
        let policy = policy(file.netuid, &file.policy, &miners)?;
        let mut checked = Moments { text, miners: &miners, upstream: policy.upstream, runs: Runs::default() };
        let moments = file.moment.iter().map(|part| checked.take(part)).collect::<Result<_, _>>()?;
        Ok(Self { policy, moments })
    }
}

#[cfg(test)]
mod tests {
    use super::super::EXAMPLE;
    use super::super::file::PollPart;
    use super::*;

    const POLICY: &str = "[policy]\nvalidators = [\"//V\"]\n";
    const MOMENT: &str = "[[moment]]\nat = 2026-03-14T09:00:00Z\n";

    fn mistake(text: &str) -> String {
        Story::read(text).map(drop).expect_err(text)
    }

    #[test]
    fn the_example_is_a_story() {
        let story = Story::read(EXAMPLE).unwrap_or_else(|what| panic!("{what}"));
        let acts: Vec<_> = story.moments.iter().map(|moment| moment.acts.len()).collect();
        assert_eq!(acts, [4, 2, 0, 3]);
        let is_failed = |moment: &Moment| moment.poll == PollPart::Failed;
        assert_eq!(story.moments.iter().filter(|moment| is_failed(moment)).count(), 1);
        assert_eq!(story.policy.checklist_run, "validator0");
    }

    #[test]
    fn a_mistake_is_named_with_its_line() {
        let (moment, publish) = (format!("{POLICY}{MOMENT}"), "[[moment.publish]]\nhotkey = \"//V\"\n");
        let published = format!("{moment}{publish}");
        for (text, line, what) in [
            (POLICY.to_owned(), None, "a [[moment]] at least"),
            (MOMENT.to_owned(), None, "missing field `policy`"),
            (format!("{moment}pol = \"none\"\n"), Some(5), "unknown field `pol`"),
            (format!("{moment}poll = \"often\"\n"), Some(5), "`whole`, `failed`, `none`"),
            (format!("{POLICY}[[moment]]\nat = 2026-03-14T09:00:00\n"), Some(4), "2026-03-14T09:00:00Z"),
            (format!("{POLICY}[[moment]]\nat = \"nine\"\n"), Some(4), "datetime"),
            (format!("{moment}[[moment.publish]]\nhotkey = \"V\"\n"), Some(6), "named as //Miner7"),
            (format!("{published}signed_by = \"Mallory\"\n"), Some(7), "named as //Validator0"),
            (format!("{published}run = \"a b\"\n"), Some(7), "no id of a run"),
            (format!("{published}allocated_hotkeys = [\n\"//M\",\n\"M\"]\n"), Some(9), "\"M\" is no hotkey"),
            (format!("{published}stats.7 = {{ score = 1.0 }}\n"), Some(7), "uid 7 is not in [miners]"),
            (format!("{published}stats.x = {{ score = 1.0 }}\n"), Some(7), "\"x\" is no uid"),
            (
                format!("{published}stats.7 = {{ hotkey = \"//M\", score = inf }}\n"),
                Some(7),
                "inf is no number",
            ),
            (
                format!("{published}stats.7 = {{ hotkey = \"//M\", score = 1, num_gpus = 2 }}\n"),
                Some(7),
                "without a `gpu_name`",
            ),
            (format!("{published}specs = {{ since = 2026-03-14 }}\n"), Some(7), "2026-03-14 is a time"),
            (
                format!("{published}{publish}role = \"miner\"\n"),
                Some(8),
                "run v is of another hotkey or role",
            ),
            (format!("{published}[[moment.end]]\nrun = \"w\"\n"), Some(8), "begun: v"),
            (format!("{published}[[moment.edit]]\nrun = \"v\"\nset.k = [\"//M\", 0.0, nan]\n"), None, "NaN"),
        ] {
            let told = mistake(&text);
            assert!(told.contains(what), "{text}\n{told}");
            assert!(line.is_none_or(|line| told.contains(&format!("line {line}"))), "{text}\n{told}");
        }
    }
}

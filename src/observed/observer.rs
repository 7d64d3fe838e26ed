//! All that is told of a recorder.

use std::path::Path;
use std::time::Duration;

use annals_ingest::{Lag, News, Taken};
use annals_log::{Event, Log};
use prometheus::{IntGaugeVec, Opts, Registry};

use super::feeds::FeedFigures;
use super::kept::kept;
use super::log::LogFigures;
use super::process;
use super::projector::ProjectorFigures;
use super::scrapes::ScrapeFigures;
use super::sources::SourceFigures;
use crate::recording::Recording;

/// Watches a recorder, and keeps its figures in a registry of its own.
pub(crate) struct Observer {
    registry: Registry,
    log: LogFigures,
    projector: ProjectorFigures,
    sources: SourceFigures,
    feeds: FeedFigures,
    scrapes: ScrapeFigures,
}

impl Observer {
    /// Watches what is recorded to the log in `data`.
    pub(crate) fn of(data: &Path, recording: &Recording) -> Self {
        let registry = Registry::new();
        let build = Opts::new("annals_build_info", "1, with the version of this program.");
        let build = kept(&registry, IntGaugeVec::new(build, &["version"]));
        build.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
        process::register(&registry);
        let log = LogFigures::of(&registry, data);
        log.look(&recording.log);
        let projector = ProjectorFigures::of(&registry, recording.roots.reached(), recording.log.size().0);
        Self {
            log,
            projector,
            sources: SourceFigures::of(&registry),
            feeds: FeedFigures::of(&registry),
            scrapes: ScrapeFigures::of(&registry),
            registry,
        }
    }

    /// Where the figures are, and room for those of whoever serves more.
    pub(crate) fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Shows a source with zeros from now on: of a counter that begins with its first event, nobody sees that one.
    pub(crate) fn know(&mut self, source: &str) {
        self.sources.know(source);
        self.feeds.know(source);
    }

    /// Returns what counts the scrapes among events, for whoever decodes them.
    pub(crate) fn counting(&self) -> impl FnMut(&Event) + Send + use<> {
        let scrapes = self.scrapes.clone();
        move |event| scrapes.count(event)
    }

    /// A fetch was recorded, which `took` so long; `taken` is what was counted before and after.
    pub(crate) fn recorded(&mut self, source: &str, taken: (&Taken, &Taken), took: Duration, log: &Log) {
        self.log.took(took);
        self.log.look(log);
        self.projector.committed(log.size().0);
        self.sources.recorded(source, taken, annals_log::Clock::System.now_ms());
    }

    /// A source told how far it is ahead.
    pub(crate) fn shown(&self, source: &str, lag: Lag) {
        self.sources.shown(source, lag);
    }

    /// The supervisor told what became of a feed.
    pub(crate) fn said(&self, news: &News<'_>) {
        self.feeds.said(news);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::Duration;

    use annals_log::exposition::{About, Exposition, Format, Item};
    use annals_log::{Clock, NewLog, Options};

    use super::super::page::text;
    use super::*;
    use crate::recording::RootsAt;

    /// A page on which every metric is, for all that can happen has happened.
    fn full_page() -> String {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("log");
        let log = Log::create(&data, NewLog::default(), Options::default()).expect("a log");
        let recording = Recording::of(log, &data, Clock::System, RootsAt::TheirTime);
        let mut observer = Observer::of(&data, &recording);
        observer.know("chain");
        observer.shown("chain", Lag { recorded: 7, head: 9 });
        let after = Taken { exchanges: 3, events: 2, already: 0 };
        observer.recorded("chain", (&Taken::default(), &after), Duration::from_millis(20), &recording.log);
        text(observer.registry()).expect("it is text")
    }

    fn names_in(text: &str) -> BTreeSet<&str> {
        let is_in_name = |character: char| character.is_ascii_lowercase() || character == '_';
        let names = text.split(|character| !is_in_name(character));
        names.filter(|name| name.starts_with("annals_") || name.starts_with("process_")).collect()
    }

    #[test]
    fn the_rules_and_the_dashboard_ask_for_metrics_that_there_are_and_miss_none() {
        let page = full_page();
        let shown: BTreeSet<_> = page.lines().filter_map(|line| line.split([' ', '{']).next()).collect();
        let families: BTreeSet<_> =
            page.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
        let file = |name: &str| {
            let path = format!("{}/fixtures/observe/{name}", env!("CARGO_MANIFEST_DIR"));
            std::fs::read_to_string(path).expect("the fixture is there")
        };
        let (rules, tests, dashboard) = (file("rules.yml"), file("rules-test.yml"), file("dashboard.json"));
        for (text, least) in [(&rules, 10), (&tests, 10), (&dashboard, 15)] {
            let asked = names_in(text);
            assert!(asked.len() >= least, "{asked:?}");
            let missing: Vec<_> = asked.difference(&shown).collect();
            assert!(missing.is_empty(), "no page has {missing:?}");
        }
        let on_dashboard = names_in(&dashboard);
        let is_told = |family: &&&str| on_dashboard.iter().any(|name| name.starts_with(**family));
        let untold: Vec<_> = families.iter().filter(|family| !is_told(family)).collect();
        assert_eq!(untold, [&"process_start_time_seconds", &"process_virtual_memory_bytes"]);
    }

    #[test]
    fn metrics_have_names_and_helps_as_prometheus_wants_them() {
        let page = full_page();
        let (mut helped, mut typed) = (BTreeSet::new(), BTreeSet::new());
        for item in Exposition::of(page.as_bytes(), Format::Text) {
            if let Item::Metadata(said) = item.expect("the page is an exposition") {
                let family = said.family.unescape().into_owned();
                match said.about {
                    About::Help(help) => _ = help.raw().ends_with('.').then(|| helped.insert(family)),
                    About::Type(told) => {
                        assert_eq!(told.as_str() == "counter", family.ends_with("_total"), "{family}");
                        typed.insert(family);
                    }
                    About::Unit(_) => {}
                }
            }
        }
        assert_eq!(helped, typed, "each has a sentence of help");
        assert!(page.contains("annals_source_lag_blocks{source=\"chain\"} 2\n"), "{page}");
        assert!(page.contains("annals_source_answers_total{source=\"chain\"} 3\n"), "{page}");
        assert!(page.contains("annals_recorder_record_seconds_bucket{le=\"0.025\"} 1\n"), "{page}");
    }
}

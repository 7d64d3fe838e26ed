//! The text of a config, and the same as it stands in a run's node: inside of a JSON string.

/// Both are made side by side: a big config has 64 KB, and between two states of a run most pieces of it stay.
#[derive(Default)]
pub(super) struct ConfigText {
    pub(super) plain: String,
    pub(super) escaped: String,
}

impl ConfigText {
    /// Appends a piece of JSON in which nothing but quotes has to be escaped.
    pub(super) fn push(&mut self, json: &str) {
        self.plain.push_str(json);
        let mut pieces = json.split('"');
        self.escaped.extend(pieces.next());
        pieces.for_each(|piece| {
            self.escaped.push_str(r#"\""#);
            self.escaped.push_str(piece);
        });
    }

    /// Appends what was made before.
    pub(super) fn append(&mut self, other: &Self) {
        self.plain.push_str(&other.plain);
        self.escaped.push_str(&other.escaped);
    }
}

impl From<String> for ConfigText {
    fn from(json: String) -> Self {
        let mut text = Self::default();
        text.push(&json);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_escaped_text_reads_as_the_plain_one() {
        let mut config = ConfigText::from(r#"{"a":"","#.to_owned());
        config.append(&ConfigText::from(r#""b":{}"#.to_owned()));
        config.push("}");
        assert_eq!(config.plain, r#"{"a":"","b":{}}"#);
        assert_eq!(serde_json::to_string(&config.plain).unwrap(), format!("\"{}\"", config.escaped));
    }
}

//! The key of an account of W&B: a secret, which stands in no error, no log line and no recording.

use std::fmt;
use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use memchr::memmem;
use netrc::Netrc;
use reqwest::Url;

/// Longer ones are none; W&B's have 40 to 86 characters.
const KEY_BYTES_MAX: usize = 512;
/// Shorter ones are no secret: W&B takes none of under 40 characters.
const SECRET_BYTES_MIN: usize = 16;
const STRUCK_OUT: &[u8] = b"(the key)";

/// A key. Its `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// What was given is none. It is not repeated: it may be another secret.
    #[error("{0} holds no key of W&B: one is of printable ASCII characters without blanks")]
    NoKey(String),
    /// The file of credentials.
    #[error("{path}: {what}")]
    Netrc {
        /// Which file.
        path: String,
        /// What is wrong with it, without its words.
        what: String,
    },
}

impl ApiKey {
    /// `text` is a key; `from` names where it stood.
    ///
    /// # Errors
    /// `NoKey`.
    pub fn new(text: &str, from: &str) -> Result<Self, KeyError> {
        let text = text.trim();
        let is_key =
            (1..=KEY_BYTES_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if is_key { Ok(Self(text.to_owned())) } else { Err(KeyError::NoKey(from.to_owned())) }
    }

    /// The key that a `.netrc` file has for the host of `base_url`, which is where `wandb login` puts it; `None` when there
    /// is no file, or none for this host.
    ///
    /// # Errors
    /// `Netrc`, `NoKey`.
    pub fn of_netrc(path: &Path, base_url: &str) -> Result<Option<Self>, KeyError> {
        let wrong = |what: String| KeyError::Netrc { path: path.display().to_string(), what };
        let netrc = match Netrc::from_file(path) {
            Ok(netrc) => netrc,
            Err(netrc::Error::Io(error)) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(netrc::Error::Io(error)) => return Err(wrong(error.to_string())),
            // The parser's words repeat the file's.
            Err(_) => {
                return Err(wrong("is not of the form `machine HOST login USER password KEY`".to_owned()));
            }
        };
        let host = Url::parse(base_url).ok().and_then(|url| url.host_str().map(str::to_owned));
        let Some(entry) = host.and_then(|host| netrc.hosts.get(&host)) else { return Ok(None) };
        Self::new(&entry.password, &path.display().to_string()).map(Some)
    }

    /// As HTTP has it.
    pub(super) fn basic(&self) -> String {
        BASE64_STANDARD.encode(format!("api:{}", self.0))
    }

    /// Puts other words in the place of the key wherever it stands, in either form.
    pub(super) fn strike_out(&self, bytes: &mut Vec<u8>) {
        // A short one would stand everywhere by chance.
        if self.0.len() >= SECRET_BYTES_MIN {
            replace_all(bytes, self.0.as_bytes());
            replace_all(bytes, self.basic().as_bytes());
        }
    }
}

fn replace_all(bytes: &mut Vec<u8>, secret: &[u8]) {
    let found: Vec<usize> = memmem::find_iter(bytes, secret).collect();
    for at in found.into_iter().rev() {
        bytes.splice(at..at + secret.len(), STRUCK_OUT.iter().copied());
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_found_for_its_host_alone_and_never_shown() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("netrc");
        let of = |url| ApiKey::of_netrc(&path, url);
        assert_eq!(of("https://api.wandb.ai").unwrap(), None);
        std::fs::write(&path, "machine api.wandb.ai\n  login user\n  password 5ec2e7\n").unwrap();
        let key = of("https://api.wandb.ai").unwrap().unwrap();
        assert_eq!(key, ApiKey::new(" 5ec2e7\n", "WANDB_API_KEY").unwrap());
        assert!(!format!("{key:?}").contains("5ec"));
        assert_eq!(of("https://wandb.example.org").unwrap(), None);
    }

    #[test]
    fn what_is_no_key_is_refused_without_repeating_it() {
        for wrong in ["", "two words", "5ec2e7\u{7f}", &"5".repeat(600)] {
            let error = ApiKey::new(wrong, "WANDB_API_KEY").unwrap_err().to_string();
            assert!(error.starts_with("WANDB_API_KEY holds no key"), "{error}");
            assert!(wrong.is_empty() || !error.contains(wrong), "{error}");
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("netrc");
        std::fs::write(&path, "5ec2e7 machine").unwrap();
        let error = ApiKey::of_netrc(&path, "https://api.wandb.ai").unwrap_err().to_string();
        assert!(error.contains("is not of the form") && !error.contains("5ec2e7"), "{error}");
    }
}

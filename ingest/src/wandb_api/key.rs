//! The key of an account of W&B: a secret, which stands in no error, no log line and no recording.

use std::fmt;
use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use memchr::memmem;
use reqwest::Url;

use super::netrc::Netrc;

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

    /// The key that a `.netrc` file has for the host of `base_url`, which is where `wandb login` puts it; `None` when
    /// there is no file, or none for this host.
    ///
    /// # Errors
    /// `Netrc`: also when there is none, and a line may have hidden it.
    pub fn of_netrc(path: &Path, base_url: &str) -> Result<Option<Self>, KeyError> {
        let wrong = |what: String| KeyError::Netrc { path: path.display().to_string(), what };
        let file = match std::fs::read(path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(wrong(error.to_string())),
        };
        let host = Url::parse(base_url).ok().and_then(|url| url.host_str().map(str::to_owned));
        let Some(host) = host else { return Ok(None) };
        let netrc = Netrc::read(&file);
        let Some(entry) = netrc.entry_of(&host) else {
            return match netrc.odd_line() {
                Some(odd) => Err(wrong(format!("line {}: {}; {host} is not found", odd.line, odd.what))),
                None => Ok(None),
            };
        };
        let Some((password, line)) = entry.password() else {
            return Err(wrong(format!(
                "line {}: the entry of {} has no password",
                entry.line(),
                entry.name()
            )));
        };
        Self::new(password, &format!("line {line} of {}", path.display())).map(Some)
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
        for (file, what) in [
            (
                "machine a.org\nmachine api.wandb.ai\n login user\n",
                "line 2: the entry of api.wandb.ai has no password",
            ),
            ("default\n login 5ec2e7", "line 1: the entry of default has no password"),
            ("machine api.wandb.ai login user\n\n password 5ec2e7\u{7f}", "line 3 of "),
            (
                "machine a.org\n password \"5ec2e7\n",
                "line 2: a quotation mark is not closed; api.wandb.ai is not found",
            ),
            (
                "macdef init\n cd 5ec2e7\nmachine api.wandb.ai password 5ec2e7",
                "line 1: no empty line ends a macro",
            ),
        ] {
            std::fs::write(&path, file).unwrap();
            let error = ApiKey::of_netrc(&path, "https://api.wandb.ai").unwrap_err().to_string();
            assert!(error.contains(what) && !error.contains("5ec2e7"), "{error}");
        }
    }

    #[test]
    fn foreign_lines_hide_no_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("netrc");
        let key = ApiKey::new("5ec2e7", "the test").unwrap();
        for file in [
            "machine git.heroku.com\n  login a\n  method interactive\n  password x\nmachine api.wandb.ai\n  login user\n  password 5ec2e7\n",
            "machine api.wandb.ai method interactive login user port 443 password 5ec2e7",
            "\u{feff}machine api.wandb.ai\r\n\tuser user\r\n\tpassword \"5ec2e7\"\r\n",
            "# machine api.wandb.ai password none\nwhatever\nmachine api.wandb.ai # of the lab\n password 5ec2e7",
            "macdef init\nmachine api.wandb.ai password none\n\nmachine api.wandb.ai password 5ec\\2e7",
            "machine api.wandb.ai password none machine a.org password machine machine api.wandb.ai password 5ec2e7",
            "machine a.org login x password y\ndefault login user password 5ec2e7",
            "machine a.org password \"none\nmachine api.wandb.ai password 5ec2e7",
        ] {
            std::fs::write(&path, file).unwrap();
            assert_eq!(
                ApiKey::of_netrc(&path, "https://api.wandb.ai").unwrap().as_ref(),
                Some(&key),
                "{file}"
            );
        }
        std::fs::write(&path, b"machine \xff\xfe password \xff machine api.wandb.ai password 5ec2e7")
            .unwrap();
        assert_eq!(ApiKey::of_netrc(&path, "https://api.wandb.ai").unwrap(), Some(key));
        std::fs::write(&path, "machine a.org login x password y\nsome words\n").unwrap();
        assert_eq!(ApiKey::of_netrc(&path, "https://api.wandb.ai").unwrap(), None);
    }
}

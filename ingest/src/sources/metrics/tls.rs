//! TLS: the machine's certificates, and one more that an operator may give.

use std::io;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::client::Resumption;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls_platform_verifier::Verifier;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// The side of TLS that asks. It is made once: it reads the machine's certificates.
#[derive(Clone)]
pub struct Tls(TlsConnector);

/// Why nobody can be asked with TLS.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// The certificates that were given are in no PEM.
    #[error("the given certificates cannot be read as PEM")]
    Pem(#[source] pem::Error),
    /// They have none.
    #[error("the given PEM has no certificate")]
    NoCertificate,
    /// A certificate cannot be a root, or the machine has none and was given none.
    #[error("certificates cannot be verified here")]
    Verifier(#[source] rustls::Error),
}

impl Tls {
    /// Trusts what the machine trusts, and the certificates of `authorities_pem`.
    ///
    /// # Errors
    /// [`TlsError`].
    pub fn new(authorities_pem: Option<&[u8]>) -> Result<Self, TlsError> {
        let mut authorities = Vec::new();
        if let Some(text) = authorities_pem {
            for certificate in CertificateDer::pem_slice_iter(text) {
                authorities.push(certificate.map_err(TlsError::Pem)?);
            }
            if authorities.is_empty() {
                return Err(TlsError::NoCertificate);
            }
        }
        let provider = Arc::new(default_provider());
        let verifier =
            Verifier::new_with_extra_roots(authorities, provider.clone()).map_err(TlsError::Verifier)?;
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("ring has the suites of both versions")
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        // Each scrape stands alone: a server finds nothing of the last one in the next.
        config.resumption = Resumption::disabled();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self(TlsConnector::from(Arc::new(config))))
    }

    pub(super) async fn connect(
        &self,
        name: ServerName<'static>,
        stream: TcpStream,
    ) -> io::Result<TlsStream<TcpStream>> {
        self.0.connect(name, stream).await
    }
}

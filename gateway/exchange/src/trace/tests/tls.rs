use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::PrivateKeyDer;
use tokio_rustls::TlsAcceptor;

use super::*;

/// A root with a certificate of one name under it.
struct Certified {
    root: String,
    acceptor: TlsAcceptor,
}

impl Certified {
    fn naming(name: &str) -> Self {
        let mut root = CertificateParams::default();
        root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root_key = KeyPair::generate().unwrap();
        let root_certificate = root.self_signed(&root_key).unwrap();
        let own = CertificateParams::new([name.to_owned()]).unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate = own.signed_by(&key, &Issuer::new(root, root_key)).unwrap();

        let chain = vec![certificate.der().clone()];
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        Self {
            root: root_certificate.pem(),
            acceptor: TlsAcceptor::from(Arc::new(config)),
        }
    }
}

/// How many spans a gateway that trusts `root` says it sent, failed to send and dropped, and whether the
/// collector of this certificate was sent them.
async fn sent_to(certified: Certified, root: &str) -> ([u64; 3], bool) {
    let folder = tempfile::tempdir().unwrap();
    let roots = folder.path().join("roots.pem");
    std::fs::write(&roots, root).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let settings = TraceSettings {
        collector: format!("https://127.0.0.1:{port}/v1/traces")
            .parse()
            .unwrap(),
        roots: Some(roots),
        sample_percent: 100,
    };
    let whose = Whose {
        member: &hub(),
        role: Role::Hub,
        version: "0.0.0",
    };
    let traces = Traces::start(&settings, whose, &Clock::system()).unwrap();
    let collecting = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        match certified.acceptor.accept(stream).await {
            Ok(mut stream) => {
                taken(&mut stream, "200 OK").await;
                true
            }
            Err(_) => false,
        }
    });

    let sending = traces.keep_sending();
    drop(traces.begin(Step::Ask));
    tokio::time::timeout(PATIENCE, sending.end()).await.unwrap();

    let came = tokio::time::timeout(PATIENCE, collecting).await;
    let counts = traces.0.as_ref().unwrap().counts.read();
    (counts.map(|(_, count)| count), came.unwrap().unwrap())
}

#[tokio::test]
async fn a_collector_is_sent_to_under_its_root_and_its_name() {
    let certified = Certified::naming("127.0.0.1");
    let root = certified.root.clone();

    let (counts, came) = sent_to(certified, &root).await;

    assert!(came);
    assert_eq!(counts, [1, 0, 0]);
}

#[tokio::test]
async fn withholds_traces_from_a_collector_under_another_root_or_another_name() {
    let trusted = Certified::naming("127.0.0.1").root;
    let astray = Certified::naming("collector.example");
    let named = astray.root.clone();
    for (certified, root) in [(Certified::naming("127.0.0.1"), trusted), (astray, named)] {
        let (counts, came) = sent_to(certified, &root).await;

        assert!(!came, "the handshake ended well");
        assert_eq!(counts, [0, 1, 0]);
    }
}

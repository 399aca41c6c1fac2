//! Real handshakes over in-memory pipes: who gets in, and the many who do not.

use rcgen::{ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, SanType};
use rustls::client::ResolvesClientCert;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{CertificateError, Error, HandshakeKind, NamedGroup, SignatureScheme};
use stile_model::digest::Digest;
use stile_model::id::PartnershipId;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio_rustls::{TlsAcceptor, TlsConnector, client, server};

use super::*;
use crate::authority::params;
use crate::identity::IdentityError;
use crate::peer::Peer;
use crate::profile::ProfileRefusal;
use crate::serial::Serial;
use crate::testing::{
    DAY_S, MovableClock, Partnership, certified, hub, member, officer, partnership, police, start,
};

const ALPN: &[&[u8]] = &[b"stile/1"];

/// Both ends of one attempt.
struct Attempt {
    server: Result<server::TlsStream<DuplexStream>, Error>,
    client: Result<client::TlsStream<DuplexStream>, Error>,
}

impl Attempt {
    /// Why the accepting end refused; fails the test if it did not.
    fn refusal(self) -> Error {
        self.server.expect_err("the server should have refused")
    }

    /// Why the dialling end refused; fails the test if it did not.
    fn client_refusal(self) -> Error {
        self.client.expect_err("the client should have refused")
    }
}

async fn attempt(server: &Arc<ServerConfig>, client: &Arc<ClientConfig>) -> Attempt {
    attempt_as("localhost", server, client).await
}

async fn attempt_as(name: &str, server: &Arc<ServerConfig>, client: &Arc<ClientConfig>) -> Attempt {
    let (near, far) = tokio::io::duplex(1 << 16);
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let accept = TlsAcceptor::from(Arc::clone(server)).accept(far);
    let connect = TlsConnector::from(Arc::clone(client)).connect(name, near);
    let (server, client) = tokio::join!(accept, connect);
    Attempt {
        server: server.map_err(tls_error),
        client: client.map_err(tls_error),
    }
}

fn tls_error(error: std::io::Error) -> Error {
    error
        .into_inner()
        .unwrap()
        .downcast::<Error>()
        .map(|error| *error)
        .unwrap()
}

/// Our own reason inside a rustls refusal.
fn ours(error: &Error) -> &TrustError {
    match error {
        Error::InvalidCertificate(CertificateError::Other(other)) => {
            other.0.downcast_ref().unwrap()
        }
        other => panic!("not a refusal of ours: {other:?}"),
    }
}

/// An agency that accepts the hub, and the hub that dials it.
struct Pair {
    partnership: Partnership,
    agency: TlsMaterial,
    hub: TlsMaterial,
    agency_clock: MovableClock,
    hub_clock: MovableClock,
}

impl Pair {
    fn new() -> Self {
        let partnership = Partnership::new();
        Self {
            agency: partnership.material("police", &police()),
            hub: partnership.material("mash", &hub()),
            partnership,
            agency_clock: MovableClock::new(),
            hub_clock: MovableClock::new(),
        }
    }

    fn server(&self) -> Arc<ServerConfig> {
        server_config(&self.agency, &[Role::Hub], ALPN, self.agency_clock.now()).unwrap()
    }

    fn client(&self) -> Arc<ClientConfig> {
        client_config(&self.hub, &police(), ALPN, self.hub_clock.now()).unwrap()
    }

    /// The hub's settings with another certificate than its own.
    fn client_with(&self, certificate: CertifiedKey) -> Arc<ClientConfig> {
        let mut config = ClientConfig::clone(&self.client());
        config.client_auth_cert_resolver = Arc::new(SingleCertAndKey::from(certificate));
        Arc::new(config)
    }

    /// The agency's settings with another certificate than its own.
    fn server_with(&self, certificate: CertifiedKey) -> Arc<ServerConfig> {
        let mut config = ServerConfig::clone(&self.server());
        config.cert_resolver = Arc::new(SingleCertAndKey::from(certificate));
        Arc::new(config)
    }

    /// What the server says to a hub certificate changed by `change`.
    async fn refusal_of(&self, change: impl FnOnce(&mut rcgen::CertificateParams)) -> Error {
        let certificate = self.partnership.forge(&leaf_with(change));
        attempt(&self.server(), &self.client_with(certificate))
            .await
            .refusal()
    }
}

/// A good certificate's parameters for the hub, changed.
fn leaf_with(change: impl FnOnce(&mut rcgen::CertificateParams)) -> rcgen::CertificateParams {
    let serial = Serial::from_bytes(&[0x41; 16]).unwrap();
    let names = ["localhost".to_owned()];
    let ends = start().plus_s(90 * DAY_S);
    let mut params = params::leaf(&hub(), &names, serial, start(), ends).unwrap();
    change(&mut params);
    params
}

fn uri(text: &str) -> SanType {
    SanType::URI(text.try_into().unwrap())
}

fn is_profile(error: &Error, expected: &ProfileRefusal) -> bool {
    matches!(ours(error), TrustError::Profile(refusal) if refusal == expected)
}

#[tokio::test]
async fn accepts_a_member_and_reads_its_identity_on_both_ends() {
    let pair = Pair::new();

    let Attempt { server, client } = attempt(&pair.server(), &pair.client()).await;

    let (server, client) = (server.unwrap(), client.unwrap());
    let seen = Peer::from_chain(server.get_ref().1.peer_certificates().unwrap()).unwrap();
    let dialled = Peer::from_chain(client.get_ref().1.peer_certificates().unwrap()).unwrap();
    assert_eq!(seen, pair.hub.own());
    assert_eq!(dialled, pair.agency.own());
    assert_eq!(seen.identity, hub());
    assert_eq!(
        server.get_ref().1.alpn_protocol(),
        Some(b"stile/1".as_slice())
    );
}

#[tokio::test]
async fn accepts_a_forged_test_certificate_that_keeps_every_rule() {
    let pair = Pair::new();
    let certificate = pair.partnership.forge(&leaf_with(|_| {}));

    let attempt = attempt(&pair.server(), &pair.client_with(certificate)).await;

    assert!(
        attempt.server.is_ok(),
        "every refusal below is for its own change alone"
    );
}

#[tokio::test]
async fn accepts_an_ed25519_certificate() {
    let pair = Pair::new();
    let key = KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
    let certificate = pair.partnership.forge_for(&leaf_with(|_| {}), &key);

    assert!(
        attempt(&pair.server(), &pair.client_with(certificate))
            .await
            .server
            .is_ok()
    );
}

#[tokio::test]
async fn negotiates_the_hybrid_group_between_our_own_ends() {
    let pair = Pair::new();

    let server = attempt(&pair.server(), &pair.client())
        .await
        .server
        .unwrap();

    let group = server
        .get_ref()
        .1
        .negotiated_key_exchange_group()
        .unwrap()
        .name();
    assert_eq!(group, NamedGroup::X25519MLKEM768);
}

#[tokio::test]
async fn falls_back_to_x25519_for_a_client_without_the_hybrid_group() {
    let pair = Pair::new();
    let rules = Rules::new(&pair.hub, Accepted::Exactly(police()));
    let verifier = verify::server_verifier(&pair.hub, rules);
    let clock = Arc::new(Clock(pair.hub_clock.now()));
    let mut config = ClientConfig::builder_with_details(Arc::new(ring::default_provider()), clock)
        .with_protocol_versions(&[&TLS13])
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_client_cert_resolver(Arc::new(SingleCertAndKey::from(pair.hub.certified())));
    config.alpn_protocols = vec![b"stile/1".to_vec()];

    let server = attempt(&pair.server(), &Arc::new(config))
        .await
        .server
        .unwrap();

    let group = server
        .get_ref()
        .1
        .negotiated_key_exchange_group()
        .unwrap()
        .name();
    assert_eq!(group, NamedGroup::X25519);
}

#[tokio::test]
async fn refuses_a_client_without_a_certificate() {
    let pair = Pair::new();
    let mut config = ClientConfig::clone(&pair.client());
    config.client_auth_cert_resolver = Arc::new(NoCertificate);

    let refusal = attempt(&pair.server(), &Arc::new(config)).await.refusal();

    assert_eq!(refusal, Error::NoCertificatesPresented);
}

#[tokio::test]
async fn refuses_a_certificate_of_another_authority_with_the_same_names() {
    let pair = Pair::new();
    let issued = Partnership::new().issue(&hub());
    let certificate = certified(&issued.chain_pem, issued.key_pem.reveal());

    let refusal = attempt(&pair.server(), &pair.client_with(certificate))
        .await
        .refusal();

    let chain = [
        CertificateError::UnknownIssuer,
        CertificateError::BadSignature,
    ];
    assert!(
        matches!(&refusal, Error::InvalidCertificate(why) if chain.contains(why)),
        "{refusal}"
    );
}

#[tokio::test]
async fn refuses_a_server_of_another_authority() {
    let pair = Pair::new();
    let issued = Partnership::new().issue(&police());
    let certificate = certified(&issued.chain_pem, issued.key_pem.reveal());

    let refusal = attempt(&pair.server_with(certificate), &pair.client())
        .await
        .client_refusal();

    let chain = [
        CertificateError::UnknownIssuer,
        CertificateError::BadSignature,
    ];
    assert!(
        matches!(&refusal, Error::InvalidCertificate(why) if chain.contains(why)),
        "{refusal}"
    );
}

#[tokio::test]
async fn refuses_an_issuer_under_our_root_without_a_revocation_list() {
    let pair = Pair::new();
    let serial = Serial::from_bytes(&[0x42; 16]).unwrap();
    let (key, leaf_key) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let params = params::issuing(&partnership(), serial, start());
    let issuing = params.signed_by(&key, &pair.partnership.root().0).unwrap();
    let leaf = leaf_with(|_| {})
        .signed_by(&leaf_key, &rcgen::Issuer::from_params(&params, &key))
        .unwrap();
    let chain = format!("{}{}", leaf.pem(), issuing.pem());
    let certificate = certified(&chain, &leaf_key.serialize_pem());

    let refusal = attempt(&pair.server(), &pair.client_with(certificate))
        .await
        .refusal();

    assert_eq!(refusal, CertificateError::UnknownRevocationStatus.into());
}

#[tokio::test]
async fn refuses_an_expired_certificate_when_the_clock_moves_past_it() {
    let pair = Pair::new();
    let later = start().plus_s(91 * DAY_S);
    pair.partnership
        .authority
        .refresh_crl(later.plus_s(-60), 7)
        .unwrap();
    pair.agency.reload_revocations(later).unwrap();
    pair.agency_clock.move_to(later);

    let refusal = attempt(&pair.server(), &pair.client()).await.refusal();

    assert!(
        matches!(
            refusal,
            Error::InvalidCertificate(
                CertificateError::Expired | CertificateError::ExpiredContext { .. }
            )
        ),
        "{refusal}"
    );
}

#[tokio::test]
async fn refuses_everyone_when_the_revocation_list_has_expired() {
    let pair = Pair::new();
    pair.agency_clock.move_to(start().plus_s(7 * DAY_S));

    let refusal = attempt(&pair.server(), &pair.client()).await.refusal();

    assert_eq!(refusal, CertificateError::ExpiredRevocationList.into());
}

#[tokio::test]
async fn dialling_end_refuses_when_its_revocation_list_has_expired() {
    let pair = Pair::new();
    pair.hub_clock.move_to(start().plus_s(7 * DAY_S));

    let refusal = attempt(&pair.server(), &pair.client())
        .await
        .client_refusal();

    assert_eq!(refusal, CertificateError::ExpiredRevocationList.into());
}

#[tokio::test]
async fn revocation_ends_a_live_peer_and_its_next_handshake_without_new_settings() {
    let pair = Pair::new();
    let (server, client) = (pair.server(), pair.client());
    let live = attempt(&server, &client).await.server.unwrap();
    let peer = Peer::from_chain(live.get_ref().1.peer_certificates().unwrap()).unwrap();
    let now = start().plus_s(60);
    pair.agency.revocations().load().check(&peer, now).unwrap();

    pair.partnership.authority.revoke(peer.serial, now).unwrap();
    pair.agency.reload_revocations(now).unwrap();

    let on_request = pair.agency.revocations().load().check(&peer, now);
    assert!(matches!(on_request, Err(TrustError::Revoked(serial)) if serial == peer.serial));
    let again = attempt(&server, &client).await.refusal();
    assert_eq!(again, CertificateError::Revoked.into());
}

#[tokio::test]
async fn dialling_end_refuses_a_revoked_server() {
    let pair = Pair::new();
    let now = start().plus_s(60);
    pair.partnership
        .authority
        .revoke(pair.agency.own().serial, now)
        .unwrap();
    pair.hub.reload_revocations(now).unwrap();

    let refusal = attempt(&pair.server(), &pair.client())
        .await
        .client_refusal();

    assert_eq!(refusal, CertificateError::Revoked.into());
}

#[tokio::test]
async fn refuses_a_role_that_this_door_does_not_take() {
    let pair = Pair::new();
    let certificate = |identity| {
        let issued = pair.partnership.issue(&identity);
        certified(&issued.chain_pem, issued.key_pem.reveal())
    };
    for (identity, role) in [
        (
            Identity::agency(partnership(), member("north-health")),
            Role::Agency,
        ),
        (officer(), Role::Person),
    ] {
        let client = pair.client_with(certificate(identity));

        let refusal = attempt(&pair.server(), &client).await.refusal();

        assert!(matches!(ours(&refusal), TrustError::WrongRole(found) if *found == role));
    }
}

#[tokio::test]
async fn accepts_a_person_where_people_are_taken() {
    let pair = Pair::new();
    let issued = pair.partnership.issue(&officer());
    let certificate = certified(&issued.chain_pem, issued.key_pem.reveal());
    let server =
        server_config(&pair.agency, &[Role::Person], ALPN, pair.agency_clock.now()).unwrap();

    let server = attempt(&server, &pair.client_with(certificate))
        .await
        .server
        .unwrap();

    let peer = Peer::from_chain(server.get_ref().1.peer_certificates().unwrap()).unwrap();
    assert_eq!(peer.identity, officer());
}

#[tokio::test]
async fn accepts_nobody_when_no_role_is_listed() {
    let pair = Pair::new();
    let server = server_config(&pair.agency, &[], ALPN, pair.agency_clock.now()).unwrap();

    let refusal = attempt(&server, &pair.client()).await.refusal();

    assert!(matches!(ours(&refusal), TrustError::WrongRole(Role::Hub)));
}

#[tokio::test]
async fn dialling_end_refuses_another_member_and_a_hub_posing_as_agency() {
    let pair = Pair::new();
    for other in [
        Identity::agency(partnership(), member("north-health")),
        Identity::hub(partnership(), member("north-police")),
    ] {
        let issued = pair.partnership.issue(&other);
        let server = pair.server_with(certified(&issued.chain_pem, issued.key_pem.reveal()));

        let refusal = attempt(&server, &pair.client()).await.client_refusal();

        assert!(
            matches!(ours(&refusal), TrustError::WrongIdentity { .. }),
            "{other}"
        );
    }
}

#[tokio::test]
async fn dialling_end_refuses_a_name_the_certificate_does_not_list() {
    let pair = Pair::new();

    let refusal = attempt_as("elsewhere.example", &pair.server(), &pair.client())
        .await
        .client_refusal();

    assert!(
        matches!(
            refusal,
            Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }
            )
        ),
        "{refusal}"
    );
}

#[tokio::test]
async fn refuses_another_partnership_under_the_same_authority() {
    let pair = Pair::new();
    let other = Identity::hub(PartnershipId::new("south").unwrap(), member("north-mash"));

    let refusal = pair
        .refusal_of(|leaf| leaf.subject_alt_names = vec![uri(&other.to_string())])
        .await;

    assert!(matches!(
        ours(&refusal),
        TrustError::WrongPartnership { .. }
    ));
}

#[tokio::test]
async fn refuses_no_foreign_or_two_uris() {
    let pair = Pair::new();
    let two = vec![uri(&hub().to_string()), uri(&police().to_string())];
    for (names, why) in [
        (vec![], IdentityError::NotOneUri(0)),
        (two, IdentityError::NotOneUri(2)),
        (
            vec![uri("spiffe://north/hub/north-mash")],
            IdentityError::Shape,
        ),
    ] {
        let refusal = pair.refusal_of(|leaf| leaf.subject_alt_names = names).await;

        assert!(
            is_profile(&refusal, &ProfileRefusal::Identity(why.clone())),
            "{why:?} {refusal:?}"
        );
    }
}

#[tokio::test]
async fn refuses_missing_or_partial_extended_key_usage() {
    let pair = Pair::new();

    let none = pair
        .refusal_of(|leaf| leaf.extended_key_usages.clear())
        .await;
    let client_only = pair
        .refusal_of(|leaf| leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth])
        .await;

    assert!(is_profile(&none, &ProfileRefusal::NoClientAuth));
    assert!(is_profile(&client_only, &ProfileRefusal::NoServerAuth));
}

#[tokio::test]
async fn refuses_key_usages_without_signature_or_with_certificate_signing() {
    let pair = Pair::new();

    let none = pair.refusal_of(|leaf| leaf.key_usages.clear()).await;
    let other = pair
        .refusal_of(|leaf| leaf.key_usages = vec![KeyUsagePurpose::KeyAgreement])
        .await;
    let signs = pair
        .refusal_of(|leaf| leaf.key_usages.push(KeyUsagePurpose::KeyCertSign))
        .await;

    assert!(is_profile(&none, &ProfileRefusal::NoDigitalSignature));
    assert!(is_profile(&other, &ProfileRefusal::NoDigitalSignature));
    assert!(is_profile(&signs, &ProfileRefusal::SignsCertificates));
}

#[tokio::test]
async fn refuses_a_lifetime_over_398_days() {
    let pair = Pair::new();

    let refusal = pair
        .refusal_of(|leaf| leaf.not_after = leaf.not_before + Duration::from_hours(399 * 24))
        .await;

    assert!(is_profile(&refusal, &ProfileRefusal::Lifetime(399)));
}

#[tokio::test]
async fn refuses_a_certificate_authority_and_one_without_authority_key() {
    let pair = Pair::new();

    let no_key = pair
        .refusal_of(|leaf| leaf.use_authority_key_identifier_extension = false)
        .await;
    let authority = crate::profile::check(
        &pair
            .partnership
            .forge(&leaf_with(|leaf| {
                leaf.is_ca = IsCa::Ca(rcgen::BasicConstraints::Constrained(0));
            }))
            .cert[0],
    );

    assert!(is_profile(&no_key, &ProfileRefusal::NoAuthorityKey));
    assert_eq!(authority, Err(ProfileRefusal::Authority));
}

#[tokio::test]
async fn refuses_a_p384_key() {
    let pair = Pair::new();
    let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap();
    let certificate = pair.partnership.forge_for(&leaf_with(|_| {}), &key);

    let refusal = attempt(&pair.server(), &pair.client_with(certificate))
        .await
        .refusal();

    assert!(is_profile(&refusal, &ProfileRefusal::KeyKind));
}

#[tokio::test]
async fn refuses_a_stolen_certificate_without_its_key() {
    let pair = Pair::new();
    let stolen = pair.hub.certified();
    let other = pair.partnership.forge(&leaf_with(|_| {}));
    let mismatched = CertifiedKey::new(stolen.cert.clone(), other.key);

    let refusal = attempt(&pair.server(), &pair.client_with(mismatched))
        .await
        .refusal();

    assert_eq!(refusal, CertificateError::BadSignature.into());
}

#[tokio::test]
async fn offers_no_resumption_even_to_a_client_that_wants_it() {
    let pair = Pair::new();
    let mut config = ClientConfig::clone(&pair.client());
    config.resumption = Resumption::in_memory_sessions(8);
    let (server, client) = (pair.server(), Arc::new(config));
    for _ in 0..2 {
        let Attempt { server, client } = attempt(&server, &client).await;
        let (mut server, mut client) = (server.unwrap(), client.unwrap());

        // A byte each way, so that a ticket would have arrived.
        server.write_all(b"x").await.unwrap();
        server.flush().await.unwrap();
        assert_eq!(client.read_u8().await.unwrap(), b'x');

        assert_eq!(client.get_ref().1.tls13_tickets_received(), 0);
        assert_eq!(
            server.get_ref().1.handshake_kind(),
            Some(HandshakeKind::Full)
        );
    }
}

#[test]
fn refuses_a_tls_1_2_client() {
    let mut connection = rustls::ServerConnection::new(Pair::new().server()).unwrap();
    // RFC 5246 §7.4.1.2, without the supported_versions extension of TLS 1.3.
    let mut hello = vec![0x03, 0x03];
    hello.extend_from_slice(&[7; 32]);
    hello.extend_from_slice(&[0, 0, 2, 0xc0, 0x2b, 1, 0]);
    hello.extend_from_slice(&[0, 16, 0, 10, 0, 4, 0, 2, 0, 0x1d, 0, 13, 0, 4, 0, 2, 4, 3]);
    let length = u8::try_from(hello.len()).unwrap();
    let mut record = vec![0x16, 3, 1, 0, length + 4, 1, 0, 0, length];
    record.append(&mut hello);

    connection.read_tls(&mut record.as_slice()).unwrap();
    let refusal = connection.process_new_packets().unwrap_err();

    assert!(matches!(refusal, Error::PeerIncompatible(_)), "{refusal}");
}

#[test]
fn a_persons_certificate_cannot_serve() {
    let partnership = Partnership::new();
    let person = partnership.material("officer", &officer());

    let result = server_config(&person, &[Role::Hub], ALPN, MovableClock::new().now());

    assert!(matches!(result, Err(TrustError::WrongRole(Role::Person))));
}

#[test]
fn material_names_the_file_or_rule_that_does_not_hold() {
    let partnership = Partnership::new();
    let good = partnership.files("police", &partnership.issue(&police()));
    let other = partnership.files("health", &partnership.issue(&hub()));
    let foreign = Partnership::new();
    let load = |files: TlsFiles| TlsMaterial::load(&files, start()).unwrap_err();

    let missing = load(TlsFiles {
        chain: partnership.path("none.pem"),
        ..good.clone()
    });
    let no_pem = load(TlsFiles {
        roots: good.key.file().unwrap().to_owned(),
        ..good.clone()
    });
    let swapped = load(TlsFiles {
        key: other.key,
        ..good.clone()
    });
    let no_key = load(TlsFiles {
        key: good.chain.clone().into(),
        ..good.clone()
    });
    let foreign_roots = load(TlsFiles {
        roots: foreign.authority.root_path(),
        ..good.clone()
    });
    let foreign_crl = load(TlsFiles {
        crl: foreign.authority.crl_path(),
        ..good.clone()
    });
    let expired = TlsMaterial::load(&good, start().plus_s(91 * DAY_S)).unwrap_err();
    let too_early = TlsMaterial::load(&good, start().plus_s(-DAY_S)).unwrap_err();

    assert!(
        matches!(missing, TrustError::File { action: "read", .. }),
        "{missing}"
    );
    assert!(matches!(no_pem, TrustError::Pem { .. }), "{no_pem}");
    assert!(matches!(swapped, TrustError::KeyMismatch), "{swapped}");
    assert!(matches!(no_key, TrustError::KeyExposed(_)), "{no_key}");
    assert!(
        matches!(foreign_roots, TrustError::Pem { .. }),
        "{foreign_roots}"
    );
    assert!(
        matches!(foreign_crl, TrustError::CrlForged),
        "{foreign_crl}"
    );
    assert!(
        matches!(expired, TrustError::NotInForce { .. }),
        "{expired}"
    );
    assert!(
        matches!(too_early, TrustError::NotInForce { .. }),
        "{too_early}"
    );
}

#[test]
fn material_refuses_a_chain_without_the_issuing_certificate() {
    let partnership = Partnership::new();
    let files = partnership.files("police", &partnership.issue(&police()));
    let chain = std::fs::read_to_string(&files.chain).unwrap();
    let end = "-----END CERTIFICATE-----";
    let leaf = format!("{}{end}\n", chain.split_once(end).unwrap().0);
    std::fs::write(&files.chain, leaf).unwrap();

    let error = TlsMaterial::load(&files, start()).unwrap_err();

    assert!(
        matches!(error, TrustError::Tls(Error::InvalidCertificate(_))),
        "{error}"
    );
}

#[test]
fn an_older_list_does_not_replace_a_newer_one() {
    let pair = Pair::new();
    let crl = pair.partnership.authority.crl_path();
    let old = std::fs::read_to_string(&crl).unwrap();
    let now = start().plus_s(60);
    pair.partnership
        .authority
        .revoke(pair.hub.own().serial, now)
        .unwrap();
    pair.agency.reload_revocations(now).unwrap();
    std::fs::write(&crl, old).unwrap();

    let result = pair.agency.reload_revocations(now);

    assert!(matches!(result, Err(TrustError::CrlOlder { .. })));
    assert!(
        pair.agency
            .revocations()
            .load()
            .is_revoked(&pair.hub.own().serial)
    );
}

/// Writes another certificate with another key over a member's files.
fn renew(partnership: &Partnership, name: &str, identity: &Identity) {
    let (chain, key) = (
        partnership.path(&format!("{name}.pem")),
        partnership.path(&format!("{name}.key")),
    );
    std::fs::remove_file(&chain).unwrap();
    std::fs::remove_file(&key).unwrap();
    partnership.issue(identity).save(&chain, &key).unwrap();
}

/// The certificate that the accepting end showed.
fn shown(attempt: Attempt) -> Peer {
    let client = attempt.client.unwrap();
    Peer::from_chain(client.get_ref().1.peer_certificates().unwrap()).unwrap()
}

#[tokio::test]
async fn a_renewed_certificate_counts_at_once_in_settings_made_before_and_cuts_nobody() {
    let pair = Pair::new();
    let (server, client) = (pair.server(), pair.client());
    let live = attempt(&server, &client).await;
    let (mut at_agency, mut at_hub) = (live.server.unwrap(), live.client.unwrap());
    let (old, old_hub) = (pair.agency.own(), pair.hub.own());
    renew(&pair.partnership, "police", &police());
    renew(&pair.partnership, "mash", &hub());

    assert!(pair.agency.reload(start()).unwrap());
    assert!(pair.hub.reload(start()).unwrap());
    assert!(!pair.agency.reload(start()).unwrap(), "nothing new");

    let next = attempt(&server, &client).await;
    let certificates = next
        .server
        .as_ref()
        .unwrap()
        .get_ref()
        .1
        .peer_certificates();
    let dialled = Peer::from_chain(certificates.unwrap()).unwrap();
    assert_eq!(dialled, pair.hub.own());
    assert_ne!(dialled.serial, old_hub.serial);
    let seen = shown(next);
    assert_eq!(seen, pair.agency.own());
    assert_ne!(seen.serial, old.serial);
    at_agency.write_all(b"x").await.unwrap();
    at_agency.flush().await.unwrap();
    assert_eq!(at_hub.read_u8().await.unwrap(), b'x', "still connected");
}

/// Adds what belongs to another authority of the same partnership to a member's own copies of roots,
/// issuing certificates and lists.
fn overlap(old: &Partnership, fresh: &Partnership, files: &TlsFiles) {
    for (path, one, two) in [
        (
            &files.roots,
            old.authority.root_path(),
            fresh.authority.root_path(),
        ),
        (
            &files.issuers,
            old.authority.issuing_path(),
            fresh.authority.issuing_path(),
        ),
        (
            &files.crl,
            old.authority.crl_path(),
            fresh.authority.crl_path(),
        ),
    ] {
        let read = |path| std::fs::read_to_string(path).unwrap();
        std::fs::write(path, format!("{}{}", read(one), read(two))).unwrap();
    }
}

fn own_copies(partnership: &Partnership, name: &str, files: &TlsFiles) -> TlsFiles {
    let copy = |from: &Path, ending: &str| {
        let to = partnership.path(&format!("{name}.{ending}"));
        std::fs::copy(from, &to).unwrap();
        to
    };
    TlsFiles {
        roots: copy(&files.roots, "roots"),
        issuers: copy(&files.issuers, "issuers"),
        crl: copy(&files.crl, "crl"),
        ..files.clone()
    }
}

#[tokio::test]
async fn one_authority_replaces_another_while_both_are_trusted_and_the_old_one_ends() {
    let old = Partnership::new();
    let fresh = Partnership::new();
    let load = |name: &str, who: &Identity| {
        let files = own_copies(&old, name, &old.files(name, &old.issue(who)));
        (TlsMaterial::load(&files, start()).unwrap(), files)
    };
    let (agency, agency_files) = load("police", &police());
    let (dialling, hub_files) = load("mash", &hub());
    let clock = MovableClock::new();
    let server = server_config(&agency, &[Role::Hub], ALPN, clock.now()).unwrap();
    let client = client_config(&dialling, &police(), ALPN, clock.now()).unwrap();
    let works = async || {
        let Attempt { server, client } = attempt(&server, &client).await;
        server.is_ok() && client.is_ok()
    };
    assert!(works().await);

    // The new authority's list is older than the old one's, which somebody refreshed meanwhile.
    let now = start().plus_s(60);
    old.authority.refresh_crl(now, 7).unwrap();
    for (material, files) in [(&agency, &agency_files), (&dialling, &hub_files)] {
        std::fs::copy(old.authority.crl_path(), &files.crl).unwrap();
        material.reload_revocations(now).unwrap();
    }
    // Both trust both; then one after the other gets a certificate of the new one.
    for (material, files) in [(&agency, &agency_files), (&dialling, &hub_files)] {
        overlap(&old, &fresh, files);
        assert!(material.reload(now).unwrap());
        assert!(works().await);
    }
    for (material, files, who) in [
        (&agency, &agency_files, police()),
        (&dialling, &hub_files, hub()),
    ] {
        std::fs::remove_file(&files.chain).unwrap();
        let key = files.key.file().unwrap();
        std::fs::remove_file(key).unwrap();
        fresh.issue(&who).save(&files.chain, key).unwrap();
        assert!(material.reload(now).unwrap());
        assert!(works().await, "{who} has the new certificate");
    }
    // The old one ends: what it issued is nobody's any more.
    let stranger = old.issue(&hub());
    let mut config = ClientConfig::clone(&client);
    let stolen = certified(&stranger.chain_pem, stranger.key_pem.reveal());
    config.client_auth_cert_resolver = Arc::new(SingleCertAndKey::from(stolen));
    let with_old = Arc::new(config);
    assert!(
        attempt(&server, &with_old).await.server.is_ok(),
        "the overlap"
    );
    for (material, files) in [(&agency, &agency_files), (&dialling, &hub_files)] {
        std::fs::copy(fresh.authority.root_path(), &files.roots).unwrap();
        std::fs::copy(fresh.authority.issuing_path(), &files.issuers).unwrap();
        std::fs::copy(fresh.authority.crl_path(), &files.crl).unwrap();
        assert!(material.reload(now).unwrap());
    }
    assert!(works().await);
    assert!(attempt(&server, &with_old).await.server.is_err());
}

#[tokio::test]
async fn whoever_enrols_meets_a_hub_under_the_root_it_was_told_and_nobody_else() {
    let pair = Pair::new();
    let server = enrolment_config(&pair.hub, ALPN, pair.hub_clock.now()).unwrap();
    let root = std::fs::read_to_string(pair.partnership.authority.root_path()).unwrap();
    let digest = Digest::of(&CertificateDer::from_pem_slice(root.as_bytes()).unwrap());
    let foreign = Partnership::new();
    let others = std::fs::read_to_string(foreign.authority.root_path()).unwrap();
    let client = |anchor: Anchor, partnership: &str| {
        let partnership = PartnershipId::new(partnership).unwrap();
        enrolling_config(anchor, &partnership, ALPN, pair.agency_clock.now()).unwrap()
    };
    let is = |known: Anchor| client(known, "north");

    for anchor in [Anchor::Digest(digest), Anchor::Roots(root.clone())] {
        let met = attempt(&server, &is(anchor.clone())).await;
        assert_eq!(shown(met), pair.hub.own(), "{anchor:?}");
        assert_eq!(anchor.chosen(&format!("{others}{root}")).unwrap(), root);
        assert!(anchor.chosen(&others).is_err());
    }
    let by_digest = attempt(&server, &is(Anchor::Digest(Digest::of(b"another")))).await;
    assert!(matches!(
        ours(&by_digest.client_refusal()),
        TrustError::RootUnknown
    ));
    let by_roots = attempt(&server, &is(Anchor::Roots(others))).await;
    assert!(by_roots.client.is_err());
    let elsewhere = client(Anchor::Digest(digest), "south");
    assert!(matches!(
        ours(&attempt(&server, &elsewhere).await.client_refusal()),
        TrustError::WrongPartnership { .. }
    ));
    let agency = enrolment_config(&pair.agency, ALPN, pair.agency_clock.now()).unwrap();
    assert!(matches!(
        ours(
            &attempt(&agency, &is(Anchor::Digest(digest)))
                .await
                .client_refusal()
        ),
        TrustError::WrongRole(Role::Agency)
    ));
}

#[test]
fn vouches_for_what_its_own_roots_and_lists_stand_behind_and_for_nothing_else() {
    let pair = Pair::new();
    let foreign = Partnership::new().issue(&police());
    let (good, gone) = (
        pair.partnership.issue(&police()),
        pair.partnership.issue(&police()),
    );
    let now = start().plus_s(60);
    pair.partnership.authority.revoke(gone.serial, now).unwrap();
    pair.hub.reload_revocations(now).unwrap();
    let says = |chain: &str, now| pair.hub.vouches(chain, now);

    assert_eq!(says(&good.chain_pem, now).unwrap().identity, police());
    assert!(matches!(
        says(&gone.chain_pem, now),
        Err(TrustError::Revoked(_))
    ));
    assert!(says(&foreign.chain_pem, now).is_err());
    assert!(says("nothing", now).is_err());
    assert!(says(&good.chain_pem, start().plus_s(91 * DAY_S)).is_err());
}

#[test]
fn reload_refuses_files_that_became_somebody_elses() {
    let pair = Pair::new();
    for ending in ["pem", "key"] {
        let (from, to) = (format!("mash.{ending}"), format!("police.{ending}"));
        std::fs::rename(pair.partnership.path(&from), pair.partnership.path(&to)).unwrap();
    }

    let result = pair.agency.reload(start());

    assert!(matches!(result, Err(TrustError::WrongIdentity { .. })));
}

/// A client that has nothing to show.
#[derive(Debug)]
struct NoCertificate;

impl ResolvesClientCert for NoCertificate {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        None
    }

    fn has_certs(&self) -> bool {
        false
    }
}

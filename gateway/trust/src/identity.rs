//! Who a certificate says its holder is.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use stile_model::id::{MemberId, PartnershipId, UserId};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer;

const SCHEME: &str = "stile://";
/// `stile://`, three identifiers of at most 40 characters, `person` and three slashes.
const LONGEST_URI: usize = 8 + 3 * 40 + 6 + 3;

/// What a certificate's holder may act as.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// A gateway that answers enquiries.
    Agency,
    /// A gateway that asks.
    Hub,
    /// Someone who works for a member.
    Person,
}

impl Role {
    /// The word in the URI.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Agency => "agency",
            Self::Hub => "hub",
            Self::Person => "person",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One holder of a certificate: `stile://<partnership>/<role>/<member>[/<user>]`.
///
/// `user` is present exactly when `role` is [`Role::Person`]; [`Identity::parse`] guarantees it,
/// and the authority refuses to issue for anything that does not print back to itself.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity {
    /// The partnership whose authority vouches for the holder.
    pub partnership: PartnershipId,
    /// What the holder acts as.
    pub role: Role,
    /// The member the holder is, or works for.
    pub member: MemberId,
    /// The person, for [`Role::Person`] only.
    pub user: Option<UserId>,
}

/// Why a text or certificate names no identity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// The bytes are not a certificate.
    #[error("the bytes are not one X.509 certificate in DER")]
    NotACertificate,
    /// The certificate has no, or more than one, URI.
    #[error("the certificate has `{0}` URI names, not exactly one")]
    NotOneUri(usize),
    /// The URI has another shape.
    #[error(
        "an identity is `stile://<partnership>/<agency|hub>/<member>` or `stile://<partnership>/person/<member>/<user>`"
    )]
    Shape,
}

impl Identity {
    /// The agency gateway of `member`.
    pub const fn agency(partnership: PartnershipId, member: MemberId) -> Self {
        Self {
            partnership,
            role: Role::Agency,
            member,
            user: None,
        }
    }

    /// The hub gateway of `member`.
    pub const fn hub(partnership: PartnershipId, member: MemberId) -> Self {
        Self {
            partnership,
            role: Role::Hub,
            member,
            user: None,
        }
    }

    /// `user`, who works for `member`.
    pub const fn person(partnership: PartnershipId, member: MemberId, user: UserId) -> Self {
        Self {
            partnership,
            role: Role::Person,
            member,
            user: Some(user),
        }
    }

    /// Reads the URI form; exact, so that one identity has one text.
    ///
    /// # Errors
    ///
    /// [`IdentityError::Shape`], which never repeats the text.
    pub fn parse(uri: &str) -> Result<Self, IdentityError> {
        if uri.len() > LONGEST_URI {
            return Err(IdentityError::Shape);
        }
        let rest = uri.strip_prefix(SCHEME).ok_or(IdentityError::Shape)?;
        let parts: Vec<&str> = rest.split('/').collect();
        let (role, user) = match parts.as_slice() {
            [_, "agency", _] => (Role::Agency, None),
            [_, "hub", _] => (Role::Hub, None),
            [_, "person", _, user] => (Role::Person, Some(*user)),
            _ => return Err(IdentityError::Shape),
        };
        let (Some(partnership), Some(member)) = (parts.first(), parts.get(2)) else {
            return Err(IdentityError::Shape);
        };
        Ok(Self {
            partnership: PartnershipId::new(*partnership).map_err(|_| IdentityError::Shape)?,
            role,
            member: MemberId::new(*member).map_err(|_| IdentityError::Shape)?,
            user: user
                .map(UserId::new)
                .transpose()
                .map_err(|_| IdentityError::Shape)?,
        })
    }

    /// Reads the identity of a DER certificate: its one URI subject alternative name.
    ///
    /// Says nothing about trust: [`crate::tls`] checks the chain, [`crate::profile`] the rest.
    ///
    /// # Errors
    ///
    /// When the bytes are no certificate, or hold no, several or a foreign URI.
    pub fn from_certificate(der: &[u8]) -> Result<Self, IdentityError> {
        Self::of(&read(der)?)
    }

    /// Reads the identity of a parsed certificate.
    pub(crate) fn of(certificate: &X509Certificate<'_>) -> Result<Self, IdentityError> {
        let names = certificate
            .subject_alternative_name()
            .map_err(|_| IdentityError::NotACertificate)?
            .map_or(&[][..], |extension| {
                extension.value.general_names.as_slice()
            });
        let uris: Vec<&str> = names
            .iter()
            .filter_map(|name| match name {
                GeneralName::URI(uri) => Some(*uri),
                _ => None,
            })
            .collect();
        match uris.as_slice() {
            [uri] => Self::parse(uri),
            _ => Err(IdentityError::NotOneUri(uris.len())),
        }
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{SCHEME}{}/{}/{}",
            self.partnership, self.role, self.member
        )?;
        self.user.iter().try_for_each(|user| write!(f, "/{user}"))
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for Identity {
    type Err = IdentityError;

    fn from_str(uri: &str) -> Result<Self, IdentityError> {
        Self::parse(uri)
    }
}

/// Reads exactly one DER certificate, without bytes after it.
pub(crate) fn read(der: &[u8]) -> Result<X509Certificate<'_>, IdentityError> {
    match X509Certificate::from_der(der) {
        Ok(([], certificate)) => Ok(certificate),
        _ => Err(IdentityError::NotACertificate),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn prints_back_as_it_was_read(
            partnership in "[a-z0-9][a-z0-9-]{0,39}",
            member in "[a-z0-9][a-z0-9-]{0,39}",
            user in "[a-z0-9][a-z0-9.-]{0,39}",
            role in 0..3,
        ) {
            let uri = match role {
                0 => format!("stile://{partnership}/agency/{member}"),
                1 => format!("stile://{partnership}/hub/{member}"),
                _ => format!("stile://{partnership}/person/{member}/{user}"),
            };

            prop_assert_eq!(Identity::parse(&uri).unwrap().to_string(), uri);
        }

        #[test]
        fn whatever_is_accepted_prints_back_exactly(text in "(stile://)?[a-z./:%@ -]{0,60}") {
            if let Ok(identity) = Identity::parse(&text) {
                prop_assert_eq!(identity.to_string(), text);
            }
        }

        #[test]
        fn arbitrary_bytes_are_no_certificate(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            prop_assert!(Identity::from_certificate(&bytes).is_err());
        }
    }

    #[test]
    fn rejects_other_schemes_roles_and_shapes() {
        for uri in [
            "",
            "stile://",
            "https://p/hub/m",
            "STILE://p/hub/m",
            "stile://p/admin/m",
            "stile://p/hub",
            "stile://p/hub/m/",
            "stile://p/hub/m/u",
            "stile://p/person/m",
            "stile://p/person/m/",
            "stile://p//m",
            "stile://p/hub/../m",
            "stile://p/hub/m?x=1",
            "stile://p/hub/m#x",
            "stile://p:1/hub/m",
            "stile://P/hub/m",
        ] {
            assert_eq!(Identity::parse(uri), Err(IdentityError::Shape), "{uri}");
        }
    }

    #[test]
    fn accepts_the_longest_identifiers_and_nothing_longer() {
        let (most, more) = ("a".repeat(40), "a".repeat(41));

        assert!(Identity::parse(&format!("stile://{most}/person/{most}/{most}")).is_ok());
        assert!(Identity::parse(&format!("stile://{most}/person/{most}/{more}")).is_err());
        assert!(Identity::parse(&format!("stile://{more}/hub/a")).is_err());
    }

    #[test]
    fn no_changed_bit_of_a_certificate_makes_the_readers_panic() {
        let issued = crate::testing::Partnership::new().issue(&crate::testing::police());
        let chain = crate::testing::certified(&issued.chain_pem, issued.key_pem.reveal()).cert;
        let mut read = 0;
        for (at, bit) in (0..chain[0].len()).flat_map(|at| (0..8).map(move |bit| (at, bit))) {
            let mut changed = chain[0].to_vec();
            changed[at] ^= 1 << bit;

            let identity = Identity::from_certificate(&changed);
            let peer = crate::peer::Peer::from_certificate(&changed);

            // What the profile lets through has the identity that the plain reader gives.
            if let Ok(peer) = peer {
                assert_eq!(identity, Ok(peer.identity), "byte {at}");
                read += 1;
            }
        }
        assert!(read > 0, "a changed signature does not concern the readers");
    }

    #[test]
    fn rejects_bytes_after_the_certificate() {
        let issued = crate::testing::Partnership::new().issue(&crate::testing::police());
        let chain = crate::testing::certified(&issued.chain_pem, issued.key_pem.reveal()).cert;
        let longer = [chain[0].as_ref(), &[0]].concat();

        assert!(Identity::from_certificate(&chain[0]).is_ok());
        assert_eq!(
            Identity::from_certificate(&longer),
            Err(IdentityError::NotACertificate)
        );
    }

    #[test]
    fn error_never_repeats_the_text() {
        let error = Identity::parse("stile://p/person/m/Mali Testwood").unwrap_err();

        assert!(!error.to_string().contains("Mali"));
    }
}
